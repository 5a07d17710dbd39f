"""Readers see the old tables or the new ones, whatever happens to an export on the way."""

from __future__ import annotations

import random
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest

from tests.conftest import Project, ProjectMaker
from tests.postgres.conftest import Postgres, Target
from tests.support.sample import ALL

TargetMaker = Callable[[], Target]
ROWS = 200_000
SEED = 20261122


def generation(made: Project, number: int) -> None:
    """Build the warehouse anew: both tables hold this number in every row."""
    made.build("--vars", f"{{generation: {number}}}")


@pytest.fixture
def world(project: ProjectMaker, target: TargetMaker) -> tuple[Project, Target]:
    """Two tables tied by a foreign key; generation 0 is exported."""
    made = project({
        "models/parents.sql": """
            {{ config(materialized='table') }}
            select range as parent_id, {{ var('generation') }} as generation from range(1000)
            """,
        "models/children.sql": f"""
            {{{{ config(materialized='table') }}}}
            select range as child_id, range % 1000 as parent_id, {{{{ var('generation') }}}} as generation
            from range({ROWS})
            """,
        "models/all.yml": """
            models:
              - name: parents
                config: {grain: [parent_id]}
              - name: children
                config: {grain: [child_id]}
                columns:
                  - name: parent_id
                    data_tests:
                      - relationships:
                          arguments: {to: ref('parents'), field: parent_id}
            """,
    })  # fmt: skip
    there = target()
    generation(made, 0)
    send(made, there)
    return made, there


def send(made: Project, there: Target) -> None:
    result = made.run("export", "postgres", there.dsn, "--vars", "{generation: 0}")
    assert result.exit_code == 0, str(result)


def start(made: Project, there: Target) -> subprocess.Popen[str]:
    return made.spawn("export", "postgres", there.dsn, "--vars", "{generation: 0}")


STATE = """
    select
        (select count(*) from shop.parents), (select min(generation) from shop.parents),
        (select max(generation) from shop.parents), (select count(*) from shop.children),
        (select min(generation) from shop.children), (select max(generation) from shop.children)
"""


def seen(there: Target) -> int:
    """The generation that a reader sees, in one query over both tables, whole and unmixed."""
    ((parents, p1, p2, children, c1, c2),) = there.rows(STATE)
    assert (parents, children) == (1000, ROWS)
    assert p1 == p2 == c1 == c2, "a mixture"
    assert isinstance(p1, int)
    return p1


def whole(there: Target) -> None:
    """Keys, foreign key and record are there, and nothing half-made lies about."""
    kinds = there.rows(
        "select contype::text, count(*) from pg_constraint"
        " where connamespace = 'shop'::regnamespace group by 1 order by 1"
    )
    assert kinds == [("f", 1), ("p", 2)]
    assert there.value("select count(*) from _runner.exports") == 2
    assert there.rows("select nspname::text from pg_namespace where nspname like '%new%'") == []


@contextmanager
def readers(there: Target, number: int = 3) -> Iterator[list[int]]:
    """Sessions that read both tables all the time; the generations that they saw, in order."""
    stop, failed = threading.Event(), []
    found: list[list[int]] = [[] for _ in range(number)]

    def read(mine: list[int]) -> None:
        try:
            while not stop.is_set():
                mine.append(seen(there))
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=read, args=(mine,)) for mine in found]
    for thread in threads:
        thread.start()
    together: list[int] = []
    try:
        yield together
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert failed == []
    for mine in found:
        assert mine == sorted(mine), "never back to the old tables"
        together += mine


def test_readers_see_old_or_new_while_tables_are_swapped(world: tuple[Project, Target]) -> None:
    made, there = world
    with readers(there) as found:
        for number in (1, 2, 3):
            generation(made, number)
            send(made, there)
    assert set(found) >= {0, 3}
    assert seen(there) == 3
    whole(there)


def test_a_reader_that_holds_the_old_tables_is_waited_for(world: tuple[Project, Target]) -> None:
    made, there = world
    generation(made, 1)
    with there.connect() as connection, connection.cursor() as cursor:
        cursor.execute("select max(generation) from shop.children")
        assert cursor.fetchone()[0] == 0
        running = start(made, there)
        assert running.stdout is not None
        lines = iter(running.stdout.readline, "")
        assert any("waiting for readers: process" in line for line in lines), running.communicate()
        shadow = "select nspname::text from pg_namespace where nspname like '%new%'"
        assert there.rows(shadow) == [], "nobody sees what is made beside"
        # Others read on meanwhile: no queue forms behind the export for long.
        began = time.monotonic()
        assert seen(there) == 0
        assert time.monotonic() - began < 5
        cursor.execute("select max(generation) from shop.parents")
        assert cursor.fetchone()[0] == 0
        connection.rollback()
    said = running.communicate(timeout=60)
    assert running.returncode == 0, said
    assert seen(there) == 1
    whole(there)


def _kill(made: Project, there: Target, moment: float) -> bool:
    """Kill an export -9 after so many seconds: did it live that long?"""
    running = start(made, there)
    with suppress(subprocess.TimeoutExpired):
        running.wait(timeout=moment)
    alive = running.poll() is None
    running.send_signal(signal.SIGKILL)
    running.communicate()
    return alive


def test_a_killed_export_leaves_old_or_new(world: tuple[Project, Target]) -> None:
    made, there = world
    moments = random.Random(SEED)
    began = time.monotonic()
    generation(made, 1)
    send(made, there)
    long = time.monotonic() - began
    killed = 0
    for number in range(2, 42 if ALL else 5):
        before = seen(there)
        generation(made, number)
        killed += _kill(made, there, moments.uniform(0.1, 1.1) * long)
        assert seen(there) in (before, number)
        send(made, there)
        assert seen(there) == number
        whole(there)
    assert killed >= (10 if ALL else 1), "the moments were too late"


def test_a_server_that_crashes_in_between_has_old_or_new(
    world: tuple[Project, Target], server: Postgres
) -> None:
    made, there = world
    moments = random.Random(SEED + 1)
    for number in range(1, 9 if ALL else 2):
        generation(made, number)
        before = seen(there)
        running = start(made, there)
        time.sleep(moments.uniform(0.5, 4))
        server.crash()
        out, err = running.communicate(timeout=60)
        server.start()
        assert seen(there) in (before, number)
        if running.returncode != 0:
            assert running.returncode in (1, 2), out + err
            assert "mistake of the runner's" not in err
        send(made, there)
        assert seen(there) == number
        whole(there)


def test_a_connection_that_is_lost_is_told(world: tuple[Project, Target]) -> None:
    made, there = world
    generation(made, 1)
    with there.connect() as connection, connection.cursor() as cursor:
        # The export stops before the swap, for this reader: a known moment to cut its connection.
        cursor.execute("select max(generation) from shop.children")
        cursor.fetchall()
        running = start(made, there)
        cut = (
            "select count(pg_terminate_backend(pid)) from pg_stat_activity"
            " where application_name = 'runner export' and datname = current_database()"
            " and exists (select 1 from pg_locks where pg_locks.pid = pg_stat_activity.pid"
            " and locktype = 'advisory')"
        )
        for _ in range(200):
            if there.value(cut):
                break
            time.sleep(0.1)
        out, err = running.communicate(timeout=60)
        connection.rollback()
    assert running.returncode == 1, out + err
    assert "mistake of the runner's" not in err
    assert seen(there) == 0
    send(made, there)
    assert seen(there) == 1
    whole(there)


def test_two_exports_at_once_take_turns_or_are_told(world: tuple[Project, Target]) -> None:
    made, there = world
    generation(made, 1)
    with there.connect() as connection, connection.cursor() as cursor:
        cursor.execute("select max(generation) from shop.children")
        cursor.fetchall()
        first = start(made, there)
        for _ in range(200):
            if there.value("select count(*) from pg_locks where locktype = 'advisory'"):
                break
            time.sleep(0.1)
        second = made.run("export", "postgres", there.dsn, "--vars", "{generation: 0}")
        assert second.exit_code == 2, str(second)
        assert "another export into shop is running (process" in second.stderr
        third = made.spawn("export", "postgres", there.dsn, "--wait", "--vars", "{generation: 0}")
        time.sleep(1)
        connection.rollback()
    assert first.wait(60) == 0, first.communicate()
    out, err = third.communicate(timeout=60)
    assert third.returncode == 0, out + err
    assert "nothing new, 2 unchanged" in out
    first.communicate()
    assert seen(there) == 1
    whole(there)
