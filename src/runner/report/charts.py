"""Bars over time as static SVG. pygal lays them out; what it adds for browsers is taken off again.

A chart is drawn twice, wide for a page and narrow for a phone, and the page shows one of them. Where
a language is read from right to left, time runs that way and the scale stands on the right.
"""

from __future__ import annotations

from collections.abc import Callable
from math import ceil, floor, log10
from xml.etree import ElementTree

from msgspec import Struct

from runner.report.libraries import pygal

WIDE, NARROW = (720, 270), (350, 250)
WIDEST = 60.0
"""Of a bar: a shop's first month is no wall."""


class Series(Struct, frozen=True):
    """Bars of one kind: its name, its style (`.bar-<style>` of the page) and a value a label."""

    name: str
    style: str
    values: tuple[float, ...]


class Chart(Struct, frozen=True):
    """Stacked bars: values below zero hang below the line.

    labels: may have a second line. key: an id of the page. title and description: for people who do not see it.
    """

    key: str
    title: str
    description: str
    labels: tuple[str, ...]
    series: tuple[Series, ...]


def drawn(chart: Chart, *, narrow: bool, mirrored: bool, written: Callable[[float], str]) -> str:
    """The chart as an `svg` element without a style, script or address of its own.

    written: a value of the scale as text.
    """
    library = pygal()
    width, height = NARROW if narrow else WIDE
    order = -1 if mirrored else 1
    stacks = list(zip(*(series.values for series in chart.series), strict=True))
    scale = ticks(
        min(sum(value for value in stack if value < 0) for stack in stacks),
        max(sum(value for value in stack if value > 0) for stack in stacks),
    )
    every = -(-len(chart.labels) // (5 if narrow else 13))
    bars = library.StackedBar(
        width=width, height=height, style=library.style.Style(label_font_size=11, major_label_font_size=11),
        js=(), css=(), show_legend=False, margin=6, margin_top=10, margin_right=22, margin_bottom=18, no_prefix=True,
        show_minor_x_labels=False, no_data_text="", y_labels=scale, range=(scale[0], scale[-1]),
        value_formatter=written, spacing=4, truncate_label=-1,
    )  # fmt: skip
    bars.x_labels = list(chart.labels[::order])
    shown = [label for number, label in enumerate(chart.labels) if _shown(number, chart, every)]
    bars.x_labels_major = shown
    for series in chart.series:
        bars.add(series.name, list(series.values[::order]))
    tree = bars.render_tree()
    return _text(_cleaned(tree, chart, (width, height), narrow=narrow, mirrored=mirrored))


def ticks(low: float, high: float) -> list[int]:
    """Round whole numbers for a scale from `low` to `high` that has a zero; between 2 and 8 of them."""
    low, high = min(low, 0.0), max(high, 0.0)
    least = max((high - low) / 5, 1.0)
    power = 10 ** floor(log10(least))
    step = next(times * power for times in (1, 2, 5, 10) if times * power >= least)
    first, last = floor(low / step), ceil(high / step)
    return [number * step for number in range(first, max(last, first + 1) + 1)]


def _shown(number: int, chart: Chart, every: int) -> bool:
    """Every so many labels, the last of them among these."""
    return (len(chart.labels) - 1 - number) % every == 0


def _cleaned(
    tree: ElementTree.Element, chart: Chart, size: tuple[int, int], *, narrow: bool, mirrored: bool
) -> ElementTree.Element:
    key = f"{chart.key}-{'narrow' if narrow else 'wide'}"
    svg = ElementTree.Element(
        "svg",
        {
            "class": "chart narrow" if narrow else "chart wide",
            "viewBox": f"0 0 {size[0]} {size[1]}",
            "role": "img",
            "aria-labelledby": f"{key}-title {key}-text",
        },
    )
    ElementTree.SubElement(svg, "title", {"id": f"{key}-title"}).text = chart.title
    ElementTree.SubElement(svg, "desc", {"id": f"{key}-text"}).text = chart.description
    plot = _found(tree, "plot")
    if mirrored:
        _mirror(plot, size[0])
    inside = ElementTree.SubElement(svg, "g", {"transform": plot.attrib["transform"]})
    for axis in ("axis y", "axis x"):
        for group in _with_class(plot, axis):
            inside.append(_plain(group, axis))
    for number, series in enumerate(chart.series):
        group = ElementTree.SubElement(inside, "g", {"class": f"bar bar-{series.style}"})
        for rect in _found(plot, f"serie-{number}").iter("rect"):
            if float(rect.attrib["height"]) > 0:
                ElementTree.SubElement(group, "rect", _slim(rect))
    return svg


def _slim(rect: ElementTree.Element) -> dict[str, str]:
    """The place and size of a bar, cut on both sides where it would be too wide."""
    x, y, width, height = (float(rect.attrib[name]) for name in ("x", "y", "width", "height"))
    cut = max(width - WIDEST, 0)
    kept = {"x": x + cut / 2, "y": y, "width": width - cut, "height": height}
    return {name: f"{value:.1f}" for name, value in kept.items()}


def _plain(group: ElementTree.Element, kind: str) -> ElementTree.Element:
    """An axis: its lines and texts."""
    found = ElementTree.Element("g", {"class": kind})
    for part in group.iter():
        if part.tag == "path":
            named = "zero" if "axis" in part.get("class", "") else "guide"
            if kind == "axis y":
                ElementTree.SubElement(found, "path", {"class": named, "d": part.attrib["d"]})
        elif part.tag == "text" and part.text and (kind == "axis y" or _is_major(part)):
            kept = {name: _short(part.attrib[name]) for name in ("x", "y")}
            text = ElementTree.SubElement(found, "text", {**kept, "class": part.get("side", "")})
            text.text, *below = part.text.split("\n")
            for line in below:
                placed = {"x": kept["x"], "dy": "1.2em"}
                ElementTree.SubElement(text, "tspan", placed).text = line
    return found


def _is_major(part: ElementTree.Element) -> bool:
    return "major" in part.get("class", "")


def _mirror(plot: ElementTree.Element, width: int) -> None:
    """Put the scale on the other side: its room and its texts."""
    left, top = plot.attrib["transform"].removeprefix("translate(").rstrip(")").split(",")
    (inner,) = (
        float(rect.attrib["width"]) for rect in plot if rect.get("class", "") == "background"
    )
    plot.set("transform", f"translate({width - float(left) - inner:.1f},{top})")
    for axis in _with_class(plot, "axis y"):
        for text in axis.iter("text"):
            text.set("x", f"{inner + 5:.1f}")
            text.set("side", "far")


def _with_class(tree: ElementTree.Element, named: str) -> list[ElementTree.Element]:
    wanted = set(named.split())
    return [part for part in tree.iter("g") if wanted <= set(part.get("class", "").split())]


def _found(tree: ElementTree.Element, named: str) -> ElementTree.Element:
    return next(iter(_with_class(tree, named)))


def _short(number: str) -> str:
    return f"{float(number):.1f}"


def _text(tree: ElementTree.Element) -> str:
    return ElementTree.tostring(tree, encoding="unicode")
