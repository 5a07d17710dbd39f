"""Dirt, level by level: the ledger tells every defect, and every defect stands in the file that it names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pytest

from tests.demo.conftest import again

LEVELS = {
    1: {"duplicate_row", "email_variant", "late_row", "test_order"},
    2: {
        "dst_night",
        "duplicate_file",
        "foreign_currency",
        "identity_chain",
        "local_time",
        "null_id",
        "second_email",
        "unknown_sku",
    },
    3: {
        "added_column",
        "missing_column",
        "negative_quantity",
        "order_without_items",
        "orphan_line",
        "relay_customer",
        "renamed_column",
        "zero_price",
    },
}


@pytest.fixture(scope="module")
def files(rotten: Path, shop: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Tables of the dirty files (orders: both parts, with their place) and of the clean ones, all text."""
    connection = duckdb.connect()
    for schema, folder in (("main", rotten), ("clean", shop)):
        connection.execute(f"create schema if not exists {schema}")
        for path in sorted((folder / "data").glob("*.csv")):
            connection.execute(
                f"create table {schema}.{path.stem} as select *, row_number() over () as place"
                f" from read_csv('{path}', all_varchar = true)"
            )
    connection.execute(f"attach '{rotten / 'demo.duckdb'}' as built (read_only)")
    connection.execute("create table ledger as from built.truth.truth_defects")
    connection.execute(
        "create table all_orders as select *, 'orders.csv' as file_name from orders"
        " union all by name"
        " select * rename (campaign as utm_campaign), 'orders_2.csv' as file_name from orders_2"
    )
    yield connection
    connection.close()


def rows(files: duckdb.DuckDBPyConnection, query: str) -> list[tuple[object, ...]]:
    return files.execute(query).fetchall()


def expect(files: duckdb.DuckDBPyConnection, kind: str, table: str, found: str) -> None:
    """What the query finds (file_name, row_key) is what the ledger says of this kind in this table."""
    said = rows(
        files,
        f"select file_name, row_key from ledger where kind = '{kind}' and table_name = '{table}'",
    )
    assert said
    assert Counter(rows(files, found)) == Counter(said)


@pytest.mark.parametrize("level", [0, 1, 2, 3])
def test_a_level_holds_its_kinds(
    make_shop: Callable[..., Path], shop: Path, rotten: Path, level: int
) -> None:
    built = {0: shop, 3: rotten}
    folder = built.get(level) or make_shop(f"level{level}", "--vars", f"{{dirt: {level}}}")
    with duckdb.connect(str(folder / "demo.duckdb"), read_only=True) as connection:
        kinds = dict(
            connection.execute(
                "select kind, count(*) from truth.truth_defects group by 1"
            ).fetchall()
        )
        keys = connection.execute(
            "select count(*) - count(distinct (file_name, table_name, row_key, kind, detail))"
            " from truth.truth_defects"
        ).fetchone()
    assert set(kinds) == set().union(*(LEVELS[n] for n in LEVELS if n <= level))
    assert keys == (0,)


def test_rows_that_come_twice(files: duckdb.DuckDBPyConnection) -> None:
    for table, key in (
        ("order_items", "order_id || '|' || line_no"),
        ("payments", "payment_id"),
        ("customers", "customer_id"),
    ):
        expect(
            files,
            "duplicate_row",
            table,
            f"select '{table}.csv', {key} from {table} group by all having count(*) = 2",
        )
    expect(
        files,
        "duplicate_row",
        "orders",
        "select file_name, order_id from all_orders where order_id is not null"
        " group by all having count(*) = 2",
    )
    # and the two are equal
    for table in ("order_items", "payments", "customers", "all_orders"):
        plain = f"select * exclude (place) from {table}"
        whole, different = files.execute(
            f"select (select count(*) from {table}), (select count(*) from ({plain} group by all))"
        ).fetchone() or (0, 0)
        name = table.removeprefix("all_")
        (said,) = rows(
            files,
            f"select count(*) from ledger where kind = 'duplicate_row' and table_name = '{name}'",
        )
        assert whole - different == said[0]


def test_a_file_that_comes_twice(rotten: Path) -> None:
    data = rotten / "data"
    assert (data / "orders_2.csv").read_bytes() == (data / "orders_3.csv").read_bytes()


def test_rows_that_come_late(files: duckdb.DuckDBPyConnection) -> None:
    for file in ("orders", "orders_2"):
        late = rows(
            files,
            f"select row_key from ledger where kind = 'late_row' and file_name = '{file}.csv'",
        )
        last = rows(files, f"select order_id from {file} order by place desc limit {len(late)}")
        assert late
        assert set(late) == set(last)


def test_orders_of_the_staff(files: duckdb.DuckDBPyConnection) -> None:
    expect(
        files,
        "test_order",
        "orders",
        "select file_name, order_id from all_orders where is_test = 'true'",
    )
    (lines,) = rows(
        files,
        "select count(distinct order_id) from order_items semi join ledger"
        " on row_key = order_id and kind = 'test_order'",
    )
    (said,) = rows(files, "select count(*) from ledger where kind = 'test_order'")
    assert lines == said


def test_addresses_in_other_letters(files: duckdb.DuckDBPyConnection) -> None:
    expect(
        files,
        "email_variant",
        "customers",
        "select 'customers.csv', dirty.customer_id from customers as dirty"
        " join clean.customers as clean using (customer_id)"
        " where dirty.email <> clean.email and lower(trim(dirty.email)) = lower(trim(clean.email))",
    )
    (blank, capital) = rows(
        files,
        "select count(*) filter (email <> trim(email)), count(*) filter (email = upper(email)) from customers",
    )[0]
    assert int(str(blank)) > 0
    assert int(str(capital)) > 0


def test_missing_ids(files: duckdb.DuckDBPyConnection) -> None:
    (keyless,) = rows(files, "select count(*) from all_orders where order_id is null")
    (said,) = rows(
        files,
        "select count(*) from ledger where kind = 'null_id' and table_name = 'orders' and is_recoverable",
    )
    assert keyless == said
    assert int(str(said[0])) > 0
    # the row that the keyless one repeats is there
    assert rows(
        files,
        "select count(*) from ledger semi join all_orders on order_id = row_key"
        " where kind = 'null_id' and table_name = 'orders' and is_recoverable",
    ) == [said]
    found = """select dirty.file_name, dirty.order_id from all_orders as dirty
        join clean.orders as clean using (order_id)
        where dirty.customer_id is null and clean.customer_id is not null"""
    told = rows(
        files,
        "select file_name, row_key from ledger where kind = 'null_id' and table_name = 'orders'"
        " and not is_recoverable",
    )
    assert told
    assert Counter(rows(files, found)) == Counter(told)
    expect(
        files,
        "null_id",
        "order_items",
        "select 'order_items.csv', order_id || '|' || line_no from order_items where product_id is null",
    )


def test_other_currencies(files: duckdb.DuckDBPyConnection) -> None:
    expect(
        files,
        "foreign_currency",
        "orders",
        "select file_name, order_id from all_orders where currency = 'RON'",
    )
    # five lei are a euro, in every table of the order
    for table, amount in (
        ("all_orders", "total_amount"),
        ("order_items", "unit_price"),
        ("payments", "amount"),
        ("refunds", "amount"),
    ):
        clean = table.removeprefix("all_")
        key = {"order_items": "order_id, line_no", "payments": "payment_id"}.get(table, "order_id")
        wrong = rows(
            files,
            f"""select count(*) from {table} as dirty join clean.{clean} as clean using ({key})
            semi join (select row_key from ledger where kind = 'foreign_currency') as lei
                on lei.row_key = dirty.order_id
            where dirty.{amount}::decimal(18, 2) <> 5 * clean.{amount}::decimal(18, 2)""",
        )
        assert wrong == [(0,)]
    assert rows(files, "select distinct rate from fx_rates where from_currency = 'RON'") == [
        ("0.20000000",)
    ]


def test_times_with_an_offset(files: duckdb.DuckDBPyConnection) -> None:
    told = rows(
        files,
        "select file_name, row_key from ledger where kind in ('local_time', 'dst_night')",
    )
    found = "select file_name, order_id from all_orders where contains(ordered_at, '+')"
    assert Counter(rows(files, found)) == Counter(told)
    assert rows(
        files,
        """select count(*) from all_orders as dirty join clean.orders as clean using (order_id)
        where dirty.ordered_at::timestamptz at time zone 'UTC' <> clean.ordered_at::timestamp
            and contains(dirty.ordered_at, '+')""",
    ) == [(0,)]
    # Warsaw's clocks changed on these days
    nights = rows(
        files,
        "select distinct regexp_extract(detail, '[0-9]{4}-[0-9]{2}-[0-9]{2}') from ledger"
        " where kind = 'dst_night' order by all",
    )
    assert {str(night[0]) for night in nights} <= {
        "2024-03-31",
        "2024-10-27",
        "2025-03-30",
        "2025-10-26",
    }
    assert nights


def test_lines_that_are_wrong(files: duckdb.DuckDBPyConnection) -> None:
    line = "select 'order_items.csv', order_id || '|' || line_no from order_items"
    expect(files, "negative_quantity", "order_items", f"{line} where quantity::int < 0")
    expect(
        files, "zero_price", "order_items", f"{line} where unit_price::decimal(18, 2) = 0 and line_no = '1'"
        " and order_id in (select order_id from clean.order_items where unit_price::decimal(18, 2) > 0"
        " and line_no = '1')",
    )  # fmt: skip
    expect(files, "unknown_sku", "order_items", f"{line} anti join products using (product_id)"
        " where product_id is not null")  # fmt: skip
    expect(files, "orphan_line", "order_items", f"{line} anti join all_orders using (order_id)")
    expect(
        files,
        "order_without_items",
        "order_items",
        "select 'order_items.csv', order_id from all_orders anti join order_items using (order_id)"
        " where order_id is not null",
    )


def test_one_person_with_many_accounts(files: duckdb.DuckDBPyConnection) -> None:
    new = "select 'customers.csv', customer_id from customers anti join clean.customers using (customer_id)"
    told = rows(
        files,
        "select file_name, row_key from ledger where kind in ('second_email', 'identity_chain')",
    )
    found = f"{new} where customer_id not like 'mp%'"
    assert Counter(rows(files, found)) == Counter(told)
    # the chain: telephone to the second account, its address in other letters to the third
    (links,) = rows(
        files,
        """select count(*) filter (seconds.phone = firsts.phone and firsts.phone is not null),
            count(*) filter (lower(trim(thirds.email)) = lower(trim(seconds.email)) and thirds.phone is null),
            count(*)
        from customers as thirds
        join customers as seconds on seconds.customer_id = replace(thirds.customer_id, 'e', 'd')
        join customers as firsts on firsts.customer_id = replace(thirds.customer_id, 'e', '')
        where thirds.customer_id like 'c%e'""",
    )
    assert links[0] == links[1] == links[2]
    assert int(str(links[2])) > 0
    expect(
        files,
        "relay_customer",
        "orders",
        "select file_name, order_id from all_orders where customer_id = 'mp' || substr(order_id, 2)",
    )
    assert rows(
        files, "select count(*) from customers where email like '%@relay.example.org'"
    ) == rows(files, "select count(*) from ledger where kind = 'relay_customer'")
    # nobody's order names an account that is not there
    assert rows(
        files,
        """select count(*) from all_orders anti join customers using (customer_id)
        anti join customer_identities on source_customer_key = customer_id
        where customer_id is not null""",
    ) == [(0,)]


def test_columns_that_drift(files: duckdb.DuckDBPyConnection) -> None:
    def columns(table: str) -> set[str]:
        return {str(row[0]) for row in rows(files, f"describe {table}")}

    first, second = columns("orders"), columns("orders_2")
    assert first - second == {"utm_campaign", "fulfilment_cost"}
    assert second - first == {"campaign", "till_no"}


def test_what_is_not_in_the_ledger_is_clean(files: duckdb.DuckDBPyConnection) -> None:
    """Without the rows of the ledger, both shops hold the same orders and lines."""
    same = "order_id, status, channel_id, currency, subtotal, total_amount, ordered_at"
    dirty = f"""select {same} from all_orders
        anti join (select row_key from ledger where table_name = 'orders' and row_key is not null) as told
            on told.row_key = order_id
        where order_id is not null"""
    clean = f"""select {same} from clean.orders
        anti join (select row_key from ledger where table_name = 'orders' and row_key is not null) as told
            on told.row_key = order_id"""
    assert int(str(rows(files, f"select count(*) from ({clean})")[0][0])) > 2000
    assert rows(files, f"({clean}) except all ({dirty})") == []
    assert rows(files, f"({dirty}) except all ({clean})") == []


def test_two_parts_make_the_whole(make_shop: Callable[..., Path]) -> None:
    """What was known in June and what came since make what is known now, once the newest row of a key wins."""
    folder = make_shop("parts", "--vars", "{until: 2025-06-10, dirt: 1, customers: 500}")
    parts = {
        path.stem: path.read_text(encoding="utf-8") for path in (folder / "data").glob("*.csv")
    }
    again(folder, "--vars", "{since: 2025-06-10, dirt: 1, customers: 500}")
    later = {
        path.stem: path.read_text(encoding="utf-8") for path in (folder / "data").glob("*.csv")
    }
    again(folder, "--vars", "{dirt: 1, customers: 500}")
    keys = {
        "orders": 1, "order_items": 2, "payments": 1, "refunds": 1, "refund_items": 2, "carts": 1,
        "sessions": 1, "web_events": 1, "surveys": 1, "support_tickets": 1, "subscriptions": 1, "leads": 1,
        "customers": 1, "reviews": 1, "campaign_events": 4, "order_discounts": 1, "marketing_spend": 3,
    }  # fmt: skip

    def split(text: str) -> list[str]:
        return text.splitlines()[1:]

    for name, width in keys.items():
        whole = split((folder / "data" / f"{name}.csv").read_text(encoding="utf-8"))
        first, second = split(parts[name]), split(later[name])
        merged = {tuple(row.split(",")[:width]): row for row in [*first, *second]}
        assert first, name
        assert second, name
        assert len(first) < len(set(whole)), name
        assert sorted(merged.values()) == sorted(set(whole)), name
        assert set(second) <= set(whole), name
    # a late row is in the second part although its order is of the first
    assert any(row.split(",")[2] < "2025-06-10" for row in split(later["orders"]))
