"""What a command leaves behind for programs: artifacts, reports, annotations."""

from __future__ import annotations

import json
import subprocess
import sys
from xml.etree import ElementTree

import pytest

from tests.conftest import SOURCE, Project, ProjectMaker

FILES = {
    "seeds/raw.csv": "id\n1\n2\n",
    "models/stg.sql": "select * from {{ ref('raw') }}",
    "models/fct.sql": "{{ config(materialized='table') }}\nselect id, 1 / 2.0 as half from {{ ref('stg') }}",
    "models/models.yml": """
        models:
          - name: fct
            description: One row an id.
            columns:
              - name: id
                data_tests:
                  - unique
                  - accepted_values:
                      arguments: {values: [1]}
        """,
}


@pytest.fixture
def failed(project: ProjectMaker) -> Project:
    """A project whose build has a failing test."""
    return project(FILES)


# --- artifacts -----------------------------------------------------------------------------------------


def test_a_build_leaves_artifacts_that_load(failed: Project) -> None:
    assert failed.run("build").exit_code == 1
    manifest, results, catalog = (
        failed.artifact(f"{name}.json") for name in ("manifest", "run_results", "catalog")
    )
    versions = [a["metadata"]["dbt_schema_version"] for a in (manifest, results, catalog)]  # type: ignore[index]  # JSON
    assert versions == [
        "https://schemas.getdbt.com/dbt/manifest/v12.json",
        "https://schemas.getdbt.com/dbt/run-results/v6.json",
        "https://schemas.getdbt.com/dbt/catalog/v1.json",
    ]
    nodes = manifest["nodes"]
    assert isinstance(nodes, dict)
    assert nodes["model.shop.fct"]["depends_on"]["nodes"] == ["model.shop.stg"]
    assert nodes["model.shop.fct"]["relation_name"] == '"warehouse"."main"."fct"'
    assert failed.statuses()["unique_fct_id"] == "pass"
    found = catalog["nodes"]
    assert isinstance(found, dict)
    assert list(found["model.shop.fct"]["columns"]) == ["id", "half"]


def test_compiled_sql_is_written_and_runs(failed: Project) -> None:
    failed.run("build")
    compiled = failed.read("target/compiled/shop/models/fct.sql")
    assert "{{" not in compiled
    assert failed.run("build", "-s", "raw stg fct", "--indirect-selection", "empty").exit_code == 0
    assert failed.rows(compiled + " order by id")[0][0] == 1


ASKING = """
    -- depends_on: {{ ref('raw') }}
    {% set ids = [] %}
    {% if execute %}
      {% set ids = run_query('select id from ' ~ ref('raw') ~ ' order by id').columns[0].values() %}
    {% endif %}
    select 0 as zero{% for id in ids %}, {{ id }} as id_{{ id }}{% endfor %}
    """


@pytest.mark.parametrize("end", ["", " from nowhere"])
def test_sql_of_a_template_that_asks_the_database_was_not_written_down(
    project: ProjectMaker, end: str
) -> None:
    shop = project({"seeds/raw.csv": "id\n1\n2\n", "models/asking.sql": ASKING.strip() + end})
    assert shop.run("build").exit_code == (1 if end else 0)
    compiled = shop.read("target/compiled/shop/models/asking.sql")
    assert "select 0 as zero, 1 as id_1, 2 as id_2" in compiled
    nodes = shop.artifact("manifest.json")["nodes"]
    assert isinstance(nodes, dict)
    node = nodes["model.shop.asking"]
    assert (node["compiled"], node["compiled_code"]) == (True, compiled)
    assert node["compiled_path"] == "target/compiled/shop/models/asking.sql"


def test_unit_tests_and_python_models_leave_what_was_compiled(project: ProjectMaker) -> None:
    shop = project(
        {
            "models/one.sql": "select 1 as id",
            "models/two.py": "def model(dbt, session):\n    return dbt.ref('one')\n",
            "models/one.yml": """
                unit_tests:
                  - {name: is_one, model: one, given: [], expect: {rows: [{id: 1}]}}
                """,
        }
    )
    shop.build()
    assert "def model" in shop.read("target/compiled/shop/models/two.py")
    found = sorted(path.name for path in (shop.root / "target/compiled").rglob("*.*"))
    assert found[-2:] == ["one.sql", "two.py"]


def test_the_target_path_can_be_elsewhere(failed: Project) -> None:
    failed.run("build", "--target-path", "out")
    assert (failed.root / "out/manifest.json").is_file()
    assert not (failed.root / "target").exists()


def test_secrets_are_not_written_down(project: ProjectMaker) -> None:
    shop = project(
        {
            "profiles.yml": """
                shop:
                  outputs:
                    default:
                      type: duckdb
                      path: "{{ env_var('DBT_ENV_SECRET_FOLDER') }}.duckdb"
                """,
            "models/m.sql": "select 1 as id",
        }
    )
    result = shop.run("build", env={"DBT_ENV_SECRET_FOLDER": "hunter2"})
    assert result.exit_code == 0
    written = [p for p in (shop.root / "target").rglob("*") if p.is_file()]
    assert written
    for file in written:
        assert b"hunter2" not in file.read_bytes(), file


# --- reports -------------------------------------------------------------------------------------------


def test_junit_reports_each_test_and_what_it_found(failed: Project) -> None:
    failed.run("build", "--junit", "reports/junit.xml")
    root = ElementTree.parse(failed.root / "reports/junit.xml").getroot()
    cases = {case.get("name"): case for case in root.iter("testcase")}
    bad = [name for name, case in cases.items() if case.find("failure") is not None]
    assert bad == ["accepted_values_fct_id__1"]
    assert {"unique_fct_id", "fct", "stg", "raw"} <= set(cases)


def test_log_format_json_is_one_object_a_line(failed: Project) -> None:
    result = failed.run("build", "--log-format", "json")
    assert result.exit_code == 1
    assert result.stderr == ""
    assert len(result.events) >= 2 + 2 * 5  # begin and end, and both of each of five steps
    text = json.dumps(result.events)
    for name in ("raw", "stg", "fct", "accepted_values_fct_id__1"):
        assert name in text


def test_annotations_point_to_the_file_and_line_in_the_repository(
    failed: Project,
) -> None:
    repository = str(failed.root.parent)
    env = {"GITHUB_ACTIONS": "true", "GITHUB_WORKSPACE": repository,
           "GITHUB_STEP_SUMMARY": str(failed.root.parent / "summary.md")}  # fmt: skip
    result = failed.run("build", env=env)
    (line,) = [text for text in result.stdout.splitlines() if text.startswith("::error")]
    # The entry `- accepted_values:` stands on line 8 of models.yml.
    assert line.startswith("::error file=shop/models/models.yml,line=8,col=13,")
    summary = (failed.root.parent / "summary.md").read_text("utf-8")
    assert "accepted_values_fct_id__1" in summary
    failed.write("models/fct.sql", "select 1 as id,\n    nothing\nfrom {{ ref('stg') }}")
    result = failed.run("build", env=env)
    (line,) = [text for text in result.stdout.splitlines() if text.startswith("::error")]
    assert line.startswith("::error file=shop/models/fct.sql,line=2,col=5,")


def test_a_project_that_cannot_be_read_is_annotated_too(failed: Project) -> None:
    failed.write("models/fct.sql", "select *\nfrom {{ ref('stgg') }}")
    env = {"GITHUB_ACTIONS": "true", "GITHUB_WORKSPACE": str(failed.root.parent)}
    result = failed.run("build", env=env)
    assert result.exit_code == 2
    (line,) = [text for text in result.stdout.splitlines() if text.startswith("::error")]
    assert line.startswith("::error file=shop/models/fct.sql,line=2,col=9,")


def test_data_cannot_command_github(project: ProjectMaker) -> None:
    shop = project(
        {
            "models/m.sql": "select '::error::from the data' as text",
            "tests/t.sql": "select * from {{ ref('m') }}",
        }
    )
    result = shop.run("build", env={"GITHUB_ACTIONS": "true"})
    commands = [line for line in result.stdout.splitlines() if line.strip().startswith("::")]
    assert len(commands) == 1
    assert "from the data" not in commands[0]


def test_no_color_without_a_terminal(failed: Project) -> None:
    result = failed.run("build")
    assert "\x1b" not in result.stdout + result.stderr


def test_quiet_says_only_what_failed(failed: Project) -> None:
    quiet = failed.run("build", "--quiet").stdout
    assert "accepted_values_fct_id__1" in quiet
    assert "OK" not in quiet
    failed.write("models/models.yml", "models: []")
    assert failed.run("build", "--quiet").stdout == ""


# --- what is loaded ---------------------------------------------------------------------------------------

LOADED = """
import atexit, sys
from runner.cli import main
heavy = ("duckdb", "sqlglot", "jinja2", "rich", "yaml")
atexit.register(lambda: print([name for name in heavy if name in sys.modules], file=sys.stderr))
main()
"""


@pytest.mark.parametrize("option", ["--help", "--version", "build --help", "show -h"])
def test_help_and_version_load_no_database_and_no_templates(option: str) -> None:
    process = subprocess.run(
        [sys.executable, "-c", LOADED, *option.split()],
        capture_output=True, text=True, env={"PYTHONPATH": str(SOURCE)}, check=False,
    )  # fmt: skip
    assert (process.returncode, process.stderr) == (0, "[]\n")
    assert process.stdout


def test_a_build_loads_no_sql_parser(project: ProjectMaker) -> None:
    shop = project({"models/m.sql": "select 1 as id"})
    process = shop.spawn("build", code=LOADED)
    _, err = process.communicate(timeout=60)
    assert "sqlglot" not in err
    assert (process.returncode, err[:1]) == (0, "[")
