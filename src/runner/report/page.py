"""The page: figures in words of a language, and the template that sets them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from importlib import resources

from msgspec import Struct

from runner.report.asking import Row
from runner.report.changes import Change, change_of, written
from runner.report.charts import Chart, Series, drawn
from runner.report.csv_files import METRICS
from runner.report.figures import Figures, Segment, whole
from runner.report.periods import DAY
from runner.report.quality import Quality
from runner.report.words import Words
from runner.report.writing import DASH, Writer

CARDS = ("net_revenue", "orders", "aov", "active_customers", "new_customers",
         "returning_customers", "churned_customers", "refund_rate_amount")  # fmt: skip
TOP = 20
ACTIONS = 6
FINDINGS = 10
CHECKS = 8


class Figure(Struct, frozen=True):
    """A figure as it is read: its label, its value and what it is compared with."""

    label: str
    value: str
    previous: str
    previous_change: Change | None
    year: str
    year_change: Change | None


def page_of(
    figures: Figures, quality: Quality, words: Words, shop: str, names: Sequence[str]
) -> str:
    """The report as HTML. names: of the CSV files, in their order."""
    from jinja2 import Environment, StrictUndefined
    from markupsafe import Markup, escape

    def within(name: str, **given: str) -> Markup:
        """A text with parts in it that may be marked up."""
        return Markup(escape(words.texts[name])).format(**given)

    def apart(text: str) -> Markup:
        """A name or a time in a sentence that may run the other way: from left to right, on a line."""
        return Markup('<bdi class="num ltr">{}</bdi>').format(text)

    files = [Markup('<bdi class="id whole">{}</bdi>').format(name) for name in names]
    writer = Writer(words.language, figures.scope.currency)
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    template = environment.from_string(_file("report.html"))
    period = figures.period
    return template.render(
        t=words, w=writer, shop=shop, figures=figures, period=period, style=_file("report.css"),
        title=f"{words('title')} – {shop} – {period.name}",
        cards=[_figure(metric, figures, writer, words) for metric in CARDS],
        table=[_figure(metric, figures, writer, words) for metric in METRICS],
        apart=apart, last_seen=figures.scope.as_of - DAY, quality=quality, checks=_checks(quality, writer, words), findings=quality.findings[:FINDINGS],
        charts=_charts(figures, writer, words), top=_top(figures, writer, words),
        segments=_segments(figures, writer, words), moves=_moves(figures, writer, words),
        actions=_actions(figures, writer, words),
        cohorts=_cohorts(figures, writer, words), dash=DASH, within=within,
        files=Markup(", ").join(files),
        members_file=next((file for file in files if "segment_customers" in file), Markup("")),
    )  # fmt: skip


def _checks(quality: Quality, writer: Writer, words: Words) -> Sequence[Mapping[str, object]]:
    return [
        {
            "label": check.labels.get(words.language) or check.labels.get("en", ""),
            "rows": writer.count(check.rows),
            "rate": writer.percent(check.rate),
            "is_warning": check.is_warning,
        }
        for check in quality.checks[:CHECKS]
    ]


def _file(name: str) -> str:
    return resources.files("runner.report").joinpath("templates", name).read_text("utf-8")


def _figure(metric: str, figures: Figures, writer: Writer, words: Words) -> Figure:
    now = figures.current[metric]
    before = (figures.previous or {}).get(metric)
    year = (figures.year_before or {}).get(metric)
    return Figure(
        words.metric(metric), written(metric, now, writer),
        written(metric, before, writer), change_of(metric, now, before, writer, words),
        written(metric, year, writer), change_of(metric, now, year, writer, words),
    )  # fmt: skip


# --- charts ---------------------------------------------------------------------------------------


def _charts(figures: Figures, writer: Writer, words: Words) -> Sequence[Mapping[str, object]]:
    if not figures.buckets:
        return ()
    labels = _labels(figures, writer)
    customers = (
        ("returning_customers", "returning", 1),
        ("new_customers", "new", 1),
        ("churned_customers", "lost", -1),
    )
    wanted = (
        ("revenue", words("revenue_chart"), "", (("net_revenue", "returning", 1),)),
        ("customers", words("customers_chart"), words("customers_chart_note"), customers),
    )
    return [
        _chart(key, title, note, bars, labels, figures, writer, words)
        for key, title, note, bars in wanted
    ]


def _chart(
    key: str,
    title: str,
    note: str,
    bars: Sequence[tuple[str, str, int]],
    labels: tuple[str, ...],
    figures: Figures,
    writer: Writer,
    words: Words,
) -> Mapping[str, object]:
    series = tuple(
        Series(
            words.metric(metric), style,
            tuple(sign * float(str(row[metric])) for row in figures.buckets),
        )
        for metric, style, sign in bars
    )  # fmt: skip
    chart = Chart(
        f"chart-{key}", title, _described(labels, series, bars, figures, writer), labels, series
    )
    is_money = key == "revenue"

    def scale(value: float) -> str:
        return writer.money(round(value), cents=False) if is_money else writer.count(abs(value))

    mirrored = words.direction == "rtl"
    return {
        "title": title,
        "note": note,
        "wide": drawn(chart, narrow=False, mirrored=mirrored, written=scale),
        "narrow": drawn(chart, narrow=True, mirrored=mirrored, written=scale),
        "legend": [(s.name, s.style) for s in series] if len(series) > 1 else [],
        "head": [s.name for s in series],
        "rows": [
            (_span(row, figures, writer), [written(m, row[m], writer) for m, _, _ in bars])
            for row in figures.buckets
        ],
    }


def _described(
    labels: Sequence[str],
    series: Sequence[Series],
    bars: Sequence[tuple[str, str, int]],
    figures: Figures,
    writer: Writer,
) -> str:
    """What the last bars show, for people who do not see the chart."""
    last = figures.buckets[-1]
    said = [
        f"{s.name}: {written(m, last[m], writer)}"
        for s, (m, _, _) in zip(series, bars, strict=True)
    ]
    first, latest = (label.replace("\n", " ") for label in (labels[0], labels[-1]))
    return f"{first} – {latest}. {_span(last, figures, writer)}: {', '.join(said)}"


def _labels(figures: Figures, writer: Writer) -> tuple[str, ...]:
    """Below the bars: days, or months, with the year at both ends and at a January far from them."""
    days = [_day(row, "first_day") for row in figures.buckets]
    if figures.period.bucket_grain != "month":
        return tuple(writer.day_short(day) for day in days)
    last = len(days) - 1
    return tuple(
        writer.month_short(
            day, year=number in (0, last) or (day.month == 1 and 1 < number < last - 1)
        )
        for number, day in enumerate(days)
    )


def _span(row: Row, figures: Figures, writer: Writer) -> str:
    first, last = _day(row, "first_day"), _day(row, "last_day")
    is_last_cut = row is figures.buckets[-1] and not figures.period.is_complete
    if figures.period.bucket_grain == "month" and not is_last_cut:
        return writer.month(first)
    return writer.days(first, last)


def _day(row: Row, column: str) -> date:
    found = row[column]
    assert isinstance(found, date)
    return found


# --- tables ---------------------------------------------------------------------------------------


def _top(figures: Figures, writer: Writer, words: Words) -> Sequence[Mapping[str, object]]:
    return [
        {
            "rank": writer.count(row["rank"]),
            "status": row["status"],
            "movement": _movement(row, writer, words),
            "customer": figures.names.get(str(row["customer_id"]), str(row["customer_id"])),
            "orders": writer.count(row["orders"]),
            "gross": writer.money(row["gross_revenue"]),
            "net": writer.money(row["net_revenue"]),
        }
        for row in figures.top[:TOP]
    ]


def _movement(row: Row, writer: Writer, words: Words) -> str:
    status = row["status"]
    if status is None:
        return DASH
    if status in ("up", "down"):
        sign = "▲" if status == "up" else "▼"
        places = writer.count(abs(whole(row["rank_change"])))
        return f"{sign} {words(str(status), places=places)}"
    return f"★ {words('entered')}" if status == "entered" else f"= {words('same')}"


def _label(segment: Segment, words: Words) -> str:
    return segment.labels.get(words.language) or segment.labels.get("en") or segment.key


def _segments(figures: Figures, writer: Writer, words: Words) -> Sequence[Mapping[str, object]]:
    base = sum(segment.customers for segment in figures.segments)
    most = max((segment.customers for segment in figures.segments), default=0)
    return [
        {
            "number": number,
            "label": _label(segment, words),
            "colour": segment.colour,
            "customers": writer.count(segment.customers),
            "width": round(100 * segment.customers / most, 1) if most else 0,
            "share": writer.percent(segment.customers / base if base else None),
            "change": _moved(segment, writer),
            "joined": writer.count(segment.entered) if figures.before else DASH,
            "left": writer.count(segment.left) if figures.before else DASH,
            "net": writer.money(segment.net_revenue, cents=False),
        }
        for number, segment in enumerate(figures.segments, start=1)
    ]


def _moved(segment: Segment, writer: Writer) -> str:
    if segment.before is None:
        return DASH
    moved = segment.customers - segment.before
    return ("+" if moved > 0 else "") + writer.count(moved)


def _moves(figures: Figures, writer: Writer, words: Words) -> Mapping[str, object] | None:
    """Customers by segment before and now: a line a segment of before, a column a segment of now."""
    if figures.before is None:
        return None
    keys = [segment.key for segment in figures.segments]
    labels = {segment.key: _label(segment, words) for segment in figures.segments}
    most = max((n for (was, now), n in figures.moves.items() if was != now), default=0)
    lines = []
    for was in (*keys, "entered"):
        cells = []
        for now in (*keys, "left"):
            number = figures.moves.get((was, now), 0)
            cells.append({
                "text": writer.count(number) if number else "",
                "stayed": was == now,
                "shade": shade(number / most) if number and was != now else "",
            })  # fmt: skip
        label = labels.get(was) or words("not_before")
        lines.append(
            {"label": label, "number": keys.index(was) + 1 if was in keys else "", "cells": cells}
        )
    head = [(str(number), labels[key]) for number, key in enumerate(keys, start=1)]
    return {"head": [*head, ("✕", words("no_longer"))], "lines": lines}


def shade(strength: float) -> str:
    """The background of a cell, from 0 to 1: never so dark that the text could not be read."""
    return f"background:rgba(31,93,184,{0.06 + 0.56 * min(max(strength, 0.0), 1.0):.2f})"


def _actions(figures: Figures, writer: Writer, words: Words) -> Sequence[Mapping[str, object]]:
    """The segments that most revenue has moved into; the largest where nothing is known of before."""

    def weight(segment: Segment) -> tuple[object, ...]:
        return (-segment.moved_revenue, -segment.customers, segment.key)

    wanted = [s for s in figures.segments if s.action and (s.entered or not figures.before)]
    wanted = [segment for segment in wanted if segment.customers]
    return [
        {
            "label": _label(segment, words),
            "colour": segment.colour,
            "action": words.action(segment.action),
            "customers": writer.count(segment.customers),
            "joined": writer.count(segment.entered) if figures.before else DASH,
            "revenue": writer.money(
                segment.moved_revenue if figures.before else segment.net_revenue, cents=False
            ),
        }
        for segment in sorted(wanted, key=weight)[:ACTIONS]
    ]


def _cohorts(figures: Figures, writer: Writer, words: Words) -> Mapping[str, object] | None:
    if not figures.cohorts:
        return None
    months = sorted({whole(row["month_number"]) for row in figures.cohorts} - {0})
    cells = {(row["cohort_month"], row["month_number"]): row for row in figures.cohorts}
    known = [
        float(str(row["retention_rate"]))
        for row in figures.cohorts
        if row["is_complete"] and row["month_number"] and row["retention_rate"] is not None
    ]
    most = max(known, default=0.0)
    lines = []
    for cohort in sorted({_day(row, "cohort_month") for row in figures.cohorts}):
        line = [_cell(cells.get((cohort, month)), most, writer, words) for month in months]
        size = next(row["cohort_size"] for row in figures.cohorts if row["cohort_month"] == cohort)
        lines.append({"label": writer.month(cohort), "size": writer.count(size), "cells": line})
    return {"months": months, "lines": lines}


def _cell(row: Row | None, most: float, writer: Writer, words: Words) -> Mapping[str, object]:
    if row is None or not row["is_complete"] or row["retention_rate"] is None:
        return {"text": "", "label": words("not_over"), "open": True, "shade": ""}
    rate = float(str(row["retention_rate"]))
    text = writer.percent(rate, 0)
    return {"text": text, "label": "", "open": False, "shade": shade(rate / most if most else 0)}
