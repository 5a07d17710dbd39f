"""The selector language: what can be written, what is refused and how, and what needs a context."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from runner.errors import SelectionError
from runner.graph.context import Aspects, Context
from runner.graph.criteria import Criterion, Indirect, parse_criterion, written
from runner.graph.graph import Graph
from runner.graph.methods import SELECTOR_METHODS
from runner.graph.paths import matches
from runner.graph.selection import Selection, select
from runner.graph.yaml_selectors import read_selectors
from runner.project.nodes import Config, Definition, Kind, Node, SourceTable


def node(name: str, *parents: str, kind: Kind = Kind.MODEL, **config: object) -> Node:
    file = f"models/{name}.sql"
    definition = Definition(
        kind, name, "shop", f"{name}.sql", file, file, fqn=("shop", "marts", name)
    )
    return Node(definition, Config(config), parents=tuple(f"model.shop.{p}" for p in parents))


def raw(table: str) -> Node:
    made = node(table, kind=Kind.SOURCE)
    source = SourceTable("raw", table, table, None, "raw")
    return replace(made, definition=replace(made.definition, source=source))


NODES = (
    raw("orders"),
    node("a", tags=["nightly"]),
    node("b", "a", materialized="table"),
    node("c", "b"),
    node("t", "a", "b", kind=Kind.TEST),
    node("hook", kind=Kind.OPERATION),
    node("finance", kind=Kind.GROUP),
)
GRAPH = Graph({each.id: each for each in NODES})


def chosen(
    *include: str,
    exclude: tuple[str, ...] = (),
    indirect: str = "empty",
    selectors: Mapping[str, object] | None = None,
    context: Context | None = None,
) -> Selection:
    return select(
        GRAPH, include, exclude, indirect=indirect, selectors=selectors or {}, context=context
    )


def names(selection: Selection) -> str:
    return " ".join(sorted(id.split(".", 2)[2] for id in selection.ids))


def refusal(*include: str, **rest: object) -> SelectionError:
    with pytest.raises(SelectionError) as caught:
        chosen(*include, **rest)  # type: ignore[arg-type]
    return caught.value


# --- unions, and what is not matched ------------------------------------------------------------


def test_a_union_is_one_argument_or_several() -> None:
    assert names(chosen("a c")) == names(chosen("a", "c")) == names(chosen(" c  a ")) == "a c"


def test_hooks_and_groups_are_never_selected() -> None:
    assert names(chosen()) == "a b c raw.orders t"
    assert names(chosen("hook finance resource_type:operation")) == ""


def test_a_default_mode_is_eager() -> None:
    assert names(select(GRAPH, ["a"], [])) == "a t"


def test_criteria_that_match_nothing_are_named_once() -> None:
    found = chosen("tag:nightli", "a", "tag:nightli", "a,c", exclude=("nope",))
    assert names(found) == "a"
    assert found.unmatched == ("tag:nightli", "a,c", "nope")
    assert found.warnings == (
        "tag:nightli selects nothing; did you mean tag:nightly?",
        "a,c selects nothing",
        "nope selects nothing",
    )


def test_an_empty_argument_selects_nothing() -> None:
    # As in dbt; it is mostly a shell variable that is not set.
    found = chosen("")
    assert names(found) == ""
    assert found.warnings == ("an empty selection selects nothing",)
    assert names(chosen("a", "")) == "a"
    assert names(chosen("a", exclude=("",))) == "a"


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("orders", "did you mean source:raw.orders?"),
        ("raw", "did you mean source:raw?"),
        ("source:raw.order", "did you mean source:raw.orders?"),
        ("nightly", "did you mean tag:nightly?"),
        ("FINANC", None),
        ("MARTS", "did you mean marts?"),
        ("models", "did you mean path:models?"),
        ("model.shop.a", "did you mean a?"),
        ("modles/a.sql", "did you mean models/a.sql?"),
        ("package:sho", "did you mean package:shop?"),
        ("access:pubic", "did you mean access:public?"),
    ],
)
def test_hints(text: str, hint: str | None) -> None:
    assert chosen(text).hints.get(text) == hint


# --- what is refused ----------------------------------------------------------------------------


def test_an_unknown_method_is_placed_and_the_nearest_is_named() -> None:
    error = refusal("a", "b,tga:nightly")
    assert str(error).splitlines()[:3] == [
        "--select:1:5: tga:nightly: there is no selector method tga",
        "  1 | a b,tga:nightly",
        "    |     ^^^^^^^^^^^ did you mean tag?",
    ]
    assert error.hint is not None
    assert error.hint.endswith("methods: " + ", ".join(SELECTOR_METHODS))


def test_exclude_has_its_own_place() -> None:
    assert str(refusal("a", exclude=("nope:x",))).startswith("--exclude:1:1: nope:x: ")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("@a+", "@a+ has @ before and + behind"),
        ("++a", "++a has graph operators that do not go together"),
        ("a++", "a++ has graph operators that do not go together"),
        ("@@a", "@@a has graph operators that do not go together"),
        ("1+@a", "1+@a has graph operators that do not go together"),
        ("a+1+", "a+1+ has graph operators that do not go together"),
        ("+", "+ names nothing"),
        ("tag:", "tag: names nothing"),
        ("a,", "a, has a comma with nothing on one side"),
        ("config:table", "config:table: config needs the name of a key"),
        ("tag.x:y", "tag.x:y: tag takes nothing after a dot"),
        ("source:a.b.c.d", "source:a.b.c.d: a.b.c.d does not name a source"),
        ("metric:a.b.c", "metric:a.b.c: a.b.c does not name one"),
        ("resource_type:modl", "resource_type:modl: there is no resource type modl"),
        ("test_type:x", "test_type:x: there is no test type x"),
        ("version:newest", "version:newest: there is no version newest"),
        ("state:changed", "state:changed: there is no state changed"),
        ("source_status:x", "source_status:x: there is no source status x"),
        ("/tmp/models", "/tmp/models: /tmp/models is not below the project's folder"),
    ],
)
def test_what_cannot_be_meant_is_refused(text: str, message: str) -> None:
    error = refusal(text)
    assert error.message == message
    assert error.hint
    assert error.at is not None
    assert error.at.column == 1


def test_operators_may_stand_in_a_value_that_has_its_method() -> None:
    assert parse_criterion("tag:@alice").value == "@alice"
    assert parse_criterion("fct+orders").value == "fct+orders"


def test_an_unknown_mode_is_refused() -> None:
    with pytest.raises(SelectionError, match="no indirect selection keen"):
        chosen("a", indirect="keen")


@pytest.mark.parametrize("text", ["state:modified", "result:error", "source_status:fresher"])
def test_comparing_needs_an_earlier_run(text: str) -> None:
    error = refusal(text)
    assert error.hint == "name the folder with that run's artifacts: --state <folder>"


# --- methods that compare -----------------------------------------------------------------------

BEFORE = {
    "model.shop.a": Aspects(body="1", configs={}, relation="x", contract=None),
    "model.shop.b": Aspects(body="1", configs={}, rest="fqn"),
    "source.shop.raw.orders": Aspects(relation="raw.orders"),
    "test.shop.t": Aspects(body="1"),
}
NOW = {
    "model.shop.a": Aspects(body="2", configs={}, relation="x", contract=None),
    "model.shop.b": Aspects(body="1", configs={}, rest="other"),
    "model.shop.c": Aspects(body="1", configs={}),
    "source.shop.raw.orders": Aspects(relation="raw.orders"),
    "test.shop.t": Aspects(body="1"),
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("state:new", "c"),
        ("state:old", "a b raw.orders t"),
        ("state:modified", "a b c"),
        ("state:unmodified", "raw.orders t"),
        ("state:modified.body", "a c"),
        ("state:modified.configs", "c"),
        # c is new, but has no relation of its own (as an ephemeral model has none).
        ("state:modified.relation", ""),
        ("state:modified.contract", ""),
        ("state:modified.body+1", "a b c t"),
    ],
)
def test_state(text: str, expected: str) -> None:
    assert names(chosen(text, context=Context(previous=BEFORE, current=NOW))) == expected


def test_result() -> None:
    context = Context(
        results={"model.shop.a": "error", "test.shop.t": "fail", "model.gone": "error"}
    )
    assert names(chosen("result:error", context=context)) == "a"
    assert names(chosen("result:error+ result:fail", context=context)) == "a b c t"
    assert chosen("result:eror", context=context).hints == {
        "result:eror": "did you mean result:error?"
    }


def test_source_status() -> None:
    def at(day: int) -> Mapping[str, datetime]:
        return {"source.shop.raw.orders": datetime(2024, 1, day, tzinfo=UTC)}

    def found(before: Mapping[str, datetime], now: Mapping[str, datetime]) -> str:
        context = Context(loaded_before=before, loaded_now=now)
        return names(chosen("source_status:fresher", context=context))

    assert found(at(1), at(2)) == "raw.orders"
    assert found({}, at(2)) == "raw.orders"
    assert found(at(2), at(2)) == found(at(2), at(1)) == found(at(2), {}) == ""


# --- criteria as text ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "method", "value"),
    [
        ("a", "fqn", "a"),
        ("models/a", "path", "models/a"),
        ("A.SQL", "file", "A.SQL"),
        ("x.yml", "file", "x.yml"),
        ("seed.csv", "file", "seed.csv"),
        ("a.b", "fqn", "a.b"),
        ("2a", "fqn", "2a"),
        ("tag:a:b", "tag", "a:b"),
    ],
)
def test_what_a_value_is_by_default(text: str, method: str, value: str) -> None:
    assert replace(parse_criterion(text), text="", at=None) == Criterion(method, value)


def test_all_operators_are_read() -> None:
    found = parse_criterion("02+config.meta.owner:me+3")
    assert replace(found, text="", at=None) == Criterion(
        "config",
        "me",
        ("meta", "owner"),
        parents=True,
        parents_depth=2,
        children=True,
        children_depth=3,
    )
    assert written(found) == "2+config.meta.owner:me+3"
    assert written(parse_criterion("@+a")) == "@+fqn:a"


# --- YAML ---------------------------------------------------------------------------------------


def yaml(definition: object, **rest: object) -> Selection:
    return chosen("selector:x", selectors={"x": definition, **rest}, indirect="eager")


@pytest.mark.parametrize(
    ("definition", "expected"),
    [
        ("a", "a t"),
        ("a c", "a c t"),
        ("tag:nightly,a", "a t"),
        ({"fqn": "c"}, "c"),
        ({"fqn": "c+"}, ""),
        ({"union": ["c", {"tag": "nightly"}]}, "a c t"),
        ({"union": ["a", "c", {"exclude": ["t", "c"]}]}, "a"),
        ({"intersection": [{"union": ["a", "c"]}, "c"]}, "c"),
        ({"intersection": []}, ""),
        ({"union": [{"exclude": ["a"]}]}, ""),
        ({"method": "config.materialized", "value": "table"}, "b t"),
        ({"method": "fqn", "value": "c", "parents": True, "parents_depth": "1"}, "b c t"),
        ({"method": "fqn", "value": "c", "parents": "false", "parents_depth": 1}, "c"),
        ({"method": "fqn", "value": "c", "parents_depth": 1}, "c"),
        ({"method": "fqn", "value": "a", "children": True, "exclude": ["b"]}, "a c"),
        ({"method": "fqn", "value": "c", "childrens_parents": True}, "a b c t"),
        ({"method": "fqn", "value": "a", "indirect_selection": "empty"}, "a"),
        ({"method": "fqn", "value": "a", "indirect_selection": "cautious"}, "a"),
        ({"method": "selector", "value": "y"}, "c"),
        ("selector:y+ a", "a c t"),
        ({"method": "selector", "value": "y", "parents": True, "parents_depth": 1}, "b c"),
        ({"method": "config.enabled", "value": True, "exclude": ["a+"]}, "raw.orders"),
    ],
)
def test_yaml_definitions(definition: object, expected: str) -> None:
    assert names(yaml(definition, y="c")) == expected


@pytest.mark.parametrize(
    ("definition", "message"),
    [
        (None, "a definition cannot be None"),
        (["a"], "a definition cannot be ['a']"),
        ({"union": "a"}, "union is 'a'"),
        ({"union": ["a"], "exclude": ["b"]}, "exclude beside union"),
        (
            {"union": [{"exclude": ["a"]}, {"exclude": ["b"]}]},
            "union has more than one exclude",
        ),
        ({"tag": "a", "exclude": []}, "a mapping with the keys tag, exclude"),
        ({"tag": ["a"]}, "the value of tag is ['a']"),
        ({"exclude": ["a"]}, "the value of exclude is ['a']"),
        ({"tagg": "a"}, "tagg:a: there is no selector method tagg"),
        ("tagg:a", "tagg:a: there is no selector method tagg"),
        ({"method": "tag", "value": "a", "childs": True}, "there is no key childs"),
        ({"method": "tag", "value": "a", "parents": "often"}, "parents is 'often'"),
        (
            {"method": "tag", "value": "a", "parents": True, "parents_depth": -1},
            "parents_depth is -1",
        ),
        ({"method": "tag", "value": "a", "exclude": "b"}, "exclude is 'b'"),
        (
            {"method": "tag", "value": "a", "indirect_selection": "keen"},
            "indirect_selection is 'keen'",
        ),
        (
            {"method": "tag", "value": "a", "children": True, "childrens_parents": True},
            "both children and childrens_parents",
        ),
    ],
)
def test_wrong_yaml_is_refused(definition: object, message: str) -> None:
    with pytest.raises(SelectionError) as caught:
        read_selectors({"selectors": [{"name": "x", "definition": definition}]})
    assert caught.value.message == f"selector x: {message}"
    assert caught.value.hint


def test_the_file_of_selectors() -> None:
    found = read_selectors(
        {
            "selectors": [
                {"name": "x", "definition": "a"},
                {"name": "y", "definition": "b", "default": True},
                {"name": "x", "definition": "c", "default": "false", "description": "again"},
            ]
        }
    )
    assert found.definitions == {"x": "c", "y": "b"}
    assert found.default == "y"
    assert read_selectors({}).definitions == {}


@pytest.mark.parametrize(
    ("loaded", "message"),
    [
        (None, "expected a list under `selectors:`"),
        ({"selectors": "x"}, "expected a list under `selectors:`"),
        ({"selectors": [{"definition": "a"}]}, "a selector without a name"),
        (
            {
                "selectors": [
                    {"name": "x", "definition": "a", "default": True},
                    {"name": "y", "definition": "a", "default": True},
                ]
            },
            "x and y all have `default: true`",
        ),
        (
            {"selectors": [{"name": "x", "definition": "a", "default": "{{ x }}"}]},
            "default is '{{ x }}'",
        ),
    ],
)
def test_a_wrong_file_of_selectors_is_refused(loaded: object, message: str) -> None:
    with pytest.raises(SelectionError) as caught:
        read_selectors(loaded)
    assert message in caught.value.message


def test_an_unknown_selector_is_refused() -> None:
    error = refusal("a selector:nigthly", selectors={"nightly": "a"})
    assert error.message == "there is no selector nigthly"
    assert error.hint == "did you mean nightly?"
    assert error.at is not None
    assert error.at.column == 3


def test_selectors_that_name_each_other_are_refused() -> None:
    error = refusal("selector:x", selectors={"x": "selector:y", "y": {"selector": "x"}})
    assert "selectors name each other in a circle: x -> y -> x" in error.message


def test_a_selector_named_twice_is_no_circle() -> None:
    assert names(chosen("selector:x selector:x", selectors={"x": "a"})) == "a"


# --- indirect selection -------------------------------------------------------------------------


def test_a_mode_of_one_criterion_does_not_touch_the_others() -> None:
    found = yaml(
        {
            "union": [
                {"method": "fqn", "value": "a", "indirect_selection": "empty"},
                {"method": "fqn", "value": "b", "indirect_selection": Indirect.CAUTIOUS.value},
            ]
        }
    )
    # t tests a and b. The second criterion alone waits for a, and the union brings it.
    assert names(found) == "a b t"


def test_an_excluded_test_does_not_come_back_with_what_it_tests() -> None:
    # t tests a and b, and is excluded from what brings a; nothing else asks for it.
    without_t = {
        "method": "fqn",
        "value": "a",
        "indirect_selection": "cautious",
        "exclude": [{"method": "fqn", "value": "t"}],
    }
    only_b = {"method": "fqn", "value": "b", "indirect_selection": "empty"}
    assert names(yaml({"union": [without_t, only_b]})) == "a b"


# --- paths --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "pattern", "expected"),
    [
        ("models/a.sql", "models/a.sql", True),
        ("models/a.sql", "models", False),
        ("models/a.sql", "models/*", True),
        ("models/x/a.sql", "models/*", False),
        ("models/x/a.sql", "models/**/a.sql", True),
        ("models/a.sql", "models/**/a.sql", True),
        ("models/x/y/a.sql", "**/y/*.sql", True),
        ("models", "models/**", True),
        ("models/x/y", "**", True),
        ("models/x/b.sql", "models/**/a.sql", False),
        ("a/b/a/b/c", "**/a/**/c", True),
        ("models/a.sql", "models/[ab].sq?", True),
    ],
)
def test_path_patterns(path: str, pattern: str, expected: bool) -> None:
    assert matches(path.split("/"), pattern.split("/")) is expected
