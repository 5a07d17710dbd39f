"""Words of the command line before Typer reads them: options of several values, and dbt's own.

Knows no verb, and no option but these.
"""

from __future__ import annotations

from collections.abc import Iterable

SEVERAL = frozenset({
    "--select", "-s", "--models", "--model", "-m", "--exclude", "--resource-type", "--resource-types",
    "--exclude-resource-type", "--exclude-resource-types", "--output-keys",
})  # fmt: skip
_SWITCHES = (
    "cache-selected-only", "indirect-selection-warning", "inject-ephemeral-ctes", "introspect",
    "log-cache-events", "partial-parse", "partial-parse-file-diff", "populate-cache", "print",
    "send-anonymous-usage-stats", "show-resource-report", "static-parser", "use-colors",
    "use-colors-file", "use-experimental-parser", "use-fast-test-edges", "version-check",
)  # fmt: skip
UNHEARD = frozenset(
    [f"--{no}{name}" for name in _SWITCHES for no in ("", "no-")]
    + ["--write-json", "--show-all-deprecations", "--debug", "-d", "--no-debug", "--no-quiet"]
)
"""dbt's options of its own workings: there is nothing here that they could change."""
UNHEARD_VALUES = frozenset({
    "--log-file-max-bytes", "--log-format-file", "--log-level", "--log-level-file", "--log-path",
    "--printer-width", "--record-timing-info", "-r",
})  # fmt: skip
BEFORE = frozenset({"--fail-fast", "-x", "--no-fail-fast", "--quiet", "-q"})
BEFORE_VALUES = frozenset({
    "--log-format", "--profile", "--profiles-dir", "--project-dir", "--target", "-t", "--target-path",
    "--threads", "--vars",
})  # fmt: skip
"""Options that may stand before the verb, as in dbt."""
LOOKING = frozenset({"compile", "debug", "list", "ls", "parse", "show"})
"""Verbs that only look. dbt takes a number of threads for them as well; here they have one."""


def spread(words: Iterable[str]) -> list[str]:
    """Name an option of several values before each of them: `-s a b` becomes `-s a -s b`, as in dbt.

    Values go on up to the next word that begins with a dash. Options before the verb are put behind
    it, and dbt's options of its own workings left out.
    """
    result: list[str] = []
    option = ""
    ordered = _verb_first(_without(list(words), UNHEARD, UNHEARD_VALUES))
    if ordered and ordered[0] in LOOKING:
        ordered = _without(ordered, frozenset(), frozenset({"--threads"}))
    for word in ordered:
        if word.startswith("-") and word != "-":
            option = word if word in SEVERAL else ""
            result.append(word)
        elif option and result[-1] != option:
            result += [option, word]
        else:
            result.append(word)
    return result


def _without(words: list[str], switches: frozenset[str], options: frozenset[str]) -> list[str]:
    """The words without these switches, and without these options and their values."""
    kept: list[str] = []
    at = 0
    while at < len(words):
        name, given, _ = words[at].partition("=")
        if name in options:
            at += 1 if given else 2
            continue
        if words[at] not in switches:
            kept.append(words[at])
        at += 1
    return kept


def _verb_first(words: list[str]) -> list[str]:
    at = 0
    while at < len(words):
        if words[at] in BEFORE_VALUES:
            at += 2
        elif words[at] in BEFORE or words[at].partition("=")[0] in BEFORE_VALUES:
            at += 1
        else:
            break
    return [*words[at:], *words[:at]]
