"""Which nodes a command is for: dbt's selector language, applied to a graph.

Knows nothing of commands: leaving out kinds that a command does not act on is its caller's work.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from msgspec import Struct, field

from runner.errors import SelectionError, did_you_mean
from runner.graph.context import Context
from runner.graph.criteria import (
    Criterion,
    Difference,
    Expression,
    Indirect,
    Intersection,
    Union,
    parse_command,
)
from runner.graph.graph import TESTS, Graph
from runner.graph.hints import hint
from runner.graph.methods import SELECTOR_METHODS, Scope
from runner.graph.paths import Places
from runner.graph.yaml_selectors import parse_definition
from runner.project.nodes import Kind

NOT_SELECTABLE = frozenset({Kind.GROUP, Kind.OPERATION})


class Selection(Struct, frozen=True):
    """What was selected.

    unmatched: criteria that name nothing, as written. hints: what may have been meant, for some.
    """

    ids: frozenset[str]
    unmatched: tuple[str, ...] = ()
    hints: Mapping[str, str] = field(default_factory=dict)

    @property
    def warnings(self) -> tuple[str, ...]:
        """A sentence for each criterion that names nothing."""
        return tuple(
            f"{text or 'an empty selection'} selects nothing"
            + (f"; {self.hints[text]}" if text in self.hints else "")
            for text in self.unmatched
        )


def select(
    graph: Graph,
    include: Sequence[str],
    exclude: Sequence[str],
    *,
    indirect: str = "eager",
    selectors: Mapping[str, object] = MappingProxyType({}),
    context: Context | None = None,
) -> Selection:
    """The nodes that `--select` and `--exclude` name; all but `exclude` if `include` is empty.

    include, exclude: the arguments of these options, each one criterion or several divided by
    spaces. indirect: eager, cautious, buildable or empty. selectors: name → definition, for the
    criterion `selector:<name>`. Raises SelectionError for what cannot be read, and for a method
    that needs facts which the context does not have.
    """
    modes = [str(mode) for mode in Indirect]
    if indirect not in modes:
        raise SelectionError(
            f"there is no indirect selection {indirect}", hint=f"expected {', '.join(modes)}"
        )
    search = _Search(graph, Indirect(indirect), selectors, context or Context())
    chosen = parse_command(include)
    excluded = parse_command(exclude, "--exclude")
    if include:
        found = search.find(Difference(chosen, excluded) if excluded.parts else chosen).ids
    else:
        found = frozenset(search.scope.nodes) - search.find(excluded).ids
    if include and not chosen.parts:
        return Selection(frozenset(), ("",))
    hints = {str(one): near for one in search.unmatched if (near := hint(search.scope, one))}
    return Selection(found, tuple(dict.fromkeys(map(str, search.unmatched))), hints)


class _Found(Struct, frozen=True):
    """Selected ids, and tests of some of them that wait: they come along once all they need does.

    waiting: id of the test and CAUTIOUS or BUILDABLE, for what it needs.
    """

    ids: frozenset[str]
    waiting: frozenset[tuple[str, Indirect]] = frozenset()


class _Search:
    """One evaluation, with what it remembers on the way: criteria that name nothing."""

    def __init__(
        self, graph: Graph, mode: Indirect, selectors: Mapping[str, object], context: Context
    ) -> None:
        self.graph = graph
        self.mode = mode
        self.selectors = selectors
        nodes = {id: node for id, node in graph.nodes.items() if node.kind not in NOT_SELECTABLE}
        self.sources = frozenset(id for id, node in nodes.items() if node.kind is Kind.SOURCE)
        self.scope = Scope(nodes, context, Places(nodes), self._named)
        self.unmatched: list[Criterion | Intersection] = []
        self._open: list[str] = []

    def find(self, expression: Expression) -> _Found:
        """What an expression selects, together with the tests that come along."""
        match expression:
            case Criterion():
                return self._criterion(expression)
            case Difference(included, excluded):
                one, other = self.find(included), self.find(excluded)
                # A test that is excluded by name must not come back with what it tests.
                waiting = {(id, mode) for id, mode in one.waiting if id not in other.ids}
                found = _Found(one.ids - other.ids, frozenset(waiting) - other.waiting)
            case Union(parts):
                each = [self.find(part) for part in parts]
                found = _Found(
                    frozenset().union(*(part.ids for part in each)),
                    frozenset().union(*(part.waiting for part in each)),
                )
            case Intersection(parts):
                found = self._intersection(expression, [self.find(part) for part in parts])
        return self._with_tests(found)

    def _intersection(self, expression: Intersection, each: list[_Found]) -> _Found:
        if not each:
            return _Found(frozenset())
        found = _Found(
            frozenset.intersection(*(part.ids for part in each)),
            frozenset.intersection(*(part.waiting for part in each)),
        )
        if expression.text and not found.ids and all(part.ids for part in each):
            self.unmatched.append(expression)
        return found

    def _criterion(self, criterion: Criterion) -> _Found:
        method = SELECTOR_METHODS[criterion.method]
        try:
            matched = frozenset(method(self.scope, criterion.value, criterion.words))
        except SelectionError as error:
            # A selector's definition says by itself what is wrong with it.
            named = criterion.method == "selector"
            message = error.message if named else f"{criterion}: {error.message}"
            raise SelectionError(message, at=error.at or criterion.at, hint=error.hint) from error
        if not matched:
            self.unmatched.append(criterion)
        selected = (matched | self._neighbours(criterion, matched)).intersection(self.scope.nodes)
        mode = criterion.indirect or self.mode
        if mode is Indirect.EMPTY:
            return _Found(selected)
        # A named selector has brought the tests that its definition asks for.
        tested = () if criterion.method == "selector" else selected
        tests = selected.union(id for one in tested for id in self.graph.children[one])
        tests = frozenset(id for id in tests if self.graph.nodes[id].kind in TESTS)
        if mode is Indirect.EAGER:
            return _Found(selected | tests)
        return self._with_tests(_Found(selected, frozenset((id, mode) for id in tests)))

    def _neighbours(self, criterion: Criterion, matched: frozenset[str]) -> frozenset[str]:
        found: frozenset[str] = frozenset()
        if criterion.childrens_parents:
            below = matched | self.graph.descendants(matched)
            found |= below | self.graph.ancestors(below)
        if criterion.parents:
            found |= self.graph.ancestors(matched, criterion.parents_depth)
        if criterion.children:
            found |= self.graph.descendants(matched, criterion.children_depth)
        return found

    def _with_tests(self, found: _Found) -> _Found:
        """Take in the waiting tests whose nodes are all selected, or at hand.

        They go on waiting, too: a set of which this is a part may leave them out again, and a
        larger one may have what they need. Tests need no other tests, so one round will do.
        """
        if not found.waiting:
            return found
        at_hand = {Indirect.CAUTIOUS: found.ids}
        if any(mode is Indirect.BUILDABLE for _, mode in found.waiting):
            above = self.graph.ancestors(found.ids)
            at_hand[Indirect.BUILDABLE] = found.ids | above | self.sources
        tests = {id for id, mode in found.waiting if at_hand[mode] >= set(self.graph.parents[id])}
        return _Found(found.ids | tests, found.waiting)

    def _named(self, name: str) -> frozenset[str]:
        """The ids that a YAML selector gives."""
        if name not in self.selectors:
            raise SelectionError(
                f"there is no selector {name}",
                hint=did_you_mean(name, self.selectors) or "selectors are defined in selectors.yml",
            )
        if name in self._open:
            circle = [*self._open[self._open.index(name) :], name]
            raise SelectionError(f"selectors name each other in a circle: {' -> '.join(circle)}")
        self._open.append(name)
        found = self.find(parse_definition(self.selectors[name], name))
        self._open.pop()
        return found.ids
