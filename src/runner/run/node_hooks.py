"""A node's own hooks as SQL: inside the transaction that makes it, or not."""

from __future__ import annotations

from collections.abc import Callable

from runner.project.hooks import hooks_of
from runner.project.nodes import Node
from runner.sql.tokens import is_empty


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
