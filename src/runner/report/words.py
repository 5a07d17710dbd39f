"""The report's texts in one language, read from languages/<language>.yml.

A text is filled in with `str.format`. Knows nothing of numbers and of pages.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files

import yaml
from msgspec import Struct

from runner.errors import ProjectError, did_you_mean

LANGUAGES = ("en", "pt", "ro", "pl", "ar")


class Words(Struct, frozen=True):
    """direction: `ltr` or `rtl`. metrics: labels by metric. actions: by their English words."""

    language: str
    direction: str
    texts: Mapping[str, str]
    metrics: Mapping[str, str]
    actions: Mapping[str, str]

    def __call__(self, name: str, **given: object) -> str:
        """A text, filled in."""
        return self.texts[name].format(**given)

    def metric(self, name: str) -> str:
        """The label of a figure."""
        return self.metrics[name]

    def action(self, written: str) -> str:
        """What to do about a segment: as the seed says it where nobody has translated that."""
        return self.actions.get(written, written)


def words_of(language: str) -> Words:
    """The texts of a language. Raises ProjectError for one that there is none of."""
    if language not in LANGUAGES:
        hint = did_you_mean(language, LANGUAGES) or f"one of: {', '.join(LANGUAGES)}"
        raise ProjectError(f"--language is {language!r}", hint=hint)
    text = files("runner.report").joinpath("languages", f"{language}.yml").read_text("utf-8")
    said = yaml.safe_load(text)
    return Words(language, said["direction"], said["texts"], said["metrics"], said["actions"])
