"""What a database keeps in memory, and lets go of."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from runner.engines import Opening, connect
from runner.engines.duckdb_memory import SETTING
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


TOLD = """
import os
setdefault = os.environ.setdefault
os.environ.setdefault = lambda name, value: setdefault(name, f"confirm_conf:true,{value}")
from runner.engines import duckdb
"""
"""DuckDB's allocator tells what it was told."""


@pytest.mark.skipif(sys.platform != "linux", reason="DuckDB has jemalloc on Linux alone")
def test_what_a_statement_freed_stayed_with_the_allocator_for_a_second() -> None:
    environ = {name: value for name, value in os.environ.items() if name != SETTING}
    said = subprocess.run(
        [sys.executable, "-c", TOLD], env=environ, capture_output=True, text=True, check=True,
        timeout=60,
    ).stderr  # fmt: skip
    decays = [line for line in said.splitlines() if "Set conf value: dirty_decay_ms" in line]
    assert decays[-1].endswith("dirty_decay_ms:30"), said
