"""Functions: DuckDB macros as nodes of the project, with edges, tests, fingerprints and releases."""

from __future__ import annotations

import shutil
from collections.abc import Mapping

import duckdb
import pytest

from tests.conftest import Project, ProjectMaker
from tests.support.queries import queries

ORDERS = """
    select *
    from (values
        (1, date '2026-01-01', 'BR', 10.00::decimal(18, 2)),
        (2, date '2026-01-01', 'PL', 20.00::decimal(18, 2)),
        (3, date '2026-01-02', 'BR', 30.00::decimal(18, 2)),
        (4, date '2026-02-01', 'BR', 40.00::decimal(18, 2))
    ) as orders (order_id, order_date, country, amount)
    """
SALES = """
    {{ config(type='table') }}

    select
        orders.country,
        count(*) as order_count,
        sum(orders.amount) as amount
    from {{ ref('orders') }} as orders
    where orders.order_date between start_date::date and end_date::date
        and {{ function('is_any_of') }}(orders.country, country)
    group by orders.country
    """
ANY_OF = "nullif(wanted, '') is null or list_contains(string_split(wanted, ','), value)"
YAML = """
    functions:
      - name: is_any_of
        arguments:
          - {name: value, data_type: varchar, example: BR}
          - {name: wanted, data_type: varchar, default_value: "null"}
        returns: {data_type: boolean}
      - name: sales
        description: Orders of any dates, by country.
        grain: [country]
        arguments:
          - {name: start_date, data_type: date, example: 2026-01-01}
          - {name: end_date, data_type: date, example: 2026-01-31}
          - {name: country, data_type: varchar, default_value: ''}
        columns:
          - name: country
            data_type: varchar
            data_tests: [not_null]
          - {name: order_count, data_type: bigint}
          - {name: amount, data_type: "decimal(38, 2)"}
    """
SHOP: Mapping[str, str] = {
    "pyproject.toml": """
        [tool.runner]
        name = "shop"

        [tool.runner.models.shop]
        "+materialized" = "table"
        """,
    "models/orders.sql": ORDERS,
    "functions/sales.sql": SALES,
    "functions/is_any_of.sql": ANY_OF,
    "functions/functions.yml": YAML,
}
READER = "select * from {{ function('sales') }}('2026-01-01', '2026-12-31', 'BR')"


@pytest.fixture
def shop(project: ProjectMaker) -> Project:
    """A project with a function for tables that calls a scalar one, built."""
    made = project(SHOP)
    made.build()
    return made


def changed(shop: Project, path: str, old: str, new: str) -> None:
    """Change a file of the project, and be sure that it changes."""
    written = shop.read(path)
    assert old in written
    shop.write(path, written.replace(old, new))


# --- what is built -----------------------------------------------------------------------------


def test_a_function_answers_for_any_arguments(shop: Project) -> None:
    # January: BR 10 + 30, PL 20. All of 2026 adds 40 of February.
    january = shop.rows("from sales('2026-01-01', '2026-01-31') order by country")
    assert [(c, n, float(str(a))) for c, n, a in january] == [("BR", 2, 40.0), ("PL", 1, 20.0)]
    assert shop.rows("from sales('2026-01-01', date '2026-12-31', country := 'BR')")[0][1] == 3
    assert shop.value("select count(*) from main.sales('2026-01-01', '2026-12-31', null)") == 2
    assert shop.value("select count(*) from sales('2026-01-01', '2026-12-31', '')") == 2
    assert shop.value("select count(*) from sales('2026-01-01', '2026-12-31', 'PL,BR')") == 2
    assert shop.value("select count(*) from sales('2026-01-01', '2026-12-31', '''; drop')") == 0


def test_arguments_may_be_prepared(shop: Project) -> None:
    with duckdb.connect(str(shop.database.resolve()), read_only=True) as opened:
        asked = "select sum(order_count) from sales(?, ?, country := ?)"
        assert opened.execute(asked, ["2026-01-01", "2026-12-31", "BR"]).fetchall() == [(3,)]
        assert opened.execute(asked, ["2026-01-01", "2026-12-31", None]).fetchall() == [(4,)]


def test_the_stored_text_names_no_catalog(shop: Project) -> None:
    """A file that is renamed, or attached and used, answers as before."""
    texts = shop.rows("select macro_definition from duckdb_functions() where not internal")
    assert len(texts) == 2
    assert not any("warehouse" in str(text) for text in texts)
    renamed = shop.root / "renamed.duckdb"
    shutil.copy(shop.database.resolve(), renamed)
    asked = "select sum(order_count) from sales('2026-01-01', '2026-12-31')"
    assert shop.rows(asked, renamed) == [(4,)]
    with duckdb.connect() as opened:
        opened.execute(f"attach '{renamed}' as other (read_only)")
        opened.execute("use other")
        assert opened.execute(asked).fetchall() == [(4,)]


def test_descriptions_are_written_as_comments(project: ProjectMaker) -> None:
    settings = SHOP["pyproject.toml"].replace(
        "[tool.runner.models.shop]",
        '[tool.runner.functions.shop]\n        "+persist_docs" = { relation = true }\n\n'
        "        [tool.runner.models.shop]",
    )
    shop = project({**SHOP, "pyproject.toml": settings})
    shop.build()
    said = "select comment from duckdb_functions() where function_name = 'sales'"
    assert shop.value(said) == "Orders of any dates, by country."


def test_aggregates_and_queries_are_functions_too(project: ProjectMaker) -> None:
    shop = project(
        {
            **SHOP,
            "functions/ratio.sql": "{{ config(type='aggregate') }}\nsum(n) / nullif(sum(d), 0)",
            "functions/largest.sql": "select max(amount) from {{ ref('orders') }} where country = c",
            "functions/more.yml": """
                functions:
                  - name: ratio
                    arguments: [{name: n}, {name: d}]
                    returns: {data_type: double}
                  - name: largest
                    arguments: [{name: c, data_type: varchar}]
                    returns: {data_type: double}
                """,
            "models/of_all.sql": "select {{ function('ratio') }}(amount, 1) as mean,"
            " {{ function('largest') }}('BR') as largest from {{ ref('orders') }}",
        }
    )
    shop.build()
    assert shop.rows("from of_all") == [(25.0, 40.0)]


def test_a_function_that_becomes_one_for_tables_leaves_no_other_behind(
    project: ProjectMaker,
) -> None:
    shop = project({"functions/one.sql": "1"})
    shop.build()
    assert shop.value("select one()") == 1
    shop.write("functions/one.sql", "{{ config(type='table') }}\nselect 2 as n")
    shop.build()
    assert shop.value("select n from one()") == 2
    kinds = "select function_type from duckdb_functions() where function_name = 'one'"
    assert shop.rows(kinds) == [("table_macro",)]


def test_a_function_and_a_table_may_share_a_name(project: ProjectMaker) -> None:
    shop = project(
        {
            "models/days.sql": "{{ config(materialized='table') }}\nselect 1 as n",
            "functions/days.sql": "{{ config(type='table') }}\nselect n + 1 as n from {{ ref('days') }}",
        }
    )
    shop.build()
    assert shop.rows("select * from days") == [(1,)]
    assert shop.rows("select * from days()") == [(2,)]


def test_the_materialization_of_dbt_duckdb_makes_a_table_macro(project: ProjectMaker) -> None:
    shop = project(
        {
            "models/base.sql": "{{ config(materialized='table') }}\nselect 1 as n union all select 2",
            "models/above.sql": "{{ config(materialized='table_function', parameters=['least', 'most := 9']) }}"
            "\nselect n from {{ ref('base') }} where n between least and most",
            "models/reader.sql": "select * from {{ ref('above') }}(2)",
        }
    )
    shop.build()
    assert shop.rows("from reader") == [(2,)]
    assert shop.rows("from above(1, most := 1)") == [(1,)]
    assert "3 unchanged" in shop.build().stdout


def test_many_functions_are_made_at_the_same_time(project: ProjectMaker) -> None:
    many = {
        f"functions/f{n}.sql": f"{{{{ config(type='table') }}}}\nselect {n} as n" for n in range(40)
    }
    threads = {
        "profiles.yml": """
            shop:
              target: dev
              outputs:
                dev: {type: duckdb, path: warehouse.duckdb, threads: 8}
            """
    }
    shop = project({**many, **threads})
    shop.build()
    assert shop.value("select count(*) from duckdb_functions() where not internal") == 40


# --- what is unchanged -------------------------------------------------------------------------


def test_an_unchanged_function_is_not_made_again(shop: Project) -> None:
    said = shop.build().stdout
    assert "5 unchanged" in said
    assert shop.build("--dry-run").stdout.strip() == "all 5 unchanged"


def test_a_changed_body_is_rebuilt_with_its_readers(shop: Project) -> None:
    shop.write("models/brazil.sql", READER)
    shop.build()
    changed(shop, "functions/is_any_of.sql", "is null or", "is null or wanted = '*' or")
    said = shop.run("why", "brazil").stdout
    assert "brazil: parent sales is built" in said
    assert "sales: parent is_any_of is built" in said
    shop.build()
    # not_null_sales_country and the grain, brazil, sales and is_any_of; orders stays as it was.
    assert shop.statuses()["orders"] == "reused"
    assert shop.statuses()["sales"] == shop.statuses()["brazil"] == "success"


def test_new_rows_under_a_function_reach_its_readers(shop: Project) -> None:
    shop.write("models/brazil.sql", READER)
    shop.build()
    assert shop.value("select order_count from brazil") == 3
    changed(shop, "models/orders.sql", "(4, date '2026-02-01', 'BR'", "(4, date '2026-02-01', 'PL'")
    shop.build()
    assert shop.value("select order_count from brazil") == 2
    shop.write("models/orders.sql", shop.read("models/orders.sql") + "-- the same rows\n")
    shop.build()
    assert shop.statuses()["brazil"] == "reused"


def test_arguments_and_declared_columns_are_a_part_of_the_fingerprint(shop: Project) -> None:
    changed(shop, "functions/functions.yml", "default_value: ''", "default_value: \"'BR'\"")
    assert "signature changed" in shop.build("--dry-run").stdout
    shop.build()
    assert shop.value("select count(*) from sales('2026-01-01', '2026-12-31')") == 1


def test_a_function_called_by_its_bare_name_is_no_edge_and_never_unchanged(shop: Project) -> None:
    shop.write("models/bare.sql", "select * from sales('2026-01-01', '2026-12-31')")
    shop.build("-s", "bare")
    assert "bare: calls sales without function()" in shop.run("why", "bare").stdout


# --- releases ----------------------------------------------------------------------------------


def test_a_function_is_carried_over_rolled_back_exported_and_dropped(shop: Project) -> None:
    asked = "select amount from sales('2026-02-01', '2026-02-28')"
    changed(shop, "functions/sales.sql", "sum(orders.amount)", "sum(orders.amount) * 2")
    shop.build()
    assert float(str(shop.value(asked))) == 80.0
    shop.build("-s", "orders", "--full")
    assert float(str(shop.value(asked))) == 80.0, "an unselected function is carried over"
    assert shop.run("release", "export", "plain.duckdb").exit_code == 0
    assert float(str(shop.rows(asked, shop.root / "plain.duckdb")[0][0])) == 80.0
    releases = shop.run("releases").stdout
    shop.run("rollback")
    shop.run("rollback")
    assert float(str(shop.value(asked))) == 40.0, releases
    shop.build()
    (shop.root / "functions/sales.sql").unlink()
    changed(shop, "functions/functions.yml", "- name: sales", "- name: is_any_off")
    said = shop.build().stdout
    assert "dropped function main.sales" in said
    names = "select function_name from duckdb_functions() where not internal"
    assert shop.rows(names) == [("is_any_of",)]
    assert "dropped" not in shop.build().stdout


def test_a_function_that_fails_its_check_leaves_the_one_that_was(project: ProjectMaker) -> None:
    settings = (
        SHOP["pyproject.toml"] + '\n        [tool.runner.settings]\n        publish = "built"\n'
    )
    shop = project({**SHOP, "pyproject.toml": settings})
    shop.build()
    changed(shop, "functions/sales.sql", "as order_count", "as orders")
    assert shop.run("build").exit_code == 1
    assert shop.rows("select order_count from sales('2026-02-01', '2026-02-28')") == [(1,)]


# --- tests of functions ------------------------------------------------------------------------


def test_data_tests_call_a_function_with_examples_or_with_what_they_give(shop: Project) -> None:
    tests = (
        "data_tests:\n"
        "          - accepted_values: {arguments: {values: [PL], country: PL}}\n"
        "          - accepted_values: {name: not_only_pl, arguments: {values: [PL]}}"
    )
    changed(shop, "functions/functions.yml", "data_tests: [not_null]", tests)
    shop.write("tests/none.sql", READER + " where order_count <> 3")
    assert shop.run("build").exit_code == 1
    found = shop.statuses()
    assert found["accepted_values_sales_country__PL__PL"] == "pass"
    assert found["not_only_pl"] == "fail"
    assert found["none"] == "pass"
    assert found["grain_sales_country"] == "reused"


UNIT = """
    unit_tests:
      - name: days_outside_and_other_countries_do_not_count
        model: sales
        arguments: {start_date: 2026-01-02, end_date: 2026-01-03, country: "BR,PL"}
        given:
          - input: ref('orders')
            rows:
              - {order_date: 2026-01-01, country: BR, amount: 1}
              - {order_date: 2026-01-02, country: BR, amount: 2}
              - {order_date: 2026-01-03, country: BR, amount: 4}
              - {order_date: 2026-01-03, country: RO, amount: 8}
        expect:
          rows:
            - {country: BR, order_count: 2, amount: 6}
      - name: a_value_in_a_list
        model: is_any_of
        arguments: {value: PL, wanted: "BR,PL"}
        given: []
        expect:
          rows: [{is_any_of: true}]
    """


def test_unit_tests_give_rows_and_arguments(shop: Project) -> None:
    shop.write("functions/unit.yml", UNIT)
    shop.build()
    found = shop.statuses()
    assert found["days_outside_and_other_countries_do_not_count"] == "pass"
    assert found["a_value_in_a_list"] == "pass"
    changed(shop, "functions/unit.yml", "amount: 6", "amount: 7")
    assert shop.run("build").exit_code == 1
    assert shop.statuses()["days_outside_and_other_countries_do_not_count"] == "fail"
    assert shop.statuses()["sales"] == "skipped"
    changed(shop, "functions/unit.yml", "is_any_of: true", "is_any_of: false")
    assert shop.run("build").exit_code == 1
    assert shop.statuses()["a_value_in_a_list"] == "fail"


def test_a_unit_test_of_a_function_ran_again_in_every_build(project: ProjectMaker) -> None:
    """The columns of functions that it calls were known only after the first build."""
    made = project({**SHOP, "functions/unit.yml": UNIT})
    made.build()
    assert made.build("--dry-run").stdout.strip() == "all 7 unchanged"


def test_given_rows_reach_a_tested_model_through_functions(shop: Project) -> None:
    shop.write("models/brazil.sql", READER)
    shop.write(
        "models/unit.yml",
        """
        unit_tests:
          - name: brazil_alone
            model: brazil
            given:
              - input: ref('orders')
                rows:
                  - {order_date: 2026-05-01, country: BR, amount: 3}
                  - {order_date: 2026-05-01, country: PL, amount: 5}
            expect:
              rows: [{country: BR, order_count: 1, amount: 3}]
        """,
    )
    shop.build()
    assert shop.statuses()["brazil_alone"] == "pass"


# --- commands and artifacts --------------------------------------------------------------------


def listed(shop: Project, *arguments: str) -> list[str]:
    return shop.run("ls", *arguments).stdout.split()


def test_functions_are_listed_and_selected(shop: Project) -> None:
    shop.write("models/brazil.sql", READER)
    both = ["shop.is_any_of", "shop.sales"]
    assert listed(shop, "--resource-type", "function") == both
    assert listed(shop, "--resource-type", "table_function") == ["shop.sales"]
    assert listed(shop, "-s", "resource_type:function", "--resource-type", "function") == both
    assert listed(shop, "-s", "config.type:scalar") == ["shop.is_any_of"]
    assert "shop.not_null_sales_country" in listed(shop, "-s", "+brazil")
    assert "shop.brazil" in listed(shop, "-s", "is_any_of+")
    assert listed(shop, "-s", "functions/sales.sql", "--resource-type", "function") == [
        "shop.sales"
    ]


def test_functions_are_shown_and_compiled(shop: Project) -> None:
    assert shop.run("show", "sales", "--output", "csv").stdout.splitlines()[1].startswith("BR,2,")
    called = shop.run("show", "sales('2026-01-01', '2026-12-31', country := 'PL')").stdout
    assert called.splitlines()[2].split() == ["PL", "1", "20.00"]
    assert shop.run("show", "is_any_of('BR')").stdout.splitlines()[2] == "true"
    assert shop.run("show", "orders('BR')").stderr.startswith("orders is no function")
    compiled = shop.run("compile", "-s", "sales").stdout
    assert '"warehouse"."main"."is_any_of"(orders.country, country)' in compiled


def test_the_manifest_holds_functions_as_dbt_writes_them(shop: Project) -> None:
    shop.write("models/brazil.sql", READER)
    shop.build()
    manifest = shop.artifact("manifest.json")
    functions = manifest["functions"]
    assert isinstance(functions, dict)
    sales = functions["function.shop.sales"]
    assert sales["config"]["type"] == "table"
    assert sales["returns"] == {"data_type": "table", "description": None}
    assert [a["name"] for a in sales["arguments"]] == ["start_date", "end_date", "country"]
    assert sales["depends_on"]["nodes"] == ["model.shop.orders", "function.shop.is_any_of"]
    assert sales["columns"]["amount"]["data_type"] == "decimal(38, 2)"
    nodes = manifest["nodes"]
    assert isinstance(nodes, dict)
    assert nodes["model.shop.brazil"]["functions"] == [["sales"]]
    assert "function.shop.sales" not in nodes


def test_the_console_calls_a_function_a_function(shop: Project) -> None:
    line = next(x for x in shop.build("--full").stdout.splitlines() if " sales " in x)
    assert line.split()[:3] == ["OK", "sales", "function"]


def test_every_test_of_a_function_of_much_data_computed_it_again(project: ProjectMaker) -> None:
    shop = project(
        {
            "models/many.sql": "{{ config(materialized='table') }} select i from range(130000) as t(i)",
            "functions/odd.sql": "{{ config(type='table') }} select i, i as j"
            " from {{ ref('many') }} where i % 2 = 1 and i < below",
            "functions/odd.yml": """
                functions:
                  - name: odd
                    arguments: [{name: below, data_type: bigint, example: "10"}]
                    grain: [i]
                    columns:
                      - {name: i, data_type: bigint, data_tests: [not_null, unique]}
                      - {name: j, data_type: bigint, data_tests: [not_null, {accepted_values: {values: [1, 3, 5, 7, 9]}}]}
                """,
        }
    )
    with queries() as asked:
        shop.build()
    (together,) = [sql for sql in asked if '"odd"(' in sql and "failures" in sql]
    assert together.count('"odd"(') == 1
    assert together.count("union all") == 4
