"""Properties files: what YAML says about models, sources, tests and the rest.

Reads one file's sections into `Entry` values and refuses keys that it does not know. Texts that
hold Jinja are rendered by a function that the caller gives, except where dbt leaves them alone
(descriptions, arguments of tests). Knows nothing of the files that the entries are about.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from msgspec import Struct
from msgspec.structs import replace

from runner.errors import Location, ProjectError, did_you_mean
from runner.project import yaml
from runner.project.config import Warn
from runner.project.nodes import Column, Properties, TestEntry
from runner.project.versions import is_choice

Render = Callable[[str, Location], object]

_NOT_RENDERED = ("description", "loaded_at_query")
"""Texts that are rendered later, or elsewhere."""
_LATER: Mapping[str, tuple[str, ...]] = {
    "config": ("pre_hook", "pre-hook", "post_hook", "post-hook"),
    "metrics": ("filter",),
    "saved_queries": ("where",),
}
"""The same below one key or section: hooks know their model, filters are in MetricFlow's language."""
_COMMON = ("name", "description", "config", "docs", "meta", "tags")
_NODE = (*_COMMON, "columns", "tests", "data_tests", "constraints")
_GRAIN = ("grain",)
SECTIONS: Mapping[str, tuple[str, ...]] = {
    "models": (*_NODE, *_GRAIN, "versions", "latest_version", "access", "group", "time_spine",
               "deprecation_date", "freshness", "semantic_model", "metrics", "derived_semantics",
               "agg_time_dimension", "primary_entity", "version"),
    "seeds": (*_NODE, *_GRAIN),
    "snapshots": (*_NODE, *_GRAIN, "relation"),
    "analyses": (*_COMMON, "columns"),
    "macros": (*_COMMON, "arguments"),
    "data_tests": _COMMON,
    "sources": (*_COMMON, "database", "catalog", "schema", "loader", "quoting", "overrides", "tables",
                "loaded_at_field", "loaded_at_query", "freshness", "data_tests", "tests",
                "unrendered_database", "unrendered_schema"),
    "exposures": (*_COMMON, "label", "type", "url", "maturity", "owner", "depends_on"),
    "groups": (*_COMMON, "owner"),
    "unit_tests": (*_COMMON, "model", "given", "expect", "overrides", "versions", "arguments"),
    "metrics": (), "semantic_models": (), "saved_queries": (),
    "functions": (*_NODE, *_GRAIN, "arguments", "returns", "overloads"),
}  # fmt: skip
TABLE_KEYS = (*_NODE, *_GRAIN, "identifier", "loader", "quoting", "freshness", "loaded_at_field",
              "loaded_at_query", "external")  # fmt: skip
COLUMN_KEYS = (*_COMMON, "data_type", "tests", "data_tests", "constraints", "quote", "policy_tags",
               "granularity", "dimension", "entity", "time_spine", "databricks_tags")  # fmt: skip
TEST_CONFIG = (
    "severity", "tags", "enabled", "where", "limit", "warn_if", "error_if", "fail_calc",
    "store_failures", "store_failures_as", "meta", "database", "schema", "alias", "group",
)  # fmt: skip
IGNORED_SECTIONS = ("version", "anchors", "tests", "materializations")


class Entry(Struct, frozen=True):
    """One item of a section: its name, what it says, and where."""

    section: str
    name: str
    values: Mapping[str, object]
    """As written, Jinja rendered."""
    properties: Properties
    at: Location
    tables: tuple[Entry, ...] = ()
    """Of a source."""


class Reader(Struct, frozen=True):
    """A properties file being read."""

    shown: str
    file: str
    text: str
    lines: tuple[str, ...]
    render: Render
    strict: bool
    warn: Warn

    def at(self, value: object, index: int | None = None, length: int = 1) -> Location:
        """The place of a mapping, or of an item of a list."""
        lines = self.lines
        if isinstance(value, yaml.Map):
            line, column = value.line, value.column
        elif isinstance(value, yaml.Seq) and index is not None and index < len(value.places):
            line, column = value.places[index]
        else:
            return Location(self.shown)
        text = lines[line - 1] if line <= len(lines) else ""
        return Location(self.shown, line, column, text, length)

    def refuse(self, message: str, at: Location, hint: str | None = None) -> None:
        """An unknown key: an error in our own projects, a warning in dbt's."""
        if self.strict:
            raise ProjectError(message, at=at, hint=hint)
        self.warn(f"{message}{f' ({hint})' if hint else ''}", at)

    def rendered(
        self, value: object, at: Location, kept: tuple[str, ...] = _NOT_RENDERED
    ) -> object:
        """The value with its Jinja rendered, at any depth but below the keys that are kept."""
        if isinstance(value, str):
            return self.render(value, at) if "{{" in value or "{%" in value else value
        if isinstance(value, Mapping):
            result = yaml.Map(
                (key, item if key in kept else self.rendered(item, at, kept))
                for key, item in value.items()
            )
            if isinstance(value, yaml.Map):
                result.line, result.column = value.line, value.column
            return result
        if isinstance(value, list):
            items = yaml.Seq(self.rendered(item, at, kept) for item in value)
            if isinstance(value, yaml.Seq):
                items.places = value.places
            return items
        return value


_UNRENDERED = (
    "description",
    "loaded_at_query",
    "tests",
    "data_tests",
    "columns",
    "tables",
    "given",
    "expect",
    "versions",
)


def read_properties(
    text: str, shown: str, file: str, render: Render, *, strict: bool, warn: Warn
) -> list[Entry]:
    """The entries of a properties file.

    Raises ProjectError with the place of what is wrong.
    """
    loaded = yaml.load(text, shown, strict=strict)
    reader = Reader(shown, file, text, tuple(text.split("\n")), render, strict, warn)
    if loaded is None:
        return []
    if not isinstance(loaded, yaml.Map):
        raise ProjectError("a properties file is a mapping of sections", at=Location(shown, 1))
    entries: list[Entry] = []
    for section, items in loaded.items():
        if section in IGNORED_SECTIONS:
            continue
        if section not in SECTIONS:
            reader.refuse(
                f"unknown section {section!r}",
                yaml.locate(text, shown, (section,)),
                did_you_mean(section, SECTIONS) or f"known are: {', '.join(SECTIONS)}",
            )
            continue
        if items is None:
            continue
        if not isinstance(items, yaml.Seq):
            raise ProjectError(
                f"{section} must be a list", at=yaml.locate(text, shown, (section,)),
                hint="begin each item with: - name: …",
            )  # fmt: skip
        for index, item in enumerate(items):
            entries.append(_entry(reader, section, items, index, item))
    return entries


def _entry(reader: Reader, section: str, items: yaml.Seq, index: int, item: object) -> Entry:
    at = reader.at(items, index)
    if not isinstance(item, yaml.Map):
        raise ProjectError(f"an item of {section} must be a mapping", at=at)
    values = _rendered_map(reader, item, at, _LATER.get(section, ()))
    name = values.get("name")
    if not isinstance(name, str) or not name:
        raise ProjectError(f"an item of {section} has no name", at=at, hint="add: name: …")
    _known(reader, values, SECTIONS[section], f"{section} entry {name}")
    tables = _tables(reader, values, at) if section == "sources" else ()
    return Entry(section, name, values, read_node(reader, values, at), at, tables)


def _tables(reader: Reader, values: Mapping[str, object], at: Location) -> tuple[Entry, ...]:
    tables = values.get("tables")
    if tables is None:
        return ()
    if not isinstance(tables, yaml.Seq):
        raise ProjectError("tables must be a list", at=at, hint="begin each with: - name: …")
    found = []
    for index, item in enumerate(tables):
        here = reader.at(tables, index)
        if not isinstance(item, yaml.Map) or not isinstance(item.get("name"), str):
            raise ProjectError("a table of a source has no name", at=here, hint="add: name: …")
        table = _rendered_map(reader, item, here)
        name = str(table["name"])
        _known(reader, table, TABLE_KEYS, f"table {name}")
        found.append(Entry("tables", name, table, read_node(reader, table, here), here))
    return tuple(found)


def _rendered_map(
    reader: Reader, item: yaml.Map, at: Location, kept: tuple[str, ...] = ()
) -> yaml.Map:
    kept = (*_NOT_RENDERED, *kept)
    values = yaml.Map(
        (
            key,
            value
            if key in _UNRENDERED or key in kept
            else reader.rendered(value, at, (*kept, *_LATER.get(key, ()))),
        )
        for key, value in item.items()
    )
    values.line, values.column = item.line, item.column
    return values


def _known(reader: Reader, values: Mapping[str, object], known: tuple[str, ...], what: str) -> None:
    if not known:
        return
    for key in values:
        if key not in known:
            at = reader.at(values)
            lines = reader.lines
            for number in range(at.line or 1, len(lines) + 1):
                found = lines[number - 1].lstrip(" -").startswith(f"{key}:")
                if found:
                    column = lines[number - 1].index(str(key)) + 1
                    at = Location(reader.shown, number, column, lines[number - 1], len(str(key)))
                    break
            reader.refuse(f"unknown key {key!r} in {what}", at, did_you_mean(str(key), known))


def read_node(reader: Reader, values: Mapping[str, object], at: Location) -> Properties:
    """What a mapping says about one model, seed, table or other resource."""
    config = dict(_mapping(values, "config", at))
    if "grain" in values:
        config.setdefault("grain", values["grain"])
    tags = values.get("tags")
    if tags is not None:
        config["tags"] = [*_listed(tags), *_listed(config.get("tags"))]
    meta = {**_mapping(values, "meta", at), **_mapping(config, "meta", at)}
    if meta:
        config["meta"] = meta
    docs = {**_mapping(values, "docs", at), **_mapping(config, "docs", at)}
    for key in ("access", "group", "freshness", "event_time"):
        if key in values and values[key] is not None and key != "freshness":
            config.setdefault(key, values[key])
    return Properties(
        description=str(values.get("description") or ""),
        config=config,
        columns=_columns(reader, values.get("columns"), at),
        tests=_tests(reader, values, at),
        meta=meta,
        docs=docs,
        constraints=tuple(c for c in _listed(values.get("constraints")) if isinstance(c, Mapping)),
        versions=_versions(reader, values.get("versions"), at),
        latest_version=_version(values.get("latest_version")),
        access=_text(config.get("access")),
        group=_text(config.get("group")),
        deprecation_date=_text(values.get("deprecation_date")),
        extra=values,
        path=reader.file,
        at=at,
    )


def _versions(reader: Reader, versions: object, at: Location) -> tuple[Properties, ...]:
    found: list[Properties] = []
    for index, item in enumerate(versions if isinstance(versions, yaml.Seq) else ()):
        here = reader.at(versions, index)
        number = item.get("v") if isinstance(item, yaml.Map) else None
        if not isinstance(item, yaml.Map) or not isinstance(number, str | int | float):
            raise ProjectError("a version has no number", at=here, hint="begin each with: - v: …")
        values = _rendered_map(reader, item, here)
        found.append(replace(read_node(reader, values, here), version=number))
    return tuple(found)


def _columns(reader: Reader, columns: object, at: Location) -> tuple[Column, ...]:
    if columns is None:
        return ()
    if not isinstance(columns, yaml.Seq):
        raise ProjectError("columns must be a list", at=at, hint="begin each with: - name: …")
    found: list[Column] = []
    for index, item in enumerate(columns):
        here = reader.at(columns, index)
        if not isinstance(item, yaml.Map):
            raise ProjectError("a column must be a mapping", at=here, hint="write: - name: …")
        if is_choice(item):
            continue
        if "name" not in item:
            raise ProjectError("a column has no name", at=here, hint="add: name: …")
        _known(reader, item, COLUMN_KEYS, f"column {item['name']}")
        config = _mapping(item, "config", here)
        found.append(
            Column(
                name=str(item["name"]),
                description=str(item.get("description") or ""),
                data_type=_text(item.get("data_type")),
                tests=_tests(reader, item, here),
                meta={**_mapping(item, "meta", here), **_mapping(config, "meta", here)},
                tags=tuple(
                    str(t) for t in (*_listed(item.get("tags")), *_listed(config.get("tags")))
                ),
                constraints=tuple(
                    c for c in _listed(item.get("constraints")) if isinstance(c, Mapping)
                ),
                quote=bool(item["quote"]) if item.get("quote") is not None else None,
                granularity=_text(item.get("granularity")),
            )
        )
    return tuple(found)


def _tests(reader: Reader, values: Mapping[str, object], at: Location) -> tuple[TestEntry, ...]:
    entries: list[TestEntry] = []
    for key in ("tests", "data_tests"):
        tests = values.get(key)
        if tests is None:
            continue
        if not isinstance(tests, yaml.Seq):
            raise ProjectError(f"{key} must be a list", at=at, hint=f"write {key}: [not_null]")
        for index, item in enumerate(tests):
            entries.append(_test(reader, item, reader.at(tests, index)))
    return tuple(entries)


def _test(reader: Reader, item: object, at: Location) -> TestEntry:
    if isinstance(item, str):
        return TestEntry(item, at=at)
    if isinstance(item, yaml.Map) and item:
        name: str | None = None
        if "test_name" in item:
            name = _text(item.get("name"))
            test, body = (
                str(item["test_name"]),
                yaml.Map((k, v) for k, v in item.items() if k not in ("name", "test_name")),
            )
        else:
            (test, given), *rest = item.items()
            if given is not None and not isinstance(given, Mapping):
                raise ProjectError(
                    f"the test {test} takes a mapping of arguments, not {given!r}", at=at
                )
            body = yaml.Map(given or {})
            body.update(rest)
            name = _text(body.pop("name", None))
        config = dict(_mapping(body, "config", at))
        description = str(body.pop("description", None) or config.pop("description", None) or "")
        body.pop("config", None)
        for key in TEST_CONFIG:
            if key in body:
                config[key] = body.pop(key)
        nested = body.pop("arguments", None)
        if isinstance(nested, Mapping):
            body.update(nested)
        elif nested is not None:
            body["arguments"] = nested
        rendered = reader.rendered(config, at)
        return TestEntry(
            test, dict(body), rendered if isinstance(rendered, Mapping) else {}, name,
            description, at,
        )  # fmt: skip
    raise ProjectError("a test is a name, or a name with its arguments", at=at)


def _mapping(values: Mapping[str, object], key: str, at: Location) -> Mapping[str, object]:
    value = values.get(key)
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise ProjectError(f"{key} must be a mapping, not {value!r}", at=at)
    return value


def _listed(value: object) -> list[object]:
    if value is None:
        return []
    return list(value) if isinstance(value, list | tuple) else [value]


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _version(value: object) -> str | int | float | None:
    return value if value is None or isinstance(value, str | int | float) else str(value)
