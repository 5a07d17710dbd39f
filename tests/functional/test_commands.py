"""The verbs that look: show, ls, compile, parse, debug, clean, init, help."""

from __future__ import annotations

import json

import pytest

from tests.conftest import Project, ProjectMaker

FILES = {
    "seeds/raw.csv": "id,name\n1,Ada\n2,Ben\n3,\n",
    "models/stg.sql": "{{ config(tags=['daily']) }} select * from {{ ref('raw') }}",
    "models/fct.sql": "{{ config(materialized='table') }}\nselect id * 10 as id from {{ ref('stg') }}",
    "models/models.yml": "models:\n  - name: fct\n    columns: [{name: id, data_tests: [unique]}]\n",
}


@pytest.fixture
def shop(project: ProjectMaker) -> Project:
    return project(FILES)


# --- show -------------------------------------------------------------------------------------------


def test_show_prints_a_table(shop: Project) -> None:
    shop.build()
    lines = [line.split() for line in shop.run("show", "raw").stdout.splitlines()]
    assert lines[0] == ["id", "name"]
    assert lines[2:5] == [["1", "Ada"], ["2", "Ben"], ["3", "NULL"]]


def test_show_prints_csv_and_json(shop: Project) -> None:
    shop.build()
    assert shop.run("show", "raw", "--output", "csv").stdout == "id,name\n1,Ada\n2,Ben\n3,\n"
    rows = json.loads(shop.run("show", "raw", "--output", "json").stdout)
    assert rows == [{"id": 1, "name": "Ada"}, {"id": 2, "name": "Ben"}, {"id": 3, "name": None}]


def test_show_prints_as_many_rows_as_are_asked_for(shop: Project) -> None:
    shop.build()
    assert len(shop.run("show", "raw", "-n", "2", "--output", "csv").stdout.splitlines()) == 3
    shop.write("seeds/raw.csv", "id,name\n" + "".join(f"{n},x\n" for n in range(25)))
    shop.build()
    assert len(shop.run("show", "raw", "--output", "csv").stdout.splitlines()) == 11
    assert len(shop.run("show", "raw", "-n", "-1", "--output", "csv").stdout.splitlines()) == 26


def test_show_inline_runs_a_template(shop: Project) -> None:
    shop.build()
    result = shop.run(
        "show", "--inline", "select max(id) as most from {{ ref('fct') }};", "--output", "csv"
    )
    assert (result.exit_code, result.stdout, result.stderr) == (0, "most\n30\n", "")


def test_show_reads_while_a_reader_holds_the_database(shop: Project) -> None:
    shop.build()
    before = shop.database.resolve()
    shop.run("show", "fct")
    assert shop.database.resolve() == before


def test_show_of_an_ephemeral_model_runs_its_query(project: ProjectMaker) -> None:
    shop = project(
        {
            **FILES,
            "models/e.sql": "{{ config(materialized='ephemeral') }} select count(*) as n from {{ ref('stg') }}",
        }
    )
    shop.build()
    assert shop.run("show", "e", "--output", "csv").stdout == "n\n3\n"


# --- ls, compile, parse, debug -------------------------------------------------------------------------


def test_ls_lists_a_selection(shop: Project) -> None:
    assert shop.run("ls", "-s", "tag:daily").stdout == "shop.stg\n"
    assert shop.run("ls", "--output", "path", "--resource-type", "model").stdout.split() == [
        "models/fct.sql", "models/stg.sql",
    ]  # fmt: skip
    assert shop.run("list", "-s", "+fct", "--output", "name").stdout.split() == [
        "fct", "stg", "raw", "unique_fct_id",
    ]  # fmt: skip
    without = shop.run("ls", "--output", "name", "--exclude-resource-type", "model")
    assert without.stdout.split() == ["raw", "unique_fct_id"]
    both = shop.run("ls", "--output", "name", "--exclude-resource-type", "seed", "test")
    assert both.stdout.split() == ["fct", "stg"]
    named = {"DBT_EXCLUDE_RESOURCE_TYPES": "seed test"}
    assert shop.run("ls", "--output", "name", env=named).stdout.split() == ["fct", "stg"]
    wrong = shop.run("ls", "--exclude-resource-type", "unit_tests")
    assert wrong.exit_code == 2
    assert "did you mean unit_test?" in wrong.stderr
    first = json.loads(shop.run("ls", "-s", "fct", "--output", "json").stdout.splitlines()[0])
    assert first["unique_id"] == "model.shop.fct"
    assert not (shop.root / ".runner").exists(), "looking builds nothing"


def test_ls_named_analyses_that_nobody_asked_for(shop: Project) -> None:
    shop.write("analyses/deep/look.sql", "select * from {{ ref('fct') }}")
    assert "look" not in shop.run("ls").stdout
    assert "look" not in shop.run("ls", "-s", "fct+").stdout
    for kind in ("analysis", "all"):
        said = shop.run("ls", "-s", "fct+", "--resource-type", kind).stdout
        assert "shop.analysis.deep.look" in said.split(), "as dbt names it"


def test_ls_named_sources_without_their_source_and_took_one_key(shop: Project) -> None:
    shop.write("models/raw.yml", "sources: [{name: raw, tables: [{name: orders}]}]\n")
    said = shop.run("ls", "--output", "name", "--resource-type", "source").stdout
    assert said == "raw.orders\n"
    keys = ("--output-keys", "name", "resource_type")
    said = shop.run("ls", "--output", "json", *keys, "-s", "fct").stdout
    assert json.loads(said.splitlines()[0]) == {"name": "fct", "resource_type": "model"}


def test_compile_prints_one_models_sql(shop: Project) -> None:
    result = shop.run("compile", "-s", "fct", "--full-refresh")
    assert 'select id * 10 as id from "warehouse"."main"."stg"' in result.stdout
    assert shop.run("compile").exit_code == 0
    assert shop.read("target/compiled/shop/models/fct.sql").strip() in result.stdout
    inline = shop.run("compile", "--inline", "select {{ 1 + 1 }} from {{ ref('fct') }}")
    assert inline.stdout == 'select 2 from "warehouse"."main"."fct"\n'
    assert not shop.database.exists()


def test_verbs_that_look_were_refused_with_dbts_quiet_and_threads(project: ProjectMaker) -> None:
    shop = project({"models/a.sql": "select 1 as id"})
    for words in (("--quiet", "parse"), ("parse", "-q", "--threads", "4")):
        result = shop.run(*words)
        assert (result.exit_code, result.stdout, result.stderr) == (0, "", "")
    assert shop.run("--threads", "2", "compile", "--quiet", "-s", "a").stdout == "select 1 as id\n"
    shop.build()
    assert shop.run("show", "-q", "--inline", "select 1 as n").exit_code == 0


def test_parse_reads_the_project_and_writes_its_manifest(shop: Project) -> None:
    result = shop.run("parse")
    assert result.stdout == "shop: 2 models, 1 seed, 1 test\n"
    assert "model.shop.fct" in json.dumps(shop.artifact("manifest.json"))


def test_debug_says_what_is_there(shop: Project) -> None:
    result = shop.run("debug")
    assert result.exit_code == 0
    assert "not made yet: runner build" in result.stdout
    shop.build()
    result = shop.run("debug")
    assert "warehouse.duckdb: 3 relations" in result.stdout
    assert result.stdout.endswith("all is well\n")


def test_debug_says_what_is_wrong(shop: Project) -> None:
    shop.write("models/fct.sql", "select * from {{ ref('stgg') }}")
    result = shop.run("debug")
    assert result.exit_code == 2
    assert "models/fct.sql:1:18" in result.stdout


# --- clean and init --------------------------------------------------------------------------------------


def test_clean_deletes_what_was_made_but_not_the_database(shop: Project) -> None:
    shop.build()
    result = shop.run("clean")
    assert (result.exit_code, result.stdout) == (0, "deleted target\n")
    assert not (shop.root / "target").exists()
    assert shop.value("select count(*) from fct") == 3


@pytest.mark.parametrize("folder", ["..", "models", ".", "/tmp"])
def test_clean_refuses_to_delete_what_was_written_by_hand(shop: Project, folder: str) -> None:
    shop.write("pyproject.toml", f'[tool.runner]\nname = "shop"\nclean-targets = ["{folder}"]\n')
    result = shop.run("clean")
    assert result.exit_code == 2
    assert shop.read("models/stg.sql")


# --- help ------------------------------------------------------------------------------------------------

VERBS = ("build", "run", "test", "seed", "snapshot", "compile", "ls", "show", "parse", "debug", "clean", "init")  # fmt: skip


def test_help_names_every_verb(shop: Project) -> None:
    out = shop.run("--help").stdout
    for verb in VERBS:
        assert f"\n  {verb} " in out


@pytest.mark.parametrize("verb", VERBS)
def test_the_help_of_a_verb_has_an_example(shop: Project, verb: str) -> None:
    out = shop.run(verb, "--help").stdout
    assert f"Example: runner {verb}" in out


def test_version_is_one_line(shop: Project) -> None:
    from runner import __version__

    assert shop.run("--version").stdout == f"runner {__version__}\n"


def test_the_version_is_said_before_anything_is_imported(shop: Project) -> None:
    from runner import __version__

    code = (
        "import sys\nfrom runner.__main__ import main\nmain()\n"
        "print(sorted({'typer', 'msgspec', 'jinja2', 'duckdb'} & set(sys.modules)))"
    )
    said, wrong = shop.spawn("--version", code=code).communicate(timeout=60)
    assert (said, wrong) == (f"runner {__version__}\n[]\n", "")
