"""The files of a new project without the shop package, of the runner's own kind or of dbt's."""

from __future__ import annotations

from collections.abc import Mapping

SETTINGS = """\
[tool.runner]
name = "{name}"

[tool.runner.models.{name}]
"+materialized" = "table"
"""
DBT_SETTINGS = """\
name: {name}
version: "1.0.0"
profile: {name}

models:
  {name}:
    +materialized: table
"""
PROFILES = """\
{name}:
  target: dev
  outputs:
    dev:
      type: duckdb
      path: warehouse.duckdb
      threads: 4
"""
IGNORED = """\
/.runner/
/target/
*.duckdb
*.duckdb.wal
"""
DBT_IGNORED = IGNORED + "/dbt_packages/\n/logs/\n"
ORDERS = """\
order_id,customer,ordered_on,amount
1,Ada,2026-01-03,20.00
2,Ben,2026-01-05,35.50
3,Ada,2026-02-11,12.25
"""
STAGED = """\
select
    order_id,
    customer,
    ordered_on,
    cast(amount as decimal(18, 2)) as amount
from {{ ref('orders') }}
"""
CUSTOMERS = """\
select
    customer,
    count(*) as order_count,
    sum(amount) as amount,
    max(ordered_on) as last_order_date
from {{ ref('stg_orders') }}
group by customer
"""
MODELS = """\
models:
  - name: stg_orders
    description: Orders, typed.
    columns:
      - name: order_id
        data_tests: [not_null, unique]
  - name: customers
    description: One row a customer.
    columns:
      - name: customer
        data_tests: [not_null, unique]
"""


def empty_files(name: str, *, dbt: bool) -> Mapping[str, str]:
    """Path → text of a project with a seed, two models and their tests."""
    file, settings = ("dbt_project.yml", DBT_SETTINGS) if dbt else ("pyproject.toml", SETTINGS)
    return {
        file: settings.replace("{name}", name),
        "profiles.yml": PROFILES.replace("{name}", name),
        ".gitignore": DBT_IGNORED if dbt else IGNORED,
        "seeds/orders.csv": ORDERS,
        "models/stg_orders.sql": STAGED,
        "models/customers.sql": CUSTOMERS,
        "models/models.yml": MODELS,
    }
