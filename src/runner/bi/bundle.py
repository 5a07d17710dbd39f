"""A ZIP of YAML files in the form that Superset imports. The same content gives the same bytes."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from uuid import UUID, uuid5

import yaml

VERSION = "1.0.0"
ROOT = "runner"
_SPACE = UUID("4c7f2f0e-6a8e-5d0b-9d9b-6d1f3c1f5a10")
"""The name space of all ids that are made here."""
_BEGINNING = (1980, 1, 1, 0, 0, 0)
"""The time of every file, so that the time of the export is no part of it."""


def stable_id(project: str, kind: str, name: str) -> str:
    """The id of a thing: the same for the same names, wherever and whenever it is made."""
    return str(uuid5(_SPACE, f"{project}/{kind}/{name}"))


def slug(project: str, dashboard: str) -> str:
    """The last part of a dashboard's address."""
    return f"{project}-{dashboard}"


def packed(files: Mapping[str, Mapping[str, object]]) -> bytes:
    """A ZIP of YAML files, path → content, in one folder, as Superset wants it."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in sorted(files.items()):
            entry = zipfile.ZipInfo(f"{ROOT}/{path}", _BEGINNING)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, yaml_text(content))
    return held.getvalue()


def yaml_text(content: Mapping[str, object]) -> str:
    """The content as YAML, texts of several lines as blocks."""
    return yaml.dump(content, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=10_000)


def metadata() -> Mapping[str, object]:
    """The file at the head of the ZIP.

    It names no type: then Superset's importer of dashboards takes it, and that of everything, too.
    """
    return {"version": VERSION, "timestamp": "1980-01-01T00:00:00+00:00"}


class _Dumper(yaml.SafeDumper):
    """Writes texts of several lines as blocks, and never an alias."""

    def ignore_aliases(self, data: object) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    style = "|" if "\n" in value else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


_Dumper.add_representer(str, _text)
# Mappings and lists of the project's files know where they stand, and are types of their own.
_Dumper.add_multi_representer(dict, yaml.SafeDumper.represent_dict)
_Dumper.add_multi_representer(list, yaml.SafeDumper.represent_list)
