"""What on-run-start and on-run-end mean for what a build leaves: settings of the session that all
steps run in, and tables that they write to. Judged by the texts; nothing is rendered.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from runner.app.load import Loaded
from runner.sql.fingerprint import digest, normalized
from runner.template.world import find_var

_SETS = re.compile(r"(?<!%)(?<!%-)\s\b(?:set|reset|pragma|use|load|attach|detach)\b", re.IGNORECASE)
_ASKED = re.compile(r"\b(var|env_var)\s*\(\s*['\"]([^'\"]+)['\"]")
_REF = re.compile(r"\{\{\s*ref\(\s*['\"](\w+)['\"]\s*\)\s*\}\}")
_BRACES = re.compile(r"\{\{.*?\}\}")
_WRITES = re.compile(
    r"\b(?:insert\s+(?:or\s+\w+\s+)?into|update|delete\s+from|merge\s+into|truncate(?:\s+table)?"
    r"|alter\s+table(?:\s+if\s+exists)?)\s+((?:\.|\"[^\"]+\"|\w)+)",
    re.IGNORECASE,
)


def session_parts(loaded: Loaded) -> dict[str, str]:
    """What every node depends on where on-run-start sets something: its statements and, as a
    digest, the macros that it calls with the variables that these name. Else nothing.
    """
    hooks = [hook.text for hook in loaded.on_run_start]
    if not hooks:
        return {}
    macros = list(_called(loaded, hooks))
    if not any(_SETS.search(f" {text}") for text in (*hooks, *macros)):
        return {}
    parts = {"on-run-start": "\n".join(normalized(hook) for hook in hooks)}
    known = [*macros, *_answers(loaded, (*hooks, *macros))]
    if known:
        parts["on-run-start's macros"] = digest(known)
    return parts


def _called(loaded: Loaded, texts: Iterable[str]) -> Iterator[str]:
    """The texts of the macros that templates name, and of those that these name."""
    bodies: dict[str, list[str]] = {}
    for macro in loaded.macros:
        bodies.setdefault(macro.name, []).append(macro.text)
    left, seen = list(texts), set[str]()
    while left:
        for word in re.findall(r"\w+", left.pop()):
            if word in bodies and word not in seen:
                seen.add(word)
                left += bodies[word]
                yield from bodies[word]


def _answers(loaded: Loaded, texts: Iterable[str]) -> Iterator[str]:
    """What variables, environment and target are to the texts that name them."""
    world, config = loaded.world, loaded.config
    for text in texts:
        for kind, name in _ASKED.findall(text):
            found = (
                world.environ.get(name) if kind == "env_var"
                else find_var(name, config.name, config, world.packages, world.cli_vars)
            )  # fmt: skip
            yield f"{name}={found!r}"
        if re.search(r"\btarget\b", text):
            yield repr(world.target.shown())


def written(hooks: Iterable[str]) -> frozenset[str]:
    """The names of the tables that hooks write to, without schema, in lower case."""
    found: set[str] = set()
    for hook in hooks:
        text = _BRACES.sub("", _REF.sub(r"\1", hook))
        for name in _WRITES.findall(text):
            found.add(name.rpartition(".")[2].strip('"').lower())
    return frozenset(found)
