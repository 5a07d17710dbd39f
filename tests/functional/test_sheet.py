"""What was compiled before is not rendered again, and only where it would come out the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from runner.template.environment import render_template
from tests.conftest import ProjectMaker

TABLE = "{{ config(materialized='table') }}\n"
FILES = {
    "macros/m.sql": "{% macro word() %}'one'{% endmacro %}",
    "models/a.sql": TABLE + "select 1 as id",
    "models/b.sql": TABLE
    + "select {{ word() }} as word, {{ var('n', 1) }} as n from {{ ref('a') }}",
    "models/e.sql": "{{ config(materialized='ephemeral') }}\nselect 1 as e",
    "models/models.yml": "models: [{name: a, columns: [{name: id, data_tests: [not_null]}]}]\n",
}


@pytest.fixture
def rendered(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The models and tests whose templates were rendered."""
    found: list[str] = []

    def noted(template, names):  # type: ignore[no-untyped-def]  # as render_template
        found.append(Path(template.name).stem)
        return render_template(template, names)

    monkeypatch.setattr("runner.template.render.render_template", noted)
    return found


def test_only_what_was_edited_is_rendered(project: ProjectMaker, rendered: list[str]) -> None:
    shop = project(FILES)
    shop.build()
    assert sorted(set(rendered)) == ["a", "b"]
    rendered.clear()
    shop.write("models/b.sql", FILES["models/b.sql"].replace("as n", "+ 5 as n"))
    shop.build()
    assert rendered == ["b"]
    assert shop.rows("select * from b") == [("one", 6)]


@dataclass(frozen=True)
class Case:
    """A model `m` that tells of something, and what it says before and after a change of that."""

    model: str
    before: list[tuple[object, ...]]
    after: list[tuple[object, ...]]
    files: Mapping[str, str]
    options: tuple[str, ...] = ()
    environ: Mapping[str, str] | None = None


CASES = {
    "a macro": Case(
        TABLE + "select {{ word() }} as x", [("one",)], [("two",)],
        {"macros/m.sql": "{% macro word() %}'two'{% endmacro %}"},
    ),
    "a variable": Case(
        TABLE + "select {{ var('n', 1) }} as x", [(1,)], [(3,)], {}, ("--vars", "n: 3")
    ),
    "an environment variable that only rendering asks for": Case(
        TABLE + "select '{% if execute %}{{ env_var('WORD', 'none') }}{% endif %}' as x",
        [("none",)], [("some",)], {}, environ={"WORD": "some"},
    ),
    "the text of an ephemeral parent": Case(
        TABLE + "select e as x from {{ ref('e') }}", [(1,)], [(2,)],
        {"models/e.sql": "{{ config(materialized='ephemeral') }}\nselect 2 as e"},
    ),
    "the text of another model, by graph": Case(
        TABLE + "select {{ graph.nodes['model.shop.e'].raw_code | length if execute else 0 }} as x",
        [(len(FILES["models/e.sql"].strip()),)], [(len(FILES["models/e.sql"].strip()) + 4,)],
        {"models/e.sql": FILES["models/e.sql"].strip() + " + 1"},
    ),
    "the kind of a parent": Case(
        TABLE + "select '{{ ref('a').type }}' as x", [("table",)], [("view",)],
        {"models/a.sql": "{{ config(materialized='view') }}\nselect 1 as id"},
    ),
    "an option": Case(
        TABLE + "select '{{ flags.FULL_REFRESH }}' as x", [("False",)], [("True",)], {},
        ("--full-refresh",),
    ),
    "what was selected": Case(
        TABLE + "select {{ selected_resources | length }} as x", [(4,)], [(1,)], {}, ("-s", "m"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", list(CASES))
def test_what_a_template_depends_on_is_seen(project: ProjectMaker, what: str) -> None:
    case = CASES[what]
    shop = project({**FILES, "models/m.sql": case.model})
    # The kind of a parent is what lies there when a build begins: it is known from the second on.
    shop.build()
    shop.build("--full")
    assert shop.rows("select x from m") == case.before
    for path, text in case.files.items():
        shop.write(path, text)
    for _ in range(2):
        result = shop.run("build", *case.options, env=dict(case.environ or {}))
        assert result.exit_code == 0, str(result)
    assert shop.rows("select x from m") == case.after


@pytest.mark.parametrize(
    "says", ["{{ log('hear, hear', info=true) }}", "{{ exceptions.warn('hear, hear') }}"]
)
def test_what_a_template_says_is_said_each_time(project: ProjectMaker, says: str) -> None:
    shop = project({**FILES, "models/m.sql": TABLE + says + "select 1 as x"})
    for _ in range(3):
        assert "hear, hear" in str(shop.build())


@pytest.mark.parametrize("word", ["invocation_id", "run_started_at", "range(999999999) | random"])
def test_what_is_another_each_time_is_rendered_each_time(
    project: ProjectMaker, rendered: list[str], word: str
) -> None:
    shop = project({**FILES, "models/m.sql": TABLE + f"select '{{{{ {word} }}}}' as x"})
    seen = set()
    for _ in range(3):
        shop.build()
        seen.add(str(shop.rows("select x from m")))
    assert len(seen) == 3
    assert rendered.count("m") >= 3


def test_a_build_of_a_few_models_leaves_the_others_known(
    project: ProjectMaker, rendered: list[str]
) -> None:
    shop = project(FILES)
    shop.build()
    shop.build("-s", "a")
    rendered.clear()
    shop.build("--full")
    assert rendered == []


def test_compiled_files_that_somebody_changed_are_written_again(project: ProjectMaker) -> None:
    shop = project(FILES)
    shop.build()
    file = shop.root / "target/compiled/shop/models/b.sql"
    sql = file.read_text()
    shop.build("--full")
    file.write_text("nonsense")
    shop.build("--full")
    assert file.read_text() == sql
    file.unlink()
    shop.build("--full")
    assert file.read_text() == sql


def test_a_sheet_of_another_checkout_is_not_believed(
    project: ProjectMaker, rendered: list[str]
) -> None:
    shop = project(FILES)
    shop.build()
    sheet = shop.root / "target/.cache/sheet"
    sheet.write_bytes(sheet.read_bytes().replace(b"'one'", b"'two'"))
    rendered.clear()
    shop.build("--full")
    assert sorted(set(rendered)) == ["a", "b"]
    assert shop.rows("select word from b") == [("one",)]


def test_a_project_with_a_secret_in_its_sql_keeps_none(project: ProjectMaker) -> None:
    """DBT_ENV_SECRET… may not be read by models, but a model may hold the same text."""
    shop = project({**FILES, "models/m.sql": TABLE + "select 'hunter22' as x"})
    result = shop.run("build", env={"DBT_ENV_SECRET_WORD": "hunter22"})
    assert result.exit_code == 0
    assert not (shop.root / "target/.cache/sheet").exists()
