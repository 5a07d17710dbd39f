"""Projects that build upon a package: what they get, replace, set and are told."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.conftest import Project, ProjectMaker

BASE = {
    "base/pyproject.toml": """
        [tool.runner]
        name = "base"
        test-paths = ["checks"]

        [tool.runner.vars]
        rate = 2
        colour = "red"
        small = false

        [tool.runner.models.base]
        "+materialized" = "table"

        [tool.runner.models.base.staging]
        "+schema" = "staging"

        [tool.runner.models.base.small]
        "+enabled" = "{{ var('small') }}"
    """,
    "base/macros/twice.sql": "{% macro twice(x) %}({{ x }} * {{ var('rate') }}){% endmacro %}",
    "base/macros/schemas.sql": """
        {% macro generate_schema_name(custom_schema_name, node) -%}
            {{ (custom_schema_name or target.schema) | trim }}
        {%- endmacro %}
    """,
    "base/seeds/rates.csv": "id,rate\n1,10\n2,20\n",
    "base/seeds/rates.yml": """
        seeds:
          - name: rates
            config: {column_types: {id: varchar}}
            columns:
              - name: id
                data_tests: [unique]
    """,
    "base/models/staging/stg.sql": "select id, {{ twice('rate') }} as rate from {{ ref('rates') }}",
    "base/models/staging/stg.yml": """
        models:
          - name: stg
            description: '{{ doc("about_stg") }}'
            columns:
              - name: id
                data_tests: [not_null]
        unit_tests:
          - name: stg_doubles
            model: stg
            given:
              - input: ref('rates')
                rows: [{id: a, rate: 3}]
            expect:
              rows: [{id: a, rate: 6}]
    """,
    "base/models/docs.md": "{% docs about_stg %}Rates, times the rate.{% enddocs %}",
    "base/models/mart.sql": "select count(*) as n, sum(rate) as rate from {{ ref('stg') }}",
    "base/models/small/little.sql": "select 1 as id",
    "base/checks/mart_is_not_empty.sql": "select * from {{ ref('mart') }} where n = 0",
}
SETTINGS = """
    [tool.runner]
    name = "mine"
    profile = "shop"
    packages = [{ local = "../base" }]
"""


@pytest.fixture
def mine(project: ProjectMaker, tmp_path: Path) -> Project:
    shop = project({"pyproject.toml": SETTINGS})
    above = Project(tmp_path, shop.home)
    for path, text in BASE.items():
        above.write(path, text)
    return shop


def base(mine: Project) -> Project:
    return Project(mine.root.parent / "base", mine.home)


def test_a_package_builds_as_if_it_were_the_projects_own(mine: Project) -> None:
    mine.build()
    # (10 + 20) * 2
    assert mine.rows("select * from mart") == [(2, 60)]
    assert mine.rows("select id from staging.stg order by id") == [("1",), ("2",)]
    assert mine.statuses()["mart_is_not_empty"] == "pass"
    # The package's unit tests are its makers' affair.
    assert "stg_doubles" not in mine.statuses()
    assert "little" not in mine.statuses()


def test_unit_tests_of_the_project_are_run(mine: Project) -> None:
    mine.write("models/own.sql", "select sum(rate) as rate from {{ ref('stg') }}")
    mine.write(
        "models/own.yml",
        """
        unit_tests:
          - name: own_sums
            model: own
            given: [{input: ref('stg'), rows: [{rate: 1}, {rate: 2}]}]
            expect: {rows: [{rate: 3}]}
    """,
    )
    mine.build()
    assert mine.statuses()["own_sums"] == "pass"
    assert "1 unit_test" in base(mine).run("parse").stdout


def test_the_projects_variables_go_over_the_packages(mine: Project) -> None:
    settings = SETTINGS + "    [tool.runner.vars]\n    rate = 3\n    small = true\n"
    mine.write("pyproject.toml", settings)
    mine.build()
    # (10 + 20) * 3
    assert mine.rows("select * from mart") == [(2, 90)]
    assert mine.rows("select * from little") == [(1,)]
    scoped = settings + "    [tool.runner.vars.base]\n    rate = 5\n"
    mine.write("pyproject.toml", scoped)
    mine.build()
    assert mine.rows("select rate from mart") == [(150,)]
    mine.build("--vars", "{rate: 7}")
    assert mine.rows("select rate from mart") == [(210,)]


def test_the_projects_folders_configure_the_package(mine: Project) -> None:
    mine.write(
        "pyproject.toml",
        SETTINGS
        + """
    [tool.runner.models.base.staging]
    "+schema" = "raw"
    [tool.runner.tests.base.mart_is_not_empty]
    "+enabled" = false
    """,
    )
    mine.build()
    assert mine.value("select count(*) from raw.stg") == 2
    assert "mart_is_not_empty" not in mine.statuses()


def test_an_own_model_replaces_the_packages_where_that_lay(mine: Project) -> None:
    mine.write("models/stg.sql", "select id, 1 as rate from {{ ref('rates') }}")
    mine.build()
    assert mine.rows("select * from mart") == [(2, 2)]
    # Schema and materialization are those of the replaced one; its data tests go on to hold.
    assert mine.rows("""
        select table_schema, table_type from information_schema.tables where table_name = 'stg'
    """) == [("staging", "BASE TABLE")]
    assert mine.statuses()["not_null_stg_id"] == "pass"
    nodes = mine.artifact("manifest.json")["nodes"]
    assert isinstance(nodes, dict)
    assert nodes["model.mine.stg"]["description"] == "Rates, times the rate."
    assert "model.base.stg" not in nodes


def test_a_test_of_the_package_finds_what_is_wrong_with_an_own_model(mine: Project) -> None:
    mine.write("models/stg.sql", "select cast(null as varchar) as id, 1 as rate")
    result = mine.run("build")
    assert result.exit_code == 1
    assert "not_null_stg_id" in result.stdout
    assert str(base(mine).root / "models/staging/stg.yml") in result.stdout


def test_what_the_project_says_of_its_own_model_is_all_that_is_said(mine: Project) -> None:
    mine.write("models/stg.sql", "select cast(null as varchar) as id, 1 as rate")
    mine.write("models/stg.yml", "models:\n  - name: stg\n    config: {schema: elsewhere}\n")
    mine.build()
    assert mine.value("select count(*) from elsewhere.stg") == 1
    assert "not_null_stg_id" not in mine.statuses()


def test_a_model_of_the_package_can_be_copied_and_changed(mine: Project) -> None:
    copied = base(mine).read("models/staging/stg.sql")
    mine.write("models/stg.sql", copied.replace(" from", ", '{{ var('colour') }}' as colour from"))
    mine.build()
    assert mine.rows("select * from staging.stg order by id") == [
        ("1", 20, "red"), ("2", 40, "red"),
    ]  # fmt: skip


def test_an_own_seed_replaces_the_packages_with_its_types(mine: Project) -> None:
    mine.write("seeds/rates.csv", "id,rate\n7,1\n")
    mine.build()
    assert mine.rows("select * from rates") == [("7", 1)]
    assert mine.rows("select * from mart") == [(1, 2)]
    assert mine.statuses()["unique_rates_id"] == "pass"


def test_an_own_macro_replaces_the_packages_everywhere(mine: Project) -> None:
    mine.write("macros/twice.sql", "{% macro twice(x) %}({{ base.twice(x) }} + 1){% endmacro %}")
    mine.build()
    # 10 * 2 + 1 and 20 * 2 + 1
    assert mine.rows("select rate from mart") == [(62,)]


def test_an_own_test_replaces_the_packages(mine: Project) -> None:
    mine.write("tests/mart_is_not_empty.sql", "select * from {{ ref('mart') }} where n > 0")
    result = mine.run("build")
    assert result.exit_code == 1
    assert mine.statuses()["mart_is_not_empty"] == "fail"


def test_ls_and_why_say_where_a_node_comes_from(mine: Project) -> None:
    mine.write("models/stg.sql", "select id, 1 as rate from {{ ref('rates') }}")
    listed = mine.run("ls", "--resource-type", "model").stdout.splitlines()
    assert listed == ["base.mart", "mine.stg"]
    paths = mine.run("ls", "--resource-type", "model", "--output", "path").stdout.splitlines()
    assert paths == [str(base(mine).root / "models/mart.sql"), "models/stg.sql"]
    assert "in place of base.staging.stg" in mine.run("why", "stg").stdout
    assert (
        f"of the package base: {base(mine).root}/models/mart.sql" in mine.run("why", "mart").stdout
    )


def test_a_mistake_names_the_packages_file(mine: Project) -> None:
    base(mine).write("models/mart.sql", "select *\nfrom {{ ref('stgg') }}")
    result = mine.run("build")
    assert result.exit_code == 2
    assert f"{base(mine).root}/models/mart.sql:2:" in result.stderr
    assert "did you mean stg?" in result.stderr


def test_a_mistake_in_the_packages_project_file_names_that_file(mine: Project) -> None:
    settings = base(mine).read("pyproject.toml")
    base(mine).write("pyproject.toml", settings.replace("test-paths", "test-path"))
    result = mine.run("parse")
    assert result.exit_code == 2
    assert f"{base(mine).root}/pyproject.toml:3:1: unknown key 'test-path'" in result.stderr


def test_a_changed_package_is_read_again(mine: Project) -> None:
    mine.build()
    models = ("--select", "resource_type:model")
    assert "all 4 unchanged" in mine.run("build", "--dry-run", *models).stdout
    base(mine).write("models/mart.sql", "select 5 as n, 5 as rate")
    mine.build()
    assert mine.rows("select * from mart") == [(5, 5)]


@pytest.mark.parametrize(
    ("packages", "said"),
    [
        ('["shopp"]', "no package 'shopp' comes with the runner"),
        ('[{ local = "../nowhere" }]', "the local package ../nowhere has no project file"),
        ('"shop"', "packages must be a list of names and folders"),
        ('[{ git = "x" }]', "packages must be a list of names and folders"),
    ],
)
def test_a_package_that_cannot_be_found_is_an_error(
    mine: Project, packages: str, said: str
) -> None:
    mine.write("pyproject.toml", f'[tool.runner]\nname = "shop"\npackages = {packages}\n')
    result = mine.run("parse")
    assert result.exit_code == 2
    assert f"pyproject.toml:3:1: {said}" in result.stderr


def test_a_project_and_its_package_cannot_have_one_name(mine: Project) -> None:
    mine.write("pyproject.toml", '[tool.runner]\nname = "shop"\npackages = ["shop"]\n')
    result = mine.run("parse")
    assert result.exit_code == 2
    assert "give the project another name: my_shop" in result.stderr


def test_a_file_of_variables_counts_for_the_project_and_not_for_a_package(mine: Project) -> None:
    more = '    [tool.runner.settings]\n    vars_file = "more.yml"\n'
    base(mine).write(
        "pyproject.toml", BASE["base/pyproject.toml"].replace("        ", "    ") + more
    )
    base(mine).write("more.yml", "rate: 100\n")
    mine.build()
    assert mine.rows("select rate from mart") == [(60,)]
    mine.write("pyproject.toml", SETTINGS + more)
    result = mine.run("build")
    assert result.exit_code == 2
    assert "the vars_file more.yml of [tool.runner.settings] is missing" in result.stderr
    mine.write("more.yml", "rate: 3\n")
    mine.build()
    assert mine.rows("select rate from mart") == [(90,)]


# --- packages in dbt's way -----------------------------------------------------------------------


def test_local_packages_load_without_dbt_deps(project: ProjectMaker) -> None:
    shop = project({
        "dbt_project.yml": "name: shop\nprofile: shop\n",
        "packages.yml": "packages:\n  - local: inner/one\n",
        "inner/one/dbt_project.yml": "name: one\n",
        "inner/one/packages.yml": "packages:\n  - local: inner/two\n",
        "inner/one/models/first.sql": "select {{ two.three() }} as id",
        "inner/two/dbt_project.yml": "name: two\n",
        "inner/two/macros/three.sql": "{% macro three() %}3{% endmacro %}",
        "models/last.sql": "select * from {{ ref('first') }}",
    })  # fmt: skip
    shop.build()
    assert shop.rows("select * from last") == [(3,)]


def test_a_packages_own_rule_for_schemas_holds_for_its_models(project: ProjectMaker) -> None:
    """As dbt-core 1.12 does on the same files: own_x.first and main_x.last."""
    shop = project({
        "dbt_project.yml": "name: shop\nprofile: shop\nmodels:\n  +schema: x\n",
        "packages.yml": "packages:\n  - local: one\n",
        "one/dbt_project.yml": "name: one\n",
        "one/macros/schema.sql": """
            {% macro generate_schema_name(custom_schema_name, node) -%}
                own_{{ custom_schema_name }}
            {%- endmacro %}
        """,
        "one/models/first.sql": "select 1 as id",
        "models/last.sql": "select 1 as id",
    })  # fmt: skip
    shop.build()
    assert shop.rows("""
        select table_schema, table_name from information_schema.tables
        where table_name in ('first', 'last') order by 2
    """) == [("own_x", "first"), ("main_x", "last")]


def test_an_installed_package_does_not_give_way_by_name(project: ProjectMaker) -> None:
    """dbt's rule: a package's own macro is its own, whatever the project calls its macros."""
    shop = project({
        "dbt_packages/one/dbt_project.yml": "name: one\n",
        "dbt_packages/one/macros/number.sql": "{% macro number() %}1{% endmacro %}",
        "dbt_packages/one/models/first.sql": "select {{ number() }} as id",
        "macros/number.sql": "{% macro number() %}2{% endmacro %}",
    })  # fmt: skip
    shop.build()
    assert shop.rows("select * from first") == [(1,)]


def test_the_package_of_the_warehouse_is_found_in_a_checkout() -> None:
    from runner.project.packages import built_in_folder

    folder = built_in_folder("shop")
    assert os.path.samefile(folder, Path(__file__).parents[2])
