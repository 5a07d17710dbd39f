"""The keeper of a command, from what was loaded: surroundings, files and the ledger of before."""

from __future__ import annotations

import hashlib
import os
import re

from msgspec.structs import replace

from runner import __version__
from runner.app.database import Database
from runner.app.fixtures import fixture_texts
from runner.app.ledger import has_ledger, read_ledger
from runner.app.load import Loaded, Options, Outside
from runner.app.loaded_at import versions
from runner.app.on_run_start import session_parts, written
from runner.app.watch import time_zone
from runner.engines.duckdb import VERSION
from runner.plan.ledger import EMPTY_LEDGER, Ledger
from runner.project.hooks import hooks_of
from runner.project.nodes import Node
from runner.project.profiles import LIMITS
from runner.run.gather import UNKNOWN_HOOK, Surroundings
from runner.run.keeper import Keeper
from runner.sql.compile import Compiler
from runner.sql.fingerprint import digest

_HARMLESS = re.compile(r"\{\{\s*(?:this|target|model)\b[\w.\s]*\}\}")


def make_keeper(
    loaded: Loaded, options: Options, outside: Outside, database: Database, compiler: Compiler
) -> Keeper:
    """The keeper of a command; without a ledger, or without releases, it takes nothing as done."""
    ledger, trusted = _read(loaded, database)
    files = _Files(ledger)
    keeper = Keeper(
        ledger=ledger,
        compiler=compiler,
        inventory=database.inventory,
        surroundings=_surroundings(loaded, outside),
        file_version=files,
        invocation=loaded.world.invocation_id,
        stamp=outside.now().strftime("%Y-%m-%d %H:%M:%S.%f"),
        trusted=trusted,
        always=options.full or options.command != "build" or database.place is None,
        names={node.id: node.label for node in loaded.nodes.values()},
        texts=loaded.memory.texts,
        loaded=versions(loaded, database, compiler, ledger.sources if trusted else ()),
        done=frozenset(database.failed.asked.done or ()) if database.failed else frozenset(),
    )
    keeper.files = files.seen
    return keeper


def _read(loaded: Loaded, database: Database) -> tuple[Ledger, bool]:
    if database.base is None:
        return EMPTY_LEDGER, True
    if not has_ledger(database.inventory, loaded.target.database):
        return EMPTY_LEDGER, True
    if database.copy is not None:
        return database.copy.ledger, True
    session = database.base.session()
    try:
        return read_ledger(session, loaded.target.database, database.base.file)
    finally:
        session.close()


def _surroundings(loaded: Loaded, outside: Outside) -> Surroundings:
    target = loaded.target
    settings = {**target.settings, **target.config_options}
    lines = [
        f"runner {__version__}",
        f"duckdb {VERSION}",
        f"storage {loaded.config.settings.get('storage_version')}",
        f"time zone {time_zone(outside.environ)}",
        *(
            f"setting {key} = {value}"
            for key, value in sorted(settings.items())
            if key.lower() not in LIMITS
        ),
        *(f"extension {extension}" for extension in target.extensions),
        *(f"attached {entry.get('alias') or entry.get('path')}" for entry in target.attach),
    ]
    around = [hook.text for hook in (*loaded.on_run_start, *loaded.on_run_end)]
    hooks = [*around]
    for node in loaded.nodes.values():
        hooks += [hook.sql for hook in hooks_of(node)]
    return Surroundings(
        engine="\n".join(lines),
        today=outside.now().astimezone().strftime("%Y-%m-%d"),
        macros=digest(macro.text for macro in loaded.macros),
        session=session_parts(loaded),
        written=written(around),
        hooks=tuple(dict.fromkeys(_known_text(text) for text in hooks)),
        fixtures=fixture_texts(loaded),
    )


def _known_text(hook: str) -> str:
    text = _HARMLESS.sub("", hook)
    return UNKNOWN_HOOK if "{{" in text or "{%" in text else text


class _Files:
    """Versions of sources that are files: by content, which is only read when a file looks new.

    The time of the last change counts too, which no program sets: `cp -p` and others bring along a
    file's own time, and another day's file may be as long.
    """

    def __init__(self, ledger: Ledger) -> None:
        self.known = ledger.files
        self.seen: dict[str, tuple[int, int, int, str]] = {}

    def __call__(self, node: Node) -> str | None:
        from runner.engines.duckdb_files import source_files

        files = source_files(node)
        if files is None:
            return None
        return digest([f"{file} {self.content(file)}" for file in files])

    def content(self, file: str) -> str:
        if file not in self.seen:
            stat = os.stat(file)
            look = stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns
            known = self.known.get(file)
            same = known is not None and known[:3] == look
            content = known[3] if known is not None and same else _content(file)
            self.seen[file] = (*look, content)
        return self.seen[file][3]


def _content(file: str) -> str:
    with open(file, "rb") as opened:
        return hashlib.file_digest(opened, "blake2b").hexdigest()[:32]


def ledger_after(keeper: Keeper) -> Ledger:
    """The ledger's own notes after a command: files and sources as they were seen.

    Where another program wrote, nothing is known of the sources that were not asked for.
    """
    known = keeper.ledger.sources if keeper.trusted else {}
    return replace(
        keeper.ledger,
        files={**keeper.ledger.files, **keeper.files},
        sources={**known, **keeper.sources},
    )
