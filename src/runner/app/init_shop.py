"""The files of a new shop: a small project upon the package `shop`.

What the data folder's README says of the files is taken from the package's own source contract.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from runner.app.init_empty import IGNORED, PROFILES
from runner.project import yaml
from runner.project.config import load_project, read
from runner.project.packages import built_in_folder

MEMORY = """\
      settings:
        memory_limit: 2GB # DuckDB takes four fifths of the machine's otherwise
"""
SETTINGS = """\
# The settings of this shop. All variables, with their defaults and what they do, are described in
# settings/README.md of the package; `runner debug` says where the package lies.

[tool.runner]
name = "{name}"
packages = ["shop"]        # the warehouse that comes with the runner; models of your own go over it

[tool.runner.vars]
adapters = ["{adapter}"]
{place}
time_zone = "{zone}"          # of the shop: its days and months are counted there; files are in UTC
{currency}
# as_of = "2026-01-01"     # the first day that is not seen; not set: the day after the last order
# count_zero_value_orders = false     # does an order with nothing to pay for count?
# churn_window_days = {churn}              # days without an order after which a customer has lapsed
# rfm_preset = "{preset}"           # the segments of customers
# rfm_window_days = {window}               # days before the scoring day that count

[tool.runner.models.{name}]
"+materialized" = "table"

# The package's own models can be configured as well:
# [tool.runner.models.shop.marts.retention]
# "+enabled" = false
"""
PLACE = 'data_dir = "data"          # the folder of the shop\'s files; data/README.md says which'
PATTERN = "data/*.csv"
"""Where an adapter looks that is told its files, not their folder."""
OWN_PLACE = (
    '{variable} = "{pattern}"     # the file, or a pattern of several; data/README.md says which'
)
CURRENCY = 'currency = "{currency}"           # of all reported money\n'
NO_CURRENCY = (
    '# currency = "EUR"         # of all reported money; not set: the one of most orders\n'
)
README = """\
# {name}

The warehouse of a shop: customers, orders, KPIs, cohorts, segments. It is built by the runner from the files in
[data/](data/README.md).

```console
$ pip install runner-sql
$ runner build
$ runner show agg_kpis_monthly
```

`runner build` makes `warehouse.duckdb`, tests it, and changes what readers see only if nothing failed. `runner ls` lists
what it holds. `runner debug --sources` reads the files and says what was found in them, what is missing and what cannot be read,
file by file and line by line: look there first.

For people without a BI tool, `runner report` writes a page about the last month, to be opened in a browser or mailed:
`pip install 'runner-sql[report]'` first. `runner export` writes dashboards for Superset, and tables into PostgreSQL.

| place | what |
|---|---|
| `data/` | the shop's files; git ignores them, they hold personal data |
| `pyproject.toml` | the settings: time zone, currency, what counts |
| `profiles.yml` | where the warehouse is built |
| `models/` | models of your own; `weekdays.sql` is an example and can be deleted |
| `.github/workflows/warehouse.yml` | builds every night, and on each change |

## Own models, seeds and macros

The reports come with the runner: `pip install --upgrade runner-sql` brings new ones. A file of your own goes over one of the same
name: a model in `models/`, a CSV file in `seeds/`, a macro in `macros/`. `runner why NAME` says where a node comes from, and
`runner debug` where the package lies, to copy from.

If the shop has order states that are not known, `relationships_stg_orders_status` fails and shows them. Copy
`seeds/order_status_map.csv` of the package into `seeds/` here, and add a line for each.
"""
MODEL = """\
-- An example of a model of your own: change it, or delete it together with weekdays.yml.
with

orders as (

    select * from {{ ref('fct_orders') }}

),

valid_orders as (

    select
        isodow(order_date) as weekday,
        dayname(order_date) as weekday_name,
        net_revenue_order_basis
    from orders
    where is_valid

)

select
    weekday,
    weekday_name,
    count(*) as orders,
    sum(net_revenue_order_basis) as net_revenue
from valid_orders
group by weekday, weekday_name
order by weekday
"""
MODEL_YAML = """\
models:
  - name: weekdays
    description: Orders and net revenue by day of the week.
    columns:
      - name: weekday
        description: From 1, Monday, to 7.
        data_tests: [not_null, unique]
      - name: weekday_name
        description: Its English name.
      - name: orders
        description: Valid orders.
      - name: net_revenue
        description: What they brought, less what came back.
"""
WORKFLOW = """\
# Builds the warehouse every night, and on each change of the project.
name: warehouse

on:
  schedule:
    - cron: "17 4 * * *"
  push:
    branches: [main]
  pull_request:

permissions:
  contents: read

jobs:
  build:
    runs-on: ubuntu-latest
    timeout-minutes: 30
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-python@v5
        with:
          python-version: "3.12"
      - run: pip install runner-sql

      # Bring the shop's files into data/ here: from a bucket, an API, another repository.

      - run: runner build --junit target/junit.xml

      - name: pack the warehouse
        if: ${{ !cancelled() }}
        run: |
          mkdir -p packed
          if [ -e warehouse.duckdb ]; then cp -L warehouse.duckdb packed/; fi
      - uses: actions/upload-artifact@v4
        if: ${{ !cancelled() }}
        with:
          name: warehouse
          retention-days: 7
          path: |
            packed/
            target/*.json
            target/junit.xml
"""
DATA = """\
# The shop's files

{about}

CSV files begin with a line of column names; cells are separated by commas, semicolons or tabs; the text is UTF-8. Times are
UTC, as in `2026-01-31 18:05:00`; a day alone, `2026-01-31`, is its midnight. Amounts have a decimal point: `35.50`. Parquet
and JSON files (`.parquet`, `.json`) do as well. The order of columns does not matter, nor do further ones. A column that you
must give is in **bold**; one that is missing otherwise is read as empty.

"""


class _Table(Struct, frozen=True):
    """A file that an adapter reads."""

    name: str
    place: str
    about: str
    optional: bool
    columns: tuple[tuple[str, str, str, bool, tuple[str, ...]], ...]
    """Name, type, meaning, whether it must be there, and the other names that it may have."""


def adapters() -> list[str]:
    """The names of the adapters that the package has: a folder of staging models each."""
    staging = built_in_folder("shop") / "models" / "staging"
    return sorted(path.name for path in staging.iterdir() if path.is_dir())


def shop_files(name: str, zone: str, currency: str | None, adapter: str) -> Mapping[str, str]:
    """Path → text of a shop's project.

    Raises ProjectError when the package's own files cannot be read.
    """
    package = built_in_folder("shop")
    known = load_project(package, lambda message, at: None).vars
    money = CURRENCY.replace("{currency}", currency) if currency else NO_CURRENCY
    sources = _sources(package, adapter)
    variable = _place_variable(sources)
    place = PLACE
    if variable != "data_dir":
        place = OWN_PLACE.replace("{variable}", variable).replace("{pattern}", PATTERN)
    values = {
        "name": name, "adapter": adapter, "zone": zone, "currency": money.rstrip("\n"), "place": place,
        "churn": _toml(known.get("churn_window_days")), "preset": str(known.get("rfm_preset")),
        "window": _toml(known.get("rfm_window_days")),
    }  # fmt: skip
    return {
        "pyproject.toml": _filled(SETTINGS, values),
        "profiles.yml": _filled(PROFILES + MEMORY, values),
        ".gitignore": IGNORED
        + "# The shop's files hold personal data, and do not belong into git.\n"
        "/data/*\n!/data/README.md\n",
        "README.md": _filled(README, values),
        "data/README.md": _data_page(
            package, sources, {**known, "data_dir": PATTERN if variable != "data_dir" else "data"}
        ),
        "models/weekdays.sql": MODEL,
        "models/weekdays.yml": MODEL_YAML,
        ".github/workflows/warehouse.yml": WORKFLOW,
    }


def _filled(text: str, values: Mapping[str, str]) -> str:
    for key, value in values.items():
        text = text.replace("{" + key + "}", value)
    return text


def _toml(value: object) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value)


# --- what the sources want ------------------------------------------------------------------------


def _sources(package: Path, adapter: str) -> list[Mapping[str, object]]:
    """What the adapter's YAML files declare as sources."""
    found: list[Mapping[str, object]] = []
    for file in sorted((package / "models" / "staging" / adapter).glob("*.yml")):
        loaded = yaml.load(read(file, str(file)), str(file))
        found += (loaded or {}).get("sources") or [] if isinstance(loaded, dict) else []
    return found


def _place_variable(sources: Sequence[Mapping[str, object]]) -> str:
    """The variable that says where the files lie: `data_dir`, or one that names the files themselves."""
    told = re.findall(r"'path':\s*var\('(\w+)'\)", str(sources))
    return told[0] if told else "data_dir"


def _data_page(
    package: Path, sources: Sequence[Mapping[str, object]], known: Mapping[str, object]
) -> str:
    """The README of the data folder, out of the adapter's source contract."""
    parts: list[str] = []
    for source in sources:
        entries = source["tables"]
        tables = [
            _table(table, source, known) for table in (entries if isinstance(entries, list) else [])
        ]
        parts.append(DATA.replace("{about}", _line(source.get("description"))))
        parts += [_needed(table) for table in tables if not table.optional]
        parts.append(_others([table for table in tables if table.optional]))
    return "".join(parts) + _states(package)


def _states(package: Path) -> str:
    """The order states that the package knows, by what they mean."""
    file = package / "seeds" / "order_status_map.csv"
    classes: dict[str, list[str]] = {}
    for row in csv.DictReader(read(file, str(file)).splitlines()):
        classes.setdefault(row["order_class"], []).append(row["status"])
    lines = ["", "## Order states that are known", "",
             "Only `valid` orders count. Case does not matter. README.md says how to add others.", "",
             "| class | states |", "|---|---|"]  # fmt: skip
    lines += [f"| {name} | {', '.join(states)} |" for name, states in classes.items()]
    return "\n".join(lines) + "\n"


def _table(
    entry: Mapping[str, object], source: Mapping[str, object], known: Mapping[str, object]
) -> _Table:
    config = {**_mapping(source.get("config")), **_mapping(entry.get("config"))}
    columns = entry.get("columns")
    name = str(entry["name"])
    place = re.sub(
        r"\{\{\s*var\(\s*'(\w+)'(?:\s*,\s*'([^']*)')?\s*\)\s*\}\}",
        lambda found: str(known.get(found[1], found[2])),
        str(config.get("external_location", "")),
    )
    return _Table(
        name,
        place.replace("{name}", name).replace("{path}", str(known["data_dir"])),
        _line(entry.get("description")),
        bool(config.get("optional", False)),
        # What begins with a line below is made by the runner, and is in no file.
        tuple(
            _column(column)
            for column in (columns if isinstance(columns, list) else [])
            if not str(column["name"]).startswith("_")
        ),
    )


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}


def _column(entry: Mapping[str, object]) -> tuple[str, str, str, bool, tuple[str, ...]]:
    constraints = entry.get("constraints")
    also = _mapping(entry.get("meta")).get("also")
    return (
        str(entry["name"]),
        str(entry.get("data_type", "")),
        _line(entry.get("description")),
        any(
            isinstance(c, Mapping) and c.get("type") in ("not_null", "primary_key")
            for c in (constraints if isinstance(constraints, list) else [])
        ),
        tuple(str(name) for name in (also if isinstance(also, list) else [])),
    )


def _line(text: object) -> str:
    return " ".join(str(text or "").split())


def _example(pattern: str) -> str:
    """A name that a pattern of files finds: `data/orders*.*json*` → `data/orders.json`."""
    folder, _, name = pattern.rpartition("/")
    stem, _, kinds = name.partition(".")
    if not stem.replace("*", ""):
        return pattern
    kind = "json" if "json" in kinds else "csv"
    return (
        f"{folder}/{stem.replace('*', '')}.{kind}" if folder else f"{stem.replace('*', '')}.{kind}"
    )


def _needed(table: _Table) -> str:
    lines = [
        f"## {_example(table.place)}",
        "",
        table.about,
        "",
        "| column | type | what |",
        "|---|---|---|",
    ]
    for name, kind, about, must, also in sorted(table.columns, key=lambda column: not column[3]):
        shown = " or ".join([f"**{name}**" if must else name, *also])
        lines.append(f"| {shown} | {kind} | {about} |")
    return "\n".join(lines) + "\n\n"


def _others(tables: list[_Table]) -> str:
    if not tables:
        return ""
    lines = ["## What else may be there", "",
             "Reports that need one of these are empty without it; nothing fails.", "",
             "| file | what | columns |", "|---|---|---|"]  # fmt: skip
    for table in tables:
        columns = ", ".join(f"**{c[0]}**" if c[3] else c[0] for c in table.columns)
        lines.append(f"| `{_example(table.place)}` | {table.about} | {columns} |")
    return "\n".join(lines) + "\n"
