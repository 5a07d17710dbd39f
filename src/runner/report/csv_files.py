"""The figures as CSV files, for spreadsheets. Knows nothing of languages.

A spreadsheet takes a text that begins with = + - @ for a formula; such a text gets a quotation mark
in front. Numbers stay numbers.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal

from runner.report.asking import Row
from runner.report.figures import Figures

DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n")
METRICS = (
    "net_revenue", "gross_revenue", "discount_amount", "refund_amount", "total_sales",
    "contribution_margin", "orders", "aov", "units_net", "items_per_order", "active_customers",
    "new_customers", "returning_customers", "churned_customers", "reactivated_customers",
    "returning_customer_rate", "repeat_purchase_rate", "orders_per_active_customer",
    "revenue_per_customer", "refund_rate_amount",
)  # fmt: skip
"""The figures of a report, in their order."""


def csv_files(figures: Figures) -> Mapping[str, str]:
    """Name → text of each file, with a header line."""
    top = ("position", "rank", "rank_prev", "rank_change", "status", "customer_id", "orders",
           "gross_revenue", "net_revenue")  # fmt: skip
    members = ("customer_id", "segment", "segment_before", "recency_days", "orders", "net_revenue")
    cohorts = ("cohort_month", "month_number", "cohort_size", "is_complete", "active_customers",
               "retention_rate")  # fmt: skip
    buckets = ("first_day", "last_day", *METRICS)
    return {
        "kpis": _text(("metric", "value", "previous", "year_before"), _figures(figures)),
        "periods": _text(buckets, _picked(figures.buckets, buckets)),
        "top_customers": _text(*_named(figures, top, figures.top)),
        "segments": _text(
            ("segment", "customers", "customers_before", "entered", "left", "net_revenue"),
            (
                (s.key, s.customers, s.before, s.entered, s.left, s.net_revenue)
                for s in figures.segments
            ),
        ),
        "segment_customers": _text(*_named(figures, members, figures.members)),
        "cohorts": _text(cohorts, _picked(figures.cohorts, cohorts)),
    }


def _figures(figures: Figures) -> Iterable[Sequence[object]]:
    previous, year = figures.previous or {}, figures.year_before or {}
    for metric in METRICS:
        yield metric, figures.current[metric], previous.get(metric), year.get(metric)


def _picked(rows: Iterable[Row], columns: Sequence[str]) -> Iterable[Sequence[object]]:
    return (tuple(row[column] for column in columns) for row in rows)


def _named(
    figures: Figures, columns: Sequence[str], rows: Iterable[Row]
) -> tuple[Sequence[str], Iterable[Sequence[object]]]:
    """Rows of customers, with their names where these are wanted."""
    if not figures.names:
        return columns, _picked(rows, columns)
    names = figures.names
    return (*columns, "customer_name"), (
        (*(row[column] for column in columns), names.get(str(row["customer_id"]))) for row in rows
    )


def _text(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(tuple(cell(value) for value in row) for row in rows)
    return out.getvalue()


def cell(value: object) -> object:
    """A value as a cell: texts made harmless, numbers and days as they are."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None or isinstance(value, int | float | Decimal | date):
        return value
    text = str(value)
    return f"'{text}" if text.startswith(DANGEROUS) else text
