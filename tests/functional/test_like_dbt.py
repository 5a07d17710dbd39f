"""Projects of dbt's that were refused, or read otherwise than dbt reads them."""

from __future__ import annotations

import json

import pytest

from tests.conftest import Project, ProjectMaker

DBT = {"dbt_project.yml": "name: shop\nprofile: shop\n", "models/orders.sql": "select 1 as id"}
OF_MISSING = {
    "tests/odd.sql": "select * from {{ ref('order') }}",
    "tests/raw.sql": "select * from {{ source('raw', 'orders') }}",
    "models/orders.yml": """
        models:
          - name: orders
            columns:
              - name: id
                data_tests:
                  - not_null
                  - relationships: {arguments: {to: ref('nope'), field: id}}
        """,
}


def fqns(shop: Project, *arguments: str) -> dict[str, list[str]]:
    """Unique id → fqn, of what is listed."""
    listed = shop.run("ls", "--output", "json", "--output-keys", "unique_id", "fqn", *arguments)
    found = [json.loads(line) for line in listed.stdout.splitlines() if line.startswith("{")]
    return {entry["unique_id"]: entry["fqn"] for entry in found}


# --- tests of what is not there ---------------------------------------------------------------------


def test_a_test_of_a_missing_model_stopped_the_build(project: ProjectMaker) -> None:
    shop = project({**DBT, **OF_MISSING})
    result = shop.build()
    assert shop.statuses() == {"orders": "success", "not_null_orders_id": "pass"}
    for text in (
        "tests/odd.sql:1:18: the test odd reads model order, which does not exist"
        " (did you mean orders?): it is left out",
        "tests/raw.sql:1:18: the test raw reads source raw.orders, which is not declared",
        "models/orders.yml:7:13: the test relationships_orders_id__id__ref_nope_ tests model nope,",
    ):
        assert text in result.stdout


def test_warnings_of_tests_left_out_are_told_again_by_a_known_project(
    project: ProjectMaker,
) -> None:
    shop = project({**DBT, **OF_MISSING})
    shop.build()
    assert "it is left out" in shop.build().stdout


def test_a_model_or_a_unit_test_of_a_missing_model_is_refused(project: ProjectMaker) -> None:
    shop = project({**DBT, "models/late.sql": "select * from {{ ref('nope') }}"})
    assert "reads model nope, which does not exist" in shop.run("build").stderr
    shop.write("models/late.sql", "select 1 as id")
    shop.write(
        "models/unit.yml",
        "unit_tests:\n  - {name: case, model: nope, given: [], expect: {rows: []}}\n",
    )
    assert shop.run("build").exit_code == 2


def test_a_project_of_our_own_refuses_a_test_of_a_missing_model(project: ProjectMaker) -> None:
    shop = project({"models/orders.sql": "select 1 as id", **OF_MISSING})
    result = shop.run("build")
    assert result.exit_code == 2
    assert "tests/odd.sql:1:18: reads model order, which does not exist" in result.stderr


# --- snapshots ----------------------------------------------------------------------------------------


def test_a_snapshot_in_a_file_of_its_name_missed_the_folder_of_that_name(
    project: ProjectMaker,
) -> None:
    shop = project(
        {
            **DBT,
            "dbt_project.yml": """
                name: shop
                profile: shop
                snapshots: {shop: {history: {history: {+schema: deep}}}}
                """,
            "snapshots/history.sql": """
                {% snapshot history %}
                {{ config(unique_key='id', strategy='check', check_cols='all') }}
                select * from {{ ref('orders') }}
                {% endsnapshot %}
                """,
        }
    )
    shop.build()
    assert shop.value("select id from main_deep.history") == 1
    found = fqns(shop, "-s", "shop.history")
    assert found == {"snapshot.shop.history": ["shop", "history", "history"]}


# --- unit tests of versions ---------------------------------------------------------------------------

VERSIONS = {
    **DBT,
    "models/rate_v1.sql": "select 1 as x",
    "models/rate_v2.sql": "select 2 as x",
    "models/old.sql": "select x from {{ ref('rate', v=1) }}",
    "models/rate.yml": """
        models:
          - name: rate
            latest_version: 2
            versions: [{v: 1}, {v: 2}]
        """,
}


def unit(given: str) -> str:
    case = f"name: case, model: old, given: [{given}], expect: {{rows: [{{x: 7}}]}}"
    return f"unit_tests:\n  - {{{case}}}\n"


@pytest.mark.parametrize("written", ["ref('rate', v=1)", 'ref("rate", version="1")'])
def test_a_unit_test_gave_its_rows_to_the_latest_version(
    project: ProjectMaker, written: str
) -> None:
    quoted = written.replace("'", "''")
    given = f"{{input: '{quoted}', rows: [{{x: 7}}]}}"
    shop = project({**VERSIONS, "models/unit.yml": unit(given)})
    shop.build()
    assert shop.statuses()["case"] == "pass"


def test_rows_of_another_version_are_not_taken(project: ProjectMaker) -> None:
    given = "{input: \"ref('rate', v=2)\", rows: [{x: 7}]}"
    shop = project({**VERSIONS, "models/unit.yml": unit(given)})
    shop.run(
        "run"
    )  # what the given rows are like is asked of version 2, which the model does not wait for
    said = shop.run("build").stdout
    assert "the test gives no rows for ref('rate', v=1)" in said, said


@pytest.mark.parametrize("written", ["ref()", "source('raw')"])
def test_an_input_without_a_name_was_a_bug_of_ours(project: ProjectMaker, written: str) -> None:
    shop = project({**VERSIONS, "models/unit.yml": unit(f'{{input: "{written}", rows: []}}')})
    result = shop.run("build")
    assert result.exit_code == 1
    assert f'the input "{written}" is none' in result.stdout.replace("'ref()'", '"ref()"')


@pytest.mark.parametrize(
    ("versions", "expected"),
    [
        ("versions: {include: [2]}, ", {"case_v2": "pass"}),
        ("versions: {exclude: [1]}, ", {"case_v2": "pass"}),
        # For all of them: the first gives 1, not 2.
        ("", {"case_v1": "fail", "case_v2": "pass"}),
    ],
)
def test_a_unit_test_ran_once_for_all_versions_of_its_model(
    project: ProjectMaker, versions: str, expected: dict[str, str]
) -> None:
    case = f"name: case, model: rate, {versions}given: [], expect: {{rows: [{{x: 2}}]}}"
    shop = project({**VERSIONS, "models/unit.yml": f"unit_tests:\n  - {{{case}}}\n"})
    shop.run("build")
    found = {name: how for name, how in shop.statuses().items() if name.startswith("case")}
    assert found == expected


def test_a_unit_test_of_versions_that_do_not_exist_is_refused(project: ProjectMaker) -> None:
    case = "name: case, model: rate, versions: {include: [3]}, given: [], expect: {rows: []}"
    shop = project({**VERSIONS, "models/unit.yml": f"unit_tests:\n  - {{{case}}}\n"})
    result = shop.run("build")
    assert result.exit_code == 2
    assert "unit test case is for versions of rate that do not exist" in result.stderr
    assert "there are: 1, 2" in result.stderr


# --- vars.yml -----------------------------------------------------------------------------------------

VARS = {
    "dbt_project.yml": """
        name: shop
        profile: shop
        models: {shop: {+schema: "of_{{ var('month', 0) }}"}}
        """,
    "vars.yml": "vars:\n  month: 7\n  shop: {own: 8}\n",
    "models/orders.sql": "select {{ var('month') }} as month, {{ var('own') }} as own",
}


def test_vars_yml_was_passed_over(project: ProjectMaker) -> None:
    shop = project(VARS)
    shop.build()
    assert shop.rows("from main_of_7.orders") == [(7, 8)]
    shop.write("vars.yml", "vars:\n  month: 7\n  shop: {own: 9}\n")
    shop.build()
    assert shop.rows("from main_of_7.orders") == [(7, 9)]
    shop.build("--vars", "{month: 6}")
    assert shop.rows("from main_of_6.orders") == [(6, 9)]


def test_a_build_that_had_nothing_to_do_sees_another_vars_yml(project: ProjectMaker) -> None:
    shop = project(VARS)
    for _ in range(3):
        shop.build()
    shop.write("vars.yml", "vars:\n  month: 5\n  shop: {own: 8}\n")
    shop.build()
    assert shop.rows("from main_of_5.orders") == [(5, 8)]


def test_variables_in_both_files_are_refused_as_dbt_refuses_them(project: ProjectMaker) -> None:
    shop = project({**VARS, "dbt_project.yml": "name: shop\nprofile: shop\nvars: {month: 1}\n"})
    result = shop.run("parse")
    assert result.exit_code == 2
    assert "variables stand both in dbt_project.yml and in vars.yml" in result.stderr
    assert "dbt_project.yml:3:1" in result.stderr


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("month: 7\n", "vars.yml:1: vars.yml has no key 'vars', and is passed over"),
        ("- 7\n", "vars.yml:1: vars.yml is a mapping"),
        ("vars: 7\n", "vars.yml:1:1: vars must be a mapping, not 7"),
    ],
)
def test_a_vars_yml_that_says_nothing_is_told(project: ProjectMaker, text: str, said: str) -> None:
    result = project({**DBT, "vars.yml": text}).run("parse")
    assert said in result.stdout + result.stderr


def test_vars_yml_of_a_package_does_not_count(project: ProjectMaker) -> None:
    shop = project(
        {
            **DBT,
            "models/orders.sql": "select {{ var('month', 0) }} as month",
            "dbt_packages/other/dbt_project.yml": "name: other\n",
            "dbt_packages/other/vars.yml": "vars: {month: 7}\n",
            "dbt_packages/other/models/theirs.sql": "select {{ var('month', 0) }} as month",
        }
    )
    shop.build()
    assert shop.rows("from orders union all from theirs") == [(0,), (0,)]


def test_vars_yml_of_our_own_project_does_not_count(project: ProjectMaker) -> None:
    shop = project({"vars.yml": "vars: {m: 7}\n", "models/o.sql": "select {{ var('m', 0) }} as m"})
    shop.build()
    assert shop.value("from o") == 0


# --- macros that are no Jinja -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{% macro m( %}{% endmacro %}", "macros/m.sql:1: not valid Jinja: expected token 'name'"),
        (
            "\n{% macro fine() %}{% endmacro %}\n{% macro m() %}\n{% if %}{% endif %}{% endmacro %}",
            "macros/m.sql:3: not valid Jinja: Expected an expression",
        ),
        ("{% test m(model) %}{{ a b }}{% endtest %}", "{% test m(model) %}{{ a b }}"),
    ],
)
def test_a_macro_that_is_no_jinja_was_told_only_when_it_was_called(
    project: ProjectMaker, text: str, said: str
) -> None:
    shop = project(DBT)
    shop.build()
    shop.write("macros/m.sql", text)
    for _ in range(2):
        result = shop.run("parse")
        assert result.exit_code == 2
        assert said in result.stderr


def test_a_macro_with_an_unknown_filter_that_nobody_calls_is_no_mistake(
    project: ProjectMaker,
) -> None:
    project({**DBT, "macros/m.sql": "{% macro m() %}{{ x | nope }}{% endmacro %}"}).build()
