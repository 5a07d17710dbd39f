"""Unchanged or not, and why: a node as it is now against the entry of its last build.

Pure. In doubt a node counts as changed: skipping something that would give other rows is the one
mistake that may not be made.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping

from msgspec import Struct, field

from runner.plan.freshness import difference
from runner.plan.ledger import Entry
from runner.plan.status import Status
from runner.project.nodes import Kind, Node
from runner.sql.fingerprint import digest


class Now(Struct, frozen=True):
    """What a node is made from now, its inputs apart.

    parts: texts by name, as in an entry. unknown: why it can never be taken as unchanged. known: the
    digest of the parts, where that was found out before.
    """

    parts: Mapping[str, str]
    sql: str = ""
    vars: Mapping[str, str] = field(default_factory=dict)
    unknown: tuple[str, ...] = ()
    known: str = ""

    @property
    def own(self) -> str:
        """The digest of the parts."""
        return self.known or digest(f"{name}={text}" for name, text in sorted(self.parts.items()))


class Judgement(Struct, frozen=True):
    """Is a step to be done, and why (or why not)?"""

    reuse: bool
    reason: str


Version = Callable[[str], str | None]
"""The version of a node's content as it is in the database now; None where it cannot be known."""


def judge(
    node: Node,
    now: Now,
    entry: Entry | None,
    parents: tuple[str, ...],
    version: Version,
    *,
    is_there: bool,
    names: Mapping[str, str],
) -> Judgement:
    """Compare a node with its entry.

    parents: what it reads, through views and ephemeral models. is_there: does its relation exist?
    names: id → the name for people.
    """
    if entry is None:
        return Judgement(False, "never tested" if _is_test(node) else "never built")
    if not is_there:
        return Judgement(False, "its relation is gone")
    if _is_test(node) and entry.status != Status.PASS:
        return Judgement(False, f"ended as {entry.status} the last time")
    if now.unknown:
        return Judgement(False, now.unknown[0])
    changed = explain(entry, now)
    if changed:
        return Judgement(False, changed)
    for parent in parents:
        current = version(parent)
        if parent not in entry.inputs:
            return Judgement(False, f"reads {names.get(parent, parent)}, which it did not before")
        if current is None:
            return Judgement(False, _unknown(parent, names))
        if current != entry.inputs[parent]:
            said = difference(names.get(parent, parent), entry.inputs[parent], current)
            return Judgement(False, said or f"parent {names.get(parent, parent)} has changed")
    if set(entry.inputs) - set(parents):
        return Judgement(False, "reads less than before")
    if not entry.settled:
        return Judgement(False, "adds rows each time it runs")
    return Judgement(True, "unchanged")


def _unknown(parent: str, names: Mapping[str, str]) -> str:
    hint = ": its loaded_at_field is not declared" if parent.startswith("source.") else ""
    return f"{names.get(parent, parent)} may have changed: it cannot be known{hint}"


def judge_done(
    now: Now,
    entry: Entry | None,
    parents: tuple[str, ...],
    version: Version,
    *,
    is_there: bool,
    names: Mapping[str, str],
) -> Judgement:
    """Compare a node with its entry in a failed build that is gone on with, where it ended well.

    It is not done a second time, not even what adds rows or calls now(), unless it is made from
    something else by now.
    """
    if entry is None or not is_there:
        return Judgement(False, "is not in the failed build any more")
    changed = explain(entry, now)
    if changed:
        return Judgement(False, changed)
    for parent in parents:
        if (version(parent) or "") != entry.inputs.get(parent):
            return Judgement(False, f"parent {names.get(parent, parent)} has changed")
    return Judgement(True, "done by the failed build")


def _is_test(node: Node) -> bool:
    return node.kind in (Kind.TEST, Kind.UNIT_TEST)


def explain(entry: Entry, now: Now) -> str | None:
    """What differs between a node and its entry, in words; None when nothing does."""
    if now.own == entry.own:
        return None
    for name in sorted({*now.parts, *entry.parts}, key=_weight):
        old, new = entry.parts.get(name), now.parts.get(name)
        if old == new:
            continue
        if name == "sql":
            return _sql_reason(entry, now)
        if name == "seed":
            return "the seed's file changed"
        if name == "engine":
            return f"the engine changed: {_first_difference(old, new)}"
        if name in _SAID:
            return _SAID[name]
        if name == "date":
            return f"reads today's date, {new or 'no longer'}"
        return f"{name} changed: {_first_difference(old, new)}"
    return "changed"


_ORDER = ("seed", "sql", "test", "model's SQL", "model", "columns", "config", "hooks", "date",
          "engine")  # fmt: skip
_SAID = {
    "test": "what the test gives or expects changed",
    "model's SQL": "the SQL of its model changed",
    "model": "its model changed",
    "columns": "the columns of what its model reads changed",
    "macros": "a macro changed",
    "template": "its template changed",
    "descriptions": "a description changed",
    "on-run-start's macros": "what on-run-start calls or reads changed",
}
"""Parts that are digests, in words."""


def _weight(name: str) -> tuple[int, str]:
    return (_ORDER.index(name) if name in _ORDER else len(_ORDER), name)


def _sql_reason(entry: Entry, now: Now) -> str:
    for name, value in now.vars.items():
        if name in entry.vars and entry.vars[name] != value:
            return f"variable {name} changed from {entry.vars[name]} to {value}"
    old = [line.rstrip() for line in entry.sql.strip().split("\n")]
    new = [line.rstrip() for line in now.sql.strip().split("\n")]
    matcher = difflib.SequenceMatcher(a=old, b=new, autojunk=False)
    for tag, a1, _a2, b1, b2 in matcher.get_opcodes():
        if tag == "equal":
            continue
        if b2 > b1:
            return f"compiled SQL changed: + line {b1 + 1} {new[b1].strip()}"
        return f"compiled SQL changed: - line {a1 + 1} {old[a1].strip()}"
    return "compiled SQL changed"


def _first_difference(old: str | None, new: str | None) -> str:
    if old is None or new is None:
        return f"{old or 'nothing'} → {new or 'nothing'}"
    was, is_ = set(old.split("\n")), set(new.split("\n"))
    gone, come = sorted(was - is_), sorted(is_ - was)
    return f"{', '.join(gone[:2]) or 'nothing'} → {', '.join(come[:2]) or 'nothing'}"


class ViewVersions(Struct):
    """The versions of views, each worked out once: many paths may lead from one view to another."""

    _known: dict[str, str | None] = field(default_factory=dict)
    _readers: dict[str, set[str]] = field(default_factory=dict)

    def of(self, entry: Entry, version: Version) -> str | None:
        """The version of this view's content; None where it cannot be known."""
        if entry.id not in self._known:
            for parent in entry.inputs:
                self._readers.setdefault(parent, set()).add(entry.id)
            self._known[entry.id] = view_version(entry, version)
        return self._known[entry.id]

    def forget(self, id: str) -> None:
        """A node has another version or entry now: so have the views that read it."""
        left = [id]
        while left:
            changed = left.pop()
            self._known.pop(changed, None)
            left += self._readers.pop(changed, ())

    def clear(self) -> None:
        """Every node may have another version now."""
        self._known.clear()
        self._readers.clear()


def view_version(entry: Entry, version: Version) -> str | None:
    """The version of a view's content: its own text, and what it reads as that is now."""
    if entry.unknown:
        return None
    found: list[str] = [entry.own]
    for parent in sorted(entry.inputs):
        current = version(parent)
        if current is None:
            return None
        found.append(f"{parent}={current}")
    return digest(found)
