"""Functions as the manifest has them: a node with arguments and what it returns.

Knows nothing of the manifest around them.
"""

from __future__ import annotations

from runner.output.artifacts.descriptions import described
from runner.output.artifacts.resources import View, node_of
from runner.project.nodes import Node
from runner.project.signature import NO_SIGNATURE
from runner.template.configs import Json

TABLE = "table"
"""The type that is written where a function's YAML states none, and it gives rows."""
UNKNOWN = "any"


def function_of(node: Node, view: View) -> Json:
    """A function of the manifest's `functions`."""
    signature = node.definition.signature or NO_SIGNATURE
    said, _ = described(signature.returns_description, node.package, view.docs)
    found = node_of(node, view)
    found["returns"] = {
        "data_type": signature.returns or (TABLE if node.is_table_function else UNKNOWN),
        "description": said or None,
    }
    found["arguments"] = [
        {
            "name": argument.name,
            "data_type": argument.data_type or UNKNOWN,
            "description": described(argument.description, node.package, view.docs)[0] or None,
            "default_value": argument.default_value
            if argument.default_value is not None
            else argument.default,
        }
        for argument in signature.arguments
    ]
    found["overloads"] = []
    return found
