"""Pass 1 by a scan of the text finds what rendering finds, wherever the scan answers at all."""

from __future__ import annotations

import tomllib
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from runner.project.nodes import Captured, Definition, Kind
from runner.template.discover import _rendered
from runner.template.scan import Scanner
from tests.support.worlds import make_library, make_world

MACROS = """
{% macro cents(column) %}round({{ column }} * 100){% endmacro %}
{% macro nested(column) %}{{ cents(column) }}{% endmacro %}
{% macro reads() %}{{ ref('hidden') }}{% endmacro %}
{% macro called() %}{{ function('hidden') }}{% endmacro %}
{% macro reads_deeper() %}{{ reads() }}{% endmacro %}
{% macro configures() %}{{ config(tags=['by_macro']) }}{% endmacro %}
{% macro looped(names) %}{% for n in names %}{{ n }}{{ "," if not loop.last }}{% endfor %}{% endmacro %}
"""
PIECES = st.sampled_from(
    [
        "select 1", "-- it's a comment", "'one { brace', ", "{# {{ ref('commented') }} #}",
        "{{ ref('orders') }}", '{{ ref("orders") }}', "{{- ref('a', 'b') -}}", "{{ ref('x', v=2) }}",
        "{{ function('kpis') }}(1, a := 2)", "{{ function('p', 'kpis') }}", "{{ called() }}",
        "{{ source('raw', 'orders') }}", "{{ config(materialized='table') }}",
        "{{ config(tags=['a', 'b'], unique_key=['id']) }}", "{{ config(tags='c') }}",
        "{{ config(schema=target.name) }}", "{{ var('known') }}", "{{ var('other', 3) }}",
        "{% set names = var('listed') %}", "{% set x = ref('in_set') %}", "{% set y = 1 %}{{ y }}",
        "{% if var('known') %}{{ ref('conditional') }}{% endif %}",
        "{% if false %}{{ ref('never') }}{% else %}{{ ref('always') }}{% endif %}",
        "{% for n in ['p', 'q'] %}{{ ref(n) }}{% endfor %}",
        "{% for n in ['p', 'q'] %}{{ n }}{{ ',' if not loop.last }}{% endfor %}",
        "{{ cents('amount') }}", "{{ nested('amount') }}", "{{ reads() }}", "{{ reads_deeper() }}",
        "{{ configures() }}", "{{ looped(['a']) }}", "{{ cents(ref('argument')) }}",
        "{{ target.schema | upper }}", "{{ this }}", "{% if is_incremental() %}{{ ref('inc') }}{% endif %}",
        "{% if execute %}{{ ref('late') }}{% endif %}", "{% do log('x') %}", "{% raw %}{{ ref('raw') }}{% endraw %}",
        "{{ 'text with {{ braces }}' }}", "{% set block %}{{ ref('in_block') }}{% endset %}",
        "{{ env_var('HOME_OF_TESTS', 'none') }}", "{{ loop_name if loop_name is defined else ref('d') }}",
        "{{ \"ref('quoted')\" }}", "{{ dbt.type_string() }}", "{{ unknown }}",
    ]
)  # fmt: skip
VARIABLES: dict[str, object] = {"known": True, "listed": ["a"]}


def same(scanned: Captured, rendered: Captured) -> bool:
    return (
        scanned.refs == rendered.refs
        and scanned.sources == rendered.sources
        and scanned.functions == rendered.functions
        and dict(scanned.config) == dict(rendered.config)
        and set(scanned.macros) >= set(rendered.macros)
    )


def both(text: str) -> tuple[Captured | None, Captured]:
    world, library = make_world(VARIABLES), make_library(MACROS)
    definition = Definition(
        Kind.MODEL, "m", "shop", "m.sql", "models/m.sql", "models/m.sql", text=text
    )
    return Scanner(library).scan(text, "shop"), _rendered(text, definition, world, library)


@given(st.lists(PIECES, max_size=6).map("\n".join))
def test_a_scan_finds_what_rendering_finds(text: str) -> None:
    scanned, rendered = both(text)
    if scanned is not None:
        assert same(scanned, rendered), text


def test_the_scan_answers_for_what_most_models_look_like() -> None:
    text = (
        "{{ config(materialized='table', tags=['a']) }}\n{% set names = var('listed') %}\n"
        "select {{ cents('x') }}, {% for n in names %}{{ n }}{{ ',' if not loop.last }}{% endfor %}\n"
        "from {{ ref('orders') }} join {{ source('raw', 'items') }} using (id)"
    )
    scanned, rendered = both(text)
    assert scanned is not None
    assert same(scanned, rendered)
    assert [ref.name for ref in scanned.refs] == ["orders"]


def test_the_scan_leaves_hidden_references_to_rendering() -> None:
    for text in ("{{ reads() }}", "{{ reads_deeper() }}", "{{ configures() }}",
                 "{% if true %}{{ ref('a') }}{% endif %}", "{{ cents(ref('a')) }}"):  # fmt: skip
        assert both(text)[0] is None, text


def test_the_models_of_this_repository_are_found_alike() -> None:
    root = Path(__file__).parents[2]
    texts = [file.read_text("utf-8") for file in sorted((root / "models").rglob("*.sql"))]
    settings = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))
    world = make_world(settings["tool"]["runner"]["vars"])
    library = make_library("\n".join(f.read_text("utf-8") for f in (root / "macros").glob("*.sql")))
    answered = 0
    for text in texts:
        scanned = Scanner(library).scan(text, "shop")
        if scanned is not None:
            definition = Definition(
                Kind.MODEL, "m", "shop", "m.sql", "models/m.sql", "models/m.sql", text=text
            )
            assert same(scanned, _rendered(text, definition, world, library))
            answered += 1
    assert answered > len(texts) / 4
