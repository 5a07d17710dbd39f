"""The `config` of a node in the artifacts. What it is made of, templates see too.

Knows nothing of where the values were written.
"""

from __future__ import annotations

from runner.project.nodes import Node
from runner.template.configs import Json, complete_config


def config_of(node: Node) -> Json:
    """All keys of the kind's configuration, then those that only this project knows."""
    return complete_config(node.kind, node.config.values)


def unrendered(node: Node) -> Json:
    """What was configured, without the defaults."""
    return dict(node.config.values)
