"""The artifacts by dbt-core's own JSON schemas, which know which keys may not be null.

Needs the Python of an environment with dbt-core: `RUNNER_PEER_PYTHON=/path/to/python`.
"""

from __future__ import annotations

import json
import os
import runpy
import subprocess
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from runner.output.artifacts.manifest import manifest
from runner.output.values import dumps

PEER = os.environ.get("RUNNER_PEER_PYTHON")
SCHEMAS = """
import json
from dbt.artifacts.schemas.catalog import CatalogArtifact as catalog
from dbt.artifacts.schemas.freshness import FreshnessExecutionResultArtifact as sources
from dbt.artifacts.schemas.manifest import WritableManifest as manifest
from dbt.artifacts.schemas.run import RunResultsArtifact as run_results
print(json.dumps({
    "manifest": manifest.json_schema(), "run_results": run_results.json_schema(),
    "catalog": catalog.json_schema(), "sources": sources.json_schema(),
}))
"""


@pytest.mark.skipif(PEER is None, reason="RUNNER_PEER_PYTHON is not set")
def test_artifacts_are_valid_by_dbts_own_schemas() -> None:
    here = Path(__file__).parent
    project = runpy.run_path(str(here / "test_output_manifest.py"))
    made: dict[str, Any] = runpy.run_path(str(here / "test_output_artifacts.py"))["artifacts"]()
    made["manifest"] = json.loads(dumps(manifest(project["CONTENTS"], project["INVOCATION"])))
    done = subprocess.run([str(PEER), "-c", SCHEMAS], capture_output=True, text=True, check=True)
    for name, schema in json.loads(done.stdout).items():
        errors = jsonschema.Draft202012Validator(schema).iter_errors(made[name])
        assert [jsonschema.exceptions.best_match([error]).message for error in errors] == []
