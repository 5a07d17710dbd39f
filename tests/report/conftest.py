"""Shops to report of: the small one that is worked out by hand, and the demo shop, built once each."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from runner.report.figures import MODELS
from tests.conftest import Project, Result
from tests.support.once import demo_shop, linked
from tests.warehouse.test_small_shop import SHOP, shop_settings, written

COMPARED = ("agg_kpis_monthly", "agg_top_customers", "agg_rfm_migration", "customers_pii", "kpis",
            "top_customers")  # fmt: skip
"""What the tests compare a report with."""
MADE = ("--resource-type", "model", "--resource-type", "seed", "--resource-type", "function")


@dataclass(frozen=True)
class Shop:
    """A built warehouse in a folder of its own."""

    project: Project
    out: Path

    def report(self, *arguments: str) -> Result:
        return self.project.run("report", "--out", str(self.out), *arguments)

    def written(self, *arguments: str) -> str:
        """The page that a report writes."""
        result = self.report(*arguments)
        assert result.exit_code == 0, str(result)
        return Path(result.stdout.strip()).read_text("utf-8")


def made(folder: Path, variables: Mapping[str, object]) -> Shop:
    """Build what a report reads, without tests, in a project that is this repository's by links."""
    root = linked(folder / "runner")
    (root / "vars.yml").write_text(yaml.safe_dump(dict(variables)), "utf-8")
    project = Project(root, folder)
    parts = " ".join(f"+{name}" for name in (*MODELS, *COMPARED))
    project.build("-q", "--vars-file", "vars.yml", "--select", parts, *MADE)
    return Shop(project, folder / "out")


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """This repository's project in a folder of its own, with the tests of its build."""
    folder = tmp_path_factory.mktemp("report-demo")
    root = Path(shutil.copytree(demo_shop(tmp_path_factory), folder / "runner", symlinks=True))
    return Shop(Project(root, folder), folder / "out")


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    folder = tmp_path_factory.mktemp("report-small")
    return made(folder, shop_settings(written(folder / "data", SHOP)))


Make = Callable[[Mapping[str, str]], Shop]


@pytest.fixture
def of_files(tmp_path: Path) -> Make:
    """Builds a shop of other files: `{table: text}`."""

    def make(files: Mapping[str, str]) -> Shop:
        settings = shop_settings(written(tmp_path / "data", dict(files)))
        return made(tmp_path, {**settings, "as_of": None})

    return make
