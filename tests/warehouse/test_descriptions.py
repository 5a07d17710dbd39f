"""Everything that is published says what it is: tables, views, functions and columns, and the key of every mart."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.warehouse.conftest import Warehouse

OURS = "schema_name in ('main', 'pii', 'intermediate', 'staging', 'seeds') and not internal"


@pytest.mark.parametrize("kind", ["tables", "views", "columns"])
def test_everything_is_described_in_the_database(demo: Warehouse, kind: str) -> None:
    name = "column_name" if kind == "columns" else f"{kind[:-1]}_name"
    silent = f"{OURS} and trim(coalesce(comment, '')) = ''"
    assert demo.tuples(f"select schema_name, {name} from duckdb_{kind}() where {silent}") == []
    assert demo.value(f"select count(*) from duckdb_{kind}() where {OURS}")


def entries(folder: Path, kind: str) -> dict[str, Any]:
    return {
        entry["name"]: entry
        for path in sorted(folder.rglob("*.yml"))
        for entry in (yaml.safe_load(path.read_text("utf-8")) or {}).get(kind) or ()
    }


def test_every_mart_states_its_key(repo: Path, demo: Warehouse) -> None:
    """The grain names columns of the table; the build tests that they are a key. An empty one is one row."""
    marts = entries(repo / "models" / "marts", "models")
    assert set(marts) == {path.stem for path in (repo / "models" / "marts").rglob("*.sql")}
    for name, entry in marts.items():
        columns = {
            column
            for (column,) in demo.tuples(
                f"select column_name from duckdb_columns() where table_name = '{name}'"
            )
        }
        assert entry["config"]["grain"], name
        assert set(entry["config"]["grain"]) <= columns, name


def test_every_report_function_describes_its_arguments_and_columns(repo: Path) -> None:
    functions = entries(repo / "functions" / "reports", "functions")
    assert len(functions) >= 25
    for name, entry in functions.items():
        assert entry["description"].strip(), name
        for part in (*entry["arguments"], *entry["columns"]):
            assert part.get("description", "").strip(), (name, part["name"])
