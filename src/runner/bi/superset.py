"""The parts of an import for Superset: a database, and a dataset for each table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from runner.bi.bundle import VERSION, stable_id
from runner.engines import ColumnType
from runner.project.nodes import Node

TEMPORAL = ("DATE", "TIMESTAMP")


def database(project: str, uri: str) -> Mapping[str, object]:
    """The connection: read-only, so that no client ever stands in a build's way."""
    arguments = {"read_only": True, "config": {"threads": 2}}
    return {
        "database_name": project,
        "sqlalchemy_uri": uri,
        "expose_in_sqllab": True,
        "allow_run_async": False,
        "allow_ctas": False,
        "allow_cvas": False,
        "allow_dml": False,
        "extra": {
            "engine_params": {"connect_args": arguments},
            "allows_virtual_table_explore": True,
        },
        "uuid": stable_id(project, "database", project),
        "version": VERSION,
    }


def table_dataset(project: str, node: Node, columns: Sequence[ColumnType]) -> Mapping[str, object]:
    """A published table as a dataset: its columns with their types and what YAML says of them."""
    assert node.relation is not None
    said = {column.name: column.description for column in node.properties.columns}
    dates = [c.name for c in columns if c.type.startswith(TEMPORAL)]
    return {
        "table_name": node.relation.identifier,
        "main_dttm_col": dates[0] if dates else None,
        "description": " ".join(node.properties.description.split()),
        "schema": node.relation.schema,
        "sql": None,
        "uuid": stable_id(project, "dataset", node.name),
        "database_uuid": stable_id(project, "database", project),
        "metrics": [
            {"metric_name": "rows", "verbose_name": "Rows", "expression": "count(*)",
             "d3format": ",d"}
        ],
        "columns": [
            {
                "column_name": column.name,
                "is_dttm": column.type.startswith(TEMPORAL),
                "is_active": True,
                "type": column.type,
                "groupby": True,
                "filterable": True,
                "description": " ".join(said.get(column.name, "").split()) or None,
            }
            for column in columns
        ],
        "version": VERSION,
    }  # fmt: skip
