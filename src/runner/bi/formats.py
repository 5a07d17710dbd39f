"""How figures are shown: formats by name, or by the name and type of a column."""

from __future__ import annotations

FORMATS = {
    "money": ",.2f",
    "amount": ",.0f",
    "count": ",.0f",
    "percent": ".1%",
    "ratio": ",.2f",
    "days": ",.1f",
    "plain": "d",
    "chart": None,
}
"""Name → format of d3; `chart` leaves it to each chart."""
INTEGERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UBIGINT", "UINTEGER")


def written(given: str | None, name: str, type: str, *, money: str = "money") -> str | None:
    """The d3 format of a figure: the one given, by name or as it is, else by its name and type.

    money: how decimals are written.
    """
    if given is not None:
        return FORMATS.get(given, given)
    if name.endswith(("_rate", "share", "_pct", "discount_rate")):
        return FORMATS["percent"]
    if name.endswith("_days") and not type.startswith(INTEGERS):
        return FORMATS["days"]
    if type.startswith(INTEGERS):
        return FORMATS["count"]
    if type.startswith("DECIMAL"):
        return FORMATS[money]
    return FORMATS["ratio"] if type.startswith(("DOUBLE", "FLOAT")) else None


def is_money(given: str | None, name: str, type: str) -> bool:
    """Is a figure money: is that its format, or is it a decimal that nothing else is said of?"""
    if given is not None:
        return given in ("money", "amount")
    return written(given, name, type) == FORMATS["money"] and type.startswith("DECIMAL")


def spoken(name: str) -> str:
    """A column's name as a person would write it: `net_revenue` → `Net revenue`."""
    words = name.replace("_", " ").strip()
    return words[:1].upper() + words[1:]
