"""A node's own hooks: statements before and after it is made, inside its transaction or not."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import suppress

from msgspec import Struct

from runner.project.nodes import Node
from runner.sql.tokens import is_empty


class Hook(Struct, frozen=True):
    """A pre- or post-hook: its template, and whether it belongs to the model's transaction."""

    sql: str
    inside: bool = True


def hooks_of(node: Node, key: str) -> list[Hook]:
    """The hooks that a node's configuration states under `pre_hook` or `post_hook`."""
    value = node.config.get(key)
    items = value if isinstance(value, list | tuple) else [] if value is None else [value]
    hooks = []
    for item in items:
        if isinstance(item, Mapping):
            hooks.append(Hook(str(item.get("sql") or ""), bool(item.get("transaction", True))))
        else:
            hooks.append(_text_hook(str(item)))
    return hooks


def rendered_hooks(
    node: Node, key: str, render: Callable[[str], str]
) -> tuple[list[str], list[str]]:
    """A node's hooks as SQL, empty ones left out: inside the transaction that makes it, and outside."""
    inside: list[str] = []
    outside: list[str] = []
    for hook in hooks_of(node, key):
        text = render(hook.sql)
        if not is_empty(text):
            (inside if hook.inside else outside).append(text)
    return inside, outside


def _text_hook(text: str) -> Hook:
    """A hook as text; `before_begin()` and `after_commit()` of dbt give JSON that says where."""
    if text.lstrip().startswith("{") and not text.lstrip().startswith(("{{", "{%", "{#")):
        with suppress(ValueError):
            said = json.loads(text)
            return Hook(str(said["sql"]), bool(said.get("transaction", True)))
    return Hook(text)
