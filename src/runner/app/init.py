"""The verb init: a small project that builds, and can be grown."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path

from runner.errors import Exit, ProjectError


def init_project(folder: Path, name: str, *, dbt: bool, say: Callable[[str], None]) -> int:
    """Make a project in a new folder.

    Raises ProjectError when the name cannot be one, or the folder holds something already.
    """
    if not re.fullmatch(r"[^\d\W]\w*", name):
        raise ProjectError(
            f"{name!r} cannot be a project's name", hint="letters, digits and underscores: shop"
        )
    root = folder / name
    if root.exists() and any(root.iterdir()):
        raise ProjectError(f"{name} is there already and not empty", hint="choose another name")
    for path, text in files_of(name, dbt=dbt).items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
    say(f"made {name}/ with a seed, two models and their tests\n\nnext: cd {name} && runner build")
    return int(Exit.DONE)


def files_of(name: str, *, dbt: bool) -> Mapping[str, str]:
    """The files of a new project: path → text. Pure."""
    settings = (
        {"dbt_project.yml": f'name: {name}\nversion: "1.0.0"\nprofile: {name}\n\n'
                            f"models:\n  {name}:\n    +materialized: table\n"}
        if dbt
        else {"pyproject.toml": f'[tool.runner]\nname = "{name}"\n\n[tool.runner.models.{name}]\n'
                                '"+materialized" = "table"\n'}
    )  # fmt: skip
    return {
        **settings,
        "profiles.yml": f"{name}:\n  target: dev\n  outputs:\n    dev:\n      type: duckdb\n"
                        "      path: warehouse.duckdb\n      threads: 4\n",
        ".gitignore": "/.runner/\n/target/\n*.duckdb\n*.duckdb.wal\n",
        "seeds/orders.csv": "order_id,customer,ordered_on,amount\n1,Ada,2026-01-03,20.00\n"
                            "2,Ben,2026-01-05,35.50\n3,Ada,2026-02-11,12.25\n",
        "models/stg_orders.sql": "select\n    order_id,\n    customer,\n    ordered_on,\n"
                                 "    cast(amount as decimal(18, 2)) as amount\n"
                                 "from {{ ref('orders') }}\n",
        "models/customers.sql": "select\n    customer,\n    count(*) as order_count,\n"
                                "    sum(amount) as amount,\n    max(ordered_on) as last_order_date\n"
                                "from {{ ref('stg_orders') }}\ngroup by customer\n",
        "models/models.yml": "models:\n  - name: stg_orders\n    description: Orders, typed.\n"
                             "    columns:\n      - name: order_id\n"
                             "        data_tests: [not_null, unique]\n"
                             "  - name: customers\n    description: One row a customer.\n"
                             "    columns:\n      - name: customer\n"
                             "        data_tests: [not_null, unique]\n",
    }  # fmt: skip
