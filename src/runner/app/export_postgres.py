"""The verb `runner export postgres`: published tables, as the project describes them, into PostgreSQL.

Decides which tables, with which keys, links and comments; bi/postgres.py sends them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from time import monotonic

from msgspec.structs import replace

from runner.app.database import open_readers
from runner.app.ledger import has_ledger, read_ledger
from runner.app.load import Loaded, Options, Outside, choose, load
from runner.bi.postgres import export
from runner.bi.postgres_dsn import find_dsn
from runner.bi.postgres_server import connected
from runner.bi.postgres_tables import Index, Link, Name, SentColumn, Table
from runner.bi.postgres_types import sent_as
from runner.engines import Session
from runner.errors import Exit, ProjectError, TargetError
from runner.output.artifacts.manifest import primary_keys
from runner.plan.ledger import EMPTY_LEDGER, Ledger
from runner.project.nodes import Kind, Node, quote
from runner.run.events import Logged
from runner.sql.fingerprint import digest

SENT = (Kind.MODEL, Kind.SEED, Kind.SNAPSHOT)

Say = Callable[[str], None]


def export_postgres(
    options: Options, outside: Outside, dsn: str | None, schema: str | None, say: Say
) -> int:
    """Bring the published tables of a selection into PostgreSQL, those alone that have changed there.

    dsn: the server, or None where the environment names it. schema: where tables of the target's own
    schema go, by default one of the project's name; those of another schema go to `schema_other`.
    Raises TargetError where nothing is built, the server cannot be used or something is in the way.
    """
    loaded = load(options, outside)
    server_at = find_dsn(dsn, outside.environ)
    place = schema or loaded.config.name
    chosen = _chosen(loaded, options, outside)
    began = monotonic()

    def warn(message: str) -> None:
        outside.listener(Logged("warning", message))

    with ExitStack() as stack:
        ledger, session = _published(loaded, stack)
        tables = _tables(loaded, chosen, place, session, ledger, warn)
        server = stack.enter_context(connected(server_at))
        sent = export(
            server, place, tables, lambda table: session.batches(table.query), say, warn,
            full=options.full, dry_run=options.dry_run, wait=options.wait,
        )  # fmt: skip
    if options.dry_run:
        say(f"{len(tables) - sent.unchanged:,} to send, {sent.unchanged:,} unchanged")
        return int(Exit.DONE)
    rows = sum(sent.rows.values())
    parts = [f"{len(sent.rows):,} tables with {rows:,} rows"] if sent.rows else ["nothing new"]
    parts += [f"{sent.unchanged:,} unchanged"] if sent.unchanged else []
    say(f"exported to {place}: {', '.join(parts)} ({monotonic() - began:.1f} s)")
    return int(Exit.DONE)


def _chosen(loaded: Loaded, options: Options, outside: Outside) -> tuple[Node, ...]:
    """What the selection names; without one, what lies in the target's own schema."""
    asked = bool(options.select or options.exclude or options.selector)
    named = bool(options.select or options.selector)
    ids = choose(loaded, options, outside.listener).ids if asked else frozenset(loaded.nodes)
    return tuple(
        node
        for node in loaded.nodes.values()
        if node.id in ids
        and node.relation is not None
        and node.kind in SENT
        and not node.is_ephemeral
        and (named or _is_own(loaded, node))
    )


def _is_own(loaded: Loaded, node: Node) -> bool:
    assert node.relation is not None
    return node.relation.schema == loaded.target.schema


def _published(loaded: Loaded, stack: ExitStack) -> tuple[Ledger, Session]:
    """The ledger, if nobody else has written to the file since, and a session."""
    path = loaded.config.root / loaded.target.path
    # Opened before the database and closed after it: closing it in between would free DuckDB's lock.
    file = None
    if loaded.target.is_file and path.exists():
        file = stack.enter_context(path.open("rb"))
    inventory, session = stack.enter_context(open_readers(loaded))
    if session is None:
        raise TargetError(f"{loaded.target.path} is not there", hint="build it: runner build")
    if file is None or not has_ledger(inventory, loaded.target.database):
        return EMPTY_LEDGER, session
    ledger, trusted = read_ledger(session, loaded.target.database, file)
    return ledger if trusted else EMPTY_LEDGER, session


def _tables(
    loaded: Loaded,
    chosen: Sequence[Node],
    place: str,
    session: Session,
    ledger: Ledger,
    warn: Say,
) -> list[Table]:
    """The chosen nodes as tables for PostgreSQL. Raises ProjectError where there is none."""
    catalog = session.catalog()
    columns: dict[str, Mapping[str, str]] = {}
    for node in loaded.nodes.values():
        if node.relation is not None and node.kind in SENT:
            r = node.relation
            there = catalog.get((r.database.lower(), r.schema.lower(), r.identifier.lower()))
            if there:
                columns[node.id] = there
    missing = [node.label for node in chosen if node.id not in columns]
    if missing:
        warn(f"not built yet, and left out: {', '.join(missing)}")
    chosen = [node for node in chosen if node.id in columns]
    if not chosen:
        raise ProjectError(
            "nothing to export", hint="build, or select models, seeds or snapshots: -s NAME"
        )
    keys = _keys(loaded.nodes.values())
    names = {id: _name(loaded, loaded.nodes[id], place) for id in columns}
    links = _links(loaded, columns, keys, names)
    tables = []
    for node in chosen:
        made = _table(node, names[node.id], columns[node.id], links.get(node.id, ()))
        key = tuple(keys.get(node.id, ()))
        if not set(key) <= set(columns[node.id]) or _has_null(session, node, key):
            made, key = replace(made, indexes=(*_indexes_of(key), *made.indexes)), ()
        tables.append(_versioned(replace(made, key=key), node, session, ledger))
    _check_apart(tables)
    return tables


def _name(loaded: Loaded, node: Node, place: str) -> Name:
    assert node.relation is not None
    own = _is_own(loaded, node)
    return Name(place if own else f"{place}_{node.relation.schema}", node.relation.identifier)


def _check_apart(tables: Iterable[Table]) -> None:
    seen: set[Name] = set()
    for table in tables:
        if table.name in seen:
            raise TargetError(
                f"two relations would be {table.name.shown}", hint="leave one out with --exclude"
            )
        seen.add(table.name)


def _keys(nodes: Iterable[Node]) -> dict[str, list[str]]:
    """Id → the columns of its key: its grain, else what constraints and tests say."""
    known = list(nodes)
    found = primary_keys(known)
    for node in known:
        grain = node.config.texts("grain")
        if grain:
            found[node.id] = list(grain)
        elif node.kind is Kind.SNAPSHOT:
            found[node.id] = ["dbt_scd_id"]
    return found


def _has_null(session: Session, node: Node, key: Sequence[str]) -> bool:
    """Is a column of the key null somewhere? Then it is no primary key."""
    if not key:
        return False
    empty = " or ".join(f"{quote(column)} is null" for column in key)
    ((found,),) = session.query(
        f"select exists (select 1 from {node.relation} where {empty})"
    ).values
    return bool(found)


def _indexes_of(key: Sequence[str]) -> tuple[Index, ...]:
    return (Index(tuple(key)),) if key else ()


def _table(node: Node, name: Name, columns: Mapping[str, str], links: Sequence[Link]) -> Table:
    assert node.relation is not None
    said = {column.name.lower(): column.description for column in node.properties.columns}
    sent = []
    for column, kind in columns.items():
        there, expression = sent_as(column, kind)
        sent.append(SentColumn(column, there, expression, _line(said.get(column.lower(), ""))))
    indexes = dict.fromkeys((*_stated_indexes(node), *(Index((link.column,)) for link in links)))
    return Table(
        name, node.relation, tuple(sent), "", _line(node.properties.description),
        indexes=tuple(indexes), links=tuple(links),
    )  # fmt: skip


def _line(description: str) -> str:
    return " ".join(description.split())


def _stated_indexes(node: Node) -> list[Index]:
    """The configuration `indexes`, as dbt has it for PostgreSQL."""
    given = node.config.get("indexes")
    return [
        Index(
            tuple(str(column) for column in entry["columns"]),
            bool(entry.get("unique")),
            str(entry.get("type") or "btree"),
        )
        for entry in (given if isinstance(given, list | tuple) else ())
        if isinstance(entry, Mapping) and isinstance(entry.get("columns"), list | tuple)
    ]


def _links(
    loaded: Loaded,
    columns: Mapping[str, Mapping[str, str]],
    keys: Mapping[str, Sequence[str]],
    names: Mapping[str, Name],
) -> dict[str, tuple[Link, ...]]:
    """Foreign keys: relationships tests of all rows, to a column that is a key alone."""
    found: dict[str, tuple[Link, ...]] = {}
    for test in loaded.nodes.values():
        check = test.definition.check
        if check is None or check.test != "relationships" or check.column is None:
            continue
        child, field = check.target, str(check.arguments.get("field"))
        parents = [id for id in test.parents if id != child] or [child]
        parent = parents[0]
        whole = test.config.get("where") is None and test.config.text("severity") != "warn"
        if not whole or len(parents) > 1 or child not in columns or parent not in columns:
            continue
        ends = (columns[child].get(check.column), columns[parent].get(field))
        if ends[0] is not None and ends[0] == ends[1] and list(keys.get(parent, ())) == [field]:
            link = Link(check.column, names[parent], field)
            found[child] = tuple(dict.fromkeys((*found.get(child, ()), link)))
    return found


def _versioned(table: Table, node: Node, session: Session, ledger: Ledger) -> Table:
    """The table with the version of its rows: the ledger's, or else made from the rows themselves."""
    assert node.relation is not None
    entry = ledger.entries.get(node.id)
    if entry is not None and entry.object == "table" and entry.version:
        return replace(table, version=entry.version, rows=entry.rows)
    content = session.content(node.relation)
    count = content[1]
    return replace(
        table, version=digest([repr(content)]), rows=count if isinstance(count, int) else None
    )
