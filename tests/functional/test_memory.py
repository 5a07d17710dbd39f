"""What a database keeps in memory, and lets go of."""

from __future__ import annotations

from pathlib import Path

from runner.engines import Opening, connect
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
