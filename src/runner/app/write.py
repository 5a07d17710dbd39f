"""What a command leaves in the target folder: compiled SQL and artifacts."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from runner import __version__
from runner.app.load import Loaded, Options, Outside
from runner.app.settings import secrets
from runner.errors import TargetError
from runner.output.artifacts.inputs import CompiledText, Contents, Facts, Invocation
from runner.project.cache import digest_of
from runner.project.nodes import Kind, Node
from runner.run.events import Result
from runner.sql.compile import Compiled


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
            content = item.sql.encode()
            if not _holds(path, content):
                path.write_bytes(content)
    except OSError as error:
        raise TargetError(
            f"compiled SQL cannot be written below {loaded.target_folder}: {error.strerror}"
        ) from None


def _holds(path: Path, content: bytes) -> bool:
    """Is this in the file already? A file that is not written keeps its time."""
    try:
        return path.stat().st_size == len(content) and path.read_bytes() == content
    except OSError:
        return False


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
    from runner.output.artifacts.inputs import manifest_metadata
    from runner.output.artifacts.write import json_without, write_json, write_text

    loaded.memory.keep_codes()
    told = invocation(loaded, options, outside)
    hidden = secrets(loaded.target, outside.environ)
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
    # Without SQL and types, a manifest says the same as long as the project is the same.
    plain = not texts and not types
    mark = digest_of((sorted(hidden), loaded.selectors.definitions))
    kept = loaded.memory.recall_text("manifest", mark) if plain else None
    head = json_without({"metadata": manifest_metadata(told)}, hidden)[:-1]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if plain and kept is not None:
            write_text(folder / "manifest.json", head + kept.decode())
        else:
            from runner.output.artifacts.manifest import manifest

            text = json_without(manifest(contents, told), hidden)
            write_text(folder / "manifest.json", text)
            if plain and text.startswith(head):
                loaded.memory.keep_text("manifest", mark, text[len(head) :].encode())
        if results is not None:
            from runner.output.artifacts.run_results import run_results

            found = run_results(results, told, elapsed=seconds)
            write_json(folder / "run_results.json", found, secrets=hidden)
        if types is not None:
            from runner.output.artifacts.catalog import catalog

            found = catalog(loaded.nodes, types, told, facts=facts)
            write_json(folder / "catalog.json", found, secrets=hidden)
    except OSError as error:
        raise TargetError(f"artifacts cannot be written in {folder}: {error.strerror}") from None
