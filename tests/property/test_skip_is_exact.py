"""Skipping what is unchanged gives what building everything gives, whatever was edited before.

Random projects are edited at random, and so is what is around them; after each edit one copy is
built with skipping and one with --full and without a cache, which runs the same sequence of builds,
skips nothing and knows nothing of earlier commands. All tables and all compiled SQL must be equal,
and a second build must find nothing to do, unless a model adds rows each time.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from shutil import copyfile, rmtree
from tempfile import TemporaryDirectory

import duckdb
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from runner.app import keep
from runner.app.again import run_again
from runner.app.command import Options, Outcome, Outside
from runner.app.ledger_copy import known_copy
from runner.app.standing import tell_again
from runner.engines.duckdb import DuckDBSession
from runner.plan.status import Status
from runner.project.store import Store
from tests.support.sample import ALL

EXAMPLES = int(os.environ.get("RUNNER_EXAMPLES", "400" if ALL else "7"))
Files = dict[str, str]
STANDING = Path("target/.cache/standing-build")

BASE: Files = {
    "pyproject.toml": '[tool.runner]\nname = "shop"\n\n[tool.runner.vars]\nfactor = 2\nunused = 1\n',
    "macros/m.sql": "{% macro scaled(c) %}{{ c }} * {{ var('factor') }}{% endmacro %}\n"
                    "{% macro other() %}1{% endmacro %}\n",
    "seeds/s.csv": "id,v\n1,10\n2,20\n",
    "data/orders.csv": "id,amount\n1,5\n2,6\n3,7\n",
    "models/_sources.yml": "sources:\n  - name: files\n    config: {external_location: 'data/{name}.csv'}\n"
                           "    tables:\n      - name: orders\n        columns:\n"
                           "          - {name: id, data_type: integer}\n"
                           "          - {name: amount, data_type: integer}\n"
                           "  - name: raw\n    tables: [{name: loaded}]\n",
    "models/a.sql": "{{ config(materialized='table') }}\nselect id, v from {{ ref('s') }}",
    "models/v.sql": "{{ config(materialized='view') }}\nselect id, {{ scaled('v') }} as v from {{ ref('a') }}",
    "models/e.sql": "{{ config(materialized='ephemeral') }}\nselect id, v + 1 as v from {{ ref('v') }}",
    "models/t.sql": "{{ config(materialized='table') }}\nselect sum(v) as v from {{ ref('e') }}",
    "models/o.sql": "{{ config(materialized='table') }}\nselect id, amount from {{ source('files', 'orders') }}",
    "models/j.sql": "{{ config(materialized='table') }}\n"
                    "select o.id, o.amount, t.v from {{ ref('o') }} o cross join {{ ref('t') }} t",
    "models/i.sql": "{{ config(materialized='incremental', unique_key='id') }}\n"
                    "select id, amount, '{{ is_incremental() }}' as how from {{ ref('o') }}\n"
                    "{% if is_incremental() %}where id > (select max(id) from {{ this }}){% endif %}",
    "models/r.sql": "{{ config(materialized='table') }}\nselect count(*) as n, max(how) as how from {{ ref('i') }}",
    "models/n.sql": "{{ config(materialized='table') }}\n"
                    "select id, '{{ env_var('REGION', 'eu') }}' as region from {{ ref('a') }}",
    "models/g.sql": "{{ config(materialized='table') }}\n"
                    "select '{{ graph.nodes['model.shop.e'].raw_code | replace(\"'\", '') }}' as code",
    "models/u.sql": "{{ config(materialized='table') }}\n"
                    "select count(*) as n, sum(v) as v from {{ source('raw', 'loaded') }}",
    "tests/few.sql": "select * from {{ ref('u') }} where n > 100",
    "models/models.yml": "models:\n  - name: a\n    columns:\n      - name: id\n        data_tests: [unique]\n",
}  # fmt: skip
INCREMENTAL = {
    "filtered": BASE["models/i.sql"],
    "everything": "{{ config(materialized='incremental', unique_key='id') }}\n"
                  "select id, amount, 'x' as how from {{ ref('o') }}",
    "appending": "{{ config(materialized='incremental') }}\nselect id, amount, 'x' as how from {{ ref('o') }}",
    "merging": "{{ config(materialized='incremental', unique_key='id', incremental_strategy='merge') }}\n"
               "select id, amount, '{{ is_incremental() }}' as how from {{ ref('o') }}",
    "looking at itself": "{{ config(materialized='incremental', unique_key='id') }}\n"
                         "select id, amount {% if is_incremental() %}+ (select count(*) from {{ this }})"
                         "{% endif %} as amount, 'x' as how from {{ ref('o') }}",
}  # fmt: skip

LOADED = "create or replace table raw.loaded as select 1 as id, 10 as v"
AROUND: Files = {"environment:REGION": "eu", "database:loaded": LOADED, "duckdb:": "1.5.6"}
"""What is no file of the project: a variable, what another program loads, the engine's version."""
BASE |= AROUND


def replaced(path: str, old: str, new: str) -> Callable[[Files], Files]:
    return lambda files: {**files, path: files[path].replace(old, new)}


def added(path: str, text: str) -> Callable[[Files], Files]:
    return lambda files: {**files, path: files[path] + text}


EDITS: dict[str, Callable[[Files], Files]] = {
    "nothing": lambda files: files,
    "a comment": added("models/a.sql", "\n-- a comment"),
    "white space": replaced("models/t.sql", "select", "select  "),
    "a column": replaced("models/a.sql", "id, v from", "id, v + 1 as v from"),
    "a column that comes out the same": replaced("models/a.sql", "id, v from", "id, v + 0 as v from"),
    "a view": replaced("models/v.sql", "as v from", "+ 1 as v from"),
    "an ephemeral model": replaced("models/e.sql", "v + 1", "v + 3"),
    "a macro": replaced("macros/m.sql", "{{ c }} *", "1 + {{ c }} *"),
    "a macro that nobody calls": replaced("macros/m.sql", "%}1{%", "%}2{%"),
    "a variable": replaced("pyproject.toml", "factor = 2", "factor = 5"),
    "a variable that nobody reads": replaced("pyproject.toml", "unused = 1", "unused = 9"),
    "a seed": added("seeds/s.csv", "3,30\n"),
    "a row of a file": added("data/orders.csv", "9,9\n"),
    "a value of a file": replaced("data/orders.csv", "1,5", "1,8"),
    "a table into a view": replaced("models/a.sql", "materialized='table'", "materialized='view'"),
    "a view into a table": replaced("models/v.sql", "materialized='view'", "materialized='table'"),
    "a test": added("models/models.yml", "      - name: v\n        data_tests: [not_null]\n"),
    "a tag": replaced("models/t.sql", "materialized='table'", "materialized='table', tags=['x']"),
    "a schema": replaced("models/o.sql", "materialized='table'", "materialized='table', schema='other'"),
    "a test's text": replaced("tests/few.sql", "100", "100 and n < 500"),
    "what nobody refers to": added("models/g.sql", ", 1 as one"),
    "an environment variable": replaced("environment:REGION", "eu", "us"),
    "an environment variable that is no more": lambda files: {**files, "environment:REGION": ""},
    "upstream data": replaced("database:loaded", "10 as v", "11 as v union all select 2, 5"),
    "another DuckDB": replaced("duckdb:", "1.5.6", "1.5.7"),
    "random numbers": replaced("models/t.sql", "sum(v) as v", "sum(v) + 0 * random() as v"),
}  # fmt: skip


def with_incremental(text: str) -> Callable[[Files], Files]:
    return lambda files: {**files, "models/i.sql": text}


EDITS |= {
    f"an incremental model that is {name}": with_incremental(text)
    for name, text in INCREMENTAL.items()
}


@contextmanager
def inside(folder: Path) -> Iterator[None]:
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


def build(folder: Path, files: Files, *, full: bool, asked: Options | None = None) -> Outcome:
    """Build a project as these files and surroundings say; full: without a cache and anything known."""
    folder.mkdir(parents=True, exist_ok=True)
    for path, text in files.items():
        file = folder / path
        if path not in AROUND and (not file.exists() or file.read_text() != text):
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
    _load(folder, files["database:loaded"])
    with inside(folder), pytest.MonkeyPatch.context() as patch:
        patch.setattr(keep, "VERSION", files["duckdb:"])
        return run_again(asked or Options(full=full, cache=not full), _outside(folder, files))


def _load(folder: Path, statement: str) -> None:
    """What another program does with the database, if it has not done just that before."""
    noted = folder / "loaded.txt"
    if noted.exists() and noted.read_text() == statement:
        return
    with duckdb.connect(str((folder / "warehouse.duckdb").resolve())) as database:
        database.execute("create schema if not exists raw")
        database.execute(statement)
    noted.write_text(statement)


def _outside(folder: Path, files: Files = BASE) -> Outside:
    region = files["environment:REGION"]
    environ = {"REGION": region} if region else {}
    return Outside(environ, folder, folder, lambda: datetime.now(UTC), lambda event: None, 2)


def compiled(folder: Path) -> Files:
    """All compiled SQL, by its files' names."""
    files = (folder / "target/compiled").rglob("*.sql")
    return {str(file.relative_to(folder)): file.read_text() for file in files}


def contents(folder: Path) -> dict[str, list[str]]:
    with duckdb.connect(str(folder / "warehouse.duckdb"), read_only=True) as database:
        names = database.execute(
            "select table_schema, table_name, table_type from information_schema.tables"
            " where table_schema <> '_runner' order by all"
        ).fetchall()
        return {
            f"{schema}.{name} {kind}": sorted(
                map(repr, database.execute(f'from "{schema}"."{name}"').fetchall())
            )
            for schema, name, kind in names
        }


def check_copy(folder: Path, *, published: bool) -> None:
    """What is noted of the published file, without opening it, is what is in it.

    Where a build failed, and another program had written to the release that stays, the note is
    of before: it may not be believed.
    """
    real = (folder / "warehouse.duckdb").resolve()
    copy = known_copy(Store(folder / "target/.cache"), real)
    if copy is None:
        return
    with open(real, "rb") as file:
        is_of = copy.is_of(file)
    assert is_of or not published
    if not is_of:
        return
    database = duckdb.connect(str(real), read_only=True)
    there = DuckDBSession(database.cursor()).inventory()
    database.close()
    noted = copy.inventory
    assert noted.objects == {
        name: kind for name, kind in there.objects.items() if name[0] == "warehouse"
    }
    assert {s for s in there.schemas if s[0] == "warehouse"} == {
        s for s in noted.schemas if s[0] == "warehouse"
    }
    assert noted.functions == there.functions
    assert noted.largest is not None
    assert there.largest is not None
    assert noted.largest >= there.largest


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.sampled_from(sorted(EDITS)), min_size=1, max_size=4, unique=True))
def test_skipping_gives_what_building_everything_gives(edits: list[str]) -> None:
    with TemporaryDirectory() as name:
        ours, whole = Path(name) / "ours", Path(name) / "whole"
        files = BASE
        for edit in ["nothing", *edits]:
            files = EDITS[edit](files)
            ended = build(ours, files, full=False).exit
            assert int(ended) == int(build(whole, files, full=True).exit)
            assert contents(ours) == contents(whole), edit
            assert compiled(ours) == compiled(whole), edit
            check_copy(ours, published=int(ended) == 0)


DISTURBANCES: dict[str, Callable[[Path, Path], object]] = {
    "nothing": lambda folder, other: None,
    "the cache is gone": lambda folder, other: rmtree(folder / "target/.cache", ignore_errors=True),
    "the standing is damaged": lambda folder, other: _damage(folder / STANDING),
    "the standing is another project's": lambda folder, other: _bring(folder, other),
    "another program wrote": lambda folder, other: _write(folder),
}


def _damage(file: Path) -> None:
    if file.exists():
        content = file.read_bytes()
        file.write_bytes(content[:-9] + b"x" + content[-8:])


def _bring(folder: Path, other: Path) -> None:
    if (other / STANDING).exists():
        copyfile(other / STANDING, folder / STANDING)


def _write(folder: Path) -> None:
    with duckdb.connect(str((folder / "warehouse.duckdb").resolve())) as database:
        # No edit moves this table: what a project left behind in another schema nobody makes anew.
        database.execute("update j set amount = amount + 1")


@settings(
    max_examples=max(5, EXAMPLES // 3), deadline=None, suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.reuse, Phase.generate),  # a case is long enough without shrinking
)  # fmt: skip
@given(
    st.lists(
        st.tuples(st.sampled_from(sorted(EDITS)), st.sampled_from(sorted(DISTURBANCES))),
        min_size=1, max_size=3, unique_by=lambda pair: pair[0],
    )
)  # fmt: skip
def test_what_is_told_again_is_still_so(edits: list[tuple[str, str]]) -> None:
    with TemporaryDirectory() as name:
        ours, whole = Path(name) / "ours", Path(name) / "whole"
        files = BASE
        for edit, disturbance in [("nothing", "nothing"), *edits]:
            # Twice with nothing to do: the second time it is told from the standing of the first.
            for _ in range(2):
                build(ours, files, full=False)
                build(whole, files, full=True)
            DISTURBANCES[disturbance](ours, whole)
            files = EDITS[edit](files)
            for _ in range(3):
                build(ours, files, full=False)
                build(whole, files, full=True)
                assert contents(ours) == contents(whole), (edit, disturbance)
                assert compiled(ours) == compiled(whole), (edit, disturbance)


def test_the_third_build_is_told_again(tmp_path: Path) -> None:
    build(tmp_path, BASE, full=False)
    build(tmp_path, BASE, full=False)
    assert (tmp_path / STANDING).exists()
    with inside(tmp_path):
        told = tell_again(Options(), _outside(tmp_path))
    assert told is not None
    assert {r.status for r in told.results} == {Status.REUSED}


@settings(
    max_examples=max(5, EXAMPLES // 5), deadline=None, suppress_health_check=list(HealthCheck)
)
@given(st.lists(st.sampled_from(sorted(EDITS)), max_size=3, unique=True))
def test_a_second_build_does_nothing(edits: list[str]) -> None:
    with TemporaryDirectory() as name:
        files = BASE
        build(Path(name), files, full=False)
        for edit in edits:
            files = EDITS[edit](files)
            build(Path(name), files, full=False)
        again = build(Path(name), files, full=False)
        growing = {"model.shop.i"} if "{% if" not in files["models/i.sql"] else set()
        restless = {"model.shop.t"} if "random" in files["models/t.sql"] else set()
        done = {r.id for r in again.results if r.status is not Status.REUSED}
        below = {"model.shop.r"} if growing else set()
        assert done <= growing | restless | below | ({"model.shop.j"} if restless else set()), edits


def test_the_second_build_of_an_untouched_project_reuses_every_step(tmp_path: Path) -> None:
    build(tmp_path, BASE, full=False)
    again = build(tmp_path, BASE, full=False)
    assert {r.status for r in again.results} == {Status.REUSED}


def test_a_model_that_comes_out_the_same_spares_its_readers(tmp_path: Path) -> None:
    build(tmp_path, BASE, full=False)
    files = EDITS["a column that comes out the same"](BASE)
    done = {r.id for r in build(tmp_path, files, full=False).results if r.status is Status.SUCCESS}
    assert done == {"model.shop.a"}


def test_a_change_passes_through_views_and_ephemeral_models(tmp_path: Path) -> None:
    build(tmp_path, BASE, full=False)
    files = EDITS["a view"](BASE)
    done = {r.id for r in build(tmp_path, files, full=False).results if r.status is Status.SUCCESS}
    assert done == {"model.shop.v", "model.shop.t", "model.shop.j"}


def test_a_table_written_by_another_program_is_not_trusted(tmp_path: Path) -> None:
    build(tmp_path, BASE, full=False)
    real = (tmp_path / "warehouse.duckdb").resolve()
    with duckdb.connect(str(real)) as database:
        database.execute("update o set amount = 99")
    again = build(tmp_path, BASE, full=False)
    assert Status.REUSED not in {r.status for r in again.results}
    assert contents(tmp_path)["main.o BASE TABLE"] == ["(1, 5)", "(2, 6)", "(3, 7)"]


def test_a_copy_of_the_file_alone_is_enough_to_skip(tmp_path: Path) -> None:
    build(tmp_path / "yesterday", BASE, full=False)
    fresh = tmp_path / "fresh"
    fresh.mkdir()
    for name in ("warehouse.duckdb", "loaded.txt"):
        (fresh / name).write_bytes((tmp_path / "yesterday" / name).read_bytes())
    again = build(fresh, BASE, full=False)
    assert {r.status for r in again.results} == {Status.REUSED}


def test_full_refresh_makes_an_unchanged_incremental_model_anew(tmp_path: Path) -> None:
    build(tmp_path, BASE, full=False)
    again = build(tmp_path, BASE, full=False, asked=Options(full_refresh=True))
    done = {r.id for r in again.results if r.status is Status.SUCCESS}
    assert "model.shop.i" in done
    assert "model.shop.a" not in done


def test_store_failures_runs_tests_that_passed_before(tmp_path: Path) -> None:
    build(tmp_path, BASE, full=False)
    again = build(tmp_path, BASE, full=False, asked=Options(store_failures=True))
    assert {r.status for r in again.results if r.id.startswith("test.")} == {Status.PASS}
