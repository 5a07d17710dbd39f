"""What a command leaves in the target folder: compiled SQL and artifacts."""

from __future__ import annotations

import json
import os
import posixpath
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from hashlib import blake2b
from pathlib import Path

from runner import __version__
from runner.app.load import Loaded, Options, Outside
from runner.app.settings import secrets
from runner.errors import TargetError
from runner.output.artifacts.inputs import CompiledText, Contents, Invocation
from runner.output.artifacts.pieces import Section, whole
from runner.plan.ledger import Ledger
from runner.project.nodes import Kind, Node
from runner.project.store import Look, digest_of, look_of
from runner.run.events import Result
from runner.sql.compile import Compiled


def compiled_file(node: Node) -> str:
    """Where a node's compiled SQL is written, below the target folder."""
    definition = node.definition
    parts = ["compiled", node.package, definition.file]
    if definition.check is not None:
        parts.append(definition.path)
    elif node.kind is Kind.SNAPSHOT:
        parts.append(f"{node.name}.sql")
    return "/".join(parts)


def write_compiled(
    loaded: Loaded,
    compiled: Mapping[str, Compiled],
    known: Callable[[str], Look | None] = lambda id: None,
) -> dict[str, tuple[str, Look]]:
    """Write compiled SQL below the target folder; gives the files' paths, and how they look.

    known: how the file of a node looked when it held this SQL. Raises TargetError when that cannot
    be done.
    """
    made: set[str] = set()
    outputs: dict[str, tuple[str, Look]] = {}
    below = str(loaded.target_folder)
    try:
        for id, item in compiled.items():
            path = f"{below}{os.sep}{compiled_file(loaded.nodes[id])}"
            look = known(id)
            if look is not None and look == _look(path):
                outputs[id] = path, look
                continue
            folder = os.path.dirname(path)
            if folder not in made:
                os.makedirs(folder, exist_ok=True)
                made.add(folder)
            content = item.sql.encode()
            if not _holds(path, content):
                with open(path, "wb") as file:
                    file.write(content)
            outputs[id] = path, look_of(path)
    except OSError as error:
        raise TargetError(
            f"compiled SQL cannot be written below {loaded.target_folder}: {error.strerror}"
        ) from None
    return outputs


def _look(path: str) -> Look | None:
    try:
        return look_of(path)
    except OSError:
        return None


def _holds(path: str, content: bytes) -> bool:
    """Is this in the file already? A file that is not written keeps its time."""
    try:
        if os.stat(path).st_size != len(content):
            return False
        with open(path, "rb") as file:
            return file.read() == content
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


def known_seconds(loaded: Loaded, ledger: Ledger) -> dict[str, float]:
    """How long steps took the last time, by the ledger or else by the run_results.json there is."""
    if ledger.entries:
        return {id: entry.seconds for id, entry in ledger.entries.items()}
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
) -> None:
    """Write manifest.json and, where they are given, run_results.json and catalog.json.

    types: id → column → type, of what is in the database.
    """
    from runner.output.artifacts.catalog import SCHEMA, catalog_sections
    from runner.output.artifacts.inputs import manifest_metadata, metadata
    from runner.output.artifacts.manifest import manifest_sections

    loaded.memory.keep_codes()
    loaded.memory.keep_amounts()
    told = invocation(loaded, options, outside)
    hidden = secrets(loaded.target, outside.environ)
    contents = Contents(
        loaded.nodes, tuple(loaded.linked.disabled.values()), loaded.macros, loaded.docs,
        _texts(loaded, compiled), types or {}, loaded.selectors.definitions,
    )  # fmt: skip
    folder = loaded.target_folder
    ground = digest_of((sorted(hidden), loaded.selectors.definitions, __version__,
                        loaded.memory.lineage))  # fmt: skip
    mark = partial(_mark, contents, ground)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        sections = manifest_sections(contents, told, ground, mark)
        _write_pieces(loaded, "manifest", manifest_metadata(told), sections, hidden)
        if results is not None:
            _write_results(folder / "run_results.json", results, told, seconds, hidden)
        if types is not None:
            sections = catalog_sections(loaded.nodes, types, mark=partial(_mark_of_types, ground))
            _write_pieces(loaded, "catalog", metadata(told, SCHEMA), sections, hidden)
    except OSError as error:
        raise TargetError(f"artifacts cannot be written in {folder}: {error.strerror}") from None


def _write_results(
    file: Path, results: Iterable[Result], told: Invocation, seconds: float, hidden: Sequence[str]
) -> None:
    """Write run_results.json, quickly where there is nothing to star out. Raises OSError."""
    from runner.output.artifacts.run_results import run_results, run_results_text
    from runner.output.artifacts.write import write_bytes, write_json

    results = tuple(results)
    if not hidden:
        with suppress(UnicodeEncodeError):  # half a character, say from a file's name
            write_bytes(file, run_results_text(results, told, elapsed=seconds))
            return
    write_json(file, run_results(results, told, elapsed=seconds), secrets=hidden)


def _texts(loaded: Loaded, compiled: Mapping[str, Compiled]) -> dict[str, CompiledText]:
    """Compiled SQL as a manifest tells it."""
    inside = loaded.target_folder.is_relative_to(loaded.config.root)
    below = posixpath.normpath(
        os.path.relpath(loaded.target_folder, loaded.config.root).replace(os.sep, "/")
    )
    return {
        id: CompiledText(
            item.sql,
            tuple((cte, compiled[cte].sql if cte in compiled else "") for cte in item.ctes),
            f"{below}/{compiled_file(loaded.nodes[id])}" if inside else None,
        )
        for id, item in compiled.items()
    }


def _mark(contents: Contents, ground: bytes, node: Node) -> bytes:
    """By what a node of the manifest is known again, beside the reading that it is of."""
    found = blake2b(ground, digest_size=16)
    text = contents.compiled.get(node.id)
    said = [node.definition.text, node.definition.checksum]
    if text is not None:
        said += [text.sql, str(text.path), *(part for cte in text.ctes for part in cte)]
    if node.properties.columns:
        said.append(repr(dict(contents.types.get(node.id, {}))))
    found.update("\0".join(said).encode(errors="surrogatepass"))
    return found.digest()


def _mark_of_types(ground: bytes, types: Mapping[str, str]) -> bytes:
    said = repr(dict(types)).encode(errors="surrogatepass")
    return blake2b(ground + said, digest_size=16).digest()


def _write_pieces(
    loaded: Loaded,
    name: str,
    metadata: Mapping[str, object],
    sections: Sequence[Section],
    hidden: Sequence[str],
) -> None:
    """Write an artifact, from pieces of what is there where they are the same. Raises OSError."""
    from runner.output.artifacts.pieces import assembled
    from runner.output.artifacts.write import has_any, json_without, write_bytes

    file, memory = loaded.target_folder / f"{name}.json", loaded.memory
    content, index = assembled(metadata, sections, file, memory.recall_index(name))
    if has_any(hidden, content):
        write_bytes(file, json_without(whole(metadata, sections), hidden).encode())
        return
    write_bytes(file, content)
    memory.keep_index(name, index)
