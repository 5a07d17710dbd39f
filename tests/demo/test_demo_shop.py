"""The demo shop: its files can be made again byte for byte, and its truth is what the files say."""

from __future__ import annotations

import csv
import hashlib
import math
import os
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from tests.demo.conftest import DEMO, LAYOUTS

REVENUE_STATUSES = {"paid", "shipped", "delivered", "refunded", "partially_refunded"}


def rows(name: str, folder: Path = DEMO) -> Iterator[dict[str, str]]:
    with (folder / "data" / f"{name}.csv").open(newline="", encoding="utf-8") as file:
        yield from csv.DictReader(file)


def digests(folder: Path) -> dict[str, str]:
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.glob("*.csv"))
    }


def test_the_committed_files_can_be_made_again(shop: Path) -> None:
    assert digests(shop / "data") == digests(DEMO / "data")


def test_one_thread_or_two(shop: Path, rotten: Path, make_shop: Callable[..., Path]) -> None:
    """Every file of the canonical and of the foreign layouts, clean and at dirt 3."""
    layouts = f"layouts: [{', '.join(LAYOUTS)}]"
    one = make_shop("one", "--vars", f"{{{layouts}, dirt: 3}}", "--threads", "1")
    assert digests(one / "data") == digests(rotten / "data")
    for layout in LAYOUTS:
        assert digests(one / "layouts" / layout) == digests(shop / "layouts" / layout) != {}


# Files in the order of the people; the others are sized for the whole shop.
OF_PEOPLE = (
    "cart_items", "carts", "customers", "leads", "order_discounts", "order_items", "orders", "payments",
    "refund_items", "refunds", "reviews", "sessions", "social_comments", "subscriptions", "support_tickets",
    "suppressions", "surveys", "web_events",
)  # fmt: skip


@pytest.mark.parametrize("name", OF_PEOPLE)
def test_a_small_shop_is_the_beginning_of_a_large_one(double_shop: Path, name: str) -> None:
    small = (DEMO / "data" / f"{name}.csv").read_bytes()
    large = (double_shop / "data" / f"{name}.csv").read_bytes()
    assert 0 < len(small) < len(large)
    assert large.startswith(small)


def checksums(folder: Path, level: int) -> list[dict[str, str]]:
    """For each file the number of rows and the sha256 of its sorted lines: whatever their order."""
    told = []
    for path in sorted(folder.glob("*.csv")):
        lines = path.read_text(encoding="utf-8").splitlines()
        digest = hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()
        told.append(
            {"dirt": str(level), "file": path.name, "rows": str(len(lines) - 1), "sha256": digest}
        )
    return told


def test_the_checksums_hold_on_every_platform(shop: Path, rotten: Path) -> None:
    """UPDATE_CHECKSUMS=1 writes them anew, after a wanted change of the shop."""
    path = DEMO / "checksums.csv"
    found = [*checksums(shop / "data", 0), *checksums(rotten / "data", 3)]
    if os.environ.get("UPDATE_CHECKSUMS"):
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, ["dirt", "file", "rows", "sha256"], lineterminator="\n")
            writer.writeheader()
            writer.writerows(found)
    with path.open(newline="", encoding="utf-8") as file:
        assert list(csv.DictReader(file)) == found


def test_truth_is_what_the_files_say(shop: Path) -> None:
    orders = {
        row["order_id"]: row
        for row in rows("orders", shop)
        if row["status"] in REVENUE_STATUSES and row["is_trial"] == "false"
    }
    goods = {key: row for key, row in orders.items() if row["is_gift_card_purchase"] == "false"}
    months = {key: (row["ordered_at"][:7], row["currency"]) for key, row in goods.items()}
    counted = Counter(months.values())
    gross: defaultdict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for row in rows("order_items", shop):
        if row["order_id"] in goods:
            gross[months[row["order_id"]]] += Decimal(row["quantity"]) * Decimal(row["unit_price"])
    discounts: defaultdict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for key, row in goods.items():
        discounts[months[key]] += Decimal(row["discount_amount"])
    refunds: defaultdict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for row in rows("refunds", shop):
        if row["order_id"] in orders:
            paid_back = (
                Decimal(row["amount"])
                - Decimal(row["tax_amount"])
                - Decimal(row["shipping_amount"])
            )
            refunds[row["refunded_at"][:7], row["currency"]] += paid_back

    with duckdb.connect(str(shop / "demo.duckdb"), read_only=True) as connection:
        truth = connection.execute(
            "select strftime(month, '%Y-%m'), currency, orders, gross_revenue, discount_amount, refund_amount"
            " from truth.truth_totals"
        ).fetchall()

    assert len(truth) >= 48  # two years of two currencies
    told = {
        (month, currency): (
            counted[month, currency],
            *(sums[month, currency] for sums in (gross, discounts, refunds)),
        )
        for month, currency, *_ in truth
    }
    assert {(month, currency): tuple(rest) for month, currency, *rest in truth} == told
    assert set(told) >= set(counted) | set(refunds)


def test_truth_knows_every_person(shop: Path) -> None:
    # A second account is told by its e-mail address in other letters, by its telephone, or by the identity map.
    first = {
        row["source_customer_key"]: row["customer_id"] for row in rows("customer_identities", shop)
    }
    by_contact: dict[str, str] = {}
    for row in rows("customers", shop):
        contacts = [row["email"].strip().lower(), row["phone"]]
        person = next(
            (by_contact[contact] for contact in contacts if contact in by_contact),
            row["customer_id"],
        )
        by_contact.update({contact: person for contact in contacts if contact})
        first[row["customer_id"]] = person
    bought: dict[str, str] = {}
    for row in rows("orders", shop):
        goods = row["is_trial"] == row["is_gift_card_purchase"] == "false"
        if row["customer_id"] and goods and row["status"] in REVENUE_STATUSES:
            person = first[row["customer_id"]]
            bought[person] = min(bought.get(person, "9"), row["ordered_at"])

    with duckdb.connect(str(shop / "demo.duckdb"), read_only=True) as connection:
        truth = connection.execute(
            "select person_id, strftime(first_ordered_at, '%Y-%m-%d %H:%M:%S')"
            " from truth.truth_customers where order_count > 0"
        ).fetchall()

    assert bought == dict(truth)


def test_nobody_is_real() -> None:
    for row in rows("customers"):
        assert re.fullmatch(r"[A-Za-z0-9.]+@example\.(com|org)", row["email"], re.IGNORECASE)
        assert row["phone"] == "" or re.fullmatch(r"\+1\d{3}55501\d\d", row["phone"])


def test_the_files_stay_small() -> None:
    assert sum(path.stat().st_size for path in (DEMO / "data").iterdir()) < 4_500_000
    assert (DEMO / "seeds" / "law_quantiles.csv").stat().st_size < 200_000


def gamma_share(shape: float, x: float) -> float:
    """Regularised lower incomplete gamma function by its power series (DLMF 8.7.1)."""
    term = total = 1 / shape
    for n in range(1, 400):
        term *= x / (shape + n)
        total += term
    return total * math.exp(shape * math.log(x) - x - math.lgamma(shape))


def beta_share(a: float, b: float, x: float) -> float:
    """Regularised incomplete beta function by its power series (DLMF 8.17.7), for x < 0.9."""
    term = 1.0
    total = 1 / a
    for n in range(1, 600):
        term *= x * (n - b) / n
        total += term / (a + n)
    return total * math.exp(a * math.log(x) + math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b))


def test_the_quantile_table_holds_its_laws() -> None:
    with (DEMO / "seeds" / "law_quantiles.csv").open(newline="", encoding="utf-8") as file:
        table = list(csv.DictReader(file))
    assert len(table) == 1281
    for row in table[384:897:16]:  # ln(u / (1 - u)) from -8 to 8
        u = 1 / (1 + math.exp(-(int(row["point"]) / 32 - 20)))
        assert gamma_share(0.6, math.exp(float(row["ln_gamma_rate"]))) == pytest.approx(u, abs=1e-7)
        assert gamma_share(4, math.exp(float(row["ln_gamma_value"]))) == pytest.approx(u, abs=1e-7)
        assert gamma_share(6, math.exp(float(row["ln_gamma_basket"]))) == pytest.approx(u, abs=1e-7)
        assert (1 + math.erf(float(row["normal"]) / math.sqrt(2))) / 2 == pytest.approx(u, abs=1e-7)
        dropout = math.exp(float(row["ln_beta_dropout"]))
        if dropout < 0.9:
            assert beta_share(0.8, 3.2, dropout) == pytest.approx(u, abs=1e-7)
