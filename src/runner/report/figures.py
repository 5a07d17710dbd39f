"""What a report says, as plain values: asked of the warehouse, knowing nothing of pages.

`ask` answers a query of the folder queries/, compiled by the project, so that no relation is named
here. A query may begin behind the common table expressions `spans` and `chosen`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

from msgspec import Struct
from msgspec.structs import replace

from runner.report.asking import Ask, Row, rows_of, text_of
from runner.report.periods import Period, Span, period_of
from runner.report.quality import labels_of

MODELS = (
    "int_as_of", "int_months", "int_reporting_currency", "fct_kpis_daily", "fct_orders",
    "fct_refund_items", "fct_customer_lifecycle_events", "agg_rfm_monthly", "fct_rfm_snapshots",
    "agg_cohort_retention", "rfm_segments", "rfm_segments_custom",
)  # fmt: skip
"""What a report reads; customers_pii too, when names are wanted."""


class Segment(Struct, frozen=True):
    """An RFM segment at the end of the period, and how it came about.

    before: customers at the end of the one before, None when that was not scored. entered and left:
    who moved in from elsewhere and out to elsewhere; moved_revenue: what those who entered had brought
    within the scoring window.
    """

    key: str
    labels: Mapping[str, str]
    action: str
    colour: str
    customers: int
    before: int | None
    entered: int
    left: int
    net_revenue: Decimal
    moved_revenue: Decimal


class Scope(Struct, frozen=True):
    """How far the warehouse has seen: nothing when the shop has no valid order."""

    as_of: date
    first_day: date
    last_order: date | None
    currency: str


class Figures(Struct, frozen=True):
    """All that a report says of a shop.

    values: figures by metric of the period, and of those that it is compared with. top: the ranked
    customers. cohorts: cells in the order of cohorts and months. moves: customers by their segment
    before and now. members: customers with both segments. now and before: the months whose ends the
    segments are of.
    """

    period: Period
    scope: Scope
    current: Row
    previous: Row | None
    year_before: Row | None
    buckets: tuple[Row, ...]
    top: tuple[Row, ...]
    segments: tuple[Segment, ...]
    now: Span | None
    before: Span | None
    moves: Mapping[tuple[str, str], int]
    members: tuple[Row, ...]
    cohorts: tuple[Row, ...]
    names: Mapping[str, str]


def scope_of(ask: Ask) -> Scope | None:
    """How far the warehouse has seen, None for a shop without a valid order."""
    found = rows_of(ask(text_of("scope")))
    if not found:
        return None
    row = found[0]
    as_of, first, last = row["as_of"], row["first_month"], row["last_order_date"]
    assert isinstance(as_of, date)
    assert isinstance(first, date)
    return Scope(
        as_of, first, last if isinstance(last, date) else None, str(row["currency"] or "XXX")
    )


def figures_of(ask: Ask, scope: Scope, wanted: str, preset: str, *, names: bool) -> Figures:
    """All figures of a period. Raises ProjectError when there is none of that name.

    preset: the RFM preset to show; another one that was scored when it was not.
    """
    period = period_of(wanted, as_of=scope.as_of, first_day=scope.first_day)
    compared = {"current": period.seen, "previous": period.previous, "year": period.year_before}
    spans = {name: span for name, span in compared.items() if span is not None}
    spans |= {f"bucket {number:04}": span for number, span in enumerate(period.buckets)}
    sums = {str(row["span"]): row for row in rows_of(ask(_asked("figures", spans)))}
    figures = Figures(
        period, scope,
        current=sums["current"], previous=sums.get("previous"), year_before=sums.get("year"),
        buckets=tuple(row for name, row in sorted(sums.items()) if name.startswith("bucket")),
        top=_top(ask, period), segments=(), now=None, before=None, moves={}, members=(),
        cohorts=_cohorts(ask, period),
        names=_names(ask) if names else {},
    )  # fmt: skip
    return _with_segments(figures, ask, preset)


def _top(ask: Ask, period: Period) -> tuple[Row, ...]:
    spans = {"current": period.seen}
    if period.previous is not None:
        spans["previous"] = period.previous
    rows = rows_of(ask(_asked("top_customers", spans)))
    if period.previous is None:  # nobody can have entered what was not there
        rows = tuple({**row, "status": None} for row in rows)
    return rows


def _cohorts(ask: Ask, period: Period) -> tuple[Row, ...]:
    """Cells of the last cohorts that began by the end of the period: a year, and the one before it."""
    last = period.seen.last
    number = last.year * 12 + last.month - 1 - 12
    window = Span(date(number // 12, number % 12 + 1, 1), last)
    return rows_of(ask(_asked("cohorts", {"window": window})))


def _names(ask: Ask) -> Mapping[str, str]:
    rows = rows_of(ask(text_of("names")))
    return {str(row["customer_id"]): str(row["name"]) for row in rows if row["name"]}


def _with_segments(figures: Figures, ask: Ask, preset: str) -> Figures:
    """With how the base is divided at the last end of a month within the period, if any was."""
    states: dict[str, list[Span]] = {}
    for row in rows_of(ask(text_of("states"))):
        first, last = row["month"], row["last_day"]
        assert isinstance(first, date)
        assert isinstance(last, date)
        states.setdefault(str(row["preset"]), []).append(Span(first, last))
    chosen = preset if preset in states else min(states, default="")
    now, before = two_states(states.get(chosen, []), figures.period)
    if now is None:
        return figures
    spans = {"now": now} if before is None else {"now": now, "before": before}
    members = rows_of(ask(_asked("members", spans, chosen)))
    moves: dict[tuple[str, str], int] = {}
    for row in members if before is not None else ():
        move = (str(row["segment_before"]), str(row["segment"]))
        moves[move] = moves.get(move, 0) + 1
    counts = {str(row["segment"]): row for row in rows_of(ask(_asked("segments", spans, chosen)))}
    labels = rows_of(ask(_asked("labels", {}, chosen)))
    moved = _moved_revenue(members) if before is not None else {}
    segments = tuple(_segment(row, counts, moves, moved, before) for row in labels)
    return replace(figures, segments=segments, now=now, before=before, moves=moves, members=members)


def two_states(states: Sequence[Span], period: Period) -> tuple[Span | None, Span | None]:
    """The last scored month within what was seen, and the last one before the period.

    Within a month nothing is scored: of a week or a few days both are the last two months.
    """
    over = sorted((s for s in states if s.last <= period.seen.last), key=lambda s: s.last)
    if not over:
        return None, None
    now = over[-1]
    earlier = [s for s in over[:-1] if s.last < min(period.whole.first, now.first)]
    return now, earlier[-1] if earlier else None


def _moved_revenue(members: Sequence[Row]) -> Mapping[str, Decimal]:
    """What those who moved into a segment had brought, by segment."""
    found: dict[str, Decimal] = {}
    for row in members:
        if row["segment"] != row["segment_before"] and row["net_revenue"] is not None:
            key = str(row["segment"])
            found[key] = found.get(key, Decimal(0)) + Decimal(str(row["net_revenue"]))
    return found


def _segment(
    row: Row,
    counts: Mapping[str, Row],
    moves: Mapping[tuple[str, str], int],
    moved: Mapping[str, Decimal],
    before: Span | None,
) -> Segment:
    key = str(row["segment"])
    count = counts.get(key, {})
    net_revenue = count.get("net_revenue") or 0
    return Segment(
        key,
        labels_of(row),
        str(row["action"] or ""),
        str(row["colour"] or "#57606a"),
        customers=whole(count.get("customers")),
        before=None if before is None else whole(count.get("customers_before")),
        entered=sum(n for (was, now), n in moves.items() if now == key and was != key),
        left=sum(n for (was, now), n in moves.items() if was == key and now != key),
        net_revenue=Decimal(str(net_revenue)),
        moved_revenue=moved.get(key, Decimal(0)),
    )


def whole(value: object) -> int:
    """A number of things; nothing is none."""
    return int(str(value)) if value is not None else 0


# --- asking ---------------------------------------------------------------------------------------


def _asked(name: str, spans: Mapping[str, Span], preset: str = "") -> str:
    """A query behind the spans that it is asked for and the preset that was chosen."""
    rows = [
        f"('{span}', date '{days.first}', date '{days.last}')" for span, days in spans.items()
    ] or ["('', date '1900-01-01', date '1900-01-01')"]
    given = (
        f"with spans(span, first_day, last_day) as (values {', '.join(rows)})\n"
        f", chosen(preset) as (values ('{preset.replace(chr(39), chr(39) * 2)}'))\n"
    )
    return given + text_of(name)
