"""What a project's own resources replace in the packages that it builds upon.

Own models, seeds, snapshots, sources and tests stand in for those of the same name. What the
package's YAML says of the replaced one, its data tests included, goes on to hold until the project
describes its own. Unit tests of a package are left out: they try its queries on made-up rows, which
its makers have done. Knows nothing of references: they find the one that is left.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from runner.project.definitions import Written
from runner.project.nodes import NO_PROPERTIES, Definition, Kind
from runner.project.tests import tests_of

_REFERABLE = (Kind.MODEL, Kind.SEED, Kind.SNAPSHOT)
_Key = tuple[str, str]


def settled(written: Sequence[Written], bases: int) -> list[Written]:
    """What remains of all packages: of two resources of one name, the one of the earlier package.

    written: of the project, of the `bases` packages that it builds upon, and of others, which are
    left as they are.
    """
    layers = [written[0], *(_without_unit_tests(w) for w in written[1 : bases + 1])]
    for upper in range(len(layers)):
        for lower in range(upper + 1, len(layers)):
            layers[upper], layers[lower] = _replaced(layers[upper], layers[lower])
    return [*layers, *written[bases + 1 :]]


def _without_unit_tests(written: Written) -> Written:
    kept = (d for d in written.definitions if d.kind is not Kind.UNIT_TEST)
    return replace(written, definitions=tuple(kept))


def _replaced(upper: Written, lower: Written) -> tuple[Written, Written]:
    """Two packages, the first over the second."""
    own = {_key(d) for d in upper.definitions if _is_named(d)}
    gone = {_key(d): d for d in lower.definitions if _is_named(d) and _key(d) in own}
    if not gone:
        return upper, lower
    definitions: list[Definition] = []
    tests: list[Definition] = []
    for definition in upper.definitions:
        there = gone.get(_key(definition)) if _is_named(definition) else None
        if there is None or definition.replaced:
            definitions.append(definition)
            continue
        taken = replace(definition, replaced=there.fqn)
        if definition.properties == NO_PROPERTIES and there.version is None:
            taken = replace(taken, properties=there.properties)
            tests += [replace(t, root=there.root) for t in tests_of(taken, there.package)]
        definitions.append(taken)
    left = _without(lower.definitions, gone.values())
    return (
        replace(upper, definitions=(*definitions, *tests)),
        replace(lower, definitions=tuple(left)),
    )


def _is_named(definition: Definition) -> bool:
    return definition.check is None and definition.unit is None


def _key(definition: Definition) -> _Key:
    """What two resources have in common of which one replaces the other."""
    if definition.kind in _REFERABLE:
        return "", definition.name
    return str(definition.kind), definition.key


def _without(definitions: Iterable[Definition], gone: Iterable[Definition]) -> list[Definition]:
    """The definitions without some of them and without the tests of these."""
    keys = {_key(d) for d in gone}
    ids = {d.id for d in definitions if _is_named(d) and _key(d) in keys}
    return [
        d
        for d in definitions
        if not (_is_named(d) and _key(d) in keys)
        and not (d.check is not None and d.check.target in ids)
    ]
