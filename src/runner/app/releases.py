"""The verbs on releases: listed, rolled back to, exported as one plain file."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from runner.app.load import Options, Outside, load_settings
from runner.app.warehouse import Warehouse
from runner.engines import Rows
from runner.errors import (
    DatabaseError,
    Exit,
    ProjectError,
    TargetError,
    did_you_mean,
)
from runner.output.tables import table_text
from runner.release.base import Base, hold, waited
from runner.release.files import copy_open, same_storage, storage_version, sync
from runner.release.lock import build_lock
from runner.release.place import Place, check_path, check_place_file, log_of
from runner.release.record import Release, current, known
from runner.release.release import roll_back
from runner.run.events import Logged

Say = Callable[[str], None]
OUTPUTS = ("table", "json")


def list_releases(
    options: Options, outside: Outside, output: str, say: Say, *, width: int | None
) -> int:
    """Print the releases, the newest first, as a table or as JSON.

    Raises ProjectError for an unknown output, TargetError where the target has no releases.
    """
    if output not in OUTPUTS:
        raise ProjectError(f"--output is {output!r}", hint=f"one of: {', '.join(OUTPUTS)}")
    warehouse = _warehouse(options, outside)
    place = _place(warehouse)
    seen = current(place)
    there = known(place)
    if output == "json":
        say(json.dumps([_described(release, seen, warehouse) for release in there], indent=2))
    elif not there:
        say(f"{warehouse.shown} has no releases yet: runner build")
    else:
        names = ("release", "time (UTC)", "built by", "size", "results", "state")
        values = [_row(release, seen) for release in there]
        rows = Rows(names, ("VARCHAR",) * len(names), values)
        say(table_text(rows, width=width, limit=None))
    return int(Exit.DONE)


def roll_back_to(options: Options, outside: Outside, wanted: str | None, say: Say) -> int:
    """Lead readers to a release, the one before the current when none is named.

    Raises TargetError for a release that is not there, that failed, or that is in force already,
    and while somebody builds or writes.
    """
    warehouse = _warehouse(options, outside)
    place = _place(warehouse)
    check_path(place)

    def tell(message: str, level: str = "info") -> None:
        outside.listener(Logged(level, message))

    holder = f"runner rollback since {outside.now():%H:%M:%S}"
    with build_lock(place.folder, holder, wait=options.wait, say=tell):
        # Going back is what one does when the current release is damaged, or gone.
        base = hold(place, warehouse.connect, wait=options.wait, say=tell,
                    is_known=lambda file: True, damaged=True)  # fmt: skip
        if base is None and not known(place):
            raise TargetError(f"{warehouse.shown} is not there", hint="build it: runner build")
        try:
            target = _target(place, base, wanted)
            # Nobody may be writing to it, and it must be whole.
            waited(
                lambda: warehouse.connect(target.file, read_only=True).close(),
                wait=options.wait, say=tell,
            )  # fmt: skip
            if base is not None and base.is_foreign:
                tell(f"what other programs wrote to {warehouse.shown} stays behind", "warning")
            newer = roll_back(
                place, target, base.file if base is not None else None, outside.now(),
                lambda: _free(warehouse, base, options),
            )  # fmt: skip
        finally:
            if base is not None:
                base.close()
    say(f"{warehouse.shown} is release {target.id} again ({target.command}, {_time(target)})")
    for release in newer:
        say(f"  behind it now: {release.id}; go back to it with: runner rollback {release.id}")
    return int(Exit.DONE)


def _free(warehouse: Warehouse, base: Base | None, options: Options) -> None:
    """See that nobody has the published file open, where it is replaced itself."""
    if base is not None:
        base.close()
    waited(
        lambda: warehouse.connect(warehouse.path, read_only=False).close(),
        wait=options.wait, say=lambda message: None,
    )  # fmt: skip


def _target(place: Place, base: Base | None, wanted: str | None) -> Release:
    there = known(place)
    seen = base.release if base is not None else None
    usable = {r.id: r for r in there if r.status in ("published", "rolled_back")}
    if wanted is None:
        before = [
            release
            for release in usable.values()
            if release.status == "published" and (seen is None or release.id < seen.id)
        ]
        if not before:
            raise TargetError(
                "there is no release before the current one",
                hint="keep_releases in [tool.runner.settings] says how many are kept",
            )
        return before[0]
    if seen is not None and wanted == seen.id:
        raise TargetError(f"release {wanted} is the current one already")
    if wanted in usable:
        return usable[wanted]
    if any(release.id == wanted for release in there):
        raise TargetError(
            f"release {wanted} failed, and readers never saw it",
            hint=f"one of: {', '.join(usable)}" if usable else None,
        )
    raise TargetError(
        f"there is no release {wanted}",
        hint=did_you_mean(wanted, usable) or "see them with: runner releases",
    )


def export(options: Options, outside: Outside, file: Path, say: Say, *, force: bool) -> int:
    """Write what readers see now into one plain, compact file.

    Raises TargetError when there is nothing to export or the file may not be written, InUse while
    another program writes.
    """
    warehouse = _warehouse(options, outside)
    if not warehouse.target.is_file:
        raise TargetError(
            f"target {warehouse.target.name!r} is no file of this machine",
            hint="export from a target whose path is a DuckDB file",
        )
    if not warehouse.path.exists():
        raise TargetError(f"{warehouse.shown} is not there", hint="build it: runner build")
    check_place_file(warehouse.path)
    target = (outside.folder / file).absolute()
    _check_target(warehouse, target, force=force)
    source = warehouse.path.resolve()
    release = current(Place(warehouse.path))
    pending = target.with_name(f".{target.name}.runner-new")
    try:
        _remove(pending)
        _copy(warehouse, source, pending, lambda text: outside.listener(Logged("warning", text)))
        sync(pending)
        pending.replace(target)
        sync(target.parent)
    except OSError as error:
        raise TargetError(f"{file} cannot be written: {error.strerror}") from None
    finally:
        _remove(pending)
    what = f"release {release.id}" if release is not None else str(warehouse.shown)
    say(f"exported {what} to {file} ({_size(target.stat().st_size)})")
    return int(Exit.DONE)


def _check_target(warehouse: Warehouse, target: Path, *, force: bool) -> None:
    shown = warehouse.relative(target)
    if target.is_dir():
        raise TargetError(f"{shown} is a folder", hint="give a file's name")
    if not target.parent.is_dir():
        raise TargetError(f"the folder of {shown} does not exist", hint="make it first")
    place = Place(warehouse.path)
    if target == place.link or place.folder in target.resolve().parents:
        raise TargetError(f"{shown} belongs to the releases", hint="give a file of another name")
    if log_of(target).exists():
        raise TargetError(
            f"{log_of(target).name} lies beside it, and would be replayed into the new file",
            hint="open and close that database once, or give another name",
        )
    if target.exists() and not force:
        raise TargetError(f"{shown} exists already", hint="overwrite it with --force")


def _copy(warehouse: Warehouse, source: Path, pending: Path, warn: Say) -> None:
    try:
        warehouse.copy(source, pending)
    except DatabaseError as error:
        _remove(pending)
        # Foreign keys stop DuckDB's copying; the file as it is holds the same.
        base = _held(warehouse, source)
        try:
            if not same_storage(warehouse.storage_version, storage_version(source)):
                raise TargetError(
                    f"not everything can be copied: {error.message}",
                    hint="set storage_version in [tool.runner.settings]",
                ) from None
            copy_open(base.file, pending)
        finally:
            base.close()
        warn(f"copied as it is, not compacted: {error.message.splitlines()[0]}")


def _held(warehouse: Warehouse, source: Path) -> Base:
    base = hold(Place(source), warehouse.connect, wait=False, say=lambda message: None)
    assert base is not None
    return base


def _remove(file: Path) -> None:
    for path in (file, log_of(file)):
        with suppress(OSError):
            path.unlink(missing_ok=True)


def _warehouse(options: Options, outside: Outside) -> Warehouse:
    config, target = load_settings(options, outside)
    return Warehouse(config, target, outside.folder)


def _place(warehouse: Warehouse) -> Place:
    place = warehouse.place
    if place is None:
        why = "is no file" if not warehouse.target.is_file else "is built in place"
        raise TargetError(f"target {warehouse.target.name!r} {why}: it has no releases")
    return place


# --- words ---------------------------------------------------------------------------------


def _row(release: Release, seen: Release | None) -> tuple[object, ...]:
    return (
        release.id, _time(release), release.command, _size(_bytes(release)),
        ", ".join(f"{number:,} {word}" for word, number in release.results.items()),
        _state(release, seen),
    )  # fmt: skip


def _described(
    release: Release, seen: Release | None, warehouse: Warehouse
) -> Mapping[str, object]:
    return {
        "id": release.id,
        "state": _state(release, seen),
        "started_at": release.started_at,
        "published_at": release.published_at,
        "command": release.command,
        "runner_version": release.runner,
        "duckdb_version": release.duckdb,
        "results": dict(release.results),
        "bytes": _bytes(release),
        "file": warehouse.relative(release.file),
    }


def _state(release: Release, seen: Release | None) -> str:
    if seen is not None and release.id == seen.id:
        return "current"
    return {"published": "kept", "rolled_back": "rolled back"}.get(release.status, release.status)


def _time(release: Release) -> str:
    return release.started_at.replace("T", " ")[:19]


def _bytes(release: Release) -> int:
    with suppress(OSError):
        return release.file.stat().st_size
    return 0


def _size(number: int) -> str:
    """`268 kB`, `1.3 MB`, `12.0 GB`."""
    if number < 1_000_000:
        return f"{number / 1000:.0f} kB"
    return f"{number / 1e6:.1f} MB" if number < 1e9 else f"{number / 1e9:.1f} GB"
