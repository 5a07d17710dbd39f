"""Measure the runner against raw DuckDB, and against dbt where it is given: a table of ratios.

    python benchmarks/run.py --shared ../shared [--dbt .venv-dbt/bin/dbt] [--models 1000]

All figures are CPU seconds (user and system) of a whole process with its children, so that they
hold on a busy machine; the ratios are those of one run. `raw` is DuckDB alone with the same SQL and
tests (../shared/bench/raw_run.py); `tuned` is the same in one transaction, on one thread, with the
tests in one statement. Each step is done `--repeat` times and the least counts. Nothing is written
outside a temporary folder.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

SOURCE = Path(__file__).parents[1] / "src"
QUIET = {
    "DBT_SEND_ANONYMOUS_USAGE_STATS": "false", "DO_NOT_TRACK": "1", "NO_COLOR": "1",
    "DBT_VERSION_CHECK": "false",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Cost:
    """What a process used: CPU seconds, and its largest resident size in MB."""

    cpu: float
    memory: float


Doing = Callable[[], Cost]


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the runner: CPU seconds and ratios.")
    parser.add_argument("--shared", type=Path, required=True, help="the folder with bench/")
    parser.add_argument("--dbt", type=Path, help="dbt's command, to measure as well")
    parser.add_argument("--models", type=int, default=1000)
    parser.add_argument("--repeat", type=int, default=2)
    given = parser.parse_args()
    bench = given.shared.resolve() / "bench"
    with tempfile.TemporaryDirectory(prefix="runner-bench-") as folder:
        root = Path(folder)
        generate(bench, root, given.models)
        runner_steps(root)["full build"]()  # Python compiles its modules once
        ours = {
            step: least(step, doing, given.repeat) for step, doing in runner_steps(root).items()
        }
        raw = {
            step: least(step, doing, given.repeat) for step, doing in raw_steps(bench, root).items()
        }
        theirs: dict[str, Cost] = {}
        if given.dbt:
            dbt = given.dbt.absolute()
            # Once: dbt takes minutes, and its figures vary less than ours.
            try:
                dbt_steps(dbt, root)["start"]()  # Python compiles its modules once
                for step, doing in dbt_steps(dbt, root).items():
                    theirs[step] = least(f"dbt {step}", doing, 1)
            except RuntimeError as error:
                print(f"  dbt is left out from here on: {error}", file=sys.stderr)
    print(table(ours, raw, theirs, given.models))


def generate(bench: Path, root: Path, models: int) -> None:
    """The project of ../shared/bench, for dbt's format and as raw SQL."""
    command = [sys.executable, str(bench / "gen.py"), str(root), "--models", str(models),
               "--tools", "dbt,raw"]  # fmt: skip
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def cost(command: list[str], folder: Path, environ: Mapping[str, str]) -> Cost:
    """Run a command and say what it used. Raises RuntimeError when it fails."""
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(
            command, cwd=folder, env={**os.environ, **environ}, stdout=said, stderr=said,
            stdin=subprocess.DEVNULL,
        )  # fmt: skip
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            said.seek(0)
            end = said.read()[-1000:].decode(errors="replace")
            raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}: {end}")
    per_mb = 1024 * 1024 if sys.platform == "darwin" else 1024
    return Cost(used.ru_utime + used.ru_stime, used.ru_maxrss / per_mb)


def least(step: str, doing: Doing, repeat: int) -> Cost:
    """The cheapest of several runs of a step."""
    print(f"  {step} …", file=sys.stderr, end="", flush=True)
    found = [doing() for _ in range(repeat)]
    print(f" {', '.join(f'{each.cpu:.2f}' for each in found)}", file=sys.stderr, flush=True)
    return min(found, key=lambda each: each.cpu)


def fresh(root: Path, *, keep_target: bool = False) -> Path:
    """The dbt-style project as it was generated, with the source tables and nothing built."""
    project = root / "dbt"
    for folder in (".runner", *(() if keep_target else ("target",))):
        shutil.rmtree(project / folder, ignore_errors=True)
    (project / "warehouse.duckdb").unlink(missing_ok=True)
    (project / "warehouse.duckdb.wal").unlink(missing_ok=True)
    shutil.copy(root / "source.duckdb", project / "warehouse.duckdb")
    return project


def edit_leaf(project: Path) -> None:
    """Change what one model that nothing reads gives."""
    file = max((project / "models" / "marts").glob("*.sql"))
    text = file.read_text("utf-8")
    file.write_text(text.replace(" as model_no", " + 1 as model_no", 1), encoding="utf-8")


def compiled_modules(root: Path) -> dict[str, str]:
    """Where Python keeps what it compiled, for everybody: without it dbt's start takes twice as long."""
    return {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(root / "pycache")}


def runner_steps(root: Path) -> dict[str, Doing]:
    """The runner's steps, in an order in which each finds what it needs."""
    environ = {"PYTHONPATH": str(SOURCE), **compiled_modules(root)}
    command = [sys.executable, "-m", "runner"]

    def run(project: Path, *arguments: str) -> Cost:
        return cost([*command, *arguments], project, environ)

    def parse_cold() -> Cost:
        return run(fresh(root), "parse")

    def edited() -> Cost:
        edit_leaf(root / "dbt")
        return run(root / "dbt", "build", "-q")

    return {
        "start": lambda: run(root / "dbt", "--version"),
        "parse cold": parse_cold,
        "parse warm": lambda: run(root / "dbt", "parse"),
        "full build": lambda: run(fresh(root), "build", "-q"),
        "full build, templates known": lambda: run(fresh(root, keep_target=True), "build", "-q"),
        "again, nothing changed": lambda: run(root / "dbt", "build", "-q"),
        "one leaf edited": edited,
    }


def raw_steps(bench: Path, root: Path) -> dict[str, Doing]:
    """DuckDB alone on the same SQL: as it comes, and tuned."""

    def run(*arguments: str) -> Cost:
        # Named otherwise than the schema `raw` that is in it: the names would be ambiguous.
        file = root / "raw" / "source_limit.duckdb"
        file.unlink(missing_ok=True)
        shutil.copy(root / "source.duckdb", file)
        command = [sys.executable, str(bench / "raw_run.py"), "compiled.json", file.name]
        return cost([*command, *arguments], root / "raw", compiled_modules(root))

    return {
        "raw": lambda: run("--tests", "each"),
        "tuned": lambda: run("--one-txn", "--threads", "1", "--tests", "union"),
    }


def dbt_steps(dbt: Path, root: Path) -> dict[str, Doing]:
    """dbt's steps; `state:modified+` is what it has for building only what changed."""

    def run(*arguments: str) -> Cost:
        return cost([str(dbt), *arguments], root / "dbt", {**QUIET, **compiled_modules(root)})

    def build() -> Cost:
        project = fresh(root)
        found = run("build", "-q")
        shutil.rmtree(project / "before", ignore_errors=True)
        (project / "before").mkdir()
        shutil.copy(project / "target" / "manifest.json", project / "before" / "manifest.json")
        return found

    modified = ("build", "-q", "-s", "state:modified+", "--state", "before")

    def edited() -> Cost:
        edit_leaf(root / "dbt")
        return run(*modified)

    def parse_cold() -> Cost:
        fresh(root)
        return run("parse", "--no-partial-parse")

    return {
        "start": lambda: run("--version"),
        "parse cold": parse_cold,
        "parse warm": lambda: run("parse"),
        "full build": build,
        "again, nothing changed": lambda: run(*modified),
        "one leaf edited": edited,
    }


def table(
    ours: Mapping[str, Cost], raw: Mapping[str, Cost], theirs: Mapping[str, Cost], models: int
) -> str:
    """The figures as a Markdown table."""
    lines = [
        f"{models:,} models. CPU seconds; raw DuckDB {raw['raw'].cpu:.2f}"
        f" ({raw['raw'].memory:.0f} MB), tuned {raw['tuned'].cpu:.2f}.",
        "",
        "| step | runner | of raw | of tuned | dbt | dbt / runner |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for step, found in ours.items():
        built = step.startswith("full build")
        other = theirs.get("full build" if built else step)
        cells = (
            step,
            f"{found.cpu:.2f}",
            f"{found.cpu / raw['raw'].cpu:.2f}" if built else "",
            f"{found.cpu / raw['tuned'].cpu:.2f}" if built else "",
            f"{other.cpu:.1f}" if other else "",
            f"{other.cpu / found.cpu:.0f}" if other else "",
        )
        lines.append(f"| {' | '.join(cells)} |")
    built_memory, limit = ours["full build"].memory, raw["raw"].memory
    other = theirs.get("full build")
    lines.append(
        f"| peak memory of the full build, MB | {built_memory:.0f} | {built_memory / limit:.2f} | |"
        f" {f'{other.memory:.0f}' if other else ''} | |"
    )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
