"""Whatever is edited between two commands: with the cache the project reads as it does without."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from runner.app.load import Loaded, Options, Outside, load
from runner.errors import RunnerError, describe
from runner.run.events import Event, Logged

LONG_AGO = 1_500_000_000
FILES = {
    "dbt_project.yml": "name: shop\nprofile: shop\nvars: {size: 1}\nmodels: {shop: {+tags: [x]}}\n",
    "profiles.yml": "shop: {outputs: {dev: {type: duckdb, path: w.duckdb, schema: main}}}\n",
    "models/a.sql": "select {{ var('size') }} as id from {{ source('raw', 'orders') }}",
    "models/b.sql": "{{ config(tags=['t']) }} select {{ twice('id') }} from {{ ref('a') }}",
    "models/c.sql": "{% if env_var('MODE', 'x') == 'y' %}{{ ref('a') }}{% endif %} select 1 as id",
    "models/w.sql": "\n{{ config(materialised='table') }} select 1 as a",
    "models/off.sql": "{{ config(enabled=false) }} select 1 as a",
    "models/p.py": "def model(dbt, session):\n    return dbt.ref('b')\n",
    "tests/t.sql": "select * from {{ ref('a') }} where id < 0",
    "snapshots/h.sql": "{% snapshot h %}{{ config(strategy='check', unique_key='id', check_cols='all')"
    " }} select * from {{ ref('a') }}{% endsnapshot %}",
    "models/schema.yml": "models: [{name: b, description: \"{{ doc('about') }}\", columns: "
    "[{name: id, data_tests: [not_null, {accepted_values: {arguments: {values: [1]}}}]}]}]\n",
    "models/sources.yml": "sources: [{name: raw, schema: \"{{ env_var('RAW', 'raw') }}\","
    " tables: [{name: orders}]}]\n",
    "models/docs.md": "{% docs about %}Of b.{% enddocs %}",
    "macros/m.sql": "{% macro twice(c) %}2 * {{ c }}{% endmacro %}",
    "seeds/s.csv": "id,name\n1,one\n",
}
EDITS: dict[str, list[str]] = {
    "dbt_project.yml": [
        FILES["dbt_project.yml"].replace("[x]", "[y]"),
        FILES["dbt_project.yml"].replace("size: 1", "size: 2"),
        FILES["dbt_project.yml"] + "target-path: out\n",
    ],
    "profiles.yml": [FILES["profiles.yml"].replace("main", "else")],
    "models/a.sql": [
        FILES["models/a.sql"].replace("as id", "+ 1 as id"),
        "select 1 as id",
        "select {{ unknown('x') }}",
        "select {{",
        "selext 1 as id",
        FILES["models/a.sql"] + " {# {% endsnapshot %} #}",
        "{{ 1 // 0 }}" + FILES["models/a.sql"],
    ],
    "models/b.sql": [
        "{{ config(tags=['t']) }} select {{ twice('id') }} as d from {{ ref('a') }}",
        "\n{{ config(tags=['u']) }} select {{ twice('id') }} from {{ ref('a') }}",
        "select * from {{ ref('c') }}",
        "select 1 as {{ invocation_id[:1] }} -- {{ ref('a') }}",
        "{{ config(enabled=flags.FULL_REFRESH) }} select {{ twice('id') }} from {{ ref('a') }}",
        "{{ config(meta={'now': modules.datetime.datetime.now() | string}) }} select 1",
    ],
    "models/c.sql": [
        FILES["models/c.sql"] + ", 2 as two",
        FILES["models/c.sql"] + ", '{{ env_var('Z', 'z') }}' as z",
        "{{ config(enabled=false) }}" + FILES["models/c.sql"],
    ],
    "models/w.sql": [
        FILES["models/w.sql"].replace("\n", "\n\n"),
        FILES["models/w.sql"] + ", 2 as b",
    ],
    "models/off.sql": [FILES["models/off.sql"] + " -- more"],
    "models/p.py": [FILES["models/p.py"] + "\n"],
    "tests/t.sql": [FILES["tests/t.sql"] + " and 1 = 1", FILES["tests/t.sql"] + " {{ ref('b') }}"],
    "snapshots/h.sql": [FILES["snapshots/h.sql"].replace("select", "select 1 as one,")],
    "models/schema.yml": [
        FILES["models/schema.yml"].replace("not_null, ", ""),
        FILES["models/schema.yml"].replace("name: b", "name: gone"),
        FILES["models/schema.yml"].replace("[1]", "[2]"),
        "models: [",
    ],
    "models/docs.md": ["{% docs about %}Of B.{% enddocs %}", "{% docs other %}x{% enddocs %}"],
    "macros/m.sql": [
        "{% macro twice(c) %}3 * {{ c }}{% endmacro %}",
        "{% macro twice(c) %}{{ ref('c') }}{% endmacro %}",
        "{% macro ref(name) %}{{ builtins.ref(name) }}{% endmacro %}" + FILES["macros/m.sql"],
        "{% macro generate_schema_name(c, n) %}z{{ env_var('Z', '') }}{% endmacro %}"
        + FILES["macros/m.sql"],
    ],
    "seeds/s.csv": ["id,name\n1,two\n"],
    "models/new.sql": ["select * from {{ ref('b') }}"],
    "macros/new.sql": ["{% macro cents(c) %}{{ c }}{% endmacro %}"],
    "packages.yml": ["packages: []\n"],
    "selectors.yml": ["selectors: [{name: n, definition: a}]\n"],
}
write = st.sampled_from([(name, text) for name, texts in EDITS.items() for text in texts])
back = st.sampled_from([(name, FILES.get(name)) for name in EDITS])
environ = st.tuples(st.sampled_from(["MODE", "RAW", "Z"]), st.sampled_from(["x", "y", None]))
options = st.tuples(
    st.just("options"),
    st.sampled_from([
        Options(), Options(vars={"size": 3}), Options(full_refresh=True), Options(command="run"),
        Options(target_path="elsewhere"),
    ]),
)  # fmt: skip
again = st.just(("again", None))


def told(
    root: Path, environ_: dict[str, str], given_: Options, *, cache: bool
) -> tuple[object, ...]:
    """All that reading a project gives, or the error that it ends in."""
    heard: list[Event] = []
    outside = Outside(
        {"HOME": str(root), **environ_}, root, root, lambda: datetime(2026, 1, 1, tzinfo=UTC),
        heard.append,
    )  # fmt: skip
    try:
        loaded = load(replace(given_, cache=cache), outside)
    except RunnerError as error:
        return ("error", describe(error))
    said = [(e.message, e.at) for e in heard if isinstance(e, Logged)]
    return (*_values(loaded), said)


def _values(loaded: Loaded) -> tuple[object, ...]:
    return (
        {id: _plain(node) for id, node in loaded.nodes.items()}, list(loaded.nodes),
        loaded.linked.disabled.keys(), loaded.macros, loaded.docs, loaded.config.vars,
        loaded.selectors, loaded.graph.order, loaded.target,
    )  # fmt: skip


def _plain(node: object) -> str:
    # The time of the reading itself is in one of the edits.
    text = repr(node)
    return text.split("'now': '")[0] if "'now': '" in text else text


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.one_of(write, write, back, environ, options, again), max_size=7), st.booleans())
def test_any_edits_read_as_without_a_cache(edits: list[tuple[str, object]], settled: bool) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        environ_: dict[str, str] = {}
        given_ = Options()
        for name, text in FILES.items():
            _write(root / name, text, settled=settled)
        for name, value in [("again", None), *edits, ("again", None)]:
            if isinstance(value, Options):
                given_ = value
            elif name in ("MODE", "RAW", "Z"):
                environ_ = {k: v for k, v in environ_.items() if k != name}
                if isinstance(value, str):
                    environ_[name] = value
            elif name != "again" and value is None:
                (root / name).unlink(missing_ok=True)
            elif isinstance(value, str):
                _write(root / name, value, settled=settled)
            with_cache = told(root, environ_, given_, cache=True)
            assert with_cache == told(root, environ_, given_, cache=False)


def _write(file: Path, text: str, *, settled: bool) -> None:
    """Write a file; settled: as if it had been written long ago, always at the same time."""
    file.parent.mkdir(exist_ok=True)
    file.write_text(text, encoding="utf-8")
    if settled:
        os.utime(file, (LONG_AGO, LONG_AGO))


def test_an_unchanged_project_is_not_read_again(tmp_path: Path) -> None:
    count = _reads(tmp_path, lambda: None)
    assert count == (1, 0)


@pytest.mark.parametrize(
    ("name", "text", "reads"),
    [
        ("models/a.sql", "select 5 as id", 1),
        ("models/b.sql", FILES["models/b.sql"].replace("['t']", "['u']"), 1),
        ("models/b.sql", FILES["models/b.sql"] + " where id > 1", 0),
        ("models/c.sql", FILES["models/c.sql"] + ", 2 as two", 0),
        ("models/w.sql", FILES["models/w.sql"] + ", 2 as two", 1),  # was warned of, by its line
        ("models/off.sql", FILES["models/off.sql"] + ", 2 as two", 1),
        ("tests/t.sql", FILES["tests/t.sql"] + " and id < 9", 0),
        ("seeds/s.csv", "id,name\n1,two\n", 0),
        ("models/schema.yml", FILES["models/schema.yml"] + "\n", 1),
        ("macros/m.sql", FILES["macros/m.sql"] + "\n", 1),
        ("snapshots/h.sql", FILES["snapshots/h.sql"] + "\n", 1),
    ],
)
def test_a_text_that_refers_to_the_same_is_all_that_is_read_anew(
    tmp_path: Path, name: str, text: str, reads: int
) -> None:
    assert _reads(tmp_path, lambda: _write(tmp_path / name, text, settled=True)) == (1, reads)


def test_many_files_that_changed_one_after_another_are_known(tmp_path: Path) -> None:
    files = {f"models/m{n:02}.sql": f"select {n} as n" for n in range(30)}
    for name, text in {**FILES, **files}.items():
        _write(tmp_path / name, text, settled=False)
    for name in files:
        _write(tmp_path / name, files[name] + " as m", settled=False)
        with_cache = told(tmp_path, {}, Options(), cache=True)
        assert with_cache == told(tmp_path, {}, Options(), cache=False)


def _reads(root: Path, edit: Callable[[], None]) -> tuple[int, int]:
    """How often the project's files are read by a command, and by the next one after an edit."""
    import runner.app.load as loading

    for name, text in FILES.items():
        _write(root / name, text, settled=True)
    counts = []
    original = loading._read
    for _ in range(2):
        calls: list[int] = []

        def counted(*args: object) -> object:
            calls.append(1)  # noqa: B023  # called within the same turn
            return original(*args)  # type: ignore[arg-type]  # passed on

        loading._read = counted  # type: ignore[assignment]  # for the count
        try:
            told(root, {}, Options(), cache=True)
        finally:
            loading._read = original
        counts.append(len(calls))
        edit()
    return counts[0], counts[1]
