"""Template texts compiled and rendered, and the place of what goes wrong in them.

Generated code knows the file and line that it comes from, and is kept between commands. Jinja
itself is loaded when a template is first compiled (jinja.py). Knows nothing of what names mean.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping
from hashlib import blake2b
from types import CodeType, TracebackType
from typing import TYPE_CHECKING, Any

from runner.errors import Caller, CompileError, Location, RunnerError, line_of
from runner.template.codes import Codes
from runner.template.native import MACRO_PREFIX, MacroHolder, native_value

if TYPE_CHECKING:
    from collections.abc import Callable

    import jinja2

    from runner.template.jinja import Context, Environment, NativeEnvironment

__all__ = [
    "MACRO_PREFIX", "Environment", "MacroHolder", "NativeEnvironment", "Values",
    "compile_template", "failure", "new_context", "render_template", "syntax_error", "trail",
]  # fmt: skip


def __getattr__(name: str) -> object:
    """The classes that need Jinja, loaded when somebody asks for them."""
    if name in ("Environment", "NativeEnvironment"):
        from runner.template import jinja

        return getattr(jinja, name)
    raise AttributeError(name)


def new_context(environment: jinja2.Environment, names: dict[str, Any], name: str) -> Context:
    """A context over names that may be resolved lazily (a dict with its own `__contains__`)."""
    from runner.template.jinja import Context

    return Context(environment, names, name, {})


def compile_template(
    environment: Environment, source: str, shown: str, *, first_line: int = 1
) -> jinja2.Template:
    """A template of a text that begins on `first_line` of the file `shown`.

    Raises CompileError with the place of what is no Jinja.
    """
    import jinja2

    padded = "\n" * (first_line - 1) + source if first_line > 1 else source
    try:
        code = _code(environment, padded, shown)
        template = environment.template_class.from_code(environment, code, {})
    except jinja2.TemplateSyntaxError as error:
        raise syntax_error(error, padded, shown) from None
    return template


def _code(environment: Environment, source: str, shown: str) -> CodeType:
    codes = environment.codes
    if codes is None:
        return _generated(environment, source, shown)
    kind = type(environment).__name__
    key = blake2b(
        f"{kind}\0{shown}\0{source}".encode(errors="surrogatepass"), digest_size=16
    ).digest()
    code = codes.find(key)
    if code is None:
        code = _generated(environment, source, shown)
        codes.keep(key, code)
    return code


def _generated(environment: Environment, source: str, shown: str) -> CodeType:
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
    import jinja2
    from jinja2.exceptions import SecurityError

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


_CALL = re.compile(
    r"""\{\{-?\s*(?P<function>env_var|var)\(\s*(?P<name>'[^'\\]*'|"[^"\\]*")\s*"""
    r"""(?:,\s*(?P<default>'[^'\\]*'|"[^"\\]*")\s*)?\)\s*-?\}\}"""
)


class Values:
    """Renders single texts natively, as the values of YAML files are."""

    def __init__(self, codes: Codes | None = None, asked: set[str] | None = None) -> None:
        self.codes = codes
        self.asked = asked
        self._environment: NativeEnvironment | None = None

    @property
    def environment(self) -> NativeEnvironment:
        """The environment that values are rendered in."""
        if self._environment is None:
            from runner.template.jinja import NativeEnvironment

            self._environment = NativeEnvironment(self.codes, self.asked)
        return self._environment

    def __call__(self, text: str, names: Mapping[str, object], at: Location) -> object:
        """The value of a text.

        Raises CompileError at the place given.
        """
        known = self._called(text, names)
        if known is not None:
            return known[0]
        try:
            template = compile_template(self.environment, text, at.path)
            return render_template(template, dict(names))
        except Exception as error:
            found = failure(error, at.path, lambda path: None)
            found.at = at
            found.callers = ()
            raise found from None

    def _called(self, text: str, names: Mapping[str, object]) -> tuple[object] | None:
        """The value of a text that is one call of `env_var` or `var`, which needs no engine.

        None where it is anything else, or goes wrong: then the engine says how.
        """
        call = _CALL.fullmatch(text)
        function = names.get(call["function"]) if call else None
        if call is None or not callable(function):
            return None
        arguments = [given[1:-1] for given in (call["name"], call["default"]) if given is not None]
        try:
            return (native_value([function(*arguments)]),)
        except RunnerError:
            return None
