"""Writes docs/reports.md: each question of docs/reports.yml, its query, and the first lines of its answer.

    python docs/make_reports.py warehouse.duckdb

The database is the demo shop's, built by `runner build`.
"""

from __future__ import annotations

import sys
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import yaml

HERE = Path(__file__).parent
LINES, COLUMNS = 5, 8
HEAD = """# Reports

Every question that the warehouse was made to answer, by the numbers of its specification, with a query
and the first lines of its answer on the demo shop. Written by `python docs/make_reports.py warehouse.duckdb`
and compared by a test. Queries work in any SQL client on a read-only file.
"""


def questions() -> list[dict[str, str]]:
    """id, question and query of each row, in order."""
    found: list[dict[str, str]] = yaml.safe_load((HERE / "reports.yml").read_text("utf-8"))
    return found


def answer(
    connection: duckdb.DuckDBPyConnection, query: str
) -> tuple[list[str], list[tuple[Any, ...]]]:
    """The names of a query's columns, and its rows."""
    cursor = connection.execute(query)
    return [column[0] for column in cursor.description or ()], cursor.fetchall()


def page(connection: duckdb.DuckDBPyConnection) -> str:
    """The whole page."""
    parts = [HEAD]
    for row in questions():
        names, rows = answer(connection, row["query"])
        parts.append(f"\n## {row['id']} · {row['question']}\n\n```sql\n{row['query']}\n```\n")
        parts.append("\n".join(table(names[:COLUMNS], [r[:COLUMNS] for r in rows[:LINES]])) + "\n")
    return "\n".join(parts)


def table(names: list[str], rows: list[tuple[Any, ...]]) -> list[str]:
    """A Markdown table."""
    lines = ["| " + " | ".join(names) + " |", "|" + "---|" * len(names)]
    return lines + ["| " + " | ".join(map(shown, row)) + " |" for row in rows]


def shown(value: object) -> str:
    """A cell; numbers to four places, without zeros at their end."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float | Decimal):
        text = f"{value:.4f}".rstrip("0").rstrip(".")
        return "0" if text == "-0" else text
    if isinstance(value, datetime | date):
        return value.isoformat(" ") if isinstance(value, datetime) else value.isoformat()
    return str(value).replace("|", "\\|").replace("\n", " ")


if __name__ == "__main__":
    with duckdb.connect(sys.argv[1], read_only=True) as opened:
        (HERE / "reports.md").write_text(page(opened), "utf-8")
