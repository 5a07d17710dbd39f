"""Every resource of a package, as its files state it.

Files become definitions, macros and doc blocks; the entries of the properties files are joined to
the definitions they are about. No template is rendered here but the Jinja inside YAML values, by a
function that the caller gives. Knows nothing of references between resources.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import PurePosixPath

from msgspec import Struct
from msgspec.structs import replace

from runner.errors import Location, ProjectError, RunnerError, collect, did_you_mean
from runner.project.blocks import Block, find_blocks
from runner.project.config import Warn
from runner.project.files import File, Package, read_file
from runner.project.nodes import Definition, Doc, Kind, Macro, Properties, UnitCase
from runner.project.properties import Entry, Render, read_properties
from runner.project.signature import read_signature
from runner.project.sources import source_tables
from runner.project.store import Contents
from runner.project.tests import tests_of
from runner.project.versions import properties_of


class Written(Struct, frozen=True):
    """What a package's files state."""

    definitions: tuple[Definition, ...]
    macros: tuple[Macro, ...]
    docs: tuple[Doc, ...]


SECTION_KINDS: Mapping[str, Kind] = {
    "models": Kind.MODEL,
    "seeds": Kind.SEED,
    "snapshots": Kind.SNAPSHOT,
    "analyses": Kind.ANALYSIS,
    "functions": Kind.FUNCTION,
    "data_tests": Kind.TEST,
}
TESTED = (Kind.MODEL, Kind.SEED, Kind.SNAPSHOT)
"""Kinds whose names no two resources share: a name below another section still says which it is."""
PLAIN_KINDS: Mapping[str, Kind] = {
    "exposures": Kind.EXPOSURE,
    "metrics": Kind.METRIC,
    "semantic_models": Kind.SEMANTIC_MODEL,
    "saved_queries": Kind.SAVED_QUERY,
    "groups": Kind.GROUP,
}
FOLDER_KINDS: Mapping[str, Kind] = {
    "model-paths": Kind.MODEL,
    "test-paths": Kind.TEST,
    "analysis-paths": Kind.ANALYSIS,
    "function-paths": Kind.FUNCTION,
}
LANGUAGES = {".py": "python", ".js": "javascript"}


def read_package(package: Package, render: Render, warn: Warn, contents: Contents) -> Written:
    """Everything that a package's files state.

    Raises ProjectError, or an ErrorGroup of them, with the places of what is wrong.
    """
    reader = _PackageReader(package, render, warn, contents)
    for file in package.files:
        try:
            reader.read(file)
        except RunnerError as error:
            reader.errors.append(error)
    collect(reader.errors)
    return reader.joined()


def _is_generic(file: File) -> bool:
    return file.section == "test-paths" and file.path.startswith("generic/")


class _PackageReader:
    """Gathers what the files of one package state."""

    def __init__(self, package: Package, render: Render, warn: Warn, contents: Contents) -> None:
        self.contents = contents
        self.package = package
        self.render = render
        self.warn = warn
        self.definitions: list[Definition] = []
        self.macros: list[Macro] = []
        self.docs: list[Doc] = []
        self.entries: list[tuple[File, Entry]] = []
        self.errors: list[RunnerError] = []

    def read(self, file: File) -> None:
        if file.section == "dashboard-paths":
            return
        if file.suffix == ".csv":
            self.seed(file)
            return
        text = read_file(file, self.contents)
        if file.suffix in (".yml", ".yaml"):
            self.entries += [
                (file, entry)
                for entry in read_properties(
                    text, file.shown, file.file, self.render,
                    strict=self.package.config.strict, warn=self.warn,
                )
            ]  # fmt: skip
        elif file.suffix == ".md":
            for block in find_blocks(text, file.shown, ("docs",)):
                self.docs.append(Doc(block.name, self.package.name, file.file, block.body.strip()))
        elif file.section == "macro-paths" or _is_generic(file):
            self.macro_file(file, text)
        elif file.section == "snapshot-paths" or "endsnapshot" in text:
            for block in find_blocks(text, file.shown, ("snapshot",)):
                self.snapshot(file, block)
        elif file.section in FOLDER_KINDS:
            self.template(file, text, FOLDER_KINDS[file.section])

    def base(self, kind: Kind, name: str, file: File, text: str) -> Definition:
        folders = PurePosixPath(file.path).parts[:-1]
        if kind is Kind.ANALYSIS:
            folders = (str(kind), *folders)
        return Definition(
            kind=kind,
            name=name,
            package=self.package.name,
            path=file.path,
            file=file.file,
            shown=file.shown,
            root=str(self.package.config.root),
            text=text,
            checksum=hashlib.sha256(text.strip().encode()).hexdigest(),
            fqn=(self.package.name, *folders, name),
        )

    def template(self, file: File, text: str, kind: Kind) -> None:
        name = PurePosixPath(file.path).stem
        language = LANGUAGES.get(file.suffix, "sql")
        if language != "sql" and kind not in (Kind.MODEL, Kind.FUNCTION):
            return
        self.definitions.append(replace(self.base(kind, name, file, text), language=language))

    def seed(self, file: File) -> None:
        try:
            digest = self.contents.digest(file.absolute)
        except OSError as error:
            raise ProjectError(
                f"cannot be read: {error.strerror}", at=Location(file.shown)
            ) from None
        base = self.base(Kind.SEED, PurePosixPath(file.path).stem, file, "")
        self.definitions.append(replace(base, checksum=digest.hex()))

    def snapshot(self, file: File, block: Block) -> None:
        base = self.base(Kind.SNAPSHOT, block.name, file, block.body)
        stem = PurePosixPath(file.path).stem
        fqn = (*base.fqn[:-1], stem, block.name)
        self.definitions.append(replace(base, first_line=block.body_line, fqn=fqn))

    def macro_file(self, file: File, text: str) -> None:
        wanted = ("macro", "test", "data_test", "materialization")
        for block in find_blocks(text, file.shown, wanted):
            word = "test" if block.word == "data_test" else block.word
            name = block.name
            if word == "test":
                name = f"test_{name}"
            elif word == "materialization":
                adapter = "duckdb" if "duckdb" in block.arguments else "default"
                name = f"materialization_{name}_{adapter}"
            self.macros.append(
                Macro(name, self.package.name, file.file, file.shown, block.text,
                      block.first_line, word)
            )  # fmt: skip

    def joined(self) -> Written:
        """Definitions with their properties, and those that only YAML states."""
        patches: dict[tuple[Kind, str], tuple[File, Entry]] = {}
        stated: list[Definition] = []
        errors: list[RunnerError] = []
        for file, entry in self.entries:
            try:
                if entry.section in SECTION_KINDS:
                    key = (SECTION_KINDS[entry.section], entry.name)
                    if key in patches:
                        there = patches[key][1].at
                        raise ProjectError(
                            f"{entry.name} is described twice: also at {there}", at=entry.at
                        )
                    patches[key] = (file, entry)
                elif entry.section == "sources":
                    stated += source_tables(entry, self.base(Kind.SOURCE, "", file, ""))
                elif entry.section == "unit_tests":
                    stated.append(
                        _unit_test(entry, self.base(Kind.UNIT_TEST, entry.name, file, ""))
                    )
                elif entry.section in PLAIN_KINDS:
                    base = self.base(PLAIN_KINDS[entry.section], entry.name, file, "")
                    stated.append(replace(base, properties=entry.properties))
            except RunnerError as error:
                errors.append(error)
        definitions = self.definitions
        versioned = {
            name: entry
            for (kind, name), (_, entry) in patches.items()
            if kind is Kind.MODEL and entry.properties.versions
        }
        used: set[tuple[Kind, str]] = set()
        elsewhere: list[Definition] = []
        patched = [_patched(d, patches, versioned, used) for d in definitions]
        for key, (file, entry) in patches.items():
            if key in used:
                continue
            if key[0] is Kind.SNAPSHOT and "relation" in entry.values:
                patched.append(
                    _yaml_snapshot(self.base(Kind.SNAPSHOT, entry.name, file, ""), entry)
                )
                continue
            other = next((d for d in patched if d.name == entry.name and d.kind in TESTED), None)
            if other is not None and key[0] in TESTED:
                self.warn(
                    f"{entry.section} describes {entry.name}, which is a {other.kind}: "
                    f"its tests are taken, nothing else (write it below {other.kind}s:)",
                    entry.at,
                )
                elsewhere.append(replace(other, properties=entry.properties))
                continue
            names = [d.name for d in definitions if d.kind is key[0]]
            hint = did_you_mean(entry.name, names)
            self.warn(
                f"{entry.section} describes {entry.name}, which does not exist"
                + (f" ({hint})" if hint else ""),
                entry.at,
            )
        for number, definition in enumerate(patched):
            if definition.kind is Kind.FUNCTION:
                try:
                    patched[number] = self.signed(definition)
                except RunnerError as error:
                    errors.append(error)
        collect(errors)
        stated = [each for d in stated for each in _of_versions(d, patched)]
        everything = [*patched, *stated]
        tests = [test for d in (*everything, *elsewhere) for test in tests_of(d, self.package.name)]
        return Written(
            (*everything, *tests), tuple(_described(self.macros, self.entries)), tuple(self.docs)
        )

    def signed(self, definition: Definition) -> Definition:
        """A function with its signature. Raises ProjectError for one that cannot be."""
        said = definition.properties
        at = said.at or Location(definition.shown)
        strict = self.package.config.strict
        signature = read_signature(definition.name, said.extra, at, strict=strict)
        return replace(definition, signature=signature)


def _described(macros: list[Macro], entries: list[tuple[File, Entry]]) -> list[Macro]:
    said = {e.name: e.properties for _, e in entries if e.section == "macros"}
    return [replace(m, properties=said[m.name]) if m.name in said else m for m in macros]


def _patched(
    definition: Definition,
    patches: Mapping[tuple[Kind, str], tuple[File, Entry]],
    versioned: Mapping[str, Entry],
    used: set[tuple[Kind, str]],
) -> Definition:
    """A definition with what YAML says of it; a file of a versioned model becomes that version."""
    if definition.kind is Kind.MODEL:
        for name, entry in versioned.items():
            versions = entry.properties.versions
            latest = entry.properties.latest_version
            if latest is None:
                latest = max((v.version for v in versions), key=_order)
            for version in versions:
                number = version.version
                file = version.extra.get("defined_in") or f"{name}_v{number}"
                if definition.name == file or (definition.name == name and number == latest):
                    used.add((Kind.MODEL, name))
                    return _versioned(definition, entry, version, latest)
    key = (definition.kind, definition.name)
    if key not in patches:
        return definition
    used.add(key)
    return replace(definition, properties=patches[key][1].properties)


def _order(version: object) -> tuple[int, float, str]:
    try:
        return (0, float(str(version)), "")
    except ValueError:
        return (1, 0.0, str(version))


def _versioned(
    definition: Definition, entry: Entry, version: Properties, latest: str | int | float | None
) -> Definition:
    return replace(
        definition,
        name=entry.name,
        fqn=(*definition.fqn[:-1], entry.name, f"v{version.version}"),
        properties=properties_of(entry.properties, version),
        version=version.version,
        latest_version=latest,
    )


def _yaml_snapshot(base: Definition, entry: Entry) -> Definition:
    relation = str(entry.values["relation"]).strip()
    inner = relation if relation.startswith("{{") else "{{ " + relation + " }}"
    text = f"select * from {inner}"
    return replace(base, text=text, properties=entry.properties,
                   checksum=hashlib.sha256(text.encode()).hexdigest())  # fmt: skip


def _of_versions(definition: Definition, models: list[Definition]) -> list[Definition]:
    """A unit test once for each version of its model that it names, anything else as it is.

    Raises ProjectError when there is no such version.
    """
    unit = definition.unit
    there = [d.version for d in models if unit and d.name == unit.model and d.version is not None]
    if not there:
        return [definition]
    said = definition.properties.extra.get("versions")
    include, exclude = (_texts(said, key) for key in ("include", "exclude"))
    chosen = [
        version
        for version in there
        if (str(version) not in exclude if exclude else not include or str(version) in include)
    ]
    if not chosen:
        assert unit is not None
        raise ProjectError(
            f"unit test {definition.name} is for versions of {unit.model} that do not exist",
            at=definition.properties.at,
            hint=f"there are: {', '.join(map(str, there))}",
        )
    return [replace(definition, version=version) for version in chosen]


def _texts(said: object, key: str) -> tuple[str, ...]:
    given = said.get(key) if isinstance(said, Mapping) else None
    listed = given if isinstance(given, list | tuple) else [] if given is None else [given]
    return tuple(map(str, listed))


def _unit_test(entry: Entry, base: Definition) -> Definition:
    model = entry.values.get("model")
    given = entry.values.get("given") or []
    expect = entry.values.get("expect")
    if not isinstance(model, str):
        raise ProjectError(
            f"unit test {entry.name} names no model", at=entry.at, hint="add: model:"
        )
    if not isinstance(given, list) or not all(
        isinstance(g, Mapping) and "input" in g for g in given
    ):
        raise ProjectError(
            f"unit test {entry.name}: given is a list of inputs", at=entry.at,
            hint="write: - input: ref('stg_orders')",
        )  # fmt: skip
    if not isinstance(expect, Mapping):
        raise ProjectError(
            f"unit test {entry.name} expects nothing", at=entry.at, hint="add: expect:"
        )
    overrides = entry.values.get("overrides")
    arguments = entry.values.get("arguments")
    case = UnitCase(
        model, tuple(given), expect, overrides if isinstance(overrides, Mapping) else {},
        arguments if isinstance(arguments, Mapping) else {},
    )  # fmt: skip
    fqn = (*base.fqn[:-1], model, entry.name)
    return replace(base, unit=case, properties=replace(entry.properties, columns=()), fqn=fqn)
