"""The copy of a ledger says all that the ledger and the inventory say, for one file alone."""

from __future__ import annotations

from pathlib import Path

from runner.app.ledger_copy import Kept, keep_copy, known_copy
from runner.engines import Inventory, ObjectKind
from runner.plan.ledger import Entry, Ledger
from runner.project.store import Store

ENTRY = Entry(
    "model.shop.a", "model", "own", {"sql": "x"}, {"seed.shop.s": "1"}, "v", "success", '"a"',
    "table", "select 1", {"n": "2"}, ("calls now()",), False, (("id", "INTEGER"),), 3, 0.5, "then",
    "build", 4,
)  # fmt: skip
LEDGER = Ledger({ENTRY.id: ENTRY}, {"f.csv": (1, 2, 3, "h")}, {"source.shop.r.t": "9"})
INVENTORY = Inventory(
    {("w", "main", "a"): ObjectKind.TABLE}, frozenset({("w", "main")}),
    frozenset({("w", "main", "f", "macro")}), 9,
)  # fmt: skip


def file_of(tmp_path: Path, iteration: int = 5) -> Path:
    """As much of a DuckDB file as tells how often it was written."""
    file = tmp_path / "w.duckdb"
    head = (b"\0" * 8 + iteration.to_bytes(8, "little")).ljust(4096, b"\0")
    file.write_bytes(b"\0" * 4096 + head + b"\0" * 4096)
    return file


def kept(tmp_path: Path, file: Path, *, hidden: tuple[bytes, ...] = ()) -> Store:
    store = Store(tmp_path / ".cache")
    keep_copy(store, file, Kept(LEDGER, INVENTORY, 5), hidden)
    return Store(tmp_path / ".cache")


def test_everything_comes_back(tmp_path: Path) -> None:
    assert all(getattr(INVENTORY, name) for name in Inventory.__struct_fields__), "fill what is new"
    file = file_of(tmp_path)
    copy = known_copy(kept(tmp_path, file), file)
    assert copy is not None
    assert copy.ledger == LEDGER
    assert copy.inventory == INVENTORY
    with open(file, "rb") as opened:
        assert copy.is_of(opened)


def test_a_file_that_was_written_since_is_another(tmp_path: Path) -> None:
    file = file_of(tmp_path)
    copy = known_copy(kept(tmp_path, file), file)
    assert copy is not None
    file_of(tmp_path, iteration=6)
    with open(file, "rb") as opened:
        assert not copy.is_of(opened)


def test_no_copy_is_kept_of_a_file_that_somebody_else_wrote(tmp_path: Path) -> None:
    file = file_of(tmp_path, iteration=6)
    assert known_copy(kept(tmp_path, file), file) is None


def test_no_copy_is_kept_with_a_secret_in_it(tmp_path: Path) -> None:
    file = file_of(tmp_path)
    assert known_copy(kept(tmp_path, file, hidden=(b"select 1",)), file) is None


def test_the_copy_of_another_file_is_not_known(tmp_path: Path) -> None:
    file = file_of(tmp_path)
    assert known_copy(kept(tmp_path, file), tmp_path / "other.duckdb") is None
