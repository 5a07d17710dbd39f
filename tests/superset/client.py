"""A real Superset in this process: made, logged in to, imported into and asked."""

from __future__ import annotations

import io
import json
import logging
import os
from pathlib import Path
from typing import Any


class Superset:
    """An application with its own metadata, and an administrator who is logged in."""

    def __init__(self, home: Path) -> None:
        os.environ["RUNNER_SUPERSET_HOME"] = str(home)
        os.environ["SUPERSET_CONFIG_PATH"] = str(Path(__file__).with_name("superset_config.py"))
        from superset.app import create_app

        self.app = create_app()
        logging.disable(logging.WARNING)
        if not (home / "ready").exists():
            with self.app.app_context():
                _prepare()
            (home / "ready").touch()
        self.client = self.app.test_client()
        self.headers = {"Accept": "application/json"}
        answer = self.client.post(
            "/api/v1/security/login",
            json={"username": "admin", "password": "admin", "provider": "db", "refresh": True},
        )
        self.headers["Authorization"] = f"Bearer {answer.json['access_token']}"

    def get(self, path: str) -> Any:
        """The JSON of an answer that must be a good one."""
        answer = self.client.get(path, headers=self.headers)
        assert answer.status_code == 200, answer.text
        return answer.json

    def post(self, path: str, **given: Any) -> Any:
        """The answer to a POST, whatever it is."""
        return self.client.post(path, headers=self.headers, **given)

    def import_assets(self, archive: bytes) -> None:
        """Import a ZIP, everything that is there already overwritten."""
        answer = self.post(
            "/api/v1/assets/import/",
            data={"bundle": (io.BytesIO(archive), "bundle.zip")},
            content_type="multipart/form-data",
        )
        assert answer.status_code == 200, answer.text

    def everything(self) -> dict[str, dict[str, Any]]:
        """All charts, datasets, dashboards and databases by kind and uuid, as they are stored."""
        from superset import db
        from superset.connectors.sqla.models import SqlaTable
        from superset.models.core import Database
        from superset.models.dashboard import Dashboard
        from superset.models.slice import Slice

        found: dict[str, dict[str, Any]] = {}
        with self.app.app_context():
            for kind in (Database, SqlaTable, Slice, Dashboard):
                for item in db.session.query(kind).all():
                    stored = item.export_to_dict(
                        recursive=True, include_parent_ref=False, include_defaults=True,
                        export_uuids=True,
                    )  # fmt: skip
                    found[f"{kind.__name__} {item.uuid}"] = {"id": item.id, **stored}
        return found

    def ask(self, chart: dict[str, Any], chosen: dict[str, Any]) -> list[dict[str, Any]]:
        """The rows of a chart, with what is chosen on its dashboard. chart: of `charts`."""
        answer = self.post("/api/v1/chart/data", json=query_context(chart, chosen))
        assert answer.status_code == 200, f"{chart['slice_name']}: {answer.text[:2000]}"
        (result,) = answer.json["result"]
        assert result["status"] == "success", f"{chart['slice_name']}: {result}"
        rows: list[dict[str, Any]] = result["data"]
        return rows

    def charts(self) -> dict[str, dict[str, Any]]:
        """Every chart by `dashboard.chart`, with its settings, dataset and dashboards."""
        from superset import db
        from superset.models.slice import Slice

        found = {}
        with self.app.app_context():
            for item in db.session.query(Slice).all():
                for dashboard in item.dashboards:
                    found[f"{dashboard.slug}.{item.slice_name}"] = {
                        "id": item.id, "slice_name": item.slice_name, "uuid": str(item.uuid),
                        "datasource": item.datasource_id, "viz_type": item.viz_type,
                        "params": json.loads(item.params), "dashboard": dashboard.slug,
                    }  # fmt: skip
        return found

    def filters(self) -> dict[str, list[dict[str, Any]]]:
        """The native filters of every dashboard, by its address: `name`, `column`, and the ids of
        the charts that it does not reach."""
        from superset import db
        from superset.models.dashboard import Dashboard

        found = {}
        with self.app.app_context():
            for item in db.session.query(Dashboard).all():
                found[item.slug] = [
                    {
                        "name": each["id"].removeprefix("NATIVE_FILTER-"),
                        "column": each["targets"][0].get("column", {}).get("name"),
                        "excluded": set(each["scope"]["excluded"]),
                    }
                    for each in json.loads(item.json_metadata)["native_filter_configuration"]
                ]
        return found


def shown(chart: dict[str, Any], rows: list[dict[str, Any]]) -> list[list[Any]]:
    """The cells of a chart's rows, in the order of its columns and figures."""
    columns = [
        name if isinstance(name, str) else name["label"] for name in _columns(chart["params"])
    ]
    raw = chart["params"].get("query_mode") == "raw"
    names = [*columns, *([] if raw else _metrics(chart["params"]))]
    return [[row[name] for name in names] for row in rows]


def query_context(chart: dict[str, Any], chosen: dict[str, Any]) -> dict[str, Any]:
    """What a browser sends for a chart. chosen: `time_range`, and `filters` of columns and values."""
    params = chart["params"]
    filters, where = [], []
    for each in params["adhoc_filters"]:
        if each["expressionType"] == "SQL":
            where.append(f"({each['sqlExpression']})")
        else:
            filters.append(
                {"col": each["subject"], "op": each["operator"], "val": each["comparator"]}
            )
    query: dict[str, Any] = {
        "filters": [*filters, *chosen.get("filters", ())],
        "extras": {"having": "", "where": " AND ".join(where)},
        "row_limit": params["row_limit"],
        "columns": _columns(params),
        "metrics": _metrics(params),
        "time_range": chosen.get("time_range", "No filter"),
        "orderby": _order(params),
        "url_params": {},
        "custom_params": {},
        "custom_form_data": {},
    }
    if "time_grain_sqla" in params:
        query["extras"]["time_grain_sqla"] = params["time_grain_sqla"]
    if params.get("query_mode") == "raw":
        del query["metrics"]
    return {
        "datasource": {"id": chart["datasource"], "type": "table"},
        "force": True,
        "queries": [query],
        "form_data": {**params, "slice_id": chart["id"]},
        "result_format": "json",
        "result_type": "full",
    }


def _columns(params: dict[str, Any]) -> list[Any]:
    names: list[Any] = []
    if "x_axis" in params and params["viz_type"] != "heatmap_v2":
        grain = params.get("time_grain_sqla")
        axis = {
            "columnType": "BASE_AXIS", "sqlExpression": params["x_axis"], "timeGrain": grain,
            "label": params["x_axis"], "expressionType": "SQL", "isColumnReference": True,
        }  # fmt: skip
        names.append(axis if grain else params["x_axis"])
    keys = {
        "heatmap_v2": ("x_axis", "groupby"), "sankey_v2": ("source", "target"),
        "bubble_v2": ("entity", "series"), "pivot_table_v2": ("groupbyRows", "groupbyColumns"),
    }.get(params["viz_type"], ("groupby", "all_columns"))  # fmt: skip
    for key in keys:
        value = params.get(key) or []
        names += [value] if isinstance(value, str) else value
    return [name for number, name in enumerate(names) if name not in names[:number]]


def _order(params: dict[str, Any]) -> list[Any]:
    """As the plug-ins of tables and of series with a limit sort."""
    if "order_by_cols" in params:
        return [json.loads(each) for each in params["order_by_cols"]]
    by = params.get("timeseries_limit_metric")
    return [[by, not params.get("order_desc", True)]] if by else []


def _metrics(params: dict[str, Any]) -> list[str]:
    names = [*params.get("metrics", ()), params.get("metric")]
    if params["viz_type"] == "bubble_v2":
        names += [params["x"], params["y"], params["size"]]
    return [name for name in dict.fromkeys(names) if name]


def _prepare() -> None:
    """Make the metadata, the roles and an administrator."""
    import superset
    from flask_migrate import upgrade
    from superset import security_manager
    from superset.extensions import appbuilder

    upgrade(directory=str(Path(superset.__file__).parent / "migrations"))
    appbuilder.add_permissions(update_perms=True)
    security_manager.sync_role_definitions()
    role = security_manager.find_role("Admin")
    security_manager.add_user("admin", "Ada", "Min", "admin@example.org", role, password="admin")
