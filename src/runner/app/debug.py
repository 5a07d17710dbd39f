"""The verb debug: what is there, and what is wrong with it."""

from __future__ import annotations

import platform
from collections.abc import Callable

from runner import __version__
from runner.app.compile import make_compiler
from runner.app.database import open_readers
from runner.app.ledger import SCHEMA
from runner.app.load import Loaded, Options, Outside, load
from runner.errors import Exit, RunnerError, describe
from runner.project.nodes import Kind


def check_all(options: Options, outside: Outside, say: Callable[[str], None]) -> int:
    """Check project, profile, database and source files.

    Returns 0 when all is well, 2 when something has to be mended first.
    """
    say(f"runner {__version__}, Python {platform.python_version()}, {platform.system()}")
    try:
        loaded = load(options, outside)
    except RunnerError as error:
        say(f"  project    wrong\n{_indented(describe(error))}")
        return int(Exit.USAGE)
    target = loaded.target
    say(f"  project    {loaded.config.name} in {loaded.config.root} ({loaded.config.file})")
    for package in loaded.packages[1:]:
        say(f"  package    {package.name} in {package.config.root}")
    say(f"  nodes      {len(loaded.nodes):,}")
    say(f"  profile    {target.profile}, target {target.name} ({target.file})")
    say(f"  threads    {target.threads}")
    checks = [_database(loaded, say), _sources(loaded, say)]
    if all(checks):
        say("all is well")
        return int(Exit.DONE)
    return int(Exit.USAGE)


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.split("\n"))


def _database(loaded: Loaded, say: Callable[[str], None]) -> bool:
    try:
        with open_readers(loaded) as (inventory, session):
            if session is None:
                say(f"  database   {loaded.target.path} (not made yet: runner build)")
            else:
                version = session.query("select version()").values[0][0]
                relations = sum(schema != SCHEMA for _, schema, _ in inventory.objects)
                say(f"  database   {loaded.target.path}: {relations:,} relations, DuckDB {version}")
    except RunnerError as error:
        say(f"  database   wrong\n{_indented(describe(error))}")
        return False
    return True


def _sources(loaded: Loaded, say: Callable[[str], None]) -> bool:
    from runner.engines import EMPTY

    compiler = make_compiler(loaded, EMPTY)
    well = True
    for node in loaded.nodes.values():
        source = node.definition.source
        if node.kind is not Kind.SOURCE or source is None or source.external_location is None:
            continue
        try:
            sql = compiler.source_sql(node) or ""
            found = "absent, read as empty" if sql.endswith(" where false)") else "found"
            say(f"  source     {node.label}: {found}")
        except RunnerError as error:
            well = False
            say(f"  source     {node.label}: wrong\n{_indented(describe(error))}")
    return well
