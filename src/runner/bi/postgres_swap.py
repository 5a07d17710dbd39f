"""What is in PostgreSQL already, and how new tables take its place.

A table is replaced by another one with its name; grants, owner and indexes that people made go with
it. Where something depends on the table itself (a view, a policy, a trigger, a publication), its rows
are replaced instead, in the same transaction. Knows nothing of the warehouse.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from time import monotonic, sleep

from msgspec import Struct

from runner.bi.postgres_server import Server, ServerError
from runner.bi.postgres_tables import (
    Name,
    Table,
    comment_statements,
    link_statement,
    refill_statements,
)
from runner.errors import TargetError
from runner.project.nodes import literal, quote

Say = Callable[[str], None]

LOCKED_FOR = 400
"""Milliseconds that the swap may wait for readers while others wait behind it; less than a second,
after which PostgreSQL looks for deadlocks and might stop a reader."""
LONGEST_WAIT = 600.0
"""Seconds after which the swap gives up on readers that do not end."""
BUSY = ("55P03", "40P01")
"""A lock that was not to be had, a deadlock."""


class Old(Struct, frozen=True):
    """A relation that is in the target. The texts are what the last export of it recorded."""

    oid: int
    is_ours: bool
    version: str = ""
    shape: str = ""
    words: str = ""
    joints: str = ""


def which_are_there(server: Server, names: Sequence[Name]) -> dict[Name, Old]:
    """The relations that have these names now."""
    listed = ", ".join(f"({literal(n.schema)}, {literal(n.table)})" for n in names)
    if not listed:
        return {}
    found = server.rows(
        "select n.nspname::text, c.relname::text, c.oid::bigint, c.relkind::text from pg_class c"
        " join pg_namespace n on n.oid = c.relnamespace"
        f" where (n.nspname::text, c.relname::text) in ({listed})"
    )
    records: dict[tuple[str, str], tuple[str, ...]] = {}
    if server.rows("select to_regclass('_runner.exports') is not null") == [(True,)]:
        records = {
            (schema, table): tuple(map(str, said))
            for schema, table, *said in server.rows(
                "select schema_name, table_name, relation::bigint, version, shape, words, joints"
                " from _runner.exports"
            )
        }
    there = {}
    for schema, table, oid, kind in found:
        known = records.get((schema, table))
        ours = kind == "r" and known is not None and known[0] == str(oid)
        there[Name(schema, table)] = Old(oid, ours, *(known[1:] if ours and known else ()))
    return there


def swap(
    server: Server, tables: Sequence[Table], places: Mapping[Name, Name],
    there: Mapping[Name, Old], joined: Sequence[Table], say: Say,
) -> None:  # fmt: skip
    """Put the tables made at `places` where the old ones are.

    joined: tables that stay, and whose foreign keys change. Raises TargetError where something depends on an old table that cannot go with it, and where
    readers hold the old tables for too long.
    """
    replaced = [table for table in tables if table.name in there]
    refilled = {t.name: why for t in replaced if (why := _dependents(server, there[t.name].oid))}
    for table in replaced:
        if table.name in refilled and not _same_form(server, table, there[table.name]):
            raise TargetError(
                f"{table.name.shown} has another form now, and {refilled[table.name]} depends on it",
                hint="drop that, export, and make it again",
            )
    for table in replaced:
        if table.name not in refilled:
            _carry_indexes(server, there[table.name].oid, places[table.name])
    locked = [table for table in (*replaced, *joined) if table.name in there]
    if locked:
        _lock(server, locked, {there[table.name].oid for table in locked}, say)
    for child, constraint in _links_of(server, [there[table.name].oid for table in replaced]):
        server.execute(f"alter table {child} drop constraint {quote(constraint)}")
    for table in tables:
        at = places[table.name]
        if table.name in refilled:
            for statement in (
                *refill_statements(table, at),
                *comment_statements(table, table.name),
            ):
                server.execute(statement)
            server.execute(f"drop table {at}")
        else:
            _replace(server, table.name, at, there.get(table.name))


def _replace(server: Server, name: Name, at: Name, old: Old | None) -> None:
    after = _grants(server, name, at, old)
    if old is not None:
        try:
            server.execute(f"drop table {name}")
        except ServerError as error:
            if error.state != "2BP01":
                raise
            detail = error.message.partition("DETAIL:")[2].partition("HINT:")[0].strip()
            raise TargetError(
                f"{name.shown} cannot be replaced: {detail or error.message}",
                hint="drop what depends on it, export, and make it again",
            ) from None
    if at.table != name.table:
        server.execute(f"alter table {at} rename to {quote(name.table)}")
    server.execute(f"alter table {Name(at.schema, name.table)} set schema {quote(name.schema)}")
    for statement in after:
        server.execute(statement)


def _grants(server: Server, name: Name, at: Name, old: Old | None) -> list[str]:
    """The statements that give the new table the owner and the privileges of the old one.

    A table that is new gets those that its schema gives by default.
    """
    to = "case a.grantee when 0 then 'public' else quote_ident(pg_get_userbyid(a.grantee)) end"
    tail = "case when a.is_grantable then ' with grant option' else '' end"
    if old is None:
        rows = server.rows(
            f"select a.privilege_type, '', {to}, {tail} from pg_default_acl d,"
            " aclexplode(d.defaclacl) a where d.defaclobjtype = 'r' and a.grantee <> d.defaclrole"
            " and pg_get_userbyid(d.defaclrole) = current_user"
            f" and d.defaclnamespace = (select oid from pg_namespace where nspname = {literal(name.schema)})"
        )
        owner = []
    else:
        rows = server.rows(
            f"select a.privilege_type, '', {to}, {tail} from pg_class c, aclexplode(c.relacl) a"
            f" where c.oid = {old.oid} and a.grantee <> c.relowner"
            f" union all select a.privilege_type, ' (' || quote_ident(f.attname) || ')', {to}, {tail}"
            " from pg_attribute f join pg_class c on c.oid = f.attrelid, aclexplode(f.attacl) a"
            f" where f.attrelid = {old.oid} and a.grantee <> c.relowner and exists (select 1"
            f" from pg_attribute t where t.attrelid = {literal(str(at))}::regclass"
            " and t.attname = f.attname and t.attnum > 0)"
        )
        owner = server.rows(
            "select quote_ident(pg_get_userbyid(relowner)) from pg_class"
            f" where oid = {old.oid} and pg_get_userbyid(relowner) <> current_user"
        )
    # Grants first: they are the new table's owner's to give.
    given = [f"grant {kind}{column} on {name} to {who}{end}" for kind, column, who, end in rows]
    return [*given, *(f"alter table {name} owner to {who}" for (who,) in owner)]


def _dependents(server: Server, oid: int) -> str:
    """What hangs on the table itself, in words; empty for nothing."""
    found = server.rows(
        "select distinct 'the view ' || v.oid::regclass::text from pg_depend d"
        " join pg_rewrite r on d.classid = 'pg_rewrite'::regclass and d.objid = r.oid"
        f" join pg_class v on v.oid = r.ev_class where d.refobjid = {oid} and v.oid <> {oid}"
        f" union all select 'the policy ' || polname from pg_policy where polrelid = {oid}"
        f" union all select 'the trigger ' || tgname from pg_trigger where tgrelid = {oid} and not tgisinternal"
        " union all select 'the publication ' || p.pubname from pg_publication_rel r"
        f" join pg_publication p on p.oid = r.prpubid where r.prrelid = {oid} order by 1"
    )
    return ", ".join(str(what) for (what,) in found)


def _same_form(server: Server, table: Table, old: Old) -> bool:
    """Has the old table the columns, key and indexes that the new one is to have?"""
    there = server.rows(
        "select attname::text, format_type(atttypid, atttypmod) from pg_attribute"
        f" where attrelid = {old.oid} and attnum > 0 and not attisdropped order by attnum"
    )
    return old.shape == table.shape and there == [(c.name, c.type) for c in table.columns]


def _carry_indexes(server: Server, oid: int, at: Name) -> None:
    """Make the indexes of people again on the new table; one whose columns are gone goes with them."""
    kept = server.rows(
        "select replace(pg_get_indexdef(i.indexrelid), format(' ON %I.%I USING ', n.nspname, t.relname),"
        f" format(' ON %I.%I USING ', {literal(at.schema)}, {literal(at.table)}))"
        " from pg_index i join pg_class x on x.oid = i.indexrelid join pg_class t on t.oid = i.indrelid"
        f" join pg_namespace n on n.oid = t.relnamespace where i.indrelid = {oid}"
        " and x.relname::text not like '%\\_runner' and not exists"
        " (select 1 from pg_constraint where conindid = i.indexrelid)"
    )
    for (statement,) in kept:
        failed = server.attempt(str(statement))
        if failed is not None and failed.state not in ("42703", "42704"):
            raise failed


def _lock(server: Server, tables: Sequence[Table], oids: set[int], say: Say) -> None:
    """Take the old tables, and those that foreign keys tie to them, away from readers.

    Tried again and again for a moment, so that nobody waits behind it for long.
    """
    listed = ", ".join(map(str, oids))
    tied = server.rows(
        "select distinct o::regclass::text from (select conrelid as o from pg_constraint"
        f" where contype = 'f' and confrelid in ({listed}) union select confrelid from pg_constraint"
        f" where contype = 'f' and conrelid in ({listed})) t"
        " where o in (select relation from _runner.exports) order by 1"
    )
    names = sorted({str(table.name) for table in tables} | {str(name) for (name,) in tied})
    began, told = monotonic(), False
    server.execute(f"set local lock_timeout = {LOCKED_FOR}")
    statement = f"lock table {', '.join(names)} in access exclusive mode"
    while failed := server.attempt(statement):
        if failed.state not in BUSY:
            raise failed
        if monotonic() - began > LONGEST_WAIT:
            raise TargetError(
                f"the tables are in use for more than {LONGEST_WAIT / 60:.0f} minutes"
                f"{_holders(server, listed)}",
                hint="end those sessions, and export again",
            )
        if not told and monotonic() - began > 3:
            say(f"  waiting for readers{_holders(server, listed)}")
            told = True
        sleep(0.2)
    server.execute("set local lock_timeout = 0")


def _holders(server: Server, listed: str) -> str:
    found = server.rows(
        "select distinct a.pid::text || coalesce(' (' || nullif(a.application_name, '') || ')', '')"
        " from pg_locks l join pg_stat_activity a using (pid) where l.granted"
        f" and l.relation in ({listed}) and a.pid <> pg_backend_pid() order by 1"
    )
    return f": process {', '.join(str(who) for (who,) in found)}" if found else ""


# --- foreign keys --------------------------------------------------------------------------------


def _links_of(server: Server, oids: Sequence[int]) -> list[tuple[str, str]]:
    """Tables and names of the foreign keys between recorded tables that touch some of them."""
    if not oids:
        return []
    listed = ", ".join(map(str, oids))
    return [
        (str(child), str(name))
        for child, name in server.rows(
            "select conrelid::regclass::text, conname::text from pg_constraint where contype = 'f'"
            f" and (conrelid in ({listed}) or confrelid in ({listed}))"
            " and conrelid in (select relation from _runner.exports)"
            " and confrelid in (select relation from _runner.exports) order by 1, 2"
        )
    ]


def add_links(server: Server, tables: Sequence[Table], touched: set[Name]) -> None:
    """Add the foreign keys of, and to, tables that were touched, as far as their other ends are there.

    Those that are there already stay; those that are wanted no longer go.
    """
    found = which_are_there(server, _ends(tables))
    there = {name: old.oid for name, old in found.items() if old.is_ours}
    keys = _single_keys(server, list(there.values()))
    for table in tables:
        if table.name not in there:
            continue
        known = _own_links(server, there[table.name])
        wanted = {}
        for link in table.links:
            if link.to in there and link.to_column in keys.get(there[link.to], ()):
                wanted[(link.column, there[link.to], link.to_column)] = link
        for key, constraint in known.items():
            if key not in wanted and table.name in touched:
                server.execute(f"alter table {table.name} drop constraint {quote(constraint)}")
        for key, link in wanted.items():
            if key not in known and {table.name, link.to} & touched:
                server.execute(link_statement(table.name, link))


def _ends(tables: Iterable[Table]) -> list[Name]:
    found = {name for table in tables for name in (table.name, *(link.to for link in table.links))}
    return sorted(found, key=str)


def _single_keys(server: Server, oids: Sequence[int]) -> dict[int, set[str]]:
    """Table → its columns that are a key alone."""
    found: dict[int, set[str]] = {}
    if oids:
        for oid, column in server.rows(
            "select c.conrelid::bigint, a.attname::text from pg_constraint c join pg_attribute a"
            " on a.attrelid = c.conrelid and a.attnum = c.conkey[1] where c.contype in ('p', 'u')"
            f" and array_length(c.conkey, 1) = 1 and c.conrelid in ({', '.join(map(str, oids))})"
        ):
            found.setdefault(int(oid), set()).add(str(column))
    return found


def _own_links(server: Server, oid: int) -> dict[tuple[str, int, str], str]:
    """(column, table, its column) → name of the foreign keys of a table to recorded tables."""
    return {
        (str(column), int(to), str(to_column)): str(name)
        for column, to, to_column, name in server.rows(
            "select a.attname::text, c.confrelid::bigint, b.attname::text, c.conname::text"
            " from pg_constraint c"
            " join pg_attribute a on a.attrelid = c.conrelid and a.attnum = c.conkey[1]"
            " join pg_attribute b on b.attrelid = c.confrelid and b.attnum = c.confkey[1]"
            f" where c.contype = 'f' and c.conrelid = {oid} and array_length(c.conkey, 1) = 1"
            " and c.confrelid in (select relation from _runner.exports)"
        )
    }


def validate_links(server: Server, tables: Sequence[Table], warn: Say) -> None:
    """Check foreign keys that were added without reading rows; one that does not hold is taken away.

    In transactions of their own: readers are not stopped, and an interrupted one is done next time.
    """
    server.rollback()
    if server.rows("select to_regclass('_runner.exports') is not null") != [(True,)]:
        return
    found = server.rows(
        "select n.nspname::text, t.relname::text, c.conname::text from pg_constraint c"
        " join pg_class t on t.oid = c.conrelid join pg_namespace n on n.oid = t.relnamespace"
        " where c.contype = 'f' and not c.convalidated"
        " and c.conrelid in (select relation from _runner.exports) order by 1, 2, 3"
    )
    ours = {table.name for table in tables}
    for schema, table, constraint in found:
        child = Name(schema, table)
        if child in ours:
            _validate(server, child, constraint, warn)


def _validate(server: Server, child: Name, constraint: str, warn: Say) -> None:
    try:
        server.execute(f"alter table {child} validate constraint {quote(constraint)}")
    except ServerError as error:
        server.rollback()
        if error.state != "23503":
            raise
        warn(f"{child.shown} has no foreign key {constraint}: {error.message.splitlines()[0]}")
        server.execute(f"alter table {child} drop constraint {quote(constraint)}")
    server.commit()
