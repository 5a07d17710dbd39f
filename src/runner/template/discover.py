"""Pass 1: what each template refers to and how it configures itself. Nothing is executed.

A template that only names its references literally is scanned as text; any other is rendered with
placeholders, as dbt does it. Knows nothing of whether the references exist.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Mapping

from runner.errors import CompileError, RunnerError, collect, line_of
from runner.project.nodes import Captured, Definition, Kind, Ref, RelationName
from runner.project.tests import argument_template
from runner.template.configs import told_config
from runner.template.context import provide
from runner.template.environment import compile_template, failure, render_template
from runner.template.library import Library
from runner.template.relation import Relation
from runner.template.scan import Scanner, Scans
from runner.template.scope import Record, Scope, merge_config
from runner.template.world import World

BUILT_IN_CHECKS = frozenset({"not_null", "unique", "accepted_values", "relationships", "grain"})
RENDERED = (Kind.MODEL, Kind.SNAPSHOT, Kind.ANALYSIS, Kind.FUNCTION)
EXECUTED = (*RENDERED, Kind.TEST)
"""What is rendered once more: mistakes that pass 1 lets pass are found then."""


def discover(
    definitions: Iterable[Definition], world: World, library: Library, scans: Scans | None = None
) -> dict[str, Captured]:
    """What the templates of the definitions refer to: id → what was found.

    Raises CompileError, or an ErrorGroup, for templates that cannot be read.
    """
    found: dict[str, Captured] = {}
    errors: list[RunnerError] = []
    scanner = Scanner(library, scans)
    for definition in definitions:
        try:
            found[definition.id] = discover_one(definition, world, library, scanner)
        except RunnerError as error:
            errors.append(error)
    collect(errors)
    return found


def discover_one(
    definition: Definition, world: World, library: Library, scanner: Scanner
) -> Captured:
    """What one template refers to. Raises CompileError with the place of a mistake."""
    if definition.language != "sql":
        return _python(definition) if definition.kind is Kind.MODEL else Captured()
    if definition.kind is Kind.UNIT_TEST and definition.unit:
        return Captured(refs=(Ref(definition.unit.model),))
    if definition.check is not None:
        return _check(definition, world, library)
    if definition.kind is Kind.EXPOSURE:
        depends = definition.properties.extra.get("depends_on") or ()
        assert isinstance(depends, Iterable)
        texts = [str(argument_template(item)) for item in depends]
        return _rendered("\n".join(texts), definition, world, library)
    if definition.kind in RENDERED or definition.kind is Kind.TEST:
        return discover_text(definition.text, definition, world, library, scanner)
    return Captured()


def discover_text(
    text: str, definition: Definition, world: World, library: Library, scanner: Scanner
) -> Captured:
    """What a text of a definition, its own or a hook, refers to. Raises CompileError."""
    scanned = scanner.scan(text, definition.package)
    return scanned if scanned is not None else _rendered(text, definition, world, library)


def _scope(definition: Definition, world: World, library: Library) -> Scope:
    target = world.target
    relation = RelationName(target.database, target.schema, definition.name)
    scope = Scope(
        world, library, definition, relation, provide, model=lambda: _told(definition, world)
    )
    scope.names().pardons_from = 0 if definition.kind in EXECUTED else None
    if definition.check is not None:
        scope.names().pardons_from = 1
    return scope


def _told(definition: Definition, world: World) -> Mapping[str, object]:
    """The variable `model` in pass 1: configured as the folders and YAML say."""
    values = dict(world.folder_config(definition))
    if definition.check is None:
        merge_config(values, definition.properties.config)
    config = told_config(definition.kind, values)
    known = {"config": config, "docs": config.get("docs"), "contract": config.get("contract")}
    return {**early_model(definition), **known, "tags": config.get("tags", [])}


def early_model(definition: Definition) -> Mapping[str, object]:
    """What templates may know of their own node before references are resolved."""
    return {
        "name": definition.name,
        "resource_type": str(definition.kind),
        "package_name": definition.package,
        "unique_id": definition.id,
        "path": definition.path,
        "original_file_path": definition.file,
        "fqn": list(definition.fqn),
        "alias": definition.name,
        "config": dict(definition.properties.config),
        "tags": [],
        "columns": {},
        "description": definition.properties.description,
        "meta": dict(definition.properties.meta),
        "raw_code": definition.text.strip(),
        "language": definition.language,
        "version": definition.version,
    }


def _rendered(text: str, definition: Definition, world: World, library: Library) -> Captured:
    scope = _scope(definition, world, library)
    _attempt(text, definition, scope, library)
    return scope.record.captured()


def _attempt(text: str, definition: Definition, scope: Scope, library: Library) -> str:
    try:
        template = compile_template(
            library.environment, text, definition.shown, first_line=definition.first_line
        )
        try:
            return str(render_template(template, scope.names()))
        except Exception:
            if not scope.names().pardoned:
                raise
            # What is wrong may well come of the unknown name: that is what the person must hear.
            scope.names().pardons_from = None
            return str(render_template(template, scope.names()))
    except Exception as error:
        raise failure(error, definition.shown, texts_of(definition, library)) from error


def texts_of(definition: Definition, library: Library) -> Callable[[str], str | None]:
    """The texts of the files that a definition's rendering may pass through, for error messages."""

    def read(shown: str) -> str | None:
        if shown == definition.shown:
            return "\n" * (definition.first_line - 1) + definition.text
        for macros in library.packages.values():
            for macro in macros.values():
                if macro.shown == shown:
                    return _file_of(macros.values(), shown)
        return None

    return read


def _file_of(macros: Iterable[object], shown: str) -> str:
    """The lines of a macro file, as far as its macros state them."""
    lines: dict[int, str] = {}
    for macro in macros:
        if getattr(macro, "shown", None) == shown:
            text, first = macro.text, macro.first_line  # type: ignore[attr-defined]  # a Macro
            lines.update(enumerate(text.split("\n"), first))
    return "\n".join(lines.get(number, "") for number in range(1, max(lines, default=0) + 1))


def _check(definition: Definition, world: World, library: Library) -> Captured:
    check = definition.check
    assert check is not None
    scope = _scope(definition, world, library)
    arguments = check_arguments(definition, scope, library)
    own = library.find(f"test_{check.test}", definition.package) if not check.package else None
    if check.package is None and own is None and check.test in BUILT_IN_CHECKS:
        scope.record.macros[f"macro.dbt.test_{check.test}"] = None
    else:
        scope.give({"_dbt_generic_test_kwargs": arguments})
        try:
            _attempt(definition.text, definition, scope, library)
        except CompileError as error:
            raise _unknown_test(error, definition, library) from error
    merge_config(scope.record.config, definition.block_config)
    return scope.record.captured()


def _unknown_test(error: CompileError, definition: Definition, library: Library) -> CompileError:
    check = definition.check
    assert check is not None
    macro = f"test_{check.test}"
    if f"'{macro}'" not in error.message:
        return error
    from runner.errors import did_you_mean

    known = [n.removeprefix("test_") for n in library.names() if n.startswith("test_")]
    named = f"{check.package}.{check.test}" if check.package else check.test
    return CompileError(
        f"there is no generic test {named!r}",
        at=definition.properties.at,
        hint=did_you_mean(check.test, [*known, *BUILT_IN_CHECKS])
        or ("is the package installed in dbt_packages?" if check.package else None),
    )


def check_arguments(definition: Definition, scope: Scope, library: Library) -> dict[str, object]:
    """A generic test's arguments with their Jinja rendered, in the order written."""
    check = definition.check
    assert check is not None
    names = scope.names()

    def rendered(value: object) -> object:
        if isinstance(value, Mapping):
            return {key: rendered(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [rendered(item) for item in value]
        template = argument_template(value)
        if isinstance(template, str) and ("{{" in template or "{%" in template):
            return _native(template, definition, scope, names)
        return value

    return {key: rendered(value) for key, value in check.arguments.items()}


def _native(text: str, definition: Definition, scope: Scope, names: dict[str, object]) -> object:
    inner = text.strip()
    if inner.startswith("{{ get_where_subquery(") and inner.endswith(") }}"):
        reference = ast.parse(inner[2:-2].strip(), mode="eval").body
        assert isinstance(reference, ast.Call)
        call = reference.args[0]
        assert isinstance(call, ast.Call)
        literals = [ast.literal_eval(arg) for arg in call.args]
        keywords = {k.arg: ast.literal_eval(k.value) for k in call.keywords if k.arg}
        given = keywords.get("arguments")
        if isinstance(given, dict):
            keywords["arguments"] = {
                key: _native(value, definition, scope, names)
                if isinstance(value, str) and ("{{" in value or "{%" in value)
                else value
                for key, value in given.items()
            }
        assert isinstance(call.func, ast.Name)
        calls = {"ref": scope.ref, "source": scope.source, "function": scope.function}
        function = calls[call.func.id]
        return names["get_where_subquery"](function(*literals, **keywords))  # type: ignore[operator]  # a function
    values = scope.world.values
    try:
        template = compile_template(values.environment, text, definition.shown)
        return render_template(template, names)
    except Exception as error:
        found = failure(error, definition.shown, lambda path: None)
        found.at = definition.properties.at or found.at
        raise found from error


def _python(definition: Definition) -> Captured:
    """A Python model's `dbt.ref`, `dbt.source` and `dbt.config` calls, read from its text."""
    try:
        tree = ast.parse(definition.text, definition.shown)
    except SyntaxError as error:
        raise CompileError(
            f"not valid Python: {error.msg}",
            at=line_of(definition.shown, definition.text, error.lineno or 1, error.offset),
        ) from None
    functions = [n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == "model"]
    if not functions or len(functions[0].args.args) != 2:
        raise CompileError(
            "a Python model defines one function model(dbt, session)",
            at=line_of(definition.shown, definition.text, 1),
        )
    dbt = functions[0].args.args[0].arg
    record = Record()
    for call in ast.walk(functions[0]):
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute):
            continue
        owner = call.func.value
        name = call.func.attr
        if isinstance(owner, ast.Name) and owner.id == dbt:
            if name == "config":
                record.config.update(
                    {k.arg: _literal(k.value, definition) for k in call.keywords if k.arg}
                )
            elif name in ("ref", "source"):
                args = [str(_literal(arg, definition)) for arg in call.args]
                keywords = {k.arg: _literal(k.value, definition) for k in call.keywords}
                if name == "ref":
                    version = keywords.get("v", keywords.get("version"))
                    number = version if isinstance(version, str | int | float) else None
                    record.refs[Ref(args[-1], args[0] if len(args) == 2 else None, number)] = None
                else:
                    record.sources[args[0], args[1]] = None
    return record.captured()


def _literal(value: ast.expr, definition: Definition) -> object:
    try:
        return ast.literal_eval(value)
    except ValueError:
        at = line_of(definition.shown, definition.text, value.lineno, value.col_offset + 1)
        raise CompileError(
            "only literal values are allowed here, so that the model can be read without running it",
            at=at,
        ) from None


__all__ = ["Relation", "check_arguments", "discover", "discover_one", "texts_of"]
