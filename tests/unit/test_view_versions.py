"""The version of a view's content follows from what it reads, over any number of views."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from runner.plan.changes import ViewVersions, view_version
from runner.plan.ledger import Entry

WIDE = 3


def view(id: str, *inputs: str) -> Entry:
    return Entry(
        id,
        "model",
        own=f"text of {id}",
        parts={},
        inputs=dict.fromkeys(inputs, ""),
        version="",
        status="success",
    )


def layers(count: int) -> dict[str, Entry]:
    """Views in layers, each of which reads all of the layer before, and the first of them `t0` to `t2`."""
    made = {}
    for layer in range(count):
        before = f"{layer - 1}." if layer else "t"
        for place in range(WIDE):
            made[f"{layer}.{place}"] = view(
                f"{layer}.{place}", *(f"{before}{n}" for n in range(WIDE))
            )
    return made


class World:
    """Versions of tables, and of the views over them."""

    def __init__(self, views: dict[str, Entry]) -> None:
        self.views = views
        self.tables = {f"t{n}": f"version {n}" for n in range(WIDE)}
        self.known = ViewVersions()

    def version(self, id: str) -> str | None:
        return self.known.of(self.views[id], self.version) if id in self.views else self.tables[id]

    def plain(self, id: str) -> str | None:
        """The same without anything that is remembered."""
        return view_version(self.views[id], self.plain) if id in self.views else self.tables[id]


def test_views_over_views_took_time_exponential_in_their_layers() -> None:
    """Sixty layers of three views have 3^60 paths."""
    world = World(layers(60))
    before = world.version("59.0")
    world.tables["t1"] = "another"
    world.known.forget("t1")
    assert world.version("59.0") not in (before, None)


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 4), st.integers(0, WIDE - 1)), max_size=12))
def test_what_is_remembered_is_what_would_be_found(steps: list[tuple[bool, int, int]]) -> None:
    """After any changes of tables and views, asked in between or not."""
    world = World(layers(5))
    for number, (asked, layer, place) in enumerate(steps):
        if asked:
            assert world.version(f"{layer}.{place}") == world.plain(f"{layer}.{place}")
            continue
        id = f"{layer - 1}.{place}" if layer else f"t{place}"
        if layer:
            world.views[id] = view(id, *world.views[id].inputs, f"t{number % WIDE}")
        else:
            world.tables[id] = f"changed {number}"
        world.known.forget(id)
    assert world.version("4.0") == world.plain("4.0")
