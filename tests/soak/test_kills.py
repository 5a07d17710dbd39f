"""Builds killed at any moment, on disks that fail and under the eyes of readers.

A sample runs always; `RUNNER_ALL=1` runs many, and `-m soak` thousands. Every random moment comes
from a seed that the test's name tells.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.conftest import Project, ProjectMaker
from tests.support.sample import ALL, only_whole

pytestmark = pytest.mark.timeout(600)

STARTED = 0.15
"""Seconds before which a command has hardly begun, and killing it shows nothing."""
FILES = {
    "pyproject.toml": '[tool.runner]\nname = "shop"\n[tool.runner.settings]\nkeep_releases = 2\n',
    "models/a.sql": "{{ config(materialized='table') }}"
    " select {{ var('version') }} as version, range as id, md5(range::varchar) as text"
    " from range(20000)",
    "models/b.sql": "{{ config(materialized='table') }}"
    " select version, {{ var('version') }} as built, count(*) as n from {{ ref('a') }} group by 1",
    "models/c.sql": "select version, built, n from {{ ref('b') }}",
    "models/added.sql": "{{ config(materialized='incremental', unique_key='version') }}"
    " select {{ var('version') }} as version",
    "snapshots/seen.sql": "{% snapshot seen %}{{ config(unique_key='k', strategy='check',"
    " check_cols=['version']) }} select 1 as k, version from {{ ref('b') }}{% endsnapshot %}",
}  # fmt: skip
WAYS = {
    "full": ("build", "--full-refresh"),
    "partial": ("build", "-s", "b", "-s", "c"),
    "incremental": ("build", "-s", "added"),
    "snapshot": ("build", "-s", "a", "-s", "b", "-s", "seen"),
}
CONTENT = {
    "a": "select min(version), max(version), count(*), sum(id) from a",
    "b": "select version, built, n from b",
    "c": "select version, built, n from c",
    "added": "select version from added order by 1",
    "seen": "select version, dbt_valid_to is null from seen order by dbt_valid_from, 1",
    "loaded": "select id from loaded",
}

POINTS = {
    "after the copy": ("release", "begin", "after"),
    "before the checkpoint": ("Database", "_publish", "before"),
    "after the checkpoint": ("release", "publish", "before"),
    "before the flip": ("release", "_flip", "before"),
    "in the flip": ("os", "replace", "link"),
    "between flip and tidying": ("release", "_flip", "after"),
    "in the tidying": ("shutil", "rmtree", "before"),
    "in writing a record": ("record", "write_whole", "before"),
}
KILLING = """
import os, shutil, signal, sys
from runner.app import database
from runner.app.database import Database
from runner.release import record, release
where, name, when = sys.argv[1:4]
del sys.argv[1:4]
module = {"os": os, "shutil": shutil, "record": record, "release": release, "Database": Database}[where]
does = getattr(module, name)
def killed(*given, **named):
    if when == "link" and not os.path.islink(given[0]):
        return does(*given, **named)
    if when == "after":
        does(*given, **named)
    os.kill(os.getpid(), signal.SIGKILL)
setattr(module, name, killed)
from runner.cli import main
main()
"""


def content(shop: Project) -> dict[str, object]:
    return {name: shop.rows(query) for name, query in CONTENT.items()}


def version(number: int) -> tuple[str, str]:
    return "--vars", f"version: {number}"


def made(project: ProjectMaker) -> Project:
    """A shop with two releases, and a table that somebody else loaded."""
    shop = project(FILES)
    shop.build(*version(1))
    shop.execute("create table loaded as select 7 as id")
    shop.build(*version(2))
    return shop


def twin(shop: Project, name: str) -> Project:
    """A copy of a shop, to see what an uninterrupted build makes of it."""
    folder = shop.root.with_name(name)
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(shop.root, folder, symlinks=True)
    return Project(folder, shop.home)


def expected(shop: Project, number: int, way: tuple[str, ...]) -> dict[str, object]:
    other = twin(shop, "twin")
    result = other.run(*way, *version(number))
    assert result.exit_code == 0, str(result)
    return content(other)


def check_after(shop: Project, number: int, way: tuple[str, ...], killed: str) -> None:
    """After a kill: wholly old or wholly new, the next build as if nothing had been, no rubbish."""
    old, new = content_before[shop.root], expected_after[shop.root]
    seen = content(shop)
    assert seen in (old, new), f"{killed}: a mixed state"
    # What a build makes of the state that readers see is what it makes of it when undisturbed.
    clean = expected(shop, number + 1, way)
    result = shop.run(*way, *version(number + 1))
    assert result.exit_code == 0, f"{killed}: {result}"
    assert content(shop) == clean, f"{killed}: the next build differs"
    check_rubbish(shop)


def check_rubbish(shop: Project) -> None:
    assert len(list((shop.root / ".runner/warehouse/releases").iterdir())) <= 3
    release = sorted(path.name for path in shop.database.resolve().parent.iterdir())
    assert release == ["release.json", "warehouse.duckdb"]
    beside = {path.name for path in shop.root.iterdir()} - {"target"}
    assert beside == {
        ".runner", "models", "profiles.yml", "pyproject.toml", "snapshots", "warehouse.duckdb",
    }  # fmt: skip
    kept = {path.name for path in (shop.root / ".runner/warehouse").iterdir()}
    assert kept <= {"build.lock", "releases", "invocations.jsonl", "ledger.json"}


content_before: dict[Path, dict[str, object]] = {}
expected_after: dict[Path, dict[str, object]] = {}


def prepare(shop: Project, number: int, way: tuple[str, ...]) -> None:
    content_before[shop.root] = content(shop)
    expected_after[shop.root] = expected(shop, number, way)


def kill_at(shop: Project, number: int, way: tuple[str, ...], wait: float) -> bool:
    process = shop.spawn(*way, *version(number))
    try:
        process.wait(timeout=wait)
    except subprocess.TimeoutExpired:
        process.kill()
    process.communicate()
    return process.returncode == -signal.SIGKILL


def seconds_of(shop: Project, way: tuple[str, ...], number: int) -> float:
    """How long an uninterrupted build takes here and now."""
    other = twin(shop, "timed")
    begin = time.monotonic()
    process = other.spawn(*way, *version(number))
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, out + err
    return time.monotonic() - begin


def kill_often(shop: Project, way: tuple[str, ...], times: int, seed: int) -> int:
    rng = random.Random(seed)
    number, hits = 10, 0
    seconds = seconds_of(shop, way, number)
    for _ in range(times):
        prepare(shop, number, way)
        wait = rng.uniform(STARTED, seconds * 1.05)
        hits += kill_at(shop, number, way, wait)
        check_after(shop, number, way, f"seed {seed}, after {wait:.3f} s")
        number += 2
    return hits


@pytest.mark.parametrize("way", list(WAYS))
def test_killed_at_a_random_moment(project: ProjectMaker, way: str) -> None:
    kill_often(made(project), WAYS[way], 25 if ALL else 2, seed=len(way))


@pytest.mark.soak
@only_whole
@pytest.mark.timeout(0)
@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("way", list(WAYS))
def test_killed_at_thousands_of_moments(project: ProjectMaker, way: str, seed: int) -> None:
    times = int(os.environ.get("RUNNER_SOAK", "50"))
    assert kill_often(made(project), WAYS[way], times, seed=1000 + seed) > 0


@pytest.mark.parametrize("way", list(WAYS) if ALL else ["full"])
@pytest.mark.parametrize("point", list(POINTS))
def test_killed_at_a_chosen_point(project: ProjectMaker, point: str, way: str) -> None:
    shop = made(project)
    prepare(shop, 10, WAYS[way])
    process = shop.spawn(*POINTS[point], *WAYS[way], *version(10), code=KILLING)
    out, err = process.communicate(timeout=120)
    assert process.returncode == -signal.SIGKILL, out + err
    assert (content(shop) == expected_after[shop.root]) is (point.endswith("tidying"))
    check_after(shop, 10, WAYS[way], point)


@pytest.mark.parametrize("seed", range(20 if ALL else 2))
def test_a_killed_retry_goes_on_with_what_the_failed_build_had_done(
    project: ProjectMaker, seed: int
) -> None:
    shop = made(project)
    shop.write(
        "models/failing.sql", "select {{ var('word', 'no_column') }} as word from {{ ref('b') }}"
    )
    before = content(shop)
    assert shop.run("build", *version(10)).exit_code == 1
    clean = twin(shop, "twin")
    retry = ("retry", "--vars", "{version: 10, word: \"'x'\"}")
    assert clean.run(*retry).exit_code == 0
    # The failed build has added its row; no retry adds it once more.
    assert clean.rows("select count(*) from added where version = 10") == [(1,)]
    begin = time.monotonic()
    twin(shop, "timed").spawn(*retry).communicate(timeout=120)
    wait = random.Random(seed).uniform(STARTED, (time.monotonic() - begin) * 1.05)
    process = shop.spawn(*retry)
    try:
        process.wait(timeout=wait)
    except subprocess.TimeoutExpired:
        process.kill()
    process.communicate()
    assert content(shop) in (before, content(clean)), f"seed {seed}, after {wait:.3f} s"
    result = shop.run(*retry)
    assert result.exit_code == 0, str(result)
    assert content(shop) == content(clean)
    check_rubbish(shop)


@pytest.mark.parametrize("seed", range(20 if ALL else 2))
def test_a_killed_rollback_leaves_one_release_or_the_other(
    project: ProjectMaker, seed: int
) -> None:
    shop = made(project)
    new = content(shop)
    other = twin(shop, "twin")
    assert other.run("rollback").exit_code == 0
    wait = random.Random(seed).uniform(STARTED, 1.0)
    process = shop.spawn("rollback")
    try:
        process.wait(timeout=wait)
    except subprocess.TimeoutExpired:
        process.kill()
    process.communicate()
    assert content(shop) in (new, content(other)), f"seed {seed}, after {wait:.3f} s"
    clean = twin(shop, "twin")
    clean.build(*version(3))
    shop.build(*version(3))
    assert content(shop) == content(clean)


# --- disks that fail ----------------------------------------------------------------------------------

FULL = """
import resource, signal, sys
limit = int(sys.argv.pop(1))
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
from runner.cli import main
main()
"""


@pytest.mark.parametrize("share", [n / 20 for n in range(21)] if ALL else [0.0, 0.6])
def test_write_errors_leave_the_old_state(project: ProjectMaker, share: float) -> None:
    shop = made(project)
    shop.write("models/large.sql", "{{ config(materialized='table') }} select range as id,"
               " uuid() as text from range(150000)")  # fmt: skip
    before = content(shop)
    limit = int(100_000 + share * 6_000_000)
    process = shop.spawn(str(limit), "build", *version(10), code=FULL)
    out, err = process.communicate(timeout=120)
    assert process.returncode in (1, 2), out + err
    assert "Traceback" not in err
    assert "mistake of the runner's" not in err
    assert content(shop) == before
    shop.build(*version(11))
    assert shop.rows("select min(version) from a") == [(11,)]
    assert shop.rows("select count(*) from large") == [(150000,)]
    assert shop.rows("select id from loaded") == [(7,)]


INSIDE = """
import json, os, shutil, subprocess, sys
import duckdb
root, folder, size, queries = sys.argv[1:5]
commands = json.loads(sys.argv[5])
def mount(options):
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "none", folder], check=True)
def content():
    with duckdb.connect(folder + "/shop/warehouse.duckdb", read_only=True) as shop:
        return [shop.execute(query).fetchall() for query in json.loads(queries)]
def run(command):
    done = subprocess.run([sys.executable, "-m", "runner", *command], cwd=folder + "/shop",
                          capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr
mount("size=" + size)
shutil.copytree(root, folder + "/shop", symlinks=True)
before = content()
failed = run(commands[0])
after = content()
mount("remount,size=500m")
done = run(commands[1])
print(json.dumps([before == after, failed, done, content()], default=str))
"""


def can_mount() -> bool:
    done = subprocess.run(
        ["unshare", "-rm", "mount", "-t", "tmpfs", "none", "/mnt"], capture_output=True, check=False
    )
    return done.returncode == 0


@pytest.mark.skipif(
    not shutil.which("unshare") or not can_mount(), reason="no file system can be mounted here"
)
@pytest.mark.parametrize("share", [n / 10 for n in range(10)] if ALL else [0.5])
def test_a_full_disk_leaves_the_old_state(
    project: ProjectMaker, tmp_path: Path, share: float
) -> None:
    """On a file system of its own, with room for a part of the build."""
    shop = made(project)
    shop.write("models/large.sql", "{{ config(materialized='table') }} select range as id,"
               " uuid() as text from range(150000)")  # fmt: skip
    used = sum(path.lstat().st_size for path in shop.root.rglob("*") if not path.is_symlink())
    size = used * 11 // 10 + 300_000 + int(share * 6_000_000)
    (tmp_path / "disk").mkdir()
    queries = json.dumps(list(CONTENT.values()))
    commands = json.dumps([["build", *version(10)], ["build", *version(11)]])
    done = subprocess.run(
        ["unshare", "-rm", sys.executable, "-c", INSIDE, str(shop.root), str(tmp_path / "disk"),
         str(size), queries, commands],
        capture_output=True, text=True, check=False, timeout=300, env=shop.environ(),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    same, (failed, said), (built, told), rows = json.loads(done.stdout)
    assert failed in (1, 2), said
    assert "Traceback" not in said
    assert "mistake of the runner's" not in said
    assert same, f"a full disk changed what readers see: {said}"
    assert built == 0, told
    assert rows[list(CONTENT).index("b")] == [[11, 11, 20000]]
    assert rows[list(CONTENT).index("loaded")] == [[7]]


# --- readers under fire -------------------------------------------------------------------------------

READER = """
import duckdb, json, os, select, sys, time
path, query = sys.argv[1:3]
held = None
seen, last, answers = [], None, 0
print("ready", flush=True)
while not select.select([sys.stdin], [], [], 0)[0]:
    flipped = os.readlink(path)
    with duckdb.connect(path, read_only=True) as fresh:
        rows = fresh.execute(query).fetchall()
    assert len(rows) == 1, f"a mixed state: {rows}"
    answers += 1
    if held is None or answers % 20 == 0:
        if held is not None:
            held.close()
        held = duckdb.connect(path, read_only=True)
        mine = held.execute(query).fetchall()
    assert held.execute(query).fetchall() == mine, "an open connection changed its state"
    if rows[0][0] != last:
        last = rows[0][0]
        seen.append((last, time.time()))
    time.sleep(0.01)
print(json.dumps(seen), flush=True)
os._exit(0)  # DuckDB 2.0.0 may hang when it exits
"""
TOLD = "{{ config(materialized='table') }} select '{{ invocation_id }}' as told"


def test_readers_see_one_state_each_and_no_errors(project: ProjectMaker) -> None:
    readers, publishes = (8, 50) if ALL else (3, 5)
    read_under_fire(project, [sys.executable] * readers, publishes)


def read_under_fire(project: ProjectMaker, readers: list[str], publishes: int) -> None:
    """Publish while readers query: no error, no mixed state, and the new state within a second.

    readers: the Python of each, with whatever DuckDB it has.
    """
    shop = project(
        {
            "models/a.sql": TOLD,
            "models/b.sql": TOLD + " from {{ ref('a') }}",
            "models/c.sql": TOLD + " from {{ ref('b') }}",
        }
    )
    query = "select distinct told from (from a union all from b union all from c)"
    shop.build()
    watching = [
        subprocess.Popen(
            [python, "-c", READER, str(shop.database), query], text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )
        for python in readers
    ]  # fmt: skip
    try:
        published, told = publish_often(shop, query, publishes, watching)
    finally:
        for reader in watching:
            reader.kill()
            reader.communicate()
    for seen in told:
        for state, flipped in published:
            assert state in seen, "a new connection did not see a release"
            assert seen[state] - flipped < 1.0 + 2.0 * (not ALL), "staleness"


def publish_often(
    shop: Project, query: str, times: int, watching: list[subprocess.Popen[str]]
) -> tuple[list[tuple[str, float]], list[dict[str, float]]]:
    """Publish under the readers' eyes: each state with its time, and what each reader saw when."""
    published = []
    for reader in watching:
        assert reader.stdout is not None
        assert reader.stdout.readline() == "ready\n"
    for _ in range(times):
        # From a process of its own, as in life; its link tells when it was flipped.
        process = shop.spawn("build", "-q")
        out, err = process.communicate(timeout=120)
        assert process.returncode == 0, out + err
        published.append((str(shop.value(query)), shop.database.lstat().st_mtime))
        time.sleep(0.6)
    told = []
    for reader in watching:
        out, err = reader.communicate("done\n", timeout=60)
        assert reader.returncode == 0, err
        told.append(dict(json.loads(out)))
    return published, told
