"""What a database keeps in memory, and lets go of."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from runner.engines import Opening, connect
from runner.engines.duckdb_setup import bytes_of
from runner.project.profiles import Target


def test_a_database_lets_go_of_what_it_has_read_and_keeps_its_limit(tmp_path: Path) -> None:
    path = str(tmp_path / "w.duckdb")
    target = Target("dev", "shop", path, "w", settings={"memory_limit": "700MB"})
    engine = connect(Opening(target, path, tmp_path))
    session = engine.session()
    session.execute("create table t as select i, md5(i::varchar) as text from range(3000000) r(i)")
    session.execute("checkpoint")
    session.query("select bit_xor(hash(t)) from t")

    def used() -> int:
        ((memory,),) = session.query("select sum(memory_usage_bytes) from duckdb_memory()").values
        return int(str(memory))

    limit = session.query("select current_setting('memory_limit')").values
    assert used() > 40_000_000
    engine.let_go()
    assert used() < 5_000_000
    assert session.query("select current_setting('memory_limit')").values == limit
    assert session.query("select count(*) from t").values == [(3_000_000,)]
    session.close()
    engine.close()


OUTGROWN = """
import sys
from pathlib import Path
from runner.engines import Opening, connect
from runner.engines.jemalloc import decays
from runner.project.profiles import Target
folder = Path(sys.argv[1])
path = str(folder / "w.duckdb")
target = Target("dev", "shop", path, "w", settings={"memory_limit": "30MB"})
engine = connect(Opening(target, path, folder))
session = engine.session()
for rows in (1_000, 3_000_000):
    session.execute(f"create or replace table t as select md5(i::varchar) from range({rows}) r(i)")
    print(engine.spare(), sorted(set(decays())))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="DuckDB has jemalloc on Linux alone")
def test_data_that_outgrew_the_memory_left_all_as_it_was_with_the_allocator_and_the_steps(
    tmp_path: Path,
) -> None:
    said = subprocess.run(
        [sys.executable, "-c", OUTGROWN, str(tmp_path)], capture_output=True, text=True, timeout=60
    )
    assert said.stdout == "False [1000]\nTrue [10]\n", said.stderr


def test_small_tables_of_a_large_file_were_built_one_after_another(tmp_path: Path) -> None:
    target = Target(
        "dev", "shop", str(tmp_path / "w.duckdb"), "w", settings={"memory_limit": "60MB"}
    )
    opening = Opening(target, target.path, tmp_path)
    engine = connect(opening)
    engine.session().execute("create table t as select md5(i::varchar) from range(3_000_000) r(i)")
    assert engine.spare()
    engine.close()
    engine = connect(opening)
    engine.session().execute("create table few as select 1 as one")
    assert not engine.spare()
    engine.close()


@pytest.mark.parametrize(
    ("size", "counted"), [("953.6 MiB", 999_922_073), ("0 bytes", 0), ("18.5 GiB", 19_864_223_744)]
)
def test_sizes_as_duckdb_writes_them(size: str, counted: int) -> None:
    assert bytes_of(size) == counted
