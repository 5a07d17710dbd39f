"""The Jinja environment: sandboxed, with dbt's rules for undefined names and native values.

Compiles template texts so that generated code knows the file and line that it comes from. Knows
nothing of what names mean in a template.
"""

from __future__ import annotations

import re
import warnings
from ast import literal_eval
from collections.abc import Iterable, Mapping
from types import CodeType, TracebackType
from typing import TYPE_CHECKING, Any, NoReturn

import jinja2
import jinja2.nodes
import jinja2.runtime
import jinja2.sandbox
from jinja2.exceptions import SecurityError
from jinja2.nativetypes import NativeCodeGenerator

from runner.errors import Caller, CompileError, Location, RunnerError, line_of

if TYPE_CHECKING:
    from collections.abc import Callable

MACRO_PREFIX = "dbt_macro__"


class Undefined(jinja2.Undefined):
    """A name that is not known: empty when printed, forgiving for attributes, refused when called."""

    __slots__ = ()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __getitem__(self, key: object) -> Any:
        return self

    def __call__(self, *_: object, **__: object) -> NoReturn:
        raise jinja2.UndefinedError(self._undefined_message)


class MacroHolder:
    """An object whose attributes are macros."""


class Environment(jinja2.sandbox.SandboxedEnvironment):
    """The environment of SQL templates."""

    def __init__(self) -> None:
        super().__init__(extensions=["jinja2.ext.do", "jinja2.ext.loopcontrols"],
                         undefined=Undefined, cache_size=0, auto_reload=False)  # fmt: skip
        self.filters.update(
            as_bool=lambda v: v, as_native=lambda v: v, as_number=lambda v: v, as_text=str
        )

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """Macros whose names begin with one underscore may be called by their package's name."""
        if isinstance(obj, MacroHolder) and not attr.startswith("__"):
            return True
        return super().is_safe_attribute(obj, attr, value)

    def _parse(self, source: str, name: str | None, filename: str | None) -> jinja2.nodes.Template:
        tree = super()._parse(source, name, filename)
        if "macro" in source:
            for macro in tree.find_all(jinja2.nodes.Macro):
                macro.name = MACRO_PREFIX + macro.name
        return tree


class NativeEnvironment(Environment):
    """The environment of values in YAML: a text that is one expression keeps its type."""

    code_generator_class = NativeCodeGenerator

    def __init__(self) -> None:
        super().__init__()
        self.filters["as_text"] = _Text

    @staticmethod
    def concat(values: Iterable[Any]) -> Any:
        parts = list(values)
        if not parts:
            return ""
        if len(parts) == 1:
            if isinstance(parts[0], _Text) or not isinstance(parts[0], str):
                return str(parts[0]) if isinstance(parts[0], _Text) else parts[0]
            text = parts[0]
        else:
            text = "".join(str(part) for part in parts)
        try:
            return literal_eval(text)
        except (ValueError, SyntaxError, MemoryError, TypeError):
            return text


class _Text(str):
    """A text that stays one, whatever it looks like."""

    __slots__ = ()


class Context(jinja2.runtime.Context):
    """A context whose names are looked up when a template asks for them."""


def new_context(environment: jinja2.Environment, names: dict[str, Any], name: str) -> Context:
    """A context over names that may be resolved lazily (a dict with its own `__contains__`)."""
    return Context(environment, names, name, {})


def compile_template(
    environment: Environment, source: str, shown: str, *, first_line: int = 1
) -> jinja2.Template:
    """A template of a text that begins on `first_line` of the file `shown`.

    Raises CompileError with the place of what is no Jinja.
    """
    padded = "\n" * (first_line - 1) + source if first_line > 1 else source
    try:
        code = _code(environment, padded, shown)
        template = environment.template_class.from_code(environment, code, {})
    except jinja2.TemplateSyntaxError as error:
        raise syntax_error(error, padded, shown) from None
    return template


def _code(environment: Environment, source: str, shown: str) -> CodeType:
    if "\\" not in source:
        return environment.compile(source, name=shown, filename=shown)
    with warnings.catch_warnings():
        # Texts such as '\\d' in templates are regular expressions, and meant.
        warnings.simplefilter("ignore")
        return environment.compile(source, name=shown, filename=shown)


def render_template(template: jinja2.Template, names: dict[str, Any]) -> Any:
    """The template's text (or value, in a native environment) with the names given.

    Exceptions are passed on as they come: `failure` finds their place.
    """
    environment = template.environment
    context = new_context(environment, names, template.name or "")
    return environment.concat(template.root_render_func(context))


def syntax_error(error: jinja2.TemplateSyntaxError, source: str, shown: str) -> CompileError:
    """A Jinja syntax error in our words."""
    message = str(error.message or "cannot be read").rstrip(".")
    at = line_of(shown, source, error.lineno)
    hint = None
    opened = re.search(r"was looking for the following tags: (.+?)\. The", message)
    if opened or "Unexpected end of template" in message:
        inner = re.search(r"innermost block that needs to be closed is '(\w+)'", message)
        message = f"the block {inner[1]!r} is never closed" if inner else message
        hint = f"add {{% end{inner[1]} %}}" if inner else None
        start = _last_open(source, inner[1], error.lineno) if inner else None
        at = (start and line_of(shown, source, start)) or at
    elif "Encountered unknown tag" in message:
        tag = re.search(r"unknown tag '(\w+)'", message)
        if tag:
            message = f"unknown tag {tag[1]!r}"
            column = (at.text or "").find(tag[1])
            at = Location(shown, at.line, column + 1 or None, at.text, len(tag[1]))
    return CompileError(f"not valid Jinja: {message}", at=at, hint=hint)


def _last_open(source: str, word: str, before: int) -> int | None:
    lines = source.split("\n")
    for number in range(min(before, len(lines)), 0, -1):
        if re.search(rf"\{{%-?\s*{word}\b", lines[number - 1]):
            return number
    return None


def trail(
    traceback: TracebackType | None, read: Callable[[str], str | None]
) -> list[tuple[str, Location]]:
    """The template lines that an exception passed through, from the outermost: (name, place)."""
    frames: list[tuple[str, Location]] = []
    while traceback is not None:
        frame = traceback.tb_frame
        template = frame.f_globals.get("__jinja_template__")
        if template is not None:
            line = template.get_corresponding_lineno(traceback.tb_lineno)
            shown = template.filename or template.name or "<template>"
            source = read(shown)
            at = line_of(shown, source, line) if source is not None else Location(shown, line)
            frames.append((frame.f_code.co_name, at))
        traceback = traceback.tb_next
    return frames


def failure(error: Exception, shown: str, read: Callable[[str], str | None]) -> RunnerError:
    """An exception of rendering as an error with its place, and the macros it came through.

    shown: the file of the outermost template. read: the text of a file that templates come from.
    """
    frames = trail(error.__traceback__, read)
    if isinstance(error, RunnerError):
        if error.at is not None or not frames:
            return error
        known: RunnerError = error
    elif isinstance(error, jinja2.TemplateSyntaxError):
        return syntax_error(error, read(error.filename or shown) or "", error.filename or shown)
    elif type(error).__name__ == "Returned":
        known = CompileError("return can only be used inside a macro")
    elif isinstance(error, jinja2.UndefinedError):
        known = CompileError(_undefined(str(error)), hint=None)
    elif isinstance(error, SecurityError):
        known = CompileError(f"not allowed in a template: {error}")
    else:
        known = CompileError(f"{_plain_name(error)}{error}")
    if not frames:
        return known.placed(Location(shown))
    at = frames[-1][1]
    word = re.search(r"'(\w+)' is", known.message)
    column = (at.text or "").find(word[1]) if word else -1
    if word and column >= 0:
        at = Location(at.path, at.line, column + 1, at.text, len(word[1]))
    callers = tuple(
        Caller(_macro_at(frames[n + 1][1], read), frames[n][1])
        for n in range(len(frames) - 2, -1, -1)
        if frames[n + 1][0] == "macro"
    )
    return known.placed(at, callers)


def _macro_at(at: Location, read: Callable[[str], str | None]) -> str:
    """The macro that a place lies in: the last one that begins above it."""
    lines = (read(at.path) or "").split("\n")[: at.line]
    for line in reversed(lines):
        found = re.search(r"\{%[-+]?\s*(?:macro|test|data_test)\s+(\w+)", line)
        if found:
            return f"macro {found[1]}"
    return "a macro"


def _plain_name(error: Exception) -> str:
    words = re.sub(r"(?<!^)([A-Z])", r" \1", type(error).__name__).lower()
    return f"{words}: "


def _undefined(message: str) -> str:
    found = re.match(r"'(\w+)' is undefined", message)
    return f"{found[1]!r} is not defined" if found else message


class Values:
    """Renders single texts natively, as the values of YAML files are."""

    def __init__(self) -> None:
        self.environment: NativeEnvironment | None = None

    def __call__(self, text: str, names: Mapping[str, object], at: Location) -> object:
        """The value of a text.

        Raises CompileError at the place given.
        """
        if self.environment is None:
            self.environment = NativeEnvironment()
        try:
            template = compile_template(self.environment, text, at.path)
            return render_template(template, dict(names))
        except Exception as error:
            found = failure(error, at.path, lambda path: None)
            found.at = at
            found.callers = ()
            raise found from None
