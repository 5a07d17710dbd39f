"""What readers see while builds run, fail, are killed or interrupted."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import duckdb
import pytest

from runner.app.ledger import write_ledger
from tests.conftest import Project, ProjectMaker

pytestmark = pytest.mark.timeout(120)

TABLE = "{{ config(materialized='table') }} "


def versions(project: ProjectMaker) -> Project:
    """Three tables that state the version they were built of; the last takes its time."""
    return project(
        {
            "models/a.sql": TABLE + "select {{ var('version') }} as version",
            "models/b.sql": TABLE + "select version from {{ ref('a') }}",
            "models/slow.sql": TABLE
            + """
                select max(b.version) as version
                from {{ ref('b') }} b, range({{ var('work', 1) }}) t
                where hash(t.range) <> 42
                """,
        }
    )


STATE = "select a.version, b.version, slow.version from a, b, slow"
SLOW = 30_000_000_000
"""Rows to count that take far longer than a test waits."""


@contextmanager
def building(shop: Project, version: int, work: int) -> Iterator[subprocess.Popen[str]]:
    """A build in a process of its own, which has begun with its last model."""
    process = shop.spawn(
        "build", "--vars", f"{{version: {version}, work: {work}}}", "--log-format", "json"
    )
    assert process.stdout is not None
    seen = []
    for line in process.stdout:
        seen.append(json.loads(line))
        if '"slow"' in line:
            break
    else:
        raise AssertionError(f"the build ended: {seen} {process.communicate()}")
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


# --- failed builds ----------------------------------------------------------------------------------


def test_a_failed_build_leaves_the_published_state_and_says_so(project: ProjectMaker) -> None:
    shop = versions(project)
    shop.build("--vars", "version: 1")
    before = os.readlink(shop.database)
    shop.write("tests/never.sql", "select * from {{ ref('slow') }}")
    result = shop.run("build", "--vars", "version: 2")
    assert result.exit_code == 1
    assert "not published: warehouse.duckdb stays as it was" in result.stdout
    assert os.readlink(shop.database) == before
    assert shop.rows(STATE) == [(1, 1, 1)]


def test_a_test_with_warnings_only_is_published(project: ProjectMaker) -> None:
    shop = versions(project)
    shop.write("tests/always.sql", "{{ config(severity='warn') }} select * from {{ ref('slow') }}")
    shop.build("--vars", "version: 1")
    assert shop.rows(STATE) == [(1, 1, 1)]


def test_the_build_after_a_failed_one_is_whole(project: ProjectMaker) -> None:
    shop = versions(project)
    shop.write("tests/odd.sql", "select * from {{ ref('slow') }} where version % 2 = 0")
    shop.build("--vars", "version: 1")
    assert shop.run("build", "--vars", "version: 2").exit_code == 1
    shop.build("--vars", "version: 3")
    assert shop.rows(STATE) == [(3, 3, 3)]


# --- killed and interrupted builds --------------------------------------------------------------------


@pytest.mark.parametrize("wait", [0.0, 0.3])
def test_a_killed_build_leaves_the_old_state_and_the_next_is_as_if_it_had_not_been(
    project: ProjectMaker, wait: float
) -> None:
    shop = versions(project)
    shop.build("--vars", "version: 1")
    with building(shop, 2, SLOW) as process:
        time.sleep(wait)
        process.send_signal(signal.SIGKILL)
        assert process.wait(timeout=30) == -signal.SIGKILL
    assert shop.rows(STATE) == [(1, 1, 1)]
    shop.build("--vars", "version: 3")
    assert shop.rows(STATE) == [(3, 3, 3)]
    published = [path.resolve().parent.name for path in [shop.database]]
    releases = {path.name for path in (shop.root / ".runner/warehouse/releases").iterdir()}
    assert len(releases) == 2, "of the killed build nothing is left"
    assert set(published) <= releases


def test_builds_killed_at_any_moment_never_change_what_readers_see(project: ProjectMaker) -> None:
    shop = versions(project)
    shop.build("--vars", "version: 1")
    seen = set()
    for step in range(8):
        process = shop.spawn("build", "--vars", "version: 2")
        try:
            process.wait(timeout=0.1 + step * 0.12)
        except subprocess.TimeoutExpired:
            process.kill()
        process.communicate()
        seen.update(shop.rows(STATE))
    assert seen <= {(1, 1, 1), (2, 2, 2)}
    shop.build("--vars", "version: 3")
    assert shop.rows(STATE) == [(3, 3, 3)]


def test_the_first_build_killed_leaves_nothing_in_the_way(project: ProjectMaker) -> None:
    shop = versions(project)
    with building(shop, 1, SLOW) as process:
        process.kill()
        process.wait(timeout=30)
    assert not shop.database.exists()
    shop.build("--vars", "version: 2")
    assert shop.rows(STATE) == [(2, 2, 2)]


def test_ctrl_c_stops_says_what_was_done_and_publishes_nothing(project: ProjectMaker) -> None:
    shop = versions(project)
    shop.build("--vars", "version: 1")
    process = shop.spawn("build", "--vars", f"{{version: 2, work: {SLOW}}}")
    assert process.stdout is not None
    told = ""
    while "b  " not in told:
        told += process.stdout.readline()
    time.sleep(1.0)
    started = time.monotonic()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    told += out
    assert time.monotonic() - started < 10, "the running statement is stopped, not waited for"
    assert process.returncode == 130
    assert err == ""
    assert "2 built" in told
    assert "interrupted" in told
    assert "not published: warehouse.duckdb stays as it was" in told
    assert shop.rows(STATE) == [(1, 1, 1)]
    shop.build("--vars", "version: 3")
    assert shop.rows(STATE) == [(3, 3, 3)]


@pytest.mark.parametrize("wait", [0.0, 0.01, 0.02, 0.05])
def test_ctrl_c_at_the_moment_that_a_step_begins(project: ProjectMaker, wait: float) -> None:
    shop = versions(project)
    with building(shop, 2, SLOW) as process:
        time.sleep(wait)
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=10) == 130


def test_ctrl_c_in_an_incremental_model_leaves_it_whole(project: ProjectMaker) -> None:
    shop = project(
        {
            "models/a.sql": "{{ config(materialized='incremental') }} select {{ var('version') }} as version",
            "models/slow.sql": versions_slow("a"),
        }
    )
    shop.build("--vars", "version: 1")
    with building(shop, 2, SLOW) as process:
        time.sleep(1.0)
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=30) == 130
    assert shop.rows("select version from a") == [(1,)]
    shop.build("--vars", "version: 3")
    assert shop.rows("select version from a order by 1") == [(1,), (3,)]


def versions_slow(above: str) -> str:
    return (
        TABLE + f"select max(v.version) as version from {{{{ ref('{above}') }}}} v,"
        " range({{ var('work', 1) }}) t where hash(t.range) <> 42"
    )


# --- readers --------------------------------------------------------------------------------------------

READER = """
import duckdb, sys
held = duckdb.connect(sys.argv[1], read_only=True)
print("ready", flush=True)
states = set()
while not sys.stdin.isatty():
    states.update(held.execute(sys.argv[2]).fetchall())
    with duckdb.connect(sys.argv[1], read_only=True) as again:
        states.update(again.execute(sys.argv[2]).fetchall())
    import select
    if select.select([sys.stdin], [], [], 0)[0]:
        break
held.close()
print(sorted(states), flush=True)
"""


def test_readers_see_only_whole_states_and_no_error_during_builds(project: ProjectMaker) -> None:
    shop = versions(project)
    shop.build("--vars", "version: 1")
    reader = subprocess.Popen(
        [sys.executable, "-c", READER, str(shop.database), STATE],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert reader.stdout is not None
    assert reader.stdout.readline() == "ready\n"
    for version in (2, 3, 4, 5):
        shop.build("--vars", f"{{version: {version}, work: 1000000}}")
        time.sleep(0.2)
    out, err = reader.communicate("done\n", timeout=60)
    assert err == ""
    states = set(eval(out))
    assert states <= {(n, n, n) for n in range(1, 6)}
    assert {(1, 1, 1), (5, 5, 5)} <= states


def test_an_open_connection_keeps_its_state_and_a_new_one_sees_the_new(
    project: ProjectMaker,
) -> None:
    shop = versions(project)
    shop.build("--vars", "version: 1")
    with duckdb.connect(str(shop.database), read_only=True) as held:
        process = shop.spawn("build", "--vars", "version: 2")
        assert process.communicate(timeout=60)[1] == ""
        assert process.returncode == 0
        assert held.execute(STATE).fetchall() == [(1, 1, 1)]
        with duckdb.connect(str(shop.database), read_only=True) as fresh:
            assert fresh.execute(STATE).fetchall() == [(2, 2, 2)]


# --- releases -----------------------------------------------------------------------------------------------


def test_the_published_path_is_a_relative_link_to_a_release(project: ProjectMaker) -> None:
    shop = versions(project)
    shop.build("--vars", "version: 1")
    link = os.readlink(shop.database)
    assert link.startswith(".runner/warehouse/releases/")
    assert link.endswith("/warehouse.duckdb")
    moved = shop.root.with_name("moved")
    shop.root.rename(moved)
    assert Project(moved, shop.home).rows(STATE) == [(1, 1, 1)]


def test_a_plain_file_becomes_a_link_and_is_kept_as_a_release(project: ProjectMaker) -> None:
    shop = versions(project)
    with duckdb.connect(str(shop.database)) as plain:
        plain.execute("create table loaded as select 7 as id")
    content = shop.database.read_bytes()
    shop.build("--vars", "version: 1")
    assert shop.database.is_symlink()
    assert shop.rows("select id from loaded") == [(7,)], "what others loaded is carried over"
    assert shop.rows(STATE) == [(1, 1, 1)]
    kept = list((shop.root / ".runner/warehouse/releases").glob("*before*/warehouse.duckdb"))
    assert [path.read_bytes() for path in kept] == [content]


def test_only_the_newest_releases_are_kept(project: ProjectMaker) -> None:
    shop = versions(project)
    shop.write("pyproject.toml", """
        [tool.runner]
        name = "shop"
        [tool.runner.settings]
        keep_releases = 2
        """)  # fmt: skip
    for version in range(1, 5):
        shop.build("--vars", f"version: {version}")
    assert len(list((shop.root / ".runner/warehouse/releases").iterdir())) == 2
    assert shop.rows(STATE) == [(4, 4, 4)]


def test_a_target_that_is_built_in_place_stays_a_plain_file(project: ProjectMaker) -> None:
    shop = versions(project)
    shop.write("pyproject.toml", """
        [tool.runner]
        name = "shop"
        [tool.runner.settings]
        publish = "in_place"
        """)  # fmt: skip
    shop.build("--vars", "version: 1")
    shop.build("--vars", "version: 2")
    assert not shop.database.is_symlink()
    assert shop.rows(STATE) == [(2, 2, 2)]


def test_what_another_writer_left_in_its_log_is_carried_over(project: ProjectMaker) -> None:
    shop = versions(project)
    shop.build("--vars", "version: 1")
    crashed = (
        "import duckdb, os, sys\ncon = duckdb.connect(sys.argv[1])\n"
        "con.execute('set checkpoint_threshold = \\'1TB\\'')\n"
        "con.execute('create table loaded as select 7 as id')\nos._exit(1)"
    )
    subprocess.run([sys.executable, "-c", crashed, str(shop.database)], check=False)
    log = shop.database.resolve().with_name("warehouse.duckdb.wal")
    assert log.exists()
    shop.build("--vars", "version: 2")
    assert shop.rows("select id from loaded") == [(7,)]
    assert shop.rows(STATE) == [(2, 2, 2)]


def test_the_published_file_can_be_read_by_older_versions(project: ProjectMaker) -> None:
    shop = versions(project)
    shop.build("--vars", "version: 1")
    shop.build("--vars", "version: 2", "-s", "b")
    header = shop.database.read_bytes()[:20]
    assert header[8:12] == b"DUCK"
    assert int.from_bytes(header[12:20], "little") == 64  # v1.0.0


def test_a_second_build_waits_for_the_first_when_asked_to(project: ProjectMaker) -> None:
    shop = versions(project)
    shop.build("--vars", "version: 1")
    with building(shop, 2, 300_000_000) as first:
        assert shop.run("build", "--vars", "version: 3").exit_code == 2
        second = shop.spawn("build", "--wait", "--vars", "version: 3")
        assert first.wait(timeout=60) == 0
        out, err = second.communicate(timeout=60)
    assert second.returncode == 0, out + err
    assert shop.rows(STATE) == [(3, 3, 3)]


# --- an empty build ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("style", ["runner", "dbt"])
def test_an_empty_build_never_replaces_what_is_published(project: ProjectMaker, style: str) -> None:
    files = {"seeds/raw.csv": "id\n1\n2\n",
             "models/a.sql": "{{ config(materialized='table') }} select * from {{ ref('raw') }}"}  # fmt: skip
    if style == "dbt":
        files["dbt_project.yml"] = "name: shop\nversion: '1.0'\nprofile: shop\n"
    shop = project(files)
    shop.build("--empty")
    assert shop.rows("select count(*) from a") == [(0,)], "with nothing there, it is published"
    shop.build()
    before = shop.database.resolve()
    result = shop.build("--empty", "--full")
    assert "not published: an empty build never replaces warehouse.duckdb" in result.stdout
    assert shop.database.resolve() == before
    assert shop.rows("select count(*) from a") == [(2,)]
    assert len(list((shop.root / ".runner/warehouse/releases").iterdir())) == 2
    assert "nothing to retry" in shop.run("retry").stdout


@pytest.mark.skipif(
    not os.path.exists("/dev/full"), reason="a device that is always full is needed"
)
def test_no_ledger_is_written_of_a_build_whose_disk_is_full(
    project: ProjectMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Writing it could end the process: DuckDB's rollback of a row with a key needs to write as well."""
    written: list[object] = []

    def noted(*given: Any) -> object:
        written.append(given)
        return write_ledger(*given)

    monkeypatch.setattr("runner.app.run.write_ledger", noted)
    shop = project({"models/a.sql": TABLE + "select 1 as id"})
    shop.build()
    assert written, "a build that ends well writes its ledger"
    written.clear()
    copy = "{{ config(pre_hook=\"copy (select 1) to '/dev/full'\") }} select 2 as id"
    shop.write("models/a.sql", copy)
    done = shop.run("build")
    assert done.exit_code == 1, done
    assert "is the disk full?" in done.stdout + done.stderr
    assert not written
    assert shop.value("select id from a") == 1
