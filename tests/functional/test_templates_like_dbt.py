"""What dbt's templates may rely upon; every expected value was printed by dbt 1.12 with dbt-duckdb."""

from __future__ import annotations

import pytest

from tests.conftest import ProjectMaker

# --- what is unknown while templates are looked through --------------------------------------------


def test_a_relation_that_is_none_in_pass_1_was_refused(project: ProjectMaker) -> None:
    shop = project({
        "models/s.sql": "select 1 as n",
        "models/r.sql": """
            -- depends_on: {{ ref('s') }}
            {% set r = adapter.get_relation(this.database, this.schema, 's') %}
            select '{{ r.render() }}' as q, '{{ r.include(database=false) }}' as z
            """,
    })  # fmt: skip
    shop.build()
    assert shop.rows("select * from r") == [('"warehouse"."main"."s"', '"main"."s"')]


@pytest.mark.parametrize("call", ["dbt_date.get_base_dates()", "cent('x')", "cent('x').more[0]()"])
def test_an_unknown_macro_stopped_other_models(project: ProjectMaker, call: str) -> None:
    shop = project({
        "models/wrong.sql": f"select 1 as n,\n    {{{{ {call} }}}} as m",
        "models/right.sql": "select 1 as n",
    })  # fmt: skip
    shop.build("-s", "right")
    name = call.split(".")[0].split("(")[0]
    result = shop.run("build")
    assert result.exit_code == 2
    said = result.stdout + result.stderr
    assert f"models/wrong.sql:2:8: {name!r} is not defined" in said


def test_a_macro_that_its_package_lacks_stopped_other_models(project: ProjectMaker) -> None:
    shop = project({
        "dbt_packages/tools/dbt_project.yml": "name: tools",
        "dbt_packages/tools/macros/money.sql": "{% macro cents(c) %}{{ c }}{% endmacro %}",
        "models/wrong.sql": "select {{ tools.cent('1') }} as n, {{ tools['cen']('1') }} as m",
        "models/right.sql": "select 1 as n",
    })  # fmt: skip
    shop.build("-s", "right")
    result = shop.run("build", "-s", "wrong")
    assert result.exit_code == 2
    assert "the package 'tools' has no macro 'cent'" in result.stdout + result.stderr
    assert "did you mean cents?" in result.stdout + result.stderr


@pytest.mark.parametrize("call", ["reff('s')", "sourc('a', 'b')", "confg(materialized='table')"])
def test_a_mistyped_ref_is_found_before_anything_is_built(project: ProjectMaker, call: str) -> None:
    shop = project({"models/s.sql": "select 1 as n", "models/m.sql": f"select 1 {{{{ {call} }}}}"})
    result = shop.run("build", "-s", "s")
    assert result.exit_code == 2
    assert f"models/m.sql:1:13: {call.split('(')[0]!r} is not defined" in result.stderr
    assert "did you mean" in result.stderr


def test_a_mistake_that_comes_of_an_unknown_macro_names_the_macro(project: ProjectMaker) -> None:
    """The name for `ref` is what a macro gives that does not exist."""
    shop = project({"models/m.sql": "select * from {{ ref(table_of_today()) }}"})
    result = shop.run("build")
    assert result.exit_code == 2
    assert "'table_of_today' is not defined" in result.stderr


def test_an_unknown_generic_test_is_found_before_anything_is_built(project: ProjectMaker) -> None:
    shop = project({
        "models/s.sql": "select 1 as n",
        "models/s.yml": "models: [{name: s, data_tests: [no_such_test]}]",
    })  # fmt: skip
    result = shop.run("build")
    assert result.exit_code == 2
    assert "there is no generic test 'no_such_test'" in result.stderr


# --- configuration ----------------------------------------------------------------------------------


def test_configuration_that_nobody_wrote_was_empty(project: ProjectMaker) -> None:
    asked = (
        "model.config.enabled", "model.config.contract.enforced", "model.config.on_schema_change",
        "model.config.docs.show", "model.docs.show", "model.contract.enforced",
        "config.get('on_schema_change')", "config.get('enabled')", "model.config.get('pre-hook')",
        "config.get('nope', 'd')", "config.get('lookback', 5)", "config.require('enabled')",
        "model.config.get('unique_key', 'u')", "model.config.docs",
    )  # fmt: skip
    shop = project({
        "models/m.sql": "select $$" + " ".join(f"{{{{ {a} }}}}" for a in asked) + "$$ as said"
    })  # fmt: skip
    shop.build()
    assert shop.value("select said from m") == (
        "True False ignore True True False ignore True [] d 1 True u {'show': True}"
    )


def test_configuration_of_the_folder_was_unknown_in_pass_1(project: ProjectMaker) -> None:
    check = """
        {% macro check(model) %}
          {% if model.config.materialized != 'table' or not model.config.meta.owner %}
            {% do exceptions.raise_compiler_error("must be a table, is " ~ model.config) %}
          {% endif %}
        {% endmacro %}
        """
    settings = """
        [tool.runner]
        name = "shop"
        [tool.runner.models.shop.t]
        "+materialized" = "{}"
        """
    shop = project({
        "pyproject.toml": settings.format("table"),
        "macros/check.sql": check,
        "models/t/t.sql": "{{ check(model) }} select 1 as n",
        "models/t/t.yml": "models: [{name: t, config: {meta: {owner: ada}}}]",
    })  # fmt: skip
    shop.build()
    assert shop.rows("select n from t") == [(1,)]
    # What pass 1 found is kept, but not beyond a change of the folder.
    shop.write("pyproject.toml", settings.format("view"))
    result = shop.run("build")
    assert result.exit_code == 2
    assert "must be a table, is" in result.stderr


def test_raw_code_ended_in_a_line_break(project: ProjectMaker) -> None:
    shop = project({"models/m.sql": "select '{{ model.raw_code[-4:] }}' as s\n\n"})
    shop.build()
    assert shop.value("select s from m") == "as s"


# --- relations and results --------------------------------------------------------------------------


def test_methods_of_relations_were_missing(project: ProjectMaker) -> None:
    shop = project({
        "models/m.sql": "select $${{ this.quoted('a') }} {{ this.information_schema_only() }}"
        " {{ this.to_dict().path.identifier }} {{ this.to_dict().type }}"
        " {{ this.to_dict(omit_none=true).keys() | length }}$$ as said"
    })  # fmt: skip
    shop.build()
    # dbt-duckdb writes down thirteen parts of a relation, five of which are null here:
    # its type, limit, event_time_filter, catalog and external.
    assert shop.value("select said from m") == (
        '"a" "warehouse".INFORMATION_SCHEMA m None 8'
    )  # fmt: skip


def test_results_of_queries_could_not_be_ordered(project: ProjectMaker) -> None:
    shop = project({
        "models/m.sql": """
            {% set t = run_query("select * from (values (2, 1.50::decimal(9,2), 0.1::double, 'b'),
                                  (1, 2.25, null, 'a')) v(i, d, f, s)") %}
            {% if execute %}
            {% do t.order_by('i').print_csv() %}
            {% do t.order_by('f').exclude('f').print_csv() %}
            {% do t.order_by(['s', 'i'], reverse=true).exclude(['d', 'f']).print_csv() %}
            select $${{ t.rows[0].values() }}$$ as said
            {% endif %}
            """
    })  # fmt: skip
    result = shop.build()
    assert shop.value("select said from m") == "(2, Decimal('1.50'), Decimal('0.1'), 'b')"
    csv = "i,d,f,s\n1,2.25,,a\n2,1.50,0.1,b\ni,d,s\n2,1.50,b\n1,2.25,a\ni,s\n2,b\n1,a\n"
    assert csv in result.stdout


# --- what is said aloud -----------------------------------------------------------------------------


def test_what_a_template_says_was_said_for_every_rendering(project: ProjectMaker) -> None:
    """Pass 1; a rendering given up for want of a database; the other rendering of an incremental
    model; those that look for the place of an error.
    """
    say = "{{ print('NAME printed') }}{{ log('NAME logged', info=true) }}{% do exceptions.warn('NAME warned') %}"
    bodies = {
        "plain": "select 1 as n",
        "asks": "{% set t = run_query('select 1') %}select 1 as n",
        "grows": "{{ config(materialized='incremental') }}select 1 as n"
        "{% if is_incremental() %} where false{% endif %}",
        "wrong": "\nselect nope as n",
    }
    shop = project({
        f"models/{name}.sql": say.replace("NAME", name) + body for name, body in bodies.items()
    })  # fmt: skip
    for _ in range(2):
        result = shop.run("build")
        assert result.exit_code == 1
        for name in bodies:
            assert result.stdout.count(f"{name} printed") == 1, name
            assert result.stdout.count(f"{name} logged") == 1, name
            assert result.stdout.count(f"{name} warned") == 1, name
        assert "times)" not in result.stdout


def test_what_a_loop_says_is_said_each_time(project: ProjectMaker) -> None:
    shop = project(
        {"models/m.sql": "{% for n in [1, 1, 1] %}{{ print('turn') }}{% endfor %}select 1 as n"}
    )
    assert shop.build().stdout.count("turn") == 3
