"""A build with nothing to do is told again without the project or the database, and never wrongly."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest
from msgspec.structs import replace

from runner.app import command, leave
from runner.app import run as whole_way
from runner.app.ledger import file_iteration
from runner.app.standing import known
from runner.app.warehouse import Warehouse
from runner.app.watch import SECRET_VARIABLES
from runner.project.store import Store
from tests.conftest import Project, ProjectMaker

FILES = {
    "models/a.sql": "{{ config(materialized='table') }}\nselect id, {{ var('factor', 1) }} as f from {{ ref('s') }}",
    "models/b.sql": "{{ config(materialized='table') }}\nselect * from {{ ref('a') }}"
                    "{% if env_var('WIDE', 'no') == 'yes' %} where id > 1{% endif %}",
    "models/o.sql": "{{ config(materialized='table') }}\nselect * from {{ source('files', 'orders') }}",
    "models/s.yml": """
        sources:
          - name: files
            config: {external_location: 'data/{name}.csv'}
            tables:
              - name: orders
                columns: [{name: id, data_type: integer}]
        models:
          - name: a
            columns: [{name: id, data_tests: [unique]}]
        """,
    "data/orders.csv": "id\n1\n",
    "seeds/s.csv": "id\n1\n2\n",
}  # fmt: skip


@pytest.fixture(autouse=True)
def a_tick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Builds within this process may begin sooner after a file was written than a person's command."""
    monkeypatch.setattr(leave, "CLOCK_STEP", 10_000_000)


@pytest.fixture
def went(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Commands that went the whole way."""
    found: list[str] = []
    run = whole_way.run

    def noted(options, outside):  # type: ignore[no-untyped-def]  # as run
        found.append(options.command)
        return run(options, outside)

    monkeypatch.setattr(whole_way, "run", noted)
    return found


@pytest.fixture
def shop(project: ProjectMaker, went: list[str]) -> Project:
    """A project that was built, and built again with nothing to do."""
    made = project(FILES)
    made.build()
    made.build()
    made.build()
    assert went == ["build", "build"], "the third build is told again"
    went.clear()
    return made


def test_the_same_is_said_and_written_as_by_the_whole_way(shop: Project, went: list[str]) -> None:
    (shop.root / "target/.cache/standing-build").unlink()
    said = {how: shop.run("build", "-v") for how in ("whole", "again")}
    assert went == ["build"]
    lines = {
        how: [line for line in result.stdout.splitlines() if " steps in " not in line]
        for how, result in said.items()
    }
    assert lines["whole"] == lines["again"]
    assert any(line.split()[:2] == ["SAME", "a"] for line in lines["again"])


def test_artifacts_are_those_of_the_new_command(shop: Project) -> None:
    names = ("manifest.json", "run_results.json", "catalog.json")
    before = {name: json.loads(shop.read(f"target/{name}")) for name in names}
    shop.build()
    for name in names:
        after = json.loads(shop.read(f"target/{name}"))
        was, now = before[name].pop("metadata"), after.pop("metadata")
        before[name].pop("elapsed_time", None)
        after.pop("elapsed_time", None)
        assert after == before[name]
        assert {key for key in now if now[key] != was[key]} <= {
            "generated_at", "invocation_id", "invocation_started_at", "run_started_at",
        }  # fmt: skip
        assert now["invocation_id"] != was["invocation_id"]


def test_the_log_tells_of_it(shop: Project) -> None:
    shop.build()
    lines = shop.read(".runner/warehouse/invocations.jsonl").splitlines()
    said = [json.loads(line) for line in lines]
    assert [s["status"] for s in said] == ["done", "unchanged", "unchanged", "unchanged"]
    assert len({s["id"] for s in said}) == 4
    assert {key: said[3][key] for key in ("command", "steps", "published", "arguments")} == {
        key: said[1][key] for key in ("command", "steps", "published", "arguments")
    }


def replaced_unseen(shop: Project, path: str, old: str, new: str) -> None:
    """Change a file to one of the same size and time."""
    file = shop.root / path
    stat = file.stat()
    assert len(old) == len(new)
    file.write_text(file.read_text().replace(old, new))
    os.utime(file, ns=(stat.st_atime_ns, stat.st_mtime_ns))


def rows_of(shop: Project, query: str) -> list[tuple[object, ...]]:
    with duckdb.connect(str(shop.root / "warehouse.duckdb"), read_only=True) as database:
        return database.execute(query).fetchall()


CHANGES: dict[str, Callable[[Project], object]] = {
    "a model, its size and time as before": lambda s: replaced_unseen(s, "models/o.sql", "*", "1"),
    "a seed": lambda s: s.write("seeds/s.csv", "id\n1\n2\n3\n"),
    "a source's file": lambda s: s.write("data/orders.csv", "id\n1\n2\n"),
    "a source's file, its size and time as before":
        lambda s: replaced_unseen(s, "data/orders.csv", "1", "7"),
    "a new model": lambda s: s.write("models/new.sql", "select 1 as id"),
    "a new model in a new folder": lambda s: s.write("models/x/new.sql", "select 1 as id"),
    "a model that is gone": lambda s: (s.root / "models/b.sql").unlink(),
    "a new macro": lambda s: s.write("macros/m.sql", "{% macro m() %}1{% endmacro %}"),
    "a test": lambda s: s.write("tests/t.sql", "select 1 where false"),
    "a package": lambda s: s.write("dbt_packages/p/dbt_project.yml", "name: p\nversion: '1'\n"),
    "named selectors": lambda s: s.write(
        "selectors.yml", "selectors:\n  - {name: x, definition: a, default: true}\n"),
    "the project file": lambda s: s.write("pyproject.toml",
        '[tool.runner]\nname = "shop"\n[tool.runner.vars]\nfactor = 7\n'),
    "a second project file": lambda s: s.write("dbt_project.yml", "name: shop\nprofile: shop\n"),
    "the profile": lambda s: s.write("profiles.yml",
        s.read("profiles.yml").replace("threads: 2", "threads: 1")),
    "a build that was killed": lambda s: (s.root / ".runner/warehouse/releases/x").mkdir(),
    "compiled SQL that is gone": lambda s: shutil.rmtree(s.root / "target/compiled"),
    "a manifest that is gone": lambda s: (s.root / "target/manifest.json").unlink(),
    "results of another command": lambda s: s.write("target/run_results.json", "{}"),
    "a standing that is damaged":
        lambda s: (s.root / "target/.cache/standing-build").write_bytes(b"x"),
    "another key": lambda s: (s.root / "target/.cache/key").write_bytes(b"x" * 32),
    "no cache": lambda s: shutil.rmtree(s.root / "target"),
}  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
def test_what_has_changed_is_seen(shop: Project, went: list[str], change: str) -> None:
    CHANGES[change](shop)
    shop.run("build")
    assert went == ["build"]


def test_what_was_cleared_is_written_again(shop: Project) -> None:
    (shop.root / ".runner/warehouse/releases/x").mkdir()
    shutil.rmtree(shop.root / "target/compiled")
    shop.build()
    assert not (shop.root / ".runner/warehouse/releases/x").exists()
    assert "select id" in shop.read("target/compiled/shop/models/a.sql")


VARIABLES = {
    "asked by a template": {"WIDE": "yes"},
    "of artifacts": {"DBT_ENV_CUSTOM_ENV_TEAM": "shop"},
    "a secret": {f"{SECRET_VARIABLES}_X": "abcdef"},
    "the time zone": {"TZ": "Asia/Tokyo"},
    "the profile's folder": {"DBT_PROFILES_DIR": "."},
}


@pytest.mark.parametrize("kind", VARIABLES)
def test_a_variable_of_the_environment_is_seen(shop: Project, went: list[str], kind: str) -> None:
    shop.run("build", env=VARIABLES[kind])
    assert went == ["build"]
    went.clear()


def test_a_variable_that_nobody_asks_for_changes_nothing(shop: Project, went: list[str]) -> None:
    shop.build(env={"NOBODY": "asks"})
    assert went == []


@pytest.mark.parametrize("option", [
    ["--vars", "{factor: 2}"], ["--full"], ["-s", "a"], ["--threads", "1"], ["--full-refresh"],
    ["--target", "dev"],
])  # fmt: skip
def test_other_options_are_another_command(
    shop: Project, went: list[str], option: list[str]
) -> None:
    shop.build(*option)
    assert went == ["build"]


def test_a_variable_gives_other_rows(shop: Project) -> None:
    shop.build("--vars", "{factor: 2}")
    shop.build("--vars", "{factor: 3}")
    shop.build("--vars", "{factor: 2}")
    assert rows_of(shop, "select distinct f from a") == [(2,)]


def test_json_logs_tell_the_sql_still(shop: Project, went: list[str]) -> None:
    events = shop.run("build", "--log-format", "json").events
    assert went == ["build"]
    done = [e for e in events if e["info"]["name"] == "NodeFinished"]  # type: ignore[index]  # JSON
    assert any("select id" in (e["data"]["run_result"]["compiled_code"] or "") for e in done)  # type: ignore[index]  # JSON


# --- the database -----------------------------------------------------------------------------------


def test_another_programs_write_is_seen(shop: Project, went: list[str]) -> None:
    real = (shop.root / "warehouse.duckdb").resolve()
    stat = real.stat()
    with duckdb.connect(str(real)) as database:
        database.execute("update a set f = 99")
    os.utime(real, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    shop.build()
    assert went == ["build"]
    assert rows_of(shop, "select distinct f from a") == [(1,)]


WRITER = """
import duckdb, sys
database = duckdb.connect(sys.argv[1])
print("open", flush=True)
sys.stdin.readline()
"""


def test_another_program_that_has_it_open_to_write_is_named(shop: Project, went: list[str]) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(shop.root / "warehouse.duckdb")],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "open\n"
        result = shop.run("build")
    finally:
        process.communicate("\n", timeout=60)
    assert went == ["build"]
    assert result.exit_code == 2, str(result)
    assert str(process.pid) in result.stderr


def test_a_log_that_lies_beside_is_put_into_it(shop: Project, went: list[str]) -> None:
    real = (shop.root / "warehouse.duckdb").resolve()
    real.with_name(real.name + ".wal").touch()
    shop.run("build")
    assert went == ["build"]


def test_a_rollback_is_seen(shop: Project, went: list[str]) -> None:
    shop.write("seeds/s.csv", "id\n1\n2\n3\n")
    shop.build()
    shop.build()
    shop.run("rollback")
    went.clear()
    shop.build()
    assert went == ["build"]
    assert rows_of(shop, "select count(*) from a") == [(3,)]


def test_a_test_that_failed_is_run_again(project: ProjectMaker, went: list[str]) -> None:
    shop = project({"models/a.sql": "select 1 as id", "tests/t.sql":
                    "{{ config(severity='warn') }}\nselect id from {{ ref('a') }}"})  # fmt: skip
    for _ in range(4):
        assert "1 warned" in shop.build().stdout
    assert len(went) == 4


def test_what_reads_today_is_built_on_the_next_day(
    project: ProjectMaker, went: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = project({"models/a.sql": "{{ config(materialized='table') }}\nselect current_date as d"})
    for _ in range(3):
        shop.build()
    assert len(went) == 2
    system = command.system

    def tomorrow(listener):  # type: ignore[no-untyped-def]  # as system
        today = system(listener)
        return replace(today, now=lambda: today.now() + timedelta(days=1))

    monkeypatch.setattr(command, "system", tomorrow)
    assert "1 built" in shop.build().stdout
    assert len(went) == 3


@pytest.mark.parametrize("text", [
    "select '{{ run_started_at }}' as at", "select '{{ modules.datetime.datetime.now() }}' as at",
    "select 1 as id {{ log('heard', info=true) }}",
])  # fmt: skip
def test_a_template_that_may_say_something_else_is_rendered_each_time(
    project: ProjectMaker, went: list[str], text: str
) -> None:
    shop = project({"models/a.sql": text})
    for _ in range(4):
        shop.build()
    assert len(went) == 4


def test_a_standing_that_was_brought_from_elsewhere_is_not_believed(
    project: ProjectMaker, shop: Project, went: list[str], tmp_path: Path
) -> None:
    copy = Project(tmp_path / "copy", shop.home)
    shutil.copytree(shop.root, copy.root, symlinks=True)
    copy.write("seeds/s.csv", "id\n5\n")
    copy.build()
    assert went == ["build"]
    assert rows_of(copy, "select id from a") == [(5,)]


def test_a_warning_is_given_each_time(project: ProjectMaker, went: list[str]) -> None:
    shop = project({"models/a.sql": "select 1 as id", "models/a.yml": """
        models:
          - name: a
            config: {contract: {enforced: true}}
            columns: [{name: id, data_type: integer}]
        """})  # fmt: skip
    said = [shop.build().stdout for _ in range(3)]
    assert len(went) == 2
    assert all("the contract of a is read" in text for text in said)


# --- what was looked at -----------------------------------------------------------------------------

HEARD = """
import atexit, os, sys
opened = set()
def hook(event, arguments):
    if event == "open" and isinstance(arguments[0], str):
        opened.add(os.path.abspath(arguments[0]))
sys.addaudithook(hook)
atexit.register(lambda: print("\\n".join(sorted(opened)), file=sys.stderr))
from runner.cli import main
main()
"""


def test_every_file_of_the_project_that_is_read_is_watched(project: ProjectMaker) -> None:
    shop = project(FILES | {"macros/m.sql": "{% macro m() %}1{% endmacro %}",
                            "selectors.yml": "selectors:\n  - {name: x, definition: a}\n",
                            "packages.yml": "packages: []\n",
                            "dbt_packages/p/dbt_project.yml": "name: p\nversion: '1'\n",
                            "dbt_packages/p/models/of_p.sql": "select 1 as id"})  # fmt: skip
    shop.build()
    process = shop.spawn("build", code=HEARD)
    _, err = process.communicate(timeout=60)
    standing = known(Store(shop.root / "target/.cache"), "build")
    assert standing is not None
    watched = {*standing.watch.files, *standing.watch.outputs, str(shop.root / "data/orders.csv")}
    own = (str(shop.root / ".runner"), str(shop.root / "target"), str(shop.root / "warehouse"))
    opened = {
        path for path in err.splitlines()
        if path.startswith((str(shop.root), str(shop.home))) and not path.startswith(own)
    }  # fmt: skip
    assert str(shop.root / "pyproject.toml") in opened
    assert opened <= watched


LOADED = """
import atexit, sys
from runner.cli import main
heavy = ("duckdb", "sqlglot", "jinja2", "rich", "yaml", "pytz", "runner.app.run", "runner.app.load",
         "runner.project.nodes", "importlib.metadata")
atexit.register(lambda: print([name for name in heavy if name in sys.modules], file=sys.stderr))
main()
"""


@pytest.mark.parametrize("verb", ["build", "parse"])
def test_a_command_that_is_told_again_loads_next_to_nothing(shop: Project, verb: str) -> None:
    shop.run(verb)
    shop.run(verb)
    process = shop.spawn(verb, code=LOADED)
    _, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, "[]\n")


# --- the copy of the ledger -------------------------------------------------------------------------


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """How databases were opened: True for reading only."""
    found: list[bool] = []
    connect = Warehouse.connect

    def noted(self, path, *, read_only, **given):  # type: ignore[no-untyped-def]  # as connect
        found.append(read_only)
        return connect(self, path, read_only=read_only, **given)

    monkeypatch.setattr(Warehouse, "connect", noted)
    return found


def test_the_release_before_stays_closed_when_its_ledger_is_known(
    shop: Project, opened: list[bool]
) -> None:
    shop.write(
        "models/b.sql", "{{ config(materialized='table') }}\nselect 7 as id from {{ ref('a') }}"
    )
    result = shop.build()
    assert "1 built" in result.stdout
    assert opened == [False]
    assert rows_of(shop, "select distinct id from b") == [(7,)]


@pytest.mark.parametrize("harm", ["damaged", "gone", "of an earlier release"])
def test_the_ledger_is_read_from_the_file_when_there_is_no_copy(
    shop: Project, opened: list[bool], harm: str
) -> None:
    copy = shop.root / "target/.cache/ledger"
    if harm == "damaged":
        copy.write_bytes(copy.read_bytes()[:-1] + b"x")
    elif harm == "gone":
        copy.unlink()
    else:
        before = copy.read_bytes()
        shop.write("seeds/s.csv", "id\n1\n2\n3\n")
        shop.build()
        copy.write_bytes(before)
        opened.clear()
    shop.write(
        "models/b.sql", "{{ config(materialized='table') }}\nselect 8 as id from {{ ref('a') }}"
    )
    assert "1 built" in shop.build().stdout
    assert opened == [True, False]


def test_a_copy_that_fits_is_not_believed_after_another_programs_write(
    shop: Project, opened: list[bool]
) -> None:
    real = (shop.root / "warehouse.duckdb").resolve()
    stat = real.stat()
    with duckdb.connect(str(real)) as database:
        database.execute("update a set f = 99")
    os.utime(real, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    shop.write(
        "models/b.sql", "{{ config(materialized='table') }}\nselect 8 as id from {{ ref('a') }}"
    )
    result = shop.build()
    assert "unchanged" not in result.stdout
    assert rows_of(shop, "select distinct f from a") == [(1,)]


def test_the_count_of_writes_in_the_file_is_its_own(shop: Project) -> None:
    for number in range(3):
        shop.write("seeds/s.csv", f"id\n1\n2{number}\n")
        shop.build()
        ((noted,),) = rows_of(shop, "select value from _runner.meta where key = 'iteration'")
        with open(shop.root / "warehouse.duckdb", "rb") as file:
            assert int(str(noted)) == file_iteration(file)
