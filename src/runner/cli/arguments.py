"""Words of the command line before Typer reads them. Knows no option but those of several values."""

from __future__ import annotations

from collections.abc import Iterable

SEVERAL = frozenset({
    "--select", "-s", "--models", "--model", "-m", "--exclude", "--resource-type", "--resource-types",
})  # fmt: skip


def spread(words: Iterable[str]) -> list[str]:
    """Name an option of several values before each of them: `-s a b` becomes `-s a -s b`, as in dbt.

    Values go on up to the next word that begins with a dash.
    """
    result: list[str] = []
    option = ""
    for word in words:
        if word.startswith("-") and word != "-":
            option = word if word in SEVERAL else ""
            result.append(word)
        elif option and result[-1] != option:
            result += [option, word]
        else:
            result.append(word)
    return result
