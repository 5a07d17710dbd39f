"""When a source's table was last loaded: the question, the answer, and what follows from it. Pure.

The answer is the source's version in the ledger where the table itself cannot tell, and the age that
`source freshness` judges.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

from msgspec import Struct

from runner.errors import CompileError
from runner.project.nodes import SourceTable

PERIODS: Mapping[str, timedelta] = {
    "minute": timedelta(minutes=1), "hour": timedelta(hours=1), "day": timedelta(days=1),
}  # fmt: skip
_VERSION = re.compile(r"loaded_at (.+), (\d+) rows")


class Loading(Struct, frozen=True):
    """How a table was found: the newest time in its rows (UTC; None: no rows), and their number."""

    loaded_at: datetime | None
    rows: int

    @property
    def version(self) -> str:
        """The version of the table's content, as the ledger keeps it."""
        return f"loaded_at {_shown(self.loaded_at)}, {self.rows} rows"


def is_declared(source: SourceTable) -> bool:
    """Does the source say how it can be known when it was loaded?"""
    return bool(source.loaded_at_field or source.loaded_at_query)


def has_limits(source: SourceTable) -> bool:
    """Does the source say how old it may be?"""
    return any(_limit(source.freshness, key) for key in ("warn_after", "error_after"))


def loading_query(relation: str, source: SourceTable, query: str | None = None) -> str:
    """The query of one row: the newest time, and the number of rows.

    relation: as it stands in a from clause. query: the source's loaded_at_query, rendered.
    """
    condition = source.freshness.get("filter")
    where = f"\nwhere {condition}" if condition else ""
    if query is not None:
        return f"select (\n{query}\n), (select count(*) from {relation}{where})"
    return f"select max({source.loaded_at_field}), count(*)\nfrom {relation}{where}"


def loading(row: tuple[object, ...]) -> Loading:
    """The answer to the query. A time without zone is UTC. Raises CompileError for no time."""
    found, rows = row
    if found is None:
        return Loading(None, int(str(rows)))
    if isinstance(found, datetime):
        known = found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
        return Loading(known, int(str(rows)))
    if isinstance(found, date):
        return Loading(datetime(found.year, found.month, found.day, tzinfo=UTC), int(str(rows)))
    raise CompileError(
        f"loaded_at is {found!r}, which is no time",
        hint="cast it: loaded_at_field: loaded_at::timestamp",
    )


def status_of(found: Loading, source: SourceTable, now: datetime) -> str:
    """`pass`, `warn` or `error`, by the source's limits; a table without rows is infinitely old.

    Raises CompileError for a limit that is none.
    """
    for key, status in (("error_after", "error"), ("warn_after", "warn")):
        limit = _limit(source.freshness, key)
        if limit is not None and (found.loaded_at is None or now - found.loaded_at > limit):
            return status
    return "pass"


def _limit(freshness: Mapping[str, object], key: str) -> timedelta | None:
    given = freshness.get(key)
    if not isinstance(given, Mapping) or given.get("count") is None:
        return None
    period, count = str(given.get("period")), given["count"]
    try:
        return int(str(count)) * PERIODS[period]
    except (KeyError, ValueError):
        raise CompileError(
            f"{key} is {count} {period}", hint=f"a whole number of: {', '.join(PERIODS)}"
        ) from None


def difference(name: str, before: str, now: str) -> str | None:
    """What two versions of a source's table differ in, in words; None where they are not of this kind."""
    old, new = _VERSION.fullmatch(before), _VERSION.fullmatch(now)
    if old is None or new is None:
        return None
    if old[1] != new[1]:
        what = "other" if "none" in (old[1], new[1]) or new[1] < old[1] else "newer"
        return f"source {name} has {what} rows (loaded_at {old[1]} → {new[1]})"
    return f"source {name} has other rows ({old[2]} → {new[2]} rows, loaded_at {new[1]})"


def ago(seconds: float) -> str:
    """`45 s`, `12 min`, `3 h 05 min`, `4 days`."""
    minutes = int(seconds // 60)
    if minutes < 1:
        return f"{max(0, int(seconds))} s"
    if minutes < 60:
        return f"{minutes} min"
    hours = minutes // 60
    return f"{hours} h {minutes % 60:02} min" if hours < 48 else f"{hours // 24} days"


def _shown(moment: datetime | None) -> str:
    if moment is None:
        return "none"
    text = moment.replace(tzinfo=None).isoformat(sep=" ")
    return text.removesuffix(" 00:00:00")
