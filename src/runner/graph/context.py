"""What selectors may ask for that is not in the project: an earlier run, and how fresh sources are.

Knows nothing of artifacts: whoever reads them fills these values in.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct, field

STATES = ("new", "old", "modified", "unmodified")
ASPECTS = ("body", "configs", "persisted_descriptions", "relation", "macros", "contract")


class Aspects(Struct, frozen=True):
    """What a node was made from, aspect by aspect: any values that are equal if nothing changed.

    None: the node has no such aspect (a source has no body). Both sides of a comparison must be
    made by one function, from the manifest of then and the manifest of now.
    """

    body: object = None
    configs: object = None
    relation: object = None
    persisted_descriptions: object = None
    contract: object = None
    macros: object = None
    """Of all macros that it calls, directly or not."""
    rest: object = None
    """For `state:modified` alone: its fqn, a source's freshness, an exposure's owner."""


class Context(Struct, frozen=True):
    """Facts from outside the project's files, by node id; None where there are none.

    previous, current: what the nodes were made from, then and now (`state:`).
    results: statuses of the earlier run, as run_results.json names them (`result:`).
    loaded_before, loaded_now: when sources were last loaded (`source_status:`).
    """

    previous: Mapping[str, Aspects] | None = None
    current: Mapping[str, Aspects] = field(default_factory=dict)
    results: Mapping[str, str] | None = None
    loaded_before: Mapping[str, datetime] | None = None
    loaded_now: Mapping[str, datetime] = field(default_factory=dict)


def has_state(before: Aspects | None, now: Aspects, value: str) -> bool:
    """Is a node, then and now, in the state that `state:` asks for (one of STATES or of ASPECTS)?

    before: None if there was no such node; then it counts as modified, too.
    """
    if value in ("new", "old"):
        return (before is None) == (value == "new")
    if value == "unmodified":
        return before == now
    if value == "modified":
        return before != now
    aspect = value.partition(".")[2]
    if before is None:
        return getattr(now, aspect) is not None
    return bool(getattr(now, aspect) != getattr(before, aspect))
