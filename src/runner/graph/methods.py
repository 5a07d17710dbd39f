"""The methods of the selector language: which nodes `method:value` names.

A method is one function here and one line in SELECTOR_METHODS. Knows nothing of graph operators, of
sets, or of how a selector is written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from types import MappingProxyType
from typing import TypeAlias

from msgspec import Struct

from runner.errors import SelectionError, did_you_mean
from runner.graph.context import ASPECTS, STATES, Aspects, Context, has_state
from runner.graph.paths import Places
from runner.project.nodes import Kind, Node


class Scope(Struct, frozen=True):
    """What a method may look at.

    nodes: those that can be selected, by id. named: the ids that a YAML selector gives.
    """

    nodes: Mapping[str, Node]
    context: Context
    places: Places
    named: Callable[[str], Iterable[str]]

    def of(self, *kinds: Kind) -> Iterator[tuple[str, Node]]:
        """Ids and nodes, of these kinds alone if any are given."""
        for id, node in self.nodes.items():
            if not kinds or node.kind in kinds:
                yield id, node


Method: TypeAlias = Callable[[Scope, str, tuple[str, ...]], Iterable[str]]
"""Scope, value, and the words after the method's dot (`config.meta.owner`) → ids."""

BUILT = (Kind.MODEL, Kind.SEED, Kind.SNAPSHOT, Kind.ANALYSIS, Kind.TEST, Kind.FUNCTION)


def access(scope: Scope, value: str, words: tuple[str, ...]) -> Iterable[str]:
    """Models with this access: `access:public`. Without any, `protected`."""
    for id, node in scope.of(Kind.MODEL):
        if like(node.config.text("access") or node.properties.access or "protected", value):
            yield id


def config(scope: Scope, value: str, words: tuple[str, ...]) -> Iterable[str]:
    """Nodes and sources so configured: `config.materialized:table`, `config.meta.owner:me`.

    A list has the value if one of its items is it. What is not configured has dbt's default.
    """
    if not words:
        raise SelectionError(
            "config needs the name of a key", hint="as in config.materialized:table"
        )
    for id, node in scope.of(*BUILT, Kind.SOURCE):
        if _config_is(_config(node, words), value, any_case=words == ("severity",)):
            yield id


def file(scope: Scope, value: str, words: tuple[str, ...]) -> Iterable[str]:
    """What is written in a file of this name, with or without its ending: `file:orders.sql`."""
    for id, node in scope.of():
        name = node.definition.file.rsplit("/", 1)[-1]
        if like(name, value) or like(name.rsplit(".", 1)[0], value):
            yield id


def fqn(scope: Scope, value: str, words: tuple[str, ...]) -> Iterable[str]:
    """All but sources by name, or by package and folders: `orders`, `shop.staging.*`."""
    for id, node in scope.of():
        if node.kind is not Kind.SOURCE and _fqn_is(node, value):
            yield id


def group(scope: Scope, value: str, words: tuple[str, ...]) -> Iterable[str]:
    """What belongs to this group: `group:finance`."""
    for id, node in scope.of():
        name = group_of(node)
        if name is not None and like(name, value):
            yield id


def package(scope: Scope, value: str, words: tuple[str, ...]) -> Iterable[str]:
    """All of a package: `package:dbt_utils`; `package:this` is the project itself."""
    for id, node in scope.of():
        # The project's own files are shown by the path that they have in their package.
        own = node.definition.shown == node.definition.file
        if own if value == "this" else like(node.package, value):
            yield id


def path(scope: Scope, value: str, words: tuple[str, ...]) -> Iterable[str]:
    """What lies at this path or below it: `path:models/staging`, `path:models/**/stg_*.sql`."""
    return scope.places.at(value)


def resource_type(scope: Scope, value: str, words: tuple[str, ...]) -> Iterable[str]:
    """All of a kind: `resource_type:seed`."""
    names = [*(str(kind) for kind in Kind), "table_function"]
    if not any(like(name, value) for name in names):
        raise _not_one_of("resource type", value, names)
    return [id for id, node in scope.of() if any(like(t, value) for t in node.resource_types)]


def result(scope: Scope, value: str, words: tuple[str, ...]) -> Iterable[str]:
    """What ended like this in the earlier run: `result:error`."""
    results = scope.context.results
    if results is None:
        raise _without_state("result", "the results of an earlier run")
    return [id for id, _ in scope.of() if id in results and like(results[id], value)]


def selector(scope: Scope, value: str, words: tuple[str, ...]) -> Iterable[str]:
    """What a selector of selectors.yml gives: `selector:nightly`."""
    return scope.named(value)


def source(scope: Scope, value: str, words: tuple[str, ...]) -> Iterable[str]:
    """Sources: `source:raw`, `source:raw.orders`, `source:shop.raw.orders`."""
    parts = value.split(".")
    if len(parts) > 3:
        raise SelectionError(
            f"{value} does not name a source",
            hint="expected source:<source>, source:<source>.<table> or "
            "source:<package>.<source>.<table>",
        )
    wanted = {1: ["*", *parts, "*"], 2: ["*", *parts]}.get(len(parts), parts)
    for id, node in scope.of(Kind.SOURCE):
        table = node.definition.source
        if table and all(map(like, (node.package, table.source, table.table), wanted)):
            yield id


def source_status(scope: Scope, value: str, words: tuple[str, ...]) -> Iterable[str]:
    """Sources loaded since the earlier run: `source_status:fresher`."""
    if value != "fresher":
        raise _not_one_of("source status", value, ["fresher"])
    before, now = scope.context.loaded_before, scope.context.loaded_now
    if before is None:
        raise _without_state("source_status", "the freshness of sources in an earlier run")
    for id, _ in scope.of(Kind.SOURCE):
        if id in now and (id not in before or now[id] > before[id]):
            yield id


def state(scope: Scope, value: str, words: tuple[str, ...]) -> Iterable[str]:
    """What is `new`, `old`, `modified` (also `modified.body` …) or `unmodified` since then."""
    aspects = [f"modified.{aspect}" for aspect in ASPECTS]
    if value not in (*STATES, *aspects):
        raise _not_one_of("state", value, [*STATES, *aspects])
    previous, current = scope.context.previous, scope.context.current
    if previous is None:
        raise _without_state("state", "the project as it was at an earlier run")
    for id, _ in scope.of():
        if has_state(previous.get(id), current.get(id, Aspects()), value):
            yield id


def tag(scope: Scope, value: str, words: tuple[str, ...]) -> Iterable[str]:
    """What has this tag: `tag:nightly`."""
    for id, node in scope.of():
        if any(like(tag, value) for tag in node.tags):
            yield id


def test_name(scope: Scope, value: str, words: tuple[str, ...]) -> Iterable[str]:
    """Uses of a generic test: `test_name:unique`; unit tests by their own name."""
    for id, node in scope.of(Kind.TEST, Kind.UNIT_TEST):
        name = tested_by(node)
        if name is not None and like(name, value):
            yield id


def test_type(scope: Scope, value: str, words: tuple[str, ...]) -> Iterable[str]:
    """Tests of a kind: `generic`, `singular`, `data` (both of them), `unit`."""
    names = ["generic", "singular", "unit", "data"]
    if value not in (*names, "schema"):
        raise _not_one_of("test type", value, names)
    for id, node in scope.of(Kind.TEST, Kind.UNIT_TEST):
        if node.kind is Kind.UNIT_TEST:
            types = {"unit"}
        else:
            types = {"data", "singular"} if node.definition.check is None else _GENERIC
        if value in types:
            yield id


def version(scope: Scope, value: str, words: tuple[str, ...]) -> Iterable[str]:
    """Models by their version: `latest`, `old`, `prerelease`, or `none`."""
    names = ["latest", "prerelease", "old", "none"]
    if value not in names:
        raise _not_one_of("version", value, names)
    for id, node in scope.of(Kind.MODEL):
        if _age(node) == value:
            yield id


def wildcard(scope: Scope, value: str, words: tuple[str, ...]) -> Iterable[str]:
    """All kinds by name alone, sources too: `wildcard:*orders*`."""
    return [id for id, node in scope.of() if like(node.name, value) or like(node.label, value)]


def _by_name(kind: Kind) -> Method:
    """The method that names resources of one kind: `metric:revenue`, `metric:shop.revenue`."""

    def method(scope: Scope, value: str, words: tuple[str, ...]) -> Iterable[str]:
        parts = value.split(".")
        if len(parts) > 2:
            raise SelectionError(
                f"{value} does not name one",
                hint=f"expected {kind}:<name> or {kind}:<package>.<name>",
            )
        wanted = parts if len(parts) == 2 else ["*", *parts]
        for id, node in scope.of(kind):
            if all(map(like, (node.package, node.name), wanted)):
                yield id

    return method


SELECTOR_METHODS: dict[str, Method] = {
    "access": access,
    "config": config,
    "exposure": _by_name(Kind.EXPOSURE),
    "file": file,
    "fqn": fqn,
    "group": group,
    "metric": _by_name(Kind.METRIC),
    "package": package,
    "path": path,
    "resource_type": resource_type,
    "result": result,
    "saved_query": _by_name(Kind.SAVED_QUERY),
    "selector": selector,
    "semantic_model": _by_name(Kind.SEMANTIC_MODEL),
    "source": source,
    "source_status": source_status,
    "state": state,
    "tag": tag,
    "test_name": test_name,
    "test_type": test_type,
    "unit_test": _by_name(Kind.UNIT_TEST),
    "version": version,
    "wildcard": wildcard,
}

TAKES_WORDS = frozenset({"config"})
"""Methods that go on after a dot, `config.materialized`."""


def like(text: str, pattern: str) -> bool:
    """Does the text match, with `*`, `?` and `[…]` as in a shell? Case counts."""
    return fnmatchcase(text, pattern)


def group_of(node: Node) -> str | None:
    """The group that a node belongs to."""
    return node.config.text("group") or node.properties.group


def tested_by(node: Node) -> str | None:
    """What `test_name` goes by: the generic test without its package; a unit test's own name."""
    if node.kind is Kind.UNIT_TEST:
        return node.name
    check = node.definition.check
    return check.test.rsplit(".", 1)[-1] if check else None


_GENERIC = {"data", "generic", "schema"}

_SHARED_DEFAULTS: Mapping[str, object] = {
    "on_schema_change": "ignore",
    "on_configuration_change": "apply",
    "contract": {"enforced": False, "alias_types": True},
    "docs": {"show": True},
}
_DEFAULTS: Mapping[Kind, Mapping[str, object]] = MappingProxyType(
    {
        Kind.MODEL: {**_SHARED_DEFAULTS, "materialized": "view", "access": "protected"},
        Kind.ANALYSIS: {**_SHARED_DEFAULTS, "materialized": "view"},
        Kind.SEED: {**_SHARED_DEFAULTS, "materialized": "seed", "delimiter": ","},
        Kind.SNAPSHOT: {**_SHARED_DEFAULTS, "materialized": "snapshot"},
        Kind.FUNCTION: {**_SHARED_DEFAULTS, "materialized": "function", "type": "scalar"},
        Kind.TEST: {
            "materialized": "test",
            "severity": "ERROR",
            "schema": "dbt_test__audit",
            "fail_calc": "count(*)",
            "warn_if": "!= 0",
            "error_if": "!= 0",
        },
    }
)
"""What dbt fills in where nothing is configured, as far as a selector can ask for it."""


def _config(node: Node, words: tuple[str, ...]) -> object:
    found = _descend(node.config.values, words)
    if found is None and words[0] == "group":
        return node.properties.group
    if found is None and words[0] == "access" and node.properties.access:
        return node.properties.access
    if found is None:
        found = _descend({"enabled": True, **_DEFAULTS.get(node.kind, {})}, words)
    return found


def _descend(values: object, words: tuple[str, ...]) -> object:
    for word in words:
        if not isinstance(values, Mapping):
            return None
        values = values.get(word)
    return values


def _config_is(found: object, wanted: str, *, any_case: bool) -> bool:
    if isinstance(found, bool):
        return wanted.lower() == str(found).lower()
    if isinstance(found, (list, tuple, set, frozenset)):
        return any(_config_is(item, wanted, any_case=any_case) for item in found)
    if found is None or isinstance(found, Mapping):
        return False
    return like(str(found).lower(), wanted.lower()) if any_case else like(str(found), wanted)


def _fqn_is(node: Node, value: str) -> bool:
    if not node.fqn:
        return like(node.name, value)
    if node.definition.version is None or len(node.fqn) < 2:
        by_name = like(node.fqn[-1], value)
    else:
        # A version is written `orders.v2` or `orders_v2`; what stands before does not count.
        last = "_".join(value.split(".")[-2:])
        by_name = like(node.fqn[-2], value) or last == "_".join(node.fqn[-2:])
    return by_name or _fqn_begins(node.fqn, value) or _fqn_begins(node.fqn[1:], value)


def _fqn_begins(fqn: tuple[str, ...], value: str) -> bool:
    """Does the value name this, or a folder above it, from the first part on?"""
    have = [part for segment in fqn for part in segment.split(".")]
    want = value.split(".")
    if len(have) < len(want):
        return False
    for number, part in enumerate(want):
        if any(sign in part for sign in "*?["):
            return like(".".join(have[number:]), ".".join(want[number:]))
        if have[number] != part:
            return False
    return True


def _age(node: Node) -> str:
    mine, latest = node.definition.version, node.definition.latest_version
    if mine is None:
        return "none"
    if latest is None or str(mine) == str(latest):
        return "latest"
    try:
        older = float(mine) < float(latest)
    except ValueError:
        older = str(mine) < str(latest)
    return "old" if older else "prerelease"


def _not_one_of(what: str, value: str, names: list[str]) -> SelectionError:
    near = did_you_mean(value, names)
    listed = f"expected one of: {', '.join(names)}"
    return SelectionError(
        f"there is no {what} {value}", hint=f"{near}\n{listed}" if near else listed
    )


def _without_state(method: str, what: str) -> SelectionError:
    return SelectionError(
        f"{method} compares with {what}, which is not given",
        hint="name the folder with that run's artifacts: --state <folder>",
    )
