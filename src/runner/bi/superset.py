"""Everything that Superset imports, made from definitions and from datasets that were tried."""

from __future__ import annotations

from collections.abc import Mapping

from runner.bi.bundle import VERSION, metadata, slug, stable_id
from runner.bi.charts import SHORT, Made, chart_settings
from runner.bi.datasets import Query
from runner.bi.formats import spoken
from runner.bi.jinja import DAY
from runner.bi.layout import metadata as dashboard_settings
from runner.bi.layout import position
from runner.bi.saved_query import saved_query
from runner.engines import ColumnType
from runner.errors import ProjectError, RunnerError, collect, did_you_mean
from runner.project.dashboards import Chart, Dashboard, Dashboards, Filter

Files = dict[str, Mapping[str, object]]


def files_of(
    project: str, uri: str, defined: Dashboards, made: Mapping[str, Made],
    choices: Mapping[str, tuple[Query, tuple[ColumnType, ...]]],
) -> Files:  # fmt: skip
    """The files of an import, path → content.

    made: dataset → what trying it gave. choices: filter → the query for its choices and its columns.
    Raises ProjectError, or an ErrorGroup of them, with the places of what is wrong.
    """
    files: Files = {
        "metadata.yaml": metadata(),
        "databases/warehouse.yaml": _database(project, uri),
    }
    for name, dataset in made.items():
        files[f"datasets/warehouse/{name}.yaml"] = _dataset(project, dataset)
    for name, (query, columns) in choices.items():
        label = f"Choices of {defined.filters[name].label.lower()}"
        files[f"datasets/warehouse/choices_of_{name}.yaml"] = _choices(
            project, name, label, query, columns
        )
    errors: list[RunnerError] = []
    for dashboard in defined.dashboards.values():
        try:
            files.update(_dashboard(project, dashboard, defined.filters, made))
        except RunnerError as error:
            errors.append(error)
    collect(errors)
    return files


def _database(project: str, uri: str) -> Mapping[str, object]:
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
            "engine_params": {"connect_args": arguments}, "allows_virtual_table_explore": True
        },
        "uuid": stable_id(project, "database", project),
        "version": VERSION,
    }  # fmt: skip


def _dataset(project: str, made: Made) -> Mapping[str, object]:
    dataset = made.dataset
    return {
        **_virtual(project, dataset.name, made.query),
        "main_dttm_col": DAY if made.query.has_period else None,
        "description": dataset.description or made.descriptions.get("") or None,
        "metrics": [
            {
                "metric_name": name,
                "verbose_name": metric.label or dataset.labels.get(name) or spoken(name),
                "expression": metric.expression,
                "description": metric.description or made.descriptions.get(name) or None,
                "d3format": made.format_of(name),
                "currency": made.currency_of(name),
            }
            for name, (metric, _) in made.metrics.items()
        ],
        "columns": [
            _column(
                column, dataset.labels.get(column.name) or spoken(column.name),
                made.descriptions.get(column.name),
            )
            for column in made.columns
        ],
    }  # fmt: skip


def _choices(
    project: str, name: str, label: str, query: Query, columns: tuple[ColumnType, ...]
) -> Mapping[str, object]:
    return {
        **_virtual(project, f"choices_of_{name}", query),
        "main_dttm_col": None,
        "description": label,
        "metrics": [
            {"metric_name": "position", "expression": "min(position)", "verbose_name": "Position"}
        ],
        "columns": [_column(column, spoken(column.name), None) for column in columns],
    }


def _virtual(project: str, name: str, query: Query) -> Mapping[str, object]:
    return {
        "table_name": name,
        "schema": "main",
        "sql": query.sql,
        "uuid": stable_id(project, "dataset", name),
        "database_uuid": stable_id(project, "database", project),
        "version": VERSION,
    }


def _column(column: ColumnType, label: str, description: str | None) -> Mapping[str, object]:
    return {
        "column_name": column.name,
        "verbose_name": label,
        "is_dttm": column.type.startswith(("DATE", "TIMESTAMP")),
        "is_active": True,
        "type": column.type,
        "groupby": True,
        "filterable": True,
        "description": description or None,
    }


def _dashboard(
    project: str, dashboard: Dashboard, filters: Mapping[str, Filter], made: Mapping[str, Made]
) -> Files:
    for name in dashboard.filters:
        if name not in filters:
            raise ProjectError(
                f"dashboard {dashboard.name} has the filter {name!r}, which does not exist",
                at=dashboard.at, hint=did_you_mean(name, filters),
            )  # fmt: skip
    ids = {
        chart.name: stable_id(project, "chart", f"{dashboard.name}.{chart.name}")
        for chart in dashboard.charts
    }
    files: Files = {}
    errors: list[RunnerError] = []
    for chart in dashboard.charts:
        try:
            files[f"charts/{dashboard.name}.{chart.name}.yaml"] = _chart(
                project, dashboard, chart, ids[chart.name], made
            )
        except RunnerError as error:
            errors.append(error)
    collect(errors)
    choices = {
        name: stable_id(project, "dataset", f"choices_of_{name}") for name in dashboard.filters
    }
    figures = {
        metric: made[chart.dataset].metrics[metric][0].label
        for chart in dashboard.charts
        if len(chart.metrics) > 1 and chart.type in ("line", "area", "bar")
        for metric in chart.metrics
    }
    files[f"dashboards/{dashboard.name}.yaml"] = {
        "dashboard_title": dashboard.label,
        "description": dashboard.description or None,
        "css": "",
        "slug": slug(project, dashboard.name),
        "certified_by": "",
        "certification_details": "",
        "published": True,
        "uuid": stable_id(project, "dashboard", dashboard.name),
        "position": position(dashboard, filters, ids),
        "metadata": dashboard_settings(dashboard, filters, choices, figures),
        "version": VERSION,
    }
    return files


def _chart(
    project: str, dashboard: Dashboard, chart: Chart, id: str, made: Mapping[str, Made]
) -> Mapping[str, object]:
    dataset = made.get(chart.dataset)
    if dataset is None:
        raise ProjectError(
            f"chart {chart.name} reads the dataset {chart.dataset!r}, which does not exist",
            at=chart.at, hint=did_you_mean(chart.dataset, made),
        )  # fmt: skip
    deaf = [
        name
        for name in dashboard.filters
        if name not in dataset.query.filters and name not in chart.ignores
    ]
    if deaf:
        raise ProjectError(
            f"chart {chart.name} does not follow the filter {deaf[0]} of its dashboard,"
            f" since dataset {chart.dataset} has no such column or argument",
            at=chart.at,
            hint=f"if it is not to follow it, say so: ignores: [{', '.join(deaf)}]",
        )
    plugin, settings = chart_settings(chart, dataset)
    if chart.type == "list":
        # As many rows a page as the place holds, of 30 pixels each below a head of two lines.
        height = next(row.height for row in dashboard.rows if chart.name in row.charts)
        pages = chart.limit is None or chart.limit > SHORT
        settings = {
            "page_length": max(5, (height * 8 - 210) // 30) if pages else 0, **settings
        }  # fmt: skip
    return {
        "slice_name": chart.label,
        "description": chart.description or dataset.dataset.description or None,
        "certified_by": None,
        "certification_details": None,
        "viz_type": plugin,
        "params": settings,
        "query_context": saved_query(plugin, settings),
        "cache_timeout": None,
        "uuid": id,
        "version": VERSION,
        "dataset_uuid": stable_id(project, "dataset", chart.dataset),
    }
