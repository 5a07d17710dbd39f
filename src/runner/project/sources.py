"""The `sources:` section: each table of a source as a definition."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from string import Template

from msgspec.structs import replace

from runner.errors import ProjectError
from runner.project.nodes import Definition, SourceTable
from runner.project.properties import Entry


def source_tables(entry: Entry, base: Definition) -> Iterator[Definition]:
    """A source's tables; what the source says holds for each table that does not say otherwise.

    base: a definition with the package and file of the entry.
    """
    source = entry.values
    for table in entry.tables:
        values = table.values
        config = _merged(entry.properties.config, table.properties.config)
        tags = [*_tags(entry.properties.config), *_tags(table.properties.config)]
        if tags:
            config["tags"] = tags
        meta = {**entry.properties.meta, **table.properties.meta}
        if meta:
            config["meta"] = meta
        identifier = str(values.get("identifier") or table.name)
        schema = str(source.get("schema") or entry.name)
        database = _text(source.get("database") or source.get("catalog"))
        known = {
            "name": table.name, "identifier": identifier,
            "schema": schema, "database": database,
            **meta, **config,
        }  # fmt: skip
        said = _text(_first("external_location", config, meta, values.get("external")))
        location = said and _filled(said, known, table)
        spec = SourceTable(
            source=entry.name,
            table=table.name,
            identifier=identifier,
            database=database,
            schema=schema,
            description=entry.properties.description,
            loader=str(values.get("loader") or source.get("loader") or ""),
            loaded_at_field=_text(_inherited("loaded_at_field", source, config, values)),
            loaded_at_query=_text(_inherited("loaded_at_query", source, config, values)),
            freshness=_freshness(source, entry.properties.config, values, config),
            source_meta=entry.properties.meta,
            tags=tuple(str(tag) for tag in tags),
            quoting={**_map(source.get("quoting")), **_map(values.get("quoting"))},
            external_location=location,
            optional=bool(config.get("optional", False)),
            places=_places(config.get("places")),
        )
        properties = replace(table.properties, config=config, meta=meta)
        folders = base.fqn[:-1]
        yield replace(
            base,
            name=table.name,
            properties=properties,
            source=spec,
            fqn=(*folders, entry.name, table.name),
        )


def _filled(location: str, known: Mapping[str, object], table: Entry) -> str:
    """A location with what dbt-duckdb's `formatter` puts in: the table's names, its config and meta.

    `{…}` that is nothing known stays: a pattern of files, or a place.
    """
    formatter = str(known.get("formatter") or "newstyle")
    try:
        if formatter == "oldstyle":
            return location % known
        if formatter == "template":
            return Template(location).substitute(known)
    except (KeyError, ValueError, TypeError) as error:
        raise ProjectError(
            f"the source {table.name}: {location!r} cannot be filled in: {error}", at=table.at,
            hint=f"{formatter} puts in: {', '.join(sorted(known))}",
        ) from None  # fmt: skip
    for key, value in known.items():
        if isinstance(value, str | int | float):
            location = location.replace("{" + key + "}", str(value))
    return location


def _first(key: str, *places: object) -> object:
    for place in places:
        if isinstance(place, Mapping) and place.get(key) is not None:
            return place[key]
    return None


def _inherited(key: str, source: Mapping[str, object], *nearer: Mapping[str, object]) -> object:
    for place in reversed(nearer):
        if key in place:
            return place[key]
    return source.get(key)


def _freshness(*places: Mapping[str, object]) -> Mapping[str, object]:
    merged: dict[str, object] = {}
    for place in places:
        if "freshness" not in place:
            continue
        given = place["freshness"]
        merged = {**merged, **given} if isinstance(given, Mapping) else {}
    return merged


def _merged(outer: Mapping[str, object], inner: Mapping[str, object]) -> dict[str, object]:
    return {**outer, **inner}


def _tags(config: Mapping[str, object]) -> list[object]:
    tags = config.get("tags")
    if tags is None:
        return []
    return list(tags) if isinstance(tags, list | tuple) else [tags]


def _places(given: object) -> tuple[tuple[str, str], ...]:
    """The entries of `places:`, each with a name and a path; others are for macros to refuse."""
    if not isinstance(given, list | tuple):
        return ()
    entries = [_map(entry) for entry in given]
    return tuple((str(e.get("name")), str(e["path"])) for e in entries if e.get("path"))


def _map(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}


def _text(value: object) -> str | None:
    return None if value is None else str(value)
