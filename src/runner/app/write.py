"""What a command leaves in the target folder: compiled SQL and artifacts."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from runner import __version__
from runner.app.load import Loaded, Options, Outside
from runner.errors import TargetError
from runner.output.artifacts.inputs import CompiledText, Contents, Facts, Invocation
from runner.project.nodes import Kind, Node
from runner.run.events import Result
from runner.sql.compile import Compiled

SECRET_WORDS = ("password", "secret", "token", "key")


def compiled_path(loaded: Loaded, node: Node) -> Path:
    """Where a node's compiled SQL is written."""
    definition = node.definition
    folder = loaded.target_folder / "compiled" / node.package
    if definition.check is not None:
        return folder / definition.file / definition.path
    if node.kind is Kind.SNAPSHOT:
        return folder / definition.file / f"{node.name}.sql"
    return folder / definition.file


def write_compiled(loaded: Loaded, compiled: Mapping[str, Compiled]) -> None:
    """Write compiled SQL below the target folder. Raises TargetError when that cannot be done."""
    made: set[Path] = set()
    try:
        for id, item in compiled.items():
            path = compiled_path(loaded, loaded.nodes[id])
            if path.parent not in made:
                path.parent.mkdir(parents=True, exist_ok=True)
                made.add(path.parent)
            path.write_text(item.sql, "utf-8")
    except OSError as error:
        raise TargetError(
            f"compiled SQL cannot be written below {loaded.target_folder}: {error.strerror}"
        ) from None


def invocation(loaded: Loaded, options: Options, outside: Outside) -> Invocation:
    """The command as artifacts describe it."""
    prefix = "DBT_ENV_CUSTOM_ENV_"
    return Invocation(
        id=loaded.world.invocation_id,
        started_at=loaded.world.started_at,
        generated_at=outside.now(),
        version=__version__,
        project_name=loaded.config.name,
        command=options.command,
        target_name=loaded.target.name,
        database=loaded.target.database,
        schema=loaded.target.schema,
        env={
            key.removeprefix(prefix): value
            for key, value in outside.environ.items()
            if key.startswith(prefix)
        },
        args=options.arguments,
        vars=options.vars,
    )


def known_seconds(loaded: Loaded) -> dict[str, float]:
    """How long steps took the last time, by the run_results.json that is there."""
    try:
        found = json.loads((loaded.target_folder / "run_results.json").read_text("utf-8"))
        return {r["unique_id"]: float(r["execution_time"]) for r in found["results"]}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def secrets(loaded: Loaded, outside: Outside) -> list[str]:
    """Texts that may not be written down: secret variables and what the profile calls secret."""
    found = [v for k, v in outside.environ.items() if k.startswith("DBT_ENV_SECRET")]
    for mapping in (*loaded.target.secrets, loaded.target.settings, *loaded.target.attach):
        for key, value in mapping.items():
            if any(word in str(key).lower() for word in SECRET_WORDS):
                found.append(str(value))
    return found


def write_artifacts(
    loaded: Loaded,
    options: Options,
    outside: Outside,
    compiled: Mapping[str, Compiled],
    results: Iterable[Result] | None = None,
    seconds: float = 0.0,
    types: Mapping[str, Mapping[str, str]] | None = None,
    facts: Mapping[str, Facts] | None = None,
) -> None:
    """Write manifest.json and, where they are given, run_results.json and catalog.json.

    types: id → column → type, of what is in the database.
    """
    from runner.output.artifacts.catalog import catalog
    from runner.output.artifacts.manifest import manifest
    from runner.output.artifacts.run_results import run_results
    from runner.output.artifacts.write import write_json

    told = invocation(loaded, options, outside)
    hidden = secrets(loaded, outside)
    root = loaded.config.root
    texts = {
        id: CompiledText(
            item.sql,
            tuple((cte, compiled[cte].sql if cte in compiled else "") for cte in item.ctes),
            str(compiled_path(loaded, loaded.nodes[id]).relative_to(root))
            if loaded.target_folder.is_relative_to(root) else None,
        )
        for id, item in compiled.items()
    }  # fmt: skip
    contents = Contents(
        loaded.nodes, tuple(loaded.linked.disabled.values()), loaded.macros, loaded.docs, texts,
        types or {}, loaded.selectors.definitions,
    )  # fmt: skip
    folder = loaded.target_folder
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_json(folder / "manifest.json", manifest(contents, told), secrets=hidden)
        if results is not None:
            found = run_results(results, told, elapsed=seconds)
            write_json(folder / "run_results.json", found, secrets=hidden)
        if types is not None:
            found = catalog(loaded.nodes, types, told, facts=facts)
            write_json(folder / "catalog.json", found, secrets=hidden)
    except OSError as error:
        raise TargetError(f"artifacts cannot be written in {folder}: {error.strerror}") from None
