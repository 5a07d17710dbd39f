"""`runner retry`: what the last command left undone, with its own options, and nothing else twice."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import duckdb
import pytest

from tests.conftest import Project, ProjectMaker

FILES = {
    # Each run adds a row: done twice, it would hold two.
    "models/added.sql": "{{ config(materialized='incremental') }} select 1 as n",
    # Made anew, it would hold another value.
    "models/drawn.sql": "{{ config(materialized='table') }} select uuid() as drawn",
    "models/broken.sql": "{{ config(materialized='table') }} select no_column from {{ ref('drawn') }}",
    "models/after.sql": "{{ config(materialized='table') }} select * from {{ ref('broken') }}",
}
FIXED = "{{ config(materialized='table') }} select drawn as no_column from {{ ref('drawn') }}"
DBT = {
    **FILES,
    "dbt_project.yml": "name: shop\nversion: '1.0'\nprofile: shop\n",
}


def fail(shop: Project, *command: str) -> None:
    result = shop.run(*(command or ("build",)))
    assert result.exit_code == 1, str(result)


def failed_file(shop: Project) -> Path:
    """The file of the newest build that failed."""
    found = sorted((shop.root / ".runner/warehouse/releases").glob("*/warehouse.duckdb"))
    return [file for file in found if file != shop.database.resolve()][-1]


def done(shop: Project) -> dict[str, str]:
    """The steps of the last command that were not passed over, and how they ended."""
    return {name: status for name, status in shop.statuses().items() if status != "reused"}


# --- nothing to go on with --------------------------------------------------------------------


def test_without_any_command_there_is_nothing_to_retry(project: ProjectMaker) -> None:
    result = project(FILES).run("retry")
    assert result.exit_code == 2
    assert "there is no command to retry" in result.stderr
    assert "runner build" in result.stderr


def test_a_command_that_succeeded_leaves_nothing(project: ProjectMaker) -> None:
    shop = project({**FILES, "models/broken.sql": FIXED})
    shop.build()
    before = shop.database.resolve()
    result = shop.run("retry")
    assert result.exit_code == 0
    assert "nothing to retry: build of 20" in result.stdout
    assert shop.database.resolve() == before


# --- going on with a failed build ---------------------------------------------------------------


def test_what_ended_well_is_not_done_a_second_time(project: ProjectMaker) -> None:
    shop = project(FILES)
    fail(shop)
    assert not shop.database.exists(), "a failed build was published"
    ((drawn,),) = shop.rows("select drawn from drawn", failed_file(shop))
    shop.write("models/broken.sql", FIXED)
    result = shop.run("retry")
    assert result.exit_code == 0, str(result)
    assert done(shop) == {"broken": "success", "after": "success"}
    assert shop.rows("select count(*) from added") == [(1,)]
    assert shop.rows("select drawn from drawn") == [(drawn,)]
    assert shop.rows("select no_column from after") == [(drawn,)]
    assert shop.run("retry").stdout.startswith("  nothing to retry")


def test_what_readers_see_is_the_whole_of_it(project: ProjectMaker) -> None:
    shop = project({**FILES, "models/broken.sql": FIXED})
    shop.build()
    shop.write("models/broken.sql", FILES["models/broken.sql"])
    before = shop.database.resolve()
    fail(shop)
    shop.write("models/broken.sql", FIXED)
    shop.write("models/drawn.sql", FILES["models/drawn.sql"] + ", 2 as more")
    assert shop.database.resolve() == before
    assert shop.run("retry").exit_code == 0
    assert shop.database.resolve() != before
    # The second build added a row to the first's; the retry did not add a third.
    assert shop.rows("select count(*) from added") == [(2,)]
    assert shop.rows("select more from drawn") == [(2,)], "a changed model was not built"
    assert shop.rows("select a.no_column = d.drawn from after a, drawn d") == [(True,)]


def test_a_model_that_was_mended_is_built_before_its_test(project: ProjectMaker) -> None:
    shop = project({
        "models/a.sql": "{{ config(materialized='table') }} select null::int as id",
        "models/b.sql": "{{ config(materialized='table') }} select * from {{ ref('a') }}",
        "models/a.yml": "models: [{name: a, columns: [{name: id, data_tests: [not_null]}]}]",
    })  # fmt: skip
    fail(shop)
    fail(shop, "retry")
    assert done(shop) == {"not_null_a_id": "fail", "b": "skipped"}
    shop.write("models/a.sql", "{{ config(materialized='table') }} select 5 as id")
    assert shop.run("retry").exit_code == 0
    assert done(shop) == {"a": "success", "not_null_a_id": "pass", "b": "success"}
    assert shop.rows("select id from b") == [(5,)]


def test_a_retry_that_fails_can_be_retried(project: ProjectMaker) -> None:
    shop = project(FILES)
    fail(shop)
    fail(shop, "retry")
    fail(shop, "retry")
    assert done(shop) == {"broken": "error", "after": "skipped"}
    shop.write("models/broken.sql", FIXED)
    assert shop.run("retry").exit_code == 0
    assert shop.rows("select count(*) from added") == [(1,)]
    assert "retry of build" in shop.run("releases").stdout
    assert shop.rows("select published from _runner.invocations order by started_at") == [
        (False,), (False,), (False,), (True,),
    ]  # fmt: skip


def test_the_last_failing_model_may_be_removed(project: ProjectMaker) -> None:
    shop = project(FILES)
    fail(shop)
    (shop.root / "models/broken.sql").unlink()
    (shop.root / "models/after.sql").unlink()
    assert shop.run("retry").exit_code == 0
    assert shop.rows("select count(*) from added") == [(1,)]


def test_the_options_of_the_command_hold_again(project: ProjectMaker) -> None:
    shop = project({
        **FILES,
        "models/drawn.sql": "select '{{ var('word') }}' as drawn, '{{ target.name }}' as target",
        "profiles.yml": """
            shop:
              target: dev
              outputs:
                dev: {type: duckdb, path: warehouse.duckdb}
                prod: {type: duckdb, path: prod.duckdb}
            """,
    })  # fmt: skip
    command = ("build", "--exclude", "added", "--vars", "{word: first}", "--target", "prod")
    fail(shop, *command)
    shop.write("models/broken.sql", FIXED)
    assert shop.run("retry").exit_code == 0
    prod = shop.root / "prod.duckdb"
    assert shop.rows("select no_column from after", prod) == [("first",)]
    assert shop.rows("select target from drawn", prod) == [("prod",)]
    names = shop.rows("select table_name from duckdb_tables() where schema_name = 'main'", prod)
    assert ("added",) not in names
    assert not shop.database.exists()


def test_variables_of_the_retry_count_before_the_commands(project: ProjectMaker) -> None:
    shop = project({**FILES, "models/drawn.sql": "select '{{ var('word') }}' as drawn"})
    fail(shop, "build", "--vars", "{word: first}")
    shop.write("models/broken.sql", FIXED)
    assert shop.run("retry", "--vars", "{word: second}").exit_code == 0
    assert shop.rows("select no_column from after") == [("second",)]
    assert shop.rows("select count(*) from added") == [(1,)]


def test_full_and_full_refresh_hold_for_what_is_left_alone(project: ProjectMaker) -> None:
    added = "{{ config(materialized='incremental') }} select 1 as n"
    shop = project({**FILES, "models/broken.sql": FIXED, "models/late.sql": added
                    + " from {{ ref('broken') }}"})  # fmt: skip
    shop.build()
    shop.build()
    assert shop.rows("select count(*) from late") == [(2,)]
    shop.write("models/broken.sql", FILES["models/broken.sql"])
    fail(shop, "build", "--full", "--full-refresh")
    ((drawn,),) = shop.rows("select drawn from drawn", failed_file(shop))
    shop.write("models/broken.sql", FIXED)
    assert shop.run("retry").exit_code == 0
    assert set(done(shop)) == {"broken", "after", "late"}
    assert shop.rows("select drawn from drawn") == [(drawn,)]
    assert shop.rows("select count(*) from late") == [(1,)], "--full-refresh was forgotten"


COMMANDS: Mapping[str, tuple[str, str]] = {
    "run": ("models/x.sql", "{{ config(materialized='table') }} select %s as id"),
    "seed": ("seeds/x.csv", "id\n%s\n"),
    "snapshot": (
        "snapshots/x.sql",
        "{%% snapshot x %%}{{ config(unique_key='id', strategy='check', check_cols=['id']) }}"
        " select %s as id{%% endsnapshot %%}",
    ),
}


@pytest.mark.parametrize("command", list(COMMANDS))
def test_other_commands_are_retried_as_what_they_are(project: ProjectMaker, command: str) -> None:
    path, written = COMMANDS[command]
    shop = project({
        path: written % "no_number",
        "models/other.sql": "select 1 as other",
        "pyproject.toml": '[tool.runner]\nname = "shop"\n[tool.runner.seeds]\n"+column_types" = {id = "integer"}\n',
    })  # fmt: skip
    fail(shop, command)
    shop.write(path, written % "7")
    assert shop.run("retry").exit_code == 0
    assert done(shop) == {"x": "success"}
    assert shop.rows("select id from x") == [(7,)]
    other = shop.rows("select count(*) from duckdb_views() where view_name = 'other'")
    assert other == [(int(command == "run"),)]


def test_failed_tests_alone_are_tested_again(project: ProjectMaker) -> None:
    shop = project({
        "models/a.sql": "{{ config(materialized='table') }} select 1 as id",
        "tests/good.sql": "select 1 where false",
        "tests/bad.sql": "select * from {{ ref('a') }}",
    })  # fmt: skip
    assert shop.run("run").exit_code == 0
    fail(shop, "test")
    fail(shop, "retry")
    assert done(shop) == {"bad": "fail"}
    shop.write("tests/bad.sql", "select * from {{ ref('a') }} where id > 1")
    assert shop.run("retry").exit_code == 0
    assert done(shop) == {"bad": "pass"}


# --- begun anew, because what failed cannot be gone on with ---------------------------------------


def anew(shop: Project, said: str) -> None:
    shop.write("models/broken.sql", FIXED)
    result = shop.run("retry")
    assert result.exit_code == 0, str(result)
    assert said in result.stdout
    assert set(done(shop)) >= {"added", "drawn", "broken", "after"}
    assert shop.rows("select a.no_column = d.drawn from after a, drawn d") == [(True,)]


def test_a_failed_build_that_was_removed(project: ProjectMaker) -> None:
    shop = project(FILES)
    fail(shop)
    shutil.rmtree(shop.root / ".runner/warehouse/releases")
    anew(shop, "the failed build has been removed, and is begun anew")
    assert shop.rows("select count(*) from added") == [(1,)]


@pytest.mark.parametrize("harm", ["truncated", "written", "log"])
def test_a_failed_build_that_was_changed(project: ProjectMaker, harm: str) -> None:
    shop = project(FILES)
    fail(shop)
    file = failed_file(shop)
    if harm == "truncated":
        with open(file, "r+b") as opened:
            opened.truncate(20_000)
    elif harm == "written":
        with duckdb.connect(str(file)) as opened:
            opened.execute("insert into added values (9)")
    else:
        file.with_name(file.name + ".wal").write_bytes(b"of somebody")
    anew(shop, "the file of the failed build is not as it was left: begun anew")
    assert shop.rows("select n from added") == [(1,)]


def test_a_writer_since_the_failed_build_loses_nothing(project: ProjectMaker) -> None:
    shop = project({**FILES, "models/broken.sql": FIXED})
    shop.build()
    shop.write("models/broken.sql", FILES["models/broken.sql"])
    fail(shop)
    shop.execute("create table loaded as select 7 as id")
    anew(shop, "the database was written by another program since the failed build: begun anew")
    assert shop.rows("select id from loaded") == [(7,)]
    assert shop.rows("select count(*) from added") == [(2,)]


def test_a_rollback_since_the_failed_build(project: ProjectMaker) -> None:
    shop = project({**FILES, "models/broken.sql": FIXED})
    shop.build()
    shop.build()
    shop.write("models/broken.sql", FILES["models/broken.sql"])
    fail(shop)
    assert shop.run("rollback").exit_code == 0
    anew(shop, "readers see another release than the one that the failed build began from")
    # The first release's row, and one more: not the second's.
    assert shop.rows("select count(*) from added") == [(2,)]


def test_a_build_that_succeeded_since_is_the_last(project: ProjectMaker) -> None:
    shop = project(FILES)
    fail(shop)
    shop.build("-s", "added")
    result = shop.run("retry")
    assert result.exit_code == 0
    assert "nothing to retry" in result.stdout


KILLED = """
import os, signal
from runner.app.run import Job
def killed(*given, **named):
    os.kill(os.getpid(), signal.SIGKILL)
Job.keep = killed
from runner.cli import main
main()
"""


def test_a_killed_build_is_begun_anew_with_its_options(project: ProjectMaker) -> None:
    shop = project({**FILES, "models/broken.sql": FIXED})
    process = shop.spawn("build", "-s", "+broken", code=KILLED)
    process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL
    result = shop.run("retry")
    assert result.exit_code == 0, str(result)
    assert "it broke off, and is begun anew" in result.stdout
    assert shop.statuses() == {"drawn": "success", "broken": "success"}


def test_a_killed_retry_leaves_the_failed_build_to_be_retried(project: ProjectMaker) -> None:
    shop = project(FILES)
    fail(shop)
    ((drawn,),) = shop.rows("select drawn from drawn", failed_file(shop))
    shop.write("models/broken.sql", FIXED)
    process = shop.spawn("retry", code=KILLED)
    process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL
    result = shop.run("retry")
    assert result.exit_code == 0, str(result)
    assert shop.rows("select drawn from drawn") == [(drawn,)]
    assert shop.rows("select count(*) from added") == [(1,)]


def test_a_build_whose_hook_failed_is_gone_on_with(project: ProjectMaker) -> None:
    settings = '[tool.runner]\nname = "shop"\non-run-end = ["select * from {}"]\n'
    shop = project({
        "pyproject.toml": settings.format("nowhere"), "models/added.sql": FILES["models/added.sql"],
    })  # fmt: skip
    assert shop.run("build").exit_code == 1
    shop.write("pyproject.toml", settings.format("added"))
    result = shop.run("retry")
    assert result.exit_code == 0, str(result)
    assert "1 left to do" in result.stdout
    assert shop.rows("select count(*) from added") == [(1,)]


def test_an_edited_template_that_asks_the_database_was_taken_as_done(project: ProjectMaker) -> None:
    """Its SQL is not known before its step: the failed build's table was published as the new one."""
    asked = "{{% set n = run_query('select {}').rows[0][0] %}}select {{{{ n }}}} as n"
    shop = project({"models/asked.sql": asked.format(1), "models/broken.sql": "select nothing"})
    assert shop.run("build").exit_code == 1
    shop.write("models/asked.sql", asked.format(2))
    shop.write("models/broken.sql", "select 1 as id")
    assert shop.run("retry").exit_code == 0
    assert shop.rows("select n from asked") == [(2,)]


def test_an_interrupted_build_is_gone_on_with(project: ProjectMaker) -> None:
    shop = project({
        "models/added.sql": FILES["models/added.sql"],
        "models/long.sql": "-- depends_on: {{ ref('added') }}\n{{ config(materialized='table') }}"
        " select count(*) as n from range({{ var('n') }}) a, range(100000) b",
    })  # fmt: skip
    process = shop.spawn("build", "--vars", "n: 10000000")
    assert process.stdout is not None
    while "added" not in (line := process.stdout.readline()):
        assert line, process.communicate()
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode == 130
    assert shop.run("retry", "--vars", "n: 1").exit_code == 0
    assert done(shop) == {"long": "success"}
    assert shop.rows("select (select count(*) from added), n from long") == [(1, 100000)]


def test_a_retry_is_told_who_builds(project: ProjectMaker) -> None:
    shop = project(FILES)
    fail(shop)
    lock = "import fcntl, sys\nf = open(sys.argv[1], 'a+')\nfcntl.flock(f, 2)\nprint(1, flush=True)\ninput()"
    holder = subprocess.Popen(
        [sys.executable, "-c", lock, str(shop.root / ".runner/warehouse/build.lock")],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert holder.stdout is not None
    assert holder.stdout.readline() == "1\n"
    try:
        result = shop.run("retry")
    finally:
        holder.communicate("\n")
    assert result.exit_code == 2
    assert "another build is running" in result.stderr


# --- where there is no failed build: as dbt --------------------------------------------------------


def test_what_was_published_is_added_to(project: ProjectMaker) -> None:
    shop = project(DBT)
    fail(shop)
    ((drawn,),) = shop.rows("select drawn from drawn")
    shop.write("models/broken.sql", FIXED)
    result = shop.run("retry")
    assert result.exit_code == 0, str(result)
    assert shop.statuses() == {"broken": "success", "after": "success"}
    assert shop.rows("select no_column from after") == [(drawn,)]
    assert shop.rows("select count(*) from added") == [(1,)]


@pytest.mark.parametrize("path", ["warehouse.duckdb", ":memory:"])
def test_in_place_the_failed_and_skipped_steps_are_done_again(
    project: ProjectMaker, path: str
) -> None:
    shop = project({
        **FILES,
        "models/drawn.sql": "{{ config(materialized='ephemeral') }} select 3 as drawn",
        "pyproject.toml": '[tool.runner]\nname = "shop"\n[tool.runner.settings]\npublish = "in_place"\n',
        "profiles.yml": f"shop: {{target: dev, outputs: {{dev: {{type: duckdb, path: '{path}'}}}}}}\n",
    })  # fmt: skip
    assert shop.run("retry").exit_code == 2
    fail(shop)
    shop.write("models/broken.sql", FIXED)
    assert shop.run("retry").exit_code == 0
    assert shop.statuses() == {"broken": "success", "after": "success"}
    assert "nothing to retry" in shop.run("retry").stdout
