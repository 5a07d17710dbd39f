"""New projects: what init makes, what becomes of it with files, and what it refuses."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
import yaml

from runner.app import init
from runner.app.init_shop import adapters
from runner.errors import ProjectError
from tests.conftest import Project, ProjectMaker
from tests.support.sample import only_whole

ROOT = Path(__file__).parents[2]

# Ann bought twice, Bob once, and somebody without an account once; an order was called off.
CUSTOMERS = "customer_id,created_at,country_code\nann,2025-01-02 10:00:00,DE\nbob,2025-02-03,FR\n"
ORDERS = """\
order_id,customer_id,ordered_at,status,currency
1,ann,2025-01-05 10:00:00,paid,EUR
2,bob,2025-02-05 12:30:00,paid,EUR
3,ann,2025-02-07 09:00:00,shipped,EUR
4,,2025-02-09 09:00:00,paid,EUR
5,bob,2025-03-01 09:00:00,cancelled,EUR
"""
ITEMS = """\
order_id,line_no,product_id,quantity,unit_price
1,1,mug,2,10.00
2,1,cap,1,35.50
3,1,mug,1,10.00
4,1,cap,2,35.50
5,1,cap,1,35.50
"""
# Orders and what they are made of, with the tests that need nothing else.
ORDERS_ONLY = ("--select", "+fct_orders", "--indirect-selection", "buildable")


@pytest.fixture
def above(tmp_path: Path) -> Project:
    """An empty folder, outside of any project."""
    (tmp_path / "home").mkdir()
    (tmp_path / "work").mkdir()
    return Project(tmp_path / "work", tmp_path / "home")


def made(above: Project, *arguments: str) -> Project:
    result = above.run("init", *arguments)
    assert result.exit_code == 0, str(result)
    return Project(above.root / arguments[0], above.home)


def with_files(shop: Project, **tables: str) -> Project:
    for name, text in {
        "customers": CUSTOMERS,
        "orders": ORDERS,
        "order_items": ITEMS,
        **tables,
    }.items():
        shop.write(f"data/{name}.csv", text)
    return shop


# --- a shop -----------------------------------------------------------------------------------------


@only_whole  # README.md and the wheel's test do the same.
def test_three_files_give_core_tables_and_first_reports(above: Project) -> None:
    shop = with_files(made(above, "shop"))
    shop.build()
    assert shop.rows("""
        select month(month), orders, anonymous_orders, new_customers, returning_customers, gross_revenue
        from agg_kpis_monthly where store_id = '(all)' and channel = '(all)' order by month
    """) == [
        (1, 1, 0, 1, 0, 20),
        # 35.50 + 10 + 2 * 35.50
        (2, 3, 1, 1, 1, 116.5),
    ]  # fmt: skip
    assert shop.rows("select customer_id, orders from dim_customers order by 1") == [
        ("ann", 2), ("bob", 1),
    ]  # fmt: skip
    # 5 January 2025 is a Sunday, 5 February a Wednesday, 7 a Friday and 9 a Sunday.
    assert shop.rows("select weekday, orders, net_revenue from weekdays order by 1") == [
        (3, 1, 35.5), (5, 1, 10), (7, 2, 91),
    ]  # fmt: skip
    assert shop.value("select count(*) from fct_refund_items") == 0
    assert set(shop.statuses().values()) <= {"success", "pass"}
    again = shop.run("build", "--dry-run", "--select", "fct_orders")
    assert "unchanged" in again.stdout


def test_files_as_people_have_them_are_read(above: Project) -> None:
    """Semicolons, a byte order mark, Windows' line ends, further columns, days without a time."""
    orders = (
        "\ufeffOrder_ID;ordered_at;note;Status;currency;customer_id\r\n"
        '1;2025-01-05;"a; b";Paid;EUR;ann\r\n'
        "2;2025-02-05;;PAID;EUR;\r\n"
    )
    items = "order_id;line_no;quantity;unit_price\n1;1;2;10.00\n2;1;1;35.50\n"
    shop = with_files(
        made(above, "shop"), orders=orders, order_items=items, customers="customer_id\nann\n"
    )
    shop.build(*ORDERS_ONLY)
    assert shop.rows("""
        select order_id, order_date::varchar, customer_id, gross_revenue from fct_orders order by 1
    """) == [("1", "2025-01-05", "ann", 20), ("2", "2025-02-05", None, 35.5)]  # fmt: skip


def test_without_files_a_build_says_what_to_put_where(above: Project) -> None:
    shop = made(above, "shop")
    result = shop.run("build")
    assert result.exit_code == 2
    assert result.stderr == (
        "data: files of the source canonical are missing: customers, orders, order_items\n"
        "  hint: put them there, as .csv, .parquet or .json, with at least these columns:\n"
        "    customers    customer_id\n"
        "    orders       order_id, ordered_at, status, currency\n"
        "    order_items  order_id, line_no, quantity, unit_price\n"
    )
    assert not shop.database.exists()


def test_a_missing_file_is_told_with_what_is_there(above: Project) -> None:
    shop = with_files(made(above, "shop"))
    (shop.root / "data/order_items.csv").rename(shop.root / "data/Order-Items.csv")
    result = shop.run("build")
    assert result.exit_code == 2
    assert result.stderr == (
        "data: files of the source canonical are missing: order_items;"
        " it holds: Order-Items.csv, customers.csv, orders.csv\n"
        "  hint: put them there, as .csv, .parquet or .json, with at least these columns:\n"
        "    order_items  order_id, line_no, quantity, unit_price\n"
    )
    shop.write("pyproject.toml", shop.read("pyproject.toml").replace('"data" ', '"elsewhere" '))
    result = shop.run("build")
    assert result.exit_code == 2
    assert "elsewhere: files of the source canonical are missing: customers," in result.stderr
    assert "order_items; there is no such folder\n" in result.stderr


def test_init_ends_with_the_next_command(above: Project) -> None:
    assert above.run("init", "shop").stdout == (
        "made shop: a shop's warehouse, to be built from the files in shop/data\n"
        "\n"
        "next: put the shop's files there (shop/data/README.md says which), then\n"
        "      cd shop && runner build\n"
    )


def test_what_is_asked_for_is_set(above: Project) -> None:
    shop = made(above, "corner-shop", "--time-zone", "Europe/Berlin", "--currency", "chf")
    settings = tomllib.loads(shop.read("pyproject.toml"))["tool"]["runner"]
    assert settings["name"] == "corner_shop"
    assert settings["vars"]["time_zone"] == "Europe/Berlin"
    assert settings["vars"]["currency"] == "CHF"
    shown = shop.run("compile", "--inline", "{{ var('time_zone') }} {{ var('currency') }}")
    assert shown.stdout == "Europe/Berlin CHF\n"


def test_nothing_that_has_a_default_must_be_said(above: Project) -> None:
    settings = tomllib.loads(made(above, "shop").read("pyproject.toml"))["tool"]["runner"]
    assert settings["name"] == "my_shop"
    assert settings["packages"] == ["shop"]
    assert settings["vars"] == {"adapters": ["canonical"], "data_dir": "data", "time_zone": "UTC"}


def test_commented_settings_are_the_defaults(above: Project) -> None:
    """Each commented variable, uncommented, is known to the package and changes nothing."""
    text = made(above, "shop").read("pyproject.toml")
    package = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["runner"]["vars"]
    head, _, tail = text.partition("[tool.runner.models.my_shop]")
    lines = [line[2:] for line in head.splitlines() if line.startswith("# ") and " = " in line]
    given = tomllib.loads("\n".join(lines))
    assert {"currency", "as_of", "churn_window_days", "rfm_preset"} <= given.keys()
    for name in given.keys() - {"currency", "as_of"}:
        assert given[name] == package[name], name
    assert "+enabled" in tail


@pytest.mark.parametrize("adapter", adapters())
def test_every_adapter_gives_a_project_that_says_what_it_reads(
    above: Project, adapter: str
) -> None:
    shop = made(above, "shop", "--adapter", adapter)
    assert shop.run("parse").exit_code == 0
    page = shop.read("data/README.md")
    for file in (ROOT / "models/staging" / adapter).glob("*.yml"):
        for source in yaml.safe_load(file.read_text("utf-8")).get("sources", []):
            for table in source["tables"]:
                if not table.get("config", {}).get("optional"):
                    for column in table["columns"]:
                        assert column["name"] in page or column["name"].startswith("_")
    for line in page.splitlines():
        if line.startswith("| `"):
            assert not set("{}*") & set(line.split("`")[1]), f"a name that nobody can give: {line}"


def test_the_data_page_names_files_and_columns(above: Project) -> None:
    page = made(above, "shop").read("data/README.md")
    assert "## data/customers.csv" in page
    assert "| **unit_price** | decimal(18,4) |" in page
    assert "`data/marketing_spend.csv`" in page
    assert "| valid | paid, " in page


def test_the_pages_of_a_layout_name_its_file_and_its_words(above: Project) -> None:
    """UCI's: the page named a file that was not read, and not the columns that UCI's file has."""
    shop = made(above, "shop", "--adapter", "online_retail")
    page = shop.read("data/README.md")
    assert "## data/*.csv" in page
    assert "| **invoice** or InvoiceNo | varchar |" in page
    assert "| **unit_price** or Price or UnitPrice | decimal(18,4) |" in page
    lines = "Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country\n489434,85048,BALL,12,"
    shop.write(
        "data/Year 2009-2010.csv", lines + "2009-12-01 07:45:00,6.95,13085.0,United Kingdom\n"
    )
    found = shop.run("debug", "--sources")
    assert "1 row in data/Year 2009-2010.csv" in found.stdout
    assert "1 found, 0 absent, 0 wrong" in found.stdout


def test_an_own_seed_adds_an_order_state(above: Project) -> None:
    shop = with_files(made(above, "shop"), orders=ORDERS.replace("shipped", "abgeholt"))
    result = shop.run("build", *ORDERS_ONLY)
    assert result.exit_code == 1
    assert "abgeholt" in result.stdout
    known = (ROOT / "seeds/order_status_map.csv").read_text("utf-8")
    shop.write("seeds/order_status_map.csv", known + "abgeholt,valid,collected\n")
    shop.build(*ORDERS_ONLY)
    assert shop.value("select count(*) from fct_orders where is_valid") == 4


def test_git_ignores_what_is_made_and_the_shops_files(above: Project) -> None:
    ignored = made(above, "shop").read(".gitignore").splitlines()
    assert {"/.runner/", "/target/", "*.duckdb", "/data/*", "!/data/README.md"} <= set(ignored)


def test_debug_says_where_the_package_lies(above: Project) -> None:
    shop = with_files(made(above, "shop"))
    assert f"  package    shop in {ROOT}\n" in shop.run("debug").stdout


def test_the_next_command_can_be_typed_for_a_name_with_a_blank(above: Project) -> None:
    result = above.run("init", "my corner", "--empty")
    assert "next: cd 'my corner' && runner build" in result.stdout


# --- other projects ---------------------------------------------------------------------------------


@pytest.mark.parametrize("option", ["--empty", "--dbt"])
def test_the_other_kinds_build_at_once(above: Project, option: str) -> None:
    result = above.run("init", "corner_shop", option)
    assert result.exit_code == 0
    assert "next: cd corner_shop && runner build" in result.stdout
    shop = Project(above.root / "corner_shop", above.home)
    shop.build()
    # Ada bought for 20.00 + 12.25, Ben for 35.50.
    assert sorted(shop.run("show", "customers", "--output", "csv").stdout.splitlines()[1:]) == [
        "Ada,2,32.25,2026-02-11", "Ben,1,35.50,2026-01-05",
    ]  # fmt: skip
    assert (shop.root / "dbt_project.yml").exists() == (option == "--dbt")


def test_the_folder_one_is_in_may_become_the_project(above: Project) -> None:
    result = above.run("init", ".", "--empty")
    assert "next: runner build\n" in result.stdout
    Project(above.root, above.home).build()
    assert 'name = "work"' in above.read("pyproject.toml")


# --- refusals -----------------------------------------------------------------------------------------


def tree(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): path.read_text("utf-8")
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.mark.parametrize(
    ("there", "said"),
    [
        ({"dbt_project.yml": "name: x\n"}, "there/dbt_project.yml: there is a dbt project already"),
        ({"pyproject.toml": "[project]\n"}, "there/pyproject.toml: there holds another project"),
        ({"pyproject.toml": "[tool.runner]\n"}, "there/pyproject.toml: there is a project already"),
        ({"notes.txt": "mine"}, "there is there already and not empty: notes.txt"),
        ({".git/HEAD": "x"}, "there is there already and not empty: .git"),
    ],
)
@pytest.mark.parametrize("kind", [(), ("--empty",), ("--dbt",)])
def test_a_folder_that_holds_something_is_left_alone(
    above: Project, there: dict[str, str], said: str, kind: tuple[str, ...]
) -> None:
    for path, text in there.items():
        above.write(f"there/{path}", text)
    before = tree(above.root)
    result = above.run("init", "there", *kind)
    assert result.exit_code == 2
    assert said in result.stderr
    assert "  hint: " in result.stderr
    assert tree(above.root) == before


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("2shop",), "'2shop' cannot be a project's name\n  hint: a letter, then letters, digits and underscores: shop_2shop"),
        (("shöp!",), "shop_shöp"),
        (("!!!",), "underscores: shop\n"),
        (("",), "cannot be a project's name"),
        (("s", "--time-zone", "Europe/Berln"), "did you mean Europe/Berlin?"),
        (("s", "--currency", "euro"), "'euro' is no currency"),
        (("s", "--adapter", "canonic"), "did you mean canonical?"),
        (("s", "--adapter", "x"), "there are: canonical, "),
        (("s", "--empty", "--dbt"), "--empty and --dbt are two kinds of projects"),
        (("s", "--empty", "--currency", "EUR"), "--currency is for shops, not for --empty"),
        (("a_file",), "a_file is a file"),
        (("a_file/shop",), "cannot be written: Not a directory"),
        (("/proc/shop",), "/proc/shop cannot be written"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_and_nothing_is_made(
    above: Project, arguments: tuple[str, ...], said: str
) -> None:
    above.write("a_file", "")
    result = above.run("init", *arguments)
    assert result.exit_code == 2
    assert said in result.stderr
    assert [path.name for path in above.root.iterdir()] == ["a_file"]


def test_a_project_that_cannot_be_written_whole_is_not_left_half(tmp_path: Path) -> None:
    # The second file would lie in a folder that is a file: writing breaks off there.
    files = {"one/two.sql": "select 1", "one/two.sql/three.sql": "select 2"}
    with pytest.raises(ProjectError, match="cannot be written"):
        init._write(tmp_path / "shop", files)
    assert list(tmp_path.iterdir()) == []
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(ProjectError, match="cannot be written"):
        init._write(empty, files)
    assert list(empty.iterdir()) == []


def test_init_in_a_project_makes_a_project_of_its_own(project: ProjectMaker) -> None:
    outer = project({})
    inner = made(outer, "inner", "--empty")
    inner.build()
    assert inner.database.exists()
