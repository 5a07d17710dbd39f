"""A node's own hooks, as its configuration states them: statements before and after it is made.

Knows nothing of what they say.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress

from msgspec import Struct

from runner.project.nodes import Node


class Hook(Struct, frozen=True):
    """A pre- or post-hook: its template, and whether it belongs to the model's transaction."""

    sql: str
    inside: bool = True


def hooks_of(node: Node, *keys: str) -> list[Hook]:
    """The hooks that a node's configuration states under `pre_hook` or `post_hook`; both if neither
    is asked for.
    """
    hooks = []
    for key in keys or ("pre_hook", "post_hook"):
        value = node.config.get(key)
        items = value if isinstance(value, list | tuple) else [] if value is None else [value]
        for item in items:
            if isinstance(item, Mapping):
                hooks.append(Hook(str(item.get("sql") or ""), bool(item.get("transaction", True))))
            else:
                hooks.append(_text_hook(str(item)))
    return hooks


def _text_hook(text: str) -> Hook:
    """A hook as text; `before_begin()` and `after_commit()` of dbt give JSON that says where."""
    if text.lstrip().startswith("{") and not text.lstrip().startswith(("{{", "{%", "{#")):
        with suppress(ValueError):
            said = json.loads(text)
            return Hook(str(said["sql"]), bool(said.get("transaction", True)))
    return Hook(text)
