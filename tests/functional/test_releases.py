"""Releases: what is carried over, who is named and refused, and the verbs on releases."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import signal
import stat
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pytest

from tests.conftest import Project, ProjectMaker

pytestmark = pytest.mark.timeout(120)

TABLE = "{{ config(materialized='table') }} "
FILES = {"models/a.sql": TABLE + "select {{ var('version', 1) }} as version"}
PROFILE = """
    shop:
      target: dev
      outputs:
        dev: {{type: duckdb, path: {file}}}
    """
ID = re.compile(r"\b\d{8}T\d{6}-\d{6}\b")


def releases_of(shop: Project) -> Path:
    return shop.root / ".runner/warehouse/releases"


def settings(shop: Project, text: str) -> None:
    shop.write("pyproject.toml", f'[tool.runner]\nname = "shop"\n[tool.runner.settings]\n{text}\n')


def records(shop: Project) -> list[dict[str, object]]:
    found = json.loads(shop.run("releases", "--output", "json").stdout)
    assert isinstance(found, list)
    return found


def build(shop: Project, version: int, *arguments: str) -> None:
    shop.build("--vars", f"version: {version}", *arguments)


@contextmanager
def writing(shop: Project, seconds: float = 60) -> Iterator[subprocess.Popen[str]]:
    """Another program that holds what is published for writing."""
    code = (
        "import duckdb, sys, time\nheld = duckdb.connect(sys.argv[1])\n"
        "print('ready', flush=True)\ntime.sleep(float(sys.argv[2]))\n"
        "held.execute('create table loaded as select 7 as id')\nheld.close()"
    )
    process = shop.spawn(str(shop.database.resolve()), str(seconds), code=code)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def tree(folder: Path) -> dict[str, str]:
    """Every file below a folder but those of the runner's own, with its content's digest."""
    skipped = ("build.lock", "target")
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not any(part in skipped for part in path.parts)
    }


# --- what is carried over ---------------------------------------------------------------------------

FOREIGN = """
    create schema loader;
    create table loader.orders as select 7 as id;
    create type mood as enum ('good', 'bad');
    create sequence numbers start 40;
    create macro twice(x) as x * 2;
    create macro loader.above(least) as table select * from loader.orders where id > least;
    create view seen as select id from loader.orders;
    create table orphan as select 'good'::mood as m;
    comment on table loader.orders is 'from the loader';
    comment on column loader.orders.id is 'a number';
    comment on macro twice is 'doubles';
    create schema empty_one;
"""
KEPT = {
    "select id from loader.orders": 7,
    "select twice(4)": 8,
    "select id from loader.above(6)": 7,
    "select id from seen": 7,
    "select m::varchar from orphan": "good",
    "select enum_range(null::mood)::varchar": "[good, bad]",
    "select comment from duckdb_tables() where table_name = 'orders'": "from the loader",
    "select comment from duckdb_columns() where table_name = 'orders'": "a number",
    "select comment from duckdb_functions() where function_name = 'twice'": "doubles",
    "select start_value from duckdb_sequences() where sequence_name = 'numbers'": 40,
    "select count(*) from duckdb_schemas() where schema_name = 'empty_one'": 1,
}


def assert_kept(shop: Project) -> None:
    assert {query: shop.value(query) for query in KEPT} == KEPT


@pytest.mark.parametrize(
    "arguments", [(), ("--full-refresh",), ("--full",), ("--full", "--full-refresh"), ("-s", "a")]
)
def test_what_others_made_is_carried_over(
    project: ProjectMaker, arguments: tuple[str, ...]
) -> None:
    shop = project(FILES)
    with duckdb.connect(str(shop.database)) as plain:
        plain.execute(FOREIGN)
    build(shop, 1, *arguments)
    assert_kept(shop)
    build(shop, 2, *arguments)
    assert_kept(shop)
    assert shop.rows("select version from a") == [(2,)]


@pytest.mark.parametrize(
    "made",
    [
        "create macro m(x) as x", "create macro m(x) as table select x", "create type m as integer",
        "create sequence m", "create schema m", "create table m (x int)",
        "create view m as select 1 as x",
    ],
)  # fmt: skip
def test_one_thing_that_is_no_model_is_enough_to_carry_over(
    project: ProjectMaker, made: str
) -> None:
    shop = project(FILES)
    with duckdb.connect(str(shop.database)) as plain:
        plain.execute(f"create table a as select 0 as version; {made}")
    build(shop, 1)
    found = shop.value(
        "select (select count(*) from duckdb_functions() where function_name = 'm' and not internal)"
        " + (select count(*) from duckdb_types() where type_name = 'm')"
        " + (select count(*) from duckdb_sequences() where sequence_name = 'm')"
        " + (select count(*) from duckdb_schemas() where schema_name = 'm')"
        " + (select count(*) from duckdb_tables() where table_name = 'm')"
        " + (select count(*) from duckdb_views() where view_name = 'm')"
    )
    assert found == 1


@pytest.mark.parametrize("full", [(), ("--full",)])
def test_snapshots_and_protected_models_survive_full_refresh(
    project: ProjectMaker, full: tuple[str, ...]
) -> None:
    added = "select {{ var('version', 1) }} as version"
    shop = project(
        {
            **FILES,
            "snapshots/h.sql": "{% snapshot h %}{{ config(unique_key='k', strategy='check',"
            " check_cols='all') }} select 1 as k, version from {{ ref('a') }}{% endsnapshot %}",
            "models/kept.sql": "{{ config(materialized='incremental', full_refresh=false) }}" + added,
            "models/anew.sql": "{{ config(materialized='incremental') }}" + added,
        }
    )  # fmt: skip
    for version in (1, 2, 3):
        build(shop, version, "--full-refresh", *full)
    assert shop.rows("select version from h order by 1") == [(1,), (2,), (3,)]
    assert shop.rows("select version from kept order by 1") == [(1,), (2,), (3,)]
    assert shop.rows("select version from anew") == [(3,)]
    (shop.root / "models/anew.sql").unlink()
    build(shop, 4, *full)
    assert shop.rows("select version from anew") == [(3,)], "an orphan stays until it is dropped"


def test_an_incremental_model_in_an_attached_database_is_added_to(project: ProjectMaker) -> None:
    shop = project(
        {
            "models/a.sql": "{{ config(materialized='incremental', database='other') }}"
            " select {{ var('version') }} as version",
            "profiles.yml": """
                shop:
                  target: dev
                  outputs:
                    dev:
                      type: duckdb
                      path: warehouse.duckdb
                      attach:
                        - path: other.duckdb
                """,
        }
    )
    for version in (1, 2):
        build(shop, version)
    with duckdb.connect(str(shop.root / "other.duckdb"), read_only=True) as other:
        assert other.execute("select version from a order by 1").fetchall() == [(1,), (2,)]


# --- the file: its log, its size, its storage version -------------------------------------------------

CRASHED = (
    "import duckdb, os, sys\ncon = duckdb.connect(sys.argv[1])\n"
    "con.execute(\"set checkpoint_threshold = '1TB'\")\n"
    "con.execute('create table loaded as select 7 as id')\nos._exit(1)"
)


def test_a_log_beside_a_plain_file_is_replayed_before_it_becomes_a_release(
    project: ProjectMaker,
) -> None:
    shop = project(FILES)
    subprocess.run([sys.executable, "-c", CRASHED, str(shop.database)], check=False)
    assert shop.database.with_name("warehouse.duckdb.wal").exists()
    build(shop, 1)
    assert not shop.database.with_name("warehouse.duckdb.wal").exists()
    assert shop.rows("select id from loaded") == [(7,)]
    assert shop.run("rollback").exit_code == 0
    assert shop.rows("select id from loaded") == [(7,)]


def test_plain_files_put_in_place_one_after_another_are_all_kept(project: ProjectMaker) -> None:
    shop = project(FILES)
    settings(shop, "keep_releases = 9")
    for number in (1, 2):
        shop.database.unlink(missing_ok=True)
        with duckdb.connect(str(shop.database)) as plain:
            plain.execute(f"create table loaded as select {number} as id")
        build(shop, number)
        assert shop.rows("select id from loaded") == [(number,)]
    befores = sorted(releases_of(shop).glob("*-before/warehouse.duckdb"))
    assert [shop.rows("select id from loaded", file) for file in befores] == [[(1,)], [(2,)]]


def test_a_file_half_of_which_is_free_is_compacted_with_all_that_is_in_it(
    project: ProjectMaker,
) -> None:
    shop = project(FILES)
    build(shop, 1)
    shop.execute(FOREIGN)
    shop.execute("create table large as select range as id, uuid() as name from range(400000)")
    build(shop, 2)
    large = shop.database.stat().st_size
    shop.execute("drop table large; checkpoint")
    build(shop, 3)
    assert large > 8_000_000
    assert shop.database.stat().st_size < large / 3
    assert_kept(shop)
    assert shop.rows("select version from a") == [(3,)]
    assert shop.database.resolve().name == "warehouse.duckdb"
    assert [path.name for path in shop.database.resolve().parent.iterdir()].count(
        "compact.duckdb"
    ) == 0
    result = shop.build("--vars", "version: 3")
    assert "another program" not in result.stdout
    assert "unchanged" in result.stdout, "the ledger knows the file that it was copied to"


def test_a_file_that_cannot_be_copied_by_duckdb_is_published_as_it_is(
    project: ProjectMaker,
) -> None:
    shop = project(FILES)
    with duckdb.connect(str(shop.database)) as plain:
        plain.execute(
            # One table: of two, DuckDB now and then copies the referenced one first, and can.
            "create table tree (id int primary key, above int references tree (id));"
            "insert into tree values (1, null); insert into tree values (2, 1);"
            "create table large as select range as id, uuid() as name from range(400000);"
            "checkpoint; drop table large; checkpoint"
        )
    build(shop, 1)
    assert shop.rows("select above from tree where id = 2") == [(1,)]
    assert shop.rows("select version from a") == [(1,)]
    exported = shop.run("release", "export", "out.duckdb")
    assert exported.exit_code == 0
    assert "not compacted" in exported.stdout
    assert shop.rows("select above from tree where id = 2", shop.root / "out.duckdb") == [(1,)]


def version_of(file: Path) -> int:
    return int.from_bytes(file.read_bytes()[12:20], "little")


def newer_plain_file(shop: Project, made: str) -> None:
    with duckdb.connect(
        str(shop.database), config={"storage_compatibility_version": "v1.4.0"}
    ) as plain:
        plain.execute(made)
    assert version_of(shop.database) == 67


def format_of(file: Path) -> int:
    """What the later of a file's headers says of the format of what is in it: 1 of v0.10, 3 of v1.1."""
    head = file.read_bytes()[: 3 * 4096]
    headers = [struct.unpack("<8Q", head[at : at + 64]) for at in (4096, 8192)]
    return int(max(headers, key=lambda header: header[1])[7])


def test_a_file_kept_the_slow_format_of_the_duckdb_that_made_it(project: ProjectMaker) -> None:
    shop = project(FILES)
    with duckdb.connect(str(shop.database)) as plain:
        plain.execute(FOREIGN)
    assert format_of(shop.database) == 1
    for number in (1, 2, 3):
        build(shop, number)
        assert format_of(shop.database) == 3
        assert version_of(shop.database) == 64, "DuckDB 1.1 reads it"
    assert_kept(shop)


@pytest.mark.parametrize("name", ["memory", "my shop"])
def test_a_file_may_have_the_name_of_a_catalog_that_duckdb_has_already(
    project: ProjectMaker, name: str
) -> None:
    file = f"{name}.duckdb"
    shop = project({**FILES, "profiles.yml": PROFILE.format(file=file)})
    for number in (1, 2):
        shop.build("--vars", f"version: {number}")
        assert shop.rows("select version from a", shop.root / file) == [(number,)]


def test_what_does_not_fit_into_memory_is_put_beside_the_release(project: ProjectMaker) -> None:
    shop = project(
        {"models/spilled.sql": TABLE + "select current_setting('temp_directory') as folder"}
    )
    shop.build()
    (folder,) = shop.rows("select folder from spilled")[0]
    assert Path(str(folder)).parent.parent == releases_of(shop)


def test_a_file_of_a_newer_storage_version_is_converted(project: ProjectMaker) -> None:
    shop = project(FILES)
    newer_plain_file(shop, FOREIGN)
    result = shop.build()
    assert "has the storage version v1.4.0: converted to v1.1.0" in result.stdout
    assert version_of(shop.database) == 64
    assert_kept(shop)


def test_what_an_older_storage_version_cannot_hold_is_not_lost(project: ProjectMaker) -> None:
    shop = project(FILES)
    newer_plain_file(shop, "create macro next_one(x integer) as x + 1")
    before = tree(shop.root)
    result = shop.run("build")
    assert result.exit_code == 2
    assert "cannot be made v1.1.0: the copy differs in function main.next_one" in result.stderr
    assert 'storage_version = "v1.4.0"' in result.stderr
    assert tree(shop.root) == before
    settings(shop, 'storage_version = "v1.4.0"')
    shop.build()
    assert version_of(shop.database) == 67
    assert shop.value("select next_one(1)") == 2


def test_a_storage_version_that_is_none_is_refused(project: ProjectMaker) -> None:
    shop = project(FILES)
    settings(shop, 'storage_version = "v9.9.9"')
    result = shop.run("build")
    assert result.exit_code == 2
    assert "v9.9.9" in result.stderr
    assert not shop.database.exists()


@pytest.mark.parametrize("given", ["0", '"three"', "true"])
def test_keep_releases_must_be_a_number(project: ProjectMaker, given: str) -> None:
    shop = project(FILES)
    settings(shop, f"keep_releases = {given}")
    result = shop.run("build")
    assert result.exit_code == 2
    assert "keep_releases is" in result.stderr


# --- other programs -----------------------------------------------------------------------------------


def test_a_writer_that_is_there_already_is_named_and_nothing_is_begun(
    project: ProjectMaker,
) -> None:
    shop = project(FILES)
    build(shop, 1)
    with writing(shop) as writer:
        before = tree(shop.root)
        result = shop.run("build", "--vars", "version: 2")
        assert result.exit_code == 2
        assert f"PID {writer.pid}" in result.stderr
        assert tree(shop.root) == before
        assert shop.run("rollback").exit_code == 2


def test_a_writer_is_waited_for_when_asked_and_its_rows_are_carried_over(
    project: ProjectMaker,
) -> None:
    shop = project(FILES)
    build(shop, 1)
    with writing(shop, seconds=1.5):
        result = shop.build("--wait", "--vars", "version: 2")
    assert result.stdout.count("waiting") == 1
    assert shop.rows("select id from loaded") == [(7,)]
    assert shop.rows("select version from a") == [(2,)]


@pytest.mark.parametrize("mode", ["symlink", "plain"])
def test_a_writer_during_a_build_is_refused_and_loses_nothing(
    project: ProjectMaker, mode: str
) -> None:
    shop = project(
        {
            **FILES,
            "models/slow.sql": TABLE + "select max(a.version) as version from {{ ref('a') }} a,"
            " range({{ var('work', 1) }}) t where hash(t.range) <> 42",
        }
    )
    if mode == "symlink":
        build(shop, 1)
    else:
        duckdb.connect(str(shop.database)).close()
    writer = (
        "import duckdb, sys\nduckdb.connect(sys.argv[1]).execute("
        "'create table if not exists loads (id int); insert into loads values (1)')"
    )
    process = shop.spawn("build", "--log-format", "json", "--vars", "{version: 2, work: 300000000}")
    assert process.stdout is not None
    for line in process.stdout:
        if '"slow"' in line:
            break
    loaded = refused = 0
    while process.poll() is None:
        done = subprocess.run(
            [sys.executable, "-c", writer, str(shop.database)], capture_output=True, check=False
        )
        loaded += done.returncode == 0
        refused += b"lock" in done.stderr
    out, err = process.communicate()
    assert process.returncode == 0, out + err
    assert refused > 0
    assert shop.rows("select version from slow") == [(2,)]
    there = shop.rows("select count(*) from duckdb_tables() where table_name = 'loads'")
    rows = shop.value("select count(*) from loads") if there == [(1,)] else 0
    assert rows == loaded, "who was not refused wrote into the new release"


LATE = """
import duckdb, sys
late = duckdb.connect(sys.argv[1])
late.execute("create table late as select 7 as id")
print("ready", flush=True)
sys.stdin.readline()
late.close()
"""


def test_a_writer_that_holds_the_old_release_is_named_and_loses_nothing(
    project: ProjectMaker,
) -> None:
    """It had resolved the link when that was flipped. Four builds on: it would have been removed."""
    shop = project(FILES)
    build(shop, 1)
    old = shop.database.resolve()
    build(shop, 2)
    process = subprocess.Popen(
        [sys.executable, "-c", LATE, str(old)], text=True, stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    for number in (3, 4, 5, 6):
        said = shop.build("--vars", f"version: {number}").stdout
        assert f"process {process.pid} writes to release {old.parent.name}" in said
        assert shop.rows("select version from a") == [(number,)]
    process.communicate("\n")
    with duckdb.connect(str(old), read_only=True) as database:
        assert database.execute("select id from late").fetchall() == [(7,)]
    said = shop.build("--vars", "version: 7").stdout
    assert f"another program wrote to release {old.parent.name}" in said
    assert not old.exists()
    assert "release" not in shop.build("--vars", "version: 8").stdout


def test_what_was_loaded_before_the_next_build_did_not_come_too_late(project: ProjectMaker) -> None:
    shop = project(FILES)
    for number in (1, 2, 3):
        build(shop, number)
        shop.execute(f"create table loaded_{number} as select {number} as id")
    said = shop.build("--vars", "version: 4").stdout
    assert "warehouse.duckdb was written by another program" in said
    assert "no longer see" not in said
    assert shop.rows("select id from loaded_1 union all from loaded_3") == [(1,), (3,)]


def test_a_second_build_is_told_whom_it_waits_for(project: ProjectMaker) -> None:
    shop = project(FILES)
    build(shop, 1)
    holder = (
        "import signal, sys\nfrom pathlib import Path\nfrom runner.release.lock import build_lock\n"
        "with build_lock(Path(sys.argv[1]), 'runner build since 12:00:00', wait=False):\n"
        "    print('ready', flush=True)\n    signal.pause()"
    )
    process = shop.spawn(str(shop.root / ".runner/warehouse"), code=holder)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    refused = shop.run("build")
    assert refused.exit_code == 2
    assert f"runner build since 12:00:00 (process {process.pid})" in refused.stderr
    waiting = shop.spawn("build", "--wait", "--vars", "version: 2")
    assert waiting.stdout is not None
    said = ""
    while f"(process {process.pid}): waiting" not in said:
        line = waiting.stdout.readline()
        assert line, said
        said += line
    process.kill()
    process.communicate()
    more, wrong = waiting.communicate(timeout=60)
    assert (waiting.returncode, wrong) == (0, "")
    assert (said + more).count("waiting") == 1
    assert shop.rows("select version from a") == [(2,)]


def test_of_many_builds_at_once_none_is_lost(project: ProjectMaker) -> None:
    names = [f"m{number}" for number in range(4)]
    shop = project({f"models/{name}.sql": TABLE + "select {{ var('version') }} as version"
                    for name in names})  # fmt: skip
    build(shop, 1)
    running = [
        shop.spawn("build", "--wait", "-s", name, "--vars", f"version: {number}")
        for number, name in enumerate(names, 10)
    ]
    for process in running:
        out, err = process.communicate(timeout=110)
        assert process.returncode == 0, out + err
    assert [shop.value(f"select version from {name}") for name in names] == [10, 11, 12, 13]
    # All five are in the log, whoever came first.
    assert len(shop.rows("select distinct invocation_id from _runner.invocations")) == 5


@pytest.mark.parametrize(
    "arguments", [("--full",), ("--full-refresh",), ("--full", "--full-refresh")]
)
def test_a_table_whose_model_is_gone_survives(
    project: ProjectMaker, arguments: tuple[str, ...]
) -> None:
    shop = project({**FILES, "models/orphan.sql": TABLE + "select 7 as id"})
    build(shop, 1)
    (shop.root / "models/orphan.sql").unlink()
    build(shop, 2, *arguments)
    build(shop, 3, *arguments)
    assert shop.rows("select id from orphan") == [(7,)]


def test_foreign_writes_are_noticed_and_copies_are_not(project: ProjectMaker) -> None:
    shop = project(FILES)
    build(shop, 1)
    shop.database.resolve().touch()
    assert "another program" not in shop.run("build", "--vars", "version: 2").stdout
    shop.execute("create table loaded as select 7 as id")
    result = shop.build("--vars", "version: 3")
    assert "warehouse.duckdb was written by another program since release" in result.stdout
    assert shop.rows("select id from loaded") == [(7,)]
    assert "another program" not in shop.build("--vars", "version: 4").stdout
    real = shop.database.resolve()
    shop.database.unlink()
    real.rename(shop.database)
    result = shop.build("--vars", "version: 5")
    assert "warehouse.duckdb was put there by another program" in result.stdout


def test_a_partial_build_does_not_vouch_for_what_another_program_wrote(
    project: ProjectMaker,
) -> None:
    shop = project(
        {
            "models/a.sql": "{{ config(materialized='table') }}\nselect 1 as id",
            "models/b.sql": "{{ config(materialized='table') }}\nselect 1 as id",
            "models/c.sql": "{{ config(materialized='table') }}\nselect * from {{ source('raw', 'loaded') }}",
            "models/s.yml": "sources: [{name: raw, schema: main, tables: [{name: loaded}]}]",
        }
    )
    shop.run("build", "-s", "a", "b")
    shop.execute("create table loaded as select 7 as id")
    shop.build()
    shop.execute("create or replace table b as select 666 as id")
    shop.execute("create or replace table loaded as select 8 as id")
    shop.build("-s", "a")
    shop.build()
    assert shop.rows("select id from b") == [(1,)]
    assert shop.rows("select id from c") == [(8,)]


def test_a_file_tracked_by_git_is_refused(project: ProjectMaker) -> None:
    shop = project(FILES)
    duckdb.connect(str(shop.database)).close()
    for command in (("init", "-q"), ("add", "-f", "warehouse.duckdb")):
        subprocess.run(["git", *command], cwd=shop.root, check=True, capture_output=True)
    before = shop.database.read_bytes()
    result = shop.run("build")
    assert result.exit_code == 2
    assert "tracked by git" in result.stderr
    assert 'publish = "in_place"' in result.stderr
    assert shop.database.read_bytes() == before


# --- clear errors, nothing changed --------------------------------------------------------------------


def text_file(shop: Project) -> None:
    shop.database.write_text("id,name\n1,a\n" * 100)


def cut_to(size: int) -> Callable[[Project], None]:
    def cut(shop: Project) -> None:
        os.truncate(shop.database.resolve(), size)

    return cut


def without_its_end(shop: Project) -> None:
    """Data lies in the last block, which DuckDB does not read when it opens the file.

    A large table is made when blocks before it are free: the file's structure then lies in those.
    """
    with duckdb.connect(str(shop.database.resolve())) as database:
        for number in range(3):
            database.execute(f"create table early_{number} as select * from range(100000)")
            database.execute("checkpoint")
        database.execute("drop table early_0; checkpoint")
        database.execute("create table late as select md5(range::varchar) as t from range(200000)")
    build(shop, 2)
    real = shop.database.resolve()
    os.truncate(real, real.stat().st_size - 1)
    with duckdb.connect(str(real), read_only=True) as database:
        assert database.execute("select version from a").fetchall() == [(2,)], "DuckDB sees nothing"


def of_the_future(shop: Project) -> None:
    """DuckDB's checksum of a block: its words, multiplied by a constant, joined by xor."""
    content = bytearray(shop.database.read_bytes())
    content[12:20] = (200).to_bytes(8, "little")
    checksum = 5381
    for at in range(8, 4096, 8):
        checksum ^= int.from_bytes(content[at : at + 8], "little") * 0xBF58476D1CE4E5B9 % 2**64
    content[:8] = checksum.to_bytes(8, "little")
    shop.database.write_bytes(content)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (text_file, "is no DuckDB database"),
        (cut_to(0), "is no DuckDB database"),
        (cut_to(100), "is damaged or only a part of a database"),
        (cut_to(12_288), "is damaged or only a part of a database"),
        (cut_to(20_000), "is damaged or only a part of a database"),
        (of_the_future, "was written by a newer DuckDB than"),
    ],
)
@pytest.mark.parametrize("linked", [True, False])
def test_a_file_that_cannot_be_used_is_left_alone(
    project: ProjectMaker, spoil: object, said: str, linked: bool
) -> None:
    shop = project(FILES)
    if linked:
        build(shop, 1)
    else:
        with duckdb.connect(str(shop.database)) as plain:
            plain.execute("create table t as select * from range(10000)")
    assert callable(spoil)
    spoil(shop)
    before = tree(shop.root)
    result = shop.run("build", "--vars", "version: 2")
    assert result.exit_code == 2
    assert said in result.stderr
    assert "Traceback" not in result.stderr
    assert tree(shop.root) == before


def test_a_release_that_lost_its_end_is_not_built_upon(project: ProjectMaker) -> None:
    """Its models could be built anew, but what others loaded would be lost without a word."""
    shop = project(FILES)
    build(shop, 1)
    without_its_end(shop)
    before = tree(shop.root)
    result = shop.run("build", "--vars", "version: 3")
    assert result.exit_code == 2, str(result)
    assert "is damaged or only a part of a database" in result.stderr
    assert tree(shop.root) == before
    assert shop.run("rollback").exit_code == 0
    build(shop, 3)
    assert shop.rows("select version from a") == [(3,)]


def _real(shop: Project) -> Path:
    return (shop.root / "warehouse.duckdb").resolve()


@pytest.mark.parametrize(
    "spoil",
    [
        cut_to(0),
        cut_to(100),
        cut_to(20_000),
        lambda shop: _real(shop).write_bytes(b"no database at all " * 300),
        lambda shop: shutil.rmtree(_real(shop).parent),
    ],
    ids=["empty", "no header", "no end", "something else", "gone"],
)
def test_from_a_damaged_release_one_can_go_back(
    project: ProjectMaker, spoil: Callable[[Project], None]
) -> None:
    shop = project(FILES)
    build(shop, 1)
    build(shop, 2)
    spoil(shop)
    result = shop.run("rollback")
    assert result.exit_code == 0, str(result)
    assert shop.rows("select version from a") == [(1,)]
    build(shop, 3)
    assert shop.rows("select version from a") == [(3,)]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="drops root's rights")
@pytest.mark.parametrize("built", [True, False])
def test_a_folder_that_cannot_be_written_is_left_alone(project: ProjectMaker, built: bool) -> None:
    shop = project(FILES)
    if built:
        build(shop, 1)
    powerless = (
        "import ctypes\nctypes.CDLL(None).capset((ctypes.c_uint32 * 2)(0x20080522, 0),"
        " (ctypes.c_uint32 * 6)())\nfrom runner.cli import main\nmain()"
    )
    paths = [path for path in (shop.root, *shop.root.rglob("*")) if not path.is_symlink()]
    modes = {path: path.stat().st_mode for path in paths}
    for path, mode in modes.items():
        path.chmod(mode & ~0o222)
    before = tree(shop.root)
    try:
        process = shop.spawn("build", "--target-path", str(shop.home / "target"), code=powerless)
        _, err = process.communicate(timeout=60)
    finally:
        for path, mode in modes.items():
            path.chmod(mode)
    assert process.returncode == 2
    assert "cannot write in" in err
    assert tree(shop.root) == before


# --- records, folders, failed builds -----------------------------------------------------------------


def test_the_record_says_what_built_a_release(project: ProjectMaker) -> None:
    shop = project({**FILES, "tests/t.sql": "select * from {{ ref('a') }} where version is null"})
    build(shop, 1, "-s", "a", "--full-refresh")
    said = json.loads((shop.database.resolve().parent / "release.json").read_text())
    assert ID.fullmatch(said["id"])
    assert said["status"] == "published"
    assert said["started_at"] <= said["published_at"]
    assert said["command"] == "build -s a --full-refresh"
    assert said["duckdb"] == duckdb.__version__
    assert said["runner"]
    assert said["results"] == {"built": 1, "passed": 1}
    assert said["bytes"] == shop.database.stat().st_size
    assert said["mtime_ns"] == shop.database.stat().st_mtime_ns
    header = hashlib.sha256(shop.database.read_bytes()[: 3 * 4096]).hexdigest()
    assert said["header"] == header


def modes(shop: Project) -> dict[str, int]:
    return {path.name: stat.S_IMODE(path.stat().st_mode) for path in releases_of(shop).iterdir()}


def test_only_the_current_release_can_be_entered_by_others(project: ProjectMaker) -> None:
    shop = project(FILES)
    build(shop, 1)
    with duckdb.connect(str(shop.database), read_only=True) as held:
        first = shop.database.resolve().parent.name
        process = shop.spawn("build", "--vars", "version: 2")
        assert process.wait(timeout=60) == 0
        process.communicate()
        current = shop.database.resolve().parent.name
        assert modes(shop) == {first: 0o700, current: 0o755}
        assert held.execute("select version from a").fetchall() == [(1,)]
    assert shop.run("rollback").exit_code == 0
    assert modes(shop) == {first: 0o755, current: 0o700}


def test_the_newest_failed_build_is_kept_until_one_succeeds(project: ProjectMaker) -> None:
    shop = project({**FILES, "tests/odd.sql": "select * from {{ ref('a') }} where version % 2 = 0"})
    build(shop, 1)
    for version in (2, 4, 6):
        assert shop.run("build", "--vars", f"version: {version}").exit_code == 1
        assert [r["state"] for r in records(shop)] == ["failed", "current"]
    failed = shop.root / str(records(shop)[0]["file"])
    assert shop.rows("select version from a", failed) == [(6,)]
    assert records(shop)[0]["results"] == {"built": 1, "failed": 1}
    build(shop, 3)
    assert [r["state"] for r in records(shop)] == ["current", "kept"]


def test_a_build_whose_hook_fails_is_kept_as_failed(project: ProjectMaker) -> None:
    shop = project(FILES)
    build(shop, 1)
    shop.write(
        "pyproject.toml", '[tool.runner]\nname = "shop"\non-run-start = ["select nothing"]\n'
    )
    assert shop.run("build", "--vars", "version: 2").exit_code != 0
    assert [r["state"] for r in records(shop)] == ["failed", "current"]
    assert shop.rows("select version from a") == [(1,)]


def test_two_databases_of_one_stem_do_not_remove_each_other(project: ProjectMaker) -> None:
    profile = """
        shop:
          target: one
          outputs:
            one: {type: duckdb, path: warehouse.duckdb}
            two: {type: duckdb, path: warehouse.db}
        """
    shop = project({**FILES, "profiles.yml": profile})
    settings(shop, "keep_releases = 1")
    for version in (1, 2, 3):
        build(shop, version)
        build(shop, version + 10, "-t", "two")
    assert shop.rows("select version from a") == [(3,)]
    assert shop.rows("select version from a", shop.root / "warehouse.db") == [(13,)]
    assert len(list(releases_of(shop).iterdir())) == 2


def test_where_links_cannot_be_made_the_file_itself_is_replaced(
    project: ProjectMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_links(*arguments: object) -> None:
        raise OSError(1, "the right to make links is missing")

    monkeypatch.setattr(os, "symlink", no_links)
    shop = project(FILES)
    for hard in (True, False):
        if not hard:
            monkeypatch.setattr(os, "link", no_links)
        for version in (1, 2):
            result = shop.build("--vars", f"version: {version}", "--full-refresh")
            assert "another program" not in result.stdout
            assert not shop.database.is_symlink()
            assert shop.rows("select version from a") == [(version,)]
            assert [r["state"] for r in records(shop)].count("current") == 1
    assert shop.run("rollback").exit_code == 0
    assert shop.rows("select version from a") == [(1,)]
    shop.execute("create table loaded as select 7 as id")
    assert "another program" in shop.build("--vars", "version: 3").stdout
    assert shop.rows("select id from loaded") == [(7,)]


def test_without_links_nothing_is_replaced_while_somebody_has_it_open(
    project: ProjectMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_links(*arguments: object) -> None:
        raise OSError(1, "the right to make links is missing")

    shop = project(FILES)
    monkeypatch.setattr(os, "symlink", no_links)
    build(shop, 1)
    reader = (
        "import duckdb, sys\nheld = duckdb.connect(sys.argv[1], read_only=True)\n"
        "print('ready', flush=True)\nsys.stdin.readline()"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", reader, str(shop.database)], text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    result = shop.run("build", "--vars", "version: 2")
    process.communicate("done\n")
    assert result.exit_code == 2
    assert f"PID {process.pid}" in result.stderr
    assert shop.rows("select version from a") == [(1,)]
    build(shop, 3)
    assert shop.rows("select version from a") == [(3,)]


# --- the verbs ----------------------------------------------------------------------------------------


def test_releases_lists_the_newest_first(project: ProjectMaker) -> None:
    shop = project(FILES)
    none = shop.run("releases")
    assert (none.exit_code, none.stdout) == (
        0,
        "warehouse.duckdb has no releases yet: runner build\n",
    )
    build(shop, 1)
    build(shop, 2, "-s", "a")
    lines = shop.run("releases").stdout.splitlines()
    assert lines[0].split("  ")[0] == "release"
    assert "build -s a" in lines[2]
    assert "1 built" in lines[2]
    assert [line.split()[-1] for line in lines[2:]] == ["current", "kept"]
    found = records(shop)
    assert [r["command"] for r in found] == ["build -s a", "build"]
    assert found[0]["bytes"] == shop.database.stat().st_size
    assert shop.run("releases", "--output", "yaml").exit_code == 2


def test_rollback_leads_back_and_forth(project: ProjectMaker) -> None:
    shop = project(FILES)
    for version in (1, 2, 3):
        build(shop, version)
    ids = [str(r["id"]) for r in records(shop)]
    result = shop.run("rollback")
    assert result.exit_code == 0
    assert f"warehouse.duckdb is release {ids[1]} again" in result.stdout
    assert f"runner rollback {ids[0]}" in result.stdout
    assert shop.rows("select version from a") == [(2,)]
    assert [r["state"] for r in records(shop)] == ["rolled back", "current", "kept"]
    assert shop.run("rollback", ids[0]).exit_code == 0
    assert shop.rows("select version from a") == [(3,)]
    assert shop.run("rollback", ids[2]).exit_code == 0
    assert [r["state"] for r in records(shop)] == ["rolled back", "rolled back", "current"]
    build(shop, 4)
    assert shop.rows("select version from a") == [(4,)]
    assert [r["state"] for r in records(shop)] == ["current", "rolled back", "kept"]
    assert shop.run("rollback").exit_code == 0
    assert shop.rows("select version from a") == [(1,)], "what was rolled back is passed over"


def test_without_a_link_rollback_leads_to_the_newest_release(project: ProjectMaker) -> None:
    shop = project(FILES)
    build(shop, 1)
    build(shop, 2)
    (shop.root / "warehouse.duckdb").unlink()
    assert shop.run("rollback").exit_code == 0
    assert shop.rows("select version from a") == [(2,)]


def test_a_build_whose_release_is_gone_names_the_way_back(project: ProjectMaker) -> None:
    shop = project(FILES)
    build(shop, 1)
    build(shop, 2)
    shutil.rmtree(_real(shop).parent)
    assert "hint: runner rollback leads to a release that is kept" in shop.run("build").stderr


def test_rollback_refuses_what_it_cannot_do(project: ProjectMaker) -> None:
    shop = project({**FILES, "tests/odd.sql": "select * from {{ ref('a') }} where version % 2 = 0"})
    none = shop.run("rollback")
    assert none.exit_code == 2
    assert "warehouse.duckdb is not there" in none.stderr
    build(shop, 1)
    assert "no release before the current one" in shop.run("rollback").stderr
    assert shop.run("build", "--vars", "version: 2").exit_code == 1
    failed, current = (str(r["id"]) for r in records(shop))
    for id, said in {
        failed: f"release {failed} failed, and readers never saw it",
        current: "is the current one already",
        current[:-1]: f"did you mean {current}?",
        "x": "see them with: runner releases",
    }.items():
        result = shop.run("rollback", id)
        assert result.exit_code == 2
        assert said in result.stderr
    assert shop.rows("select version from a") == [(1,)]


def test_rollback_refuses_a_release_that_is_damaged_or_written_to(project: ProjectMaker) -> None:
    shop = project(FILES)
    build(shop, 1)
    first = shop.database.resolve()
    build(shop, 2)
    code = (
        "import duckdb, sys\nheld = duckdb.connect(sys.argv[1])\nprint('ready', flush=True)\n"
        "import time; time.sleep(60)"
    )
    writer = shop.spawn(str(first), code=code)
    assert writer.stdout is not None
    assert writer.stdout.readline() == "ready\n"
    busy = shop.run("rollback")
    writer.kill()
    writer.communicate()
    assert busy.exit_code == 2
    assert f"PID {writer.pid}" in busy.stderr
    first.write_bytes(first.read_bytes()[:20_000])
    damaged = shop.run("rollback")
    assert damaged.exit_code == 2
    assert "is damaged" in damaged.stderr
    assert shop.rows("select version from a") == [(2,)]


def test_rollback_says_what_other_programs_wrote(project: ProjectMaker) -> None:
    shop = project(FILES)
    build(shop, 1)
    build(shop, 2)
    shop.execute("create table loaded as select 7 as id")
    assert (
        "what other programs wrote to warehouse.duckdb stays behind" in shop.run("rollback").stdout
    )


def test_export_writes_one_plain_file_that_works_anywhere(project: ProjectMaker) -> None:
    shop = project({**FILES, "models/v.sql": "select version from {{ ref('a') }}"})
    build(shop, 1)
    shop.execute(FOREIGN)
    result = shop.run("release", "export", "sent.duckdb")
    assert result.exit_code == 0
    assert re.search(r"exported release \S+ to sent.duckdb \(\d+", result.stdout)
    sent = shop.root / "sent.duckdb"
    assert {query: shop.rows(query, sent)[0][0] for query in KEPT} == KEPT
    assert shop.rows("select version from v", sent) == [(1,)]
    assert version_of(sent) == 64
    again = shop.run("release", "export", "sent.duckdb")
    assert again.exit_code == 2
    assert "sent.duckdb exists already" in again.stderr
    assert shop.run("release", "export", "sent.duckdb", "--force").exit_code == 0
    assert sorted(path.name for path in shop.root.glob("*sent*")) == ["sent.duckdb"]


@pytest.mark.parametrize(
    ("file", "said"),
    [
        ("warehouse.duckdb", "belongs to the releases"),
        (".runner/warehouse/releases/x.duckdb", "belongs to the releases"),
        ("models", "is a folder"),
        ("missing/x.duckdb", "does not exist"),
        ("busy.duckdb", "busy.duckdb.wal lies beside it"),
    ],
)
def test_export_refuses_what_would_do_harm(project: ProjectMaker, file: str, said: str) -> None:
    shop = project(FILES)
    build(shop, 1)
    shop.write("busy.duckdb.wal", "log")
    before = tree(shop.root)
    result = shop.run("release", "export", file, "--force")
    assert result.exit_code == 2
    assert said in result.stderr
    assert tree(shop.root) == before


def test_targets_without_releases_say_so(project: ProjectMaker) -> None:
    shop = project(FILES)
    settings(shop, 'publish = "in_place"')
    build(shop, 1)
    for verb in ("releases", "rollback"):
        result = shop.run(verb)
        assert result.exit_code == 2
        assert "is built in place: it has no releases" in result.stderr
    assert shop.run("release", "export", "out.duckdb").exit_code == 0
    assert shop.rows("select version from a", shop.root / "out.duckdb") == [(1,)]


def test_the_verbs_need_no_project_that_compiles(project: ProjectMaker) -> None:
    shop = project(FILES)
    build(shop, 1)
    build(shop, 2)
    shop.write("models/broken.sql", "{{ config( }}")
    assert shop.run("releases").exit_code == 0
    assert shop.run("rollback").exit_code == 0
    assert shop.rows("select version from a") == [(1,)]


def test_killed_between_flip_and_record_the_release_counts_as_published(
    project: ProjectMaker,
) -> None:
    shop = project(FILES)
    build(shop, 1)
    code = (
        "import os, signal\nfrom runner.release import release\nflip = release._flip\n"
        "def killed(*given):\n    flip(*given)\n    os.kill(os.getpid(), signal.SIGKILL)\n"
        "release._flip = killed\nfrom runner.cli import main\nmain()"
    )
    process = shop.spawn("build", "--vars", "version: 2", code=code)
    process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL
    assert shop.rows("select version from a") == [(2,)]
    assert [r["state"] for r in records(shop)] == ["current", "kept"]
    time.sleep(0.01)
    build(shop, 3)
    assert [r["state"] for r in records(shop)] == ["current", "kept", "kept"]
