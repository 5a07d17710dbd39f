"""What opening a DuckDB file takes: what a connection is told first, and what a refusal means.

Opens nothing itself.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from runner.engines import InUse, Opening
from runner.errors import Location, TargetError
from runner.project.nodes import literal, quote

UNITS = ("bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB")
"""What DuckDB counts memory in, each 1,024 of the one before."""


def setting(value: object) -> str:
    """A value of a setting, as DuckDB takes it."""
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def bytes_of(size: str) -> int:
    """A size as DuckDB writes it: `953.6 MiB`, `0 bytes`. Raises ValueError for anything else."""
    number, _, unit = size.partition(" ")
    return int(float(number) * 1024 ** UNITS.index(unit))


def cannot_open(opening: Opening, said: str, version: str) -> TargetError:
    """The error of a file that DuckDB of a version did not open, by what it said."""
    # A person knows the path of the profile, not that of a release behind it.
    path = opening.target.path if opening.target.is_file else opening.path
    try:
        message = str(json.loads(said[said.index("{") :])["exception_message"])
    except (ValueError, KeyError, TypeError):
        message = re.sub(r"^[\w ]+ Error: ", "", said)
    first = message.split("\n")[0]
    if "set lock on file" in first:
        holder = re.search(r"Conflicting lock is held in (.+?)(?: by user .*)?\.(?: |$)", message)
        return InUse(
            f"{path} is in use" + (f" by {holder[1]}" if holder else ""),
            hint="close the program that has it open for writing, or wait for it",
        )
    if "not recognized" in first:
        return TargetError(
            f"target {opening.target.name!r} cannot be set up: {first}",
            at=Location(opening.target.file),
            hint="check config_options",
        )
    if "newer version of DuckDB" in message:
        return TargetError(
            f"{path} was written by a newer DuckDB than {version}, and cannot be read",
            hint="use that version, or move the file away and build anew",
        )
    if "not a valid DuckDB database file" in first:
        return TargetError(
            f"{path} is no DuckDB database",
            hint="move it away, or give another path in profiles.yml",
        )
    if "Could not read enough bytes" in first or "checksum" in first.lower():
        return TargetError(
            f"{path} is damaged or only a part of a database: {first.replace(opening.path, path)}",
            hint="put a whole copy in its place, or move it away and build anew",
        )
    return TargetError(f"{path} cannot be opened: {first}")


def setup_statements(opening: Opening) -> list[str]:
    """What a fresh connection is told before anything else."""
    target = opening.target
    statements: list[str] = []
    if opening.files_from is not None:
        statements.append(f"set file_search_path = {literal(str(opening.files_from))}")
    for extension in target.extensions:
        if isinstance(extension, Mapping):
            name, repository = str(extension.get("name")), extension.get("repo")
            source = f" from {repository}" if repository else ""
            statements += [f"install {quote(name)}{source}", f"load {quote(name)}"]
        else:
            statements += [f"install {quote(str(extension))}", f"load {quote(str(extension))}"]
    statements += [_secret(secret) for secret in target.secrets]
    for entry in target.attach:
        alias = f" as {quote(str(entry['alias']))}" if entry.get("alias") else ""
        options = []
        if entry.get("type"):
            options.append(f"type {entry['type']}")
        if entry.get("read_only"):
            options.append("read_only")
        given = entry.get("options")
        if isinstance(given, Mapping):
            options += [f"{key} {literal(str(value))}" for key, value in given.items()]
        tail = f" ({', '.join(options)})" if options else ""
        path = str(entry.get("path"))
        if "://" not in path and ":" not in path and not path.startswith("/"):
            path = str(opening.folder / path)
        statements.append(f"attach if not exists {literal(path)}{alias}{tail}")
    statements += [
        f"set {quote(key)} = {literal(setting(value))}" for key, value in target.settings.items()
    ]
    return statements


def _secret(secret: Mapping[str, object]) -> str:
    values = dict(secret)
    name = values.pop("name", None)
    scope = values.pop("persistent", False)
    head = f"create or replace {'persistent ' if scope else ''}secret"
    parts = [f"{key} {literal(str(value))}" for key, value in values.items() if key != "type"]
    parts.insert(0, f"type {values.get('type')}")
    return f"{head}{f' {quote(str(name))}' if name else ''} ({', '.join(parts)})"
