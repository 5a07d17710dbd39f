"""The verbs `runner export KIND`: what other programs read, written from project and warehouse."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from runner.app.database import open_readers
from runner.app.load import Loaded, Options, Outside, load
from runner.app.warehouse import Warehouse
from runner.bi.bundle import metadata, packed
from runner.bi.superset import database, table_dataset
from runner.errors import Exit, TargetError
from runner.project.nodes import Kind
from runner.release.files import sync

Say = Callable[[str], None]


def export_superset(
    options: Options, outside: Outside, out: Path, uri: str | None, say: Say
) -> int:
    """Write the ZIP that Superset imports.

    uri: of the database as Superset sees it; by default the file that is published here.
    Raises TargetError where nothing is built yet or the file cannot be written.
    """
    loaded = load(options, outside)
    warehouse = Warehouse(loaded.config, loaded.target, outside.folder)
    files = {"metadata.yaml": metadata("assets")}
    project = loaded.config.name
    with open_readers(loaded) as (_, session):
        if session is None:
            raise TargetError(f"{warehouse.shown} is not there", hint="build it: runner build")
        files["databases/warehouse.yaml"] = database(project, uri or _own_uri(loaded, warehouse))
        for node in loaded.nodes.values():
            if node.kind is not Kind.MODEL or node.relation is None or node.is_ephemeral:
                continue
            columns = session.columns(node.relation)
            if node.relation.schema == loaded.target.schema and columns:
                files[f"datasets/warehouse/{node.name}.yaml"] = table_dataset(
                    project, node, columns
                )
    target = (outside.folder / out).absolute()
    _write(target, packed(files), out)
    say(f"wrote {len(files) - 2:,} datasets to {out}")
    return int(Exit.DONE)


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
