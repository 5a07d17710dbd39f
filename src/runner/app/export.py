"""The verbs `runner export KIND`: what other programs read, written from project and warehouse."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from runner.app.dashboards import defined_dashboards, relations_of, tried, variables_of
from runner.app.database import open_readers
from runner.app.load import Loaded, Options, Outside, load
from runner.app.warehouse import Warehouse
from runner.bi.bundle import packed
from runner.bi.superset import files_of
from runner.errors import Exit, ProjectError, TargetError
from runner.release.files import sync

Say = Callable[[str], None]


def export_superset(
    options: Options, outside: Outside, out: Path, uri: str | None, say: Say
) -> int:
    """Write the ZIP that Superset imports.

    uri: of the database as Superset sees it; by default the file that is published here.
    Raises ProjectError with the place of what is wrong in a definition, TargetError where nothing is
    built yet or the file cannot be written.
    """
    loaded = load(options, outside)
    files = superset_files(loaded, outside, uri)
    _write((outside.folder / out).absolute(), packed(files), out)
    kinds = ("dashboards", "charts", "datasets")
    counts = {kind: sum(path.startswith(f"{kind}/") for path in files) for kind in kinds}
    say(f"wrote {', '.join(f'{n:,} {kind}' for kind, n in counts.items())} to {out}")
    return int(Exit.DONE)


def superset_files(
    loaded: Loaded, outside: Outside, uri: str | None
) -> dict[str, Mapping[str, object]]:
    """The files of the import, path → content, every query tried on what is published."""
    warehouse = Warehouse(loaded.config, loaded.target, outside.folder)
    defined = defined_dashboards(loaded)
    if not defined.dashboards:
        raise ProjectError(
            f"{loaded.config.name} defines no dashboards",
            hint="write one in dashboards/: docs/superset.md",
        )
    with open_readers(loaded) as (_, session):
        if session is None:
            raise TargetError(f"{warehouse.shown} is not there", hint="build it: runner build")
        made, choices = tried(
            defined, relations_of(loaded), variables_of(loaded), session, loaded.config.name
        )
    return files_of(loaded.config.name, uri or _own_uri(loaded, warehouse), defined, made, choices)


def _own_uri(loaded: Loaded, warehouse: Warehouse) -> str:
    if not loaded.target.is_file:
        raise TargetError(
            f"target {loaded.target.name!r} is no file of this machine",
            hint="say where Superset finds it: --database-uri",
        )
    return f"duckdb:///{warehouse.path.as_posix()}"


def _write(target: Path, content: bytes, shown: Path) -> None:
    pending = target.with_name(f".{target.name}.runner-new")
    try:
        pending.write_bytes(content)
        sync(pending)
        pending.replace(target)
    except OSError as error:
        raise TargetError(f"{shown} cannot be written: {error.strerror}") from None
    finally:
        pending.unlink(missing_ok=True)
