"""The verb export: files of people for letters and for a CRM, from what is published.

Reads only. Says counts, never who. What was written before lies in the folder of the files: that is
what has been told to the other program, so it is what new files are compared with.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from pathlib import Path

from msgspec import Struct

from runner.app.database import open_readers
from runner.app.load import Loaded, Options, Outside, load
from runner.engines import Session
from runner.errors import Exit, ProjectError, TargetError, did_you_mean
from runner.output.layouts import LAYOUTS, Layout, laid_out
from runner.project.nodes import Kind, literal

Say = Callable[[str], None]
_DAY = re.compile(r"(\d{4}-\d{2}-\d{2})\.parquet")


class Wish(Struct, frozen=True):
    """What is asked for: keys of segments (none: all own ones), a layout, a folder."""

    keys: tuple[str, ...]
    layout: str
    folder: Path


class Files(Struct, frozen=True):
    """Where the files of one audience, or of the CRM, lie."""

    folder: Path
    as_of: date

    def path(self, suffix: str) -> Path:
        return self.folder / f"{self.as_of}{suffix}"

    def before(self) -> Path | None:
        """The newest parquet file of an earlier day."""
        found = {
            match[1]: file
            for file in self.folder.iterdir()
            if (match := _DAY.fullmatch(file.name)) and match[1] < str(self.as_of)
        }
        return found[max(found)] if found else None


def export_audiences(options: Options, outside: Outside, wish: Wish, say: Say) -> int:
    """Write one folder of files for each segment asked for: who is in it, who entered, who left.

    Raises ProjectError for an unknown segment or layout, TargetError when a file cannot be written.
    """
    layout = _layout(wish.layout)
    loaded = load(options, outside)
    with open_readers(loaded) as (_, session):
        people = _relation(loaded, session, "exp_audiences")
        segments = _segments(loaded, session)
        for key in _wanted(wish.keys, segments):
            about = segments[key]
            files = _files(
                outside.folder / wish.folder / "audiences" / key.replace(":", "-"), about
            )
            now = f"select * from {people} where segment_key = {literal(key)}"
            counts = _write_audience(_there(session), files, now, layout)
            _write_manifest(files, {**about, **counts, "layout": wish.layout})
            say(
                f"{key}: {counts['count']:,} people, {counts['entered']:,} entered, "
                f"{counts['left']:,} left"
            )
    return int(Exit.DONE)


def export_crm(options: Options, outside: Outside, wish: Wish, say: Say) -> int:
    """Write the people whose row has changed since the last export, and who is gone.

    Raises ProjectError for an unknown layout, TargetError when a file cannot be written.
    """
    layout = _layout(wish.layout)
    loaded = load(options, outside)
    with open_readers(loaded) as (_, session):
        people = _relation(loaded, session, "exp_crm_customers")
        (about, *_) = _segments(loaded, session).values()
        files = _files(outside.folder / wish.folder / "crm", about)
        counts = _write_crm(_there(session), files, f"select * from {people}", layout)
        known = {"as_of": str(files.as_of), "layout": wish.layout, **counts}
        _write_manifest(files, known)
        say(
            f"crm: {counts['changed']:,} of {counts['count']:,} people changed, "
            f"{counts['removed']:,} removed"
        )
    return int(Exit.DONE)


def _write_audience(
    session: Session, files: Files, now: str, layout: Layout
) -> dict[str, int | str | None]:
    """Who is in it, who entered, who left; told by customer, address and holdout.

    Who has a new address left with the old one, and who is held back from now on has left the files
    that leave such people out.
    """
    before = files.before()
    empty = f"select * from ({now}) as people where false"
    old = empty if before is None else (
        f"{empty} union all by name select * from read_parquet({literal(str(before))})"
    )  # fmt: skip
    same = "using (customer_id, sha256_email, is_holdout)"
    entered = f"select * from ({now}) as now anti join ({old}) as old {same}"
    left = f"select * from ({old}) as old anti join ({now}) as now {same}"
    columns = [(column.name, column.type) for column in session.describe(now)]
    _copy(session, laid_out(now, layout, columns), files.path(".csv"))
    _copy(session, laid_out(entered, layout, columns), files.path("_entered.csv"))
    _copy(session, laid_out(left, layout, columns), files.path("_left.csv"))
    _copy(session, f"{now} order by customer_id", files.path(".parquet"))
    return {
        "count": _count(session, now),
        "holdout": _count(session, f"select * from ({now}) as people where is_holdout"),
        "entered": _count(session, entered),
        "left": _count(session, left),
        "compared_with": None if before is None else before.stem,
    }


def _write_crm(
    session: Session, files: Files, now: str, layout: Layout
) -> dict[str, int | str | None]:
    """Of earlier exports only the hashes are kept: `hashes/<as_of>.parquet`."""
    hashes = _folder(Files(files.folder / "hashes", files.as_of))
    before = hashes.before()
    old = f"select customer_id, row_hash from ({now}) as people where false"
    if before is not None:
        old = f"select customer_id, row_hash from read_parquet({literal(str(before))})"
    changed = f"select * from ({now}) as now anti join ({old}) as old using (customer_id, row_hash)"
    removed = (
        f"select old.customer_id from ({old}) as old anti join ({now}) as now using (customer_id)"
    )
    columns = [(column.name, column.type) for column in session.describe(now)]
    _copy(session, laid_out(changed, layout, columns), files.path(".csv"))
    _copy(session, f"{changed} order by customer_id", files.path(".parquet"))
    gone = laid_out(
        removed, LAYOUTS["plain"], [(c.name, c.type) for c in session.describe(removed)]
    )
    _copy(session, gone, files.path("_removed.csv"))
    kept = f"select customer_id, row_hash from ({now}) as people order by customer_id"
    counts: dict[str, int | str | None] = {
        "count": _count(session, now),
        "changed": _count(session, changed),
        "removed": _count(session, removed),
        "compared_with": None if before is None else before.stem,
    }
    _copy(session, kept, hashes.path(".parquet"))
    return counts


def _copy(session: Session, query: str, file: Path) -> None:
    """Write a query's rows beside the file, then change the name: nobody sees half of it."""
    pending = file.with_name(f".{file.name}.runner-new")
    form = "format parquet" if file.suffix == ".parquet" else "format csv, header true"
    try:
        # Made first, so that nobody else may read it while it is written.
        pending.touch(mode=0o600)
        session.execute(f"copy ({query}) to {literal(str(pending))} ({form})")
        pending.chmod(0o600)
        os.replace(pending, file)
    except OSError as error:
        raise TargetError(f"{file} cannot be written: {error.strerror}") from None
    finally:
        pending.unlink(missing_ok=True)


def _write_manifest(files: Files, about: Mapping[str, object]) -> None:
    """What the files say and how they can be known again, written last."""
    names = sorted(
        file.name
        for file in files.folder.iterdir()
        if file.name.startswith(str(files.as_of)) and file.is_file()
    )
    known = {name: _digest(files.folder / name) for name in names}
    text = json.dumps({**about, "files": known}, indent=2, ensure_ascii=False, default=str)
    try:
        (files.folder / "manifest.json").write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise TargetError(f"{files.folder} cannot be written: {error.strerror}") from None


def _digest(file: Path) -> str:
    with file.open("rb") as read:
        return hashlib.file_digest(read, "sha256").hexdigest()


def _count(session: Session, query: str) -> int:
    ((number,),) = session.query(f"select count(*) from ({query}) as counted").values
    return int(str(number))


def _layout(name: str) -> Layout:
    if name not in LAYOUTS:
        raise ProjectError(f"--layout is {name!r}", hint=f"one of: {', '.join(LAYOUTS)}")
    return LAYOUTS[name]


def _there(session: Session | None) -> Session:
    assert session is not None
    return session


def _relation(loaded: Loaded, session: Session | None, name: str) -> str:
    """The model that people are read from, as it was built."""
    nodes = (n for n in loaded.nodes.values() if n.kind is Kind.MODEL and n.name == name)
    node = next(nodes, None)
    if node is None or node.relation is None:
        raise ProjectError(
            f"this project has no model {name}",
            hint="exports are of a project upon the package shop: runner init SHOP",
        )
    if session is None or not session.columns(node.relation):
        raise ProjectError(f"{name} has not been built", hint=f"build it: runner build -s +{name}")
    return str(node.relation)


def _segments(loaded: Loaded, session: Session | None) -> dict[str, dict[str, object]]:
    """What the manifest says of each segment, by key."""
    relation = _relation(loaded, session, "dim_segments")
    rows = _there(session).query(
        f"select segment_key, kind, label_en, predicate, as_of from {relation} order by kind, sort"
    )
    return {
        str(key): {"key": key, "kind": kind, "label": label, "predicate": predicate, "as_of": as_of}
        for key, kind, label, predicate, as_of in rows.values
    }


def _wanted(keys: Iterable[str], segments: Mapping[str, Mapping[str, object]]) -> list[str]:
    wanted = list(keys) or [key for key, about in segments.items() if about["kind"] == "own"]
    for key in wanted:
        if key not in segments:
            raise ProjectError(
                f"there is no segment {key!r}",
                hint=did_you_mean(key, segments) or "see them: runner show dim_segments -n -1",
            )
    return wanted


def _files(folder: Path, about: Mapping[str, object]) -> Files:
    as_of = about["as_of"]
    if not isinstance(as_of, date):
        raise ProjectError("the shop has no valid order yet: there is nobody to write to")
    return _folder(Files(folder, as_of))


def _folder(files: Files) -> Files:
    try:
        files.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise TargetError(f"{files.folder} cannot be made: {error.strerror}") from None
    return files


__all__ = ["Wish", "export_audiences", "export_crm"]
