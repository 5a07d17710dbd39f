"""The built wheel in an environment of its own, and files read by other versions of DuckDB."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]
CLEAN = {
    key: value
    for key, value in os.environ.items()
    if not key.startswith(("PYTHONPATH", "RUNNER_", "DBT_"))
}


def sh(*command: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run a command to its end; what it said is shown when it fails."""
    done = subprocess.run(
        [str(part) for part in command], cwd=cwd, capture_output=True, text=True, check=False,
        env=CLEAN, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Makes an environment with the packages named: its Python."""
    count = iter(range(100))

    def make(*packages: str) -> Path:
        folder = tmp_path_factory.mktemp(f"venv{next(count)}")
        sh(
            sys.executable,
            "-m",
            "uv",
            "venv",
            "--quiet",
            "--clear",
            "--python",
            sys.executable,
            folder,
            cwd=ROOT,
        )
        python = folder / "bin" / "python"
        sh(sys.executable, "-m", "uv", "pip", "install", "--quiet", "--python", python,
           "-c", ROOT / "constraints.txt" if "duckdb>=2" not in packages else "/dev/null", *packages,
           cwd=ROOT)  # fmt: skip
        return python

    return make


@pytest.fixture(scope="module")
def shop(
    environment: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, str]:
    """A project made and built by the installed wheel: its folder, and what the build said."""
    wheels = tmp_path_factory.mktemp("wheels")
    sh(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", wheels, cwd=ROOT)
    (wheel,) = wheels.glob("*.whl")
    runner = environment(str(wheel)).with_name("runner")
    folder = tmp_path_factory.mktemp("user")
    assert sh(runner, "--version", cwd=folder).stdout.startswith("runner ")
    sh(runner, "init", "shop", cwd=folder)
    functions = folder / "shop" / "functions"
    functions.mkdir()
    (functions / "spent.sql").write_text(
        "{{ config(type='table') }}\n"
        "select c.customer, c.amount from {{ ref('customers') }} as c where c.amount >= least::int"
    )
    (functions / "spent.yml").write_text(
        "functions:\n- {name: spent, arguments: [{name: least, default_value: 0}]}"
    )
    said = sh(runner, "build", cwd=folder / "shop").stdout
    shown = sh(runner, "show", "customers", "--output", "csv", cwd=folder / "shop").stdout
    assert shown.splitlines()[1].startswith("Ada,2,32.25")
    return folder / "shop", said


def test_the_wheel_makes_and_builds_a_project(shop: tuple[Path, str]) -> None:
    assert "8 steps" in shop[1]
    assert (shop[0] / "warehouse.duckdb").is_symlink()


def test_duckdb_2_reads_what_was_published(
    shop: tuple[Path, str], environment: Callable[..., Path]
) -> None:
    python = environment("duckdb>=2")
    script = (
        "import duckdb, os\n"
        "with duckdb.connect('warehouse.duckdb', read_only=True) as db:\n"
        "    for s, t in db.execute('select table_schema, table_name from information_schema.tables').fetchall():\n"
        '        print(t, db.execute(f\'select count(*) from "{s}"."{t}"\').fetchone()[0], flush=True)\n'
        "    print('spent', db.execute('select count(*) from spent(least := ?)', ['33']).fetchone()[0])\n"
        "with duckdb.connect() as db:\n"
        "    db.execute(\"attach 'warehouse.duckdb' as other (read_only)\").execute('use other')\n"
        "    print('attached', db.execute('select count(*) from spent()').fetchone()[0], flush=True)\n"
        "os._exit(0)\n"  # 2.0.0 may hang when it exits
    )
    lines = sh(python, "-c", script, cwd=shop[0]).stdout.splitlines()
    assert "customers 2" in lines
    assert "stg_orders 3" in lines
    assert "spent 1" in lines, "Ben spent 35.50, Ada 32.25"
    assert "attached 2" in lines
