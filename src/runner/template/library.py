"""All macros of a project and its packages, and the order in which a name is looked for.

Compiles a macro when it is first called and binds it to the names of the template that calls it.
Knows nothing of what the other names in a template mean.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from runner.errors import CompileError, did_you_mean
from runner.project.blocks import find_blocks
from runner.project.nodes import Macro
from runner.template.codes import Codes
from runner.template.environment import compile_template, new_context
from runner.template.native import MACRO_PREFIX, MacroHolder

if TYPE_CHECKING:
    from runner.template.jinja import Environment

INTERNAL = "dbt"
PREFIXES = ("duckdb", "default")
FOUND_IN_PASS_1 = ("ref", "source", "function", "config")
"""Functions whose calls are noted in pass 1."""


class Returned(Exception):  # no error: how `return` leaves a macro
    """A macro's `return(value)`."""

    def __init__(self, value: object) -> None:
        super().__init__()
        self.value = value


@cache
def internal_macros() -> Mapping[str, Macro]:
    """The macros that come with the runner: dbt's cross-database functions and their like."""
    found: dict[str, Macro] = {}
    for file in sorted(files("runner.template").joinpath("macros").iterdir(), key=lambda f: f.name):
        if not file.name.endswith(".sql"):
            continue
        shown = f"runner/template/macros/{file.name}"
        for block in find_blocks(file.read_text("utf-8"), shown, ("macro", "test")):
            name = f"test_{block.name}" if block.word == "test" else block.name
            found[name] = Macro(
                name, INTERNAL, shown, shown, block.text, block.first_line, block.word
            )
    return found


class Library:
    """The macros of the project (`root`) and of its packages.

    codes, asked: for the environment, where none is given. bases: the packages that the project
    builds upon, whose macros are as good as its own and give way to them.
    """

    def __init__(
        self,
        root: str,
        macros: Iterable[Macro],
        dispatch: Mapping[str, tuple[str, ...]],
        environment: Environment | None = None,
        codes: Codes | None = None,
        asked: set[str] | None = None,
        bases: tuple[str, ...] = (),
    ) -> None:
        self.root = root
        self.bases = bases
        self.dispatch_order = dispatch
        self.codes = codes
        self.asked = asked
        self._environment = environment
        self.packages: dict[str, dict[str, Macro]] = {root: {}}
        for macro in macros:
            self.packages.setdefault(macro.package, {})[macro.name] = macro
        self._compiled: dict[str, Any] = {}

    @property
    def environment(self) -> Environment:
        """The environment that templates are compiled in, made when the first one is."""
        if self._environment is None:
            from runner.template.jinja import Environment

            self._environment = Environment(self.codes, self.asked)
        return self._environment

    def find(self, name: str, package: str) -> Macro | None:
        """A macro as a template of `package` sees it: its own package's, then the project's.

        The project and what it builds upon see one another's; the project's come first.
        """
        if package == self.root or package in self.bases:
            places: tuple[str, ...] = (self.root, package, *self.bases)
        else:
            places = (package, self.root)
        for place in dict.fromkeys(places):
            macro = self.packages.get(place, {}).get(name)
            if macro is not None:
                return macro
        return None

    def find_internal(self, name: str) -> Macro | None:
        return internal_macros().get(name)

    def in_package(self, name: str, package: str) -> Macro | None:
        """A macro of one package; the runner's own stand in for dbt's."""
        macro = self.packages.get(package, {}).get(name)
        if macro is None and package in (INTERNAL, "dbt_duckdb"):
            macro = internal_macros().get(name)
        return macro

    def anywhere(self, name: str) -> Macro | None:
        """A macro of any package, the project's first."""
        for macros in self.packages.values():
            if name in macros:
                return macros[name]
        return internal_macros().get(name)

    def dispatched(self, name: str, namespace: str | None, package: str) -> Macro:
        """The macro that `adapter.dispatch` chooses.

        Raises CompileError when no package of the search order has one.
        """
        candidates = [f"{prefix}__{name}" for prefix in PREFIXES]
        if namespace is None:
            for candidate in candidates:
                macro = self.find(candidate, package) or self.anywhere(candidate)
                if macro is not None:
                    return macro
            places: tuple[str, ...] = (package, self.root)
        else:
            places = self.dispatch_order.get(namespace, (self.root, namespace))
            for place in places:
                for candidate in candidates:
                    macro = self.in_package(candidate, place)
                    if macro is not None:
                        return macro
        tried = ", ".join(f"{place}.{name}" for place in places for name in candidates)
        raise CompileError(f"no macro to dispatch {name!r} to", hint=f"looked for: {tried}")

    def names(self) -> Iterator[str]:
        """Names that a template may have meant."""
        for macros in self.packages.values():
            yield from macros
        yield from internal_macros()

    def compiled(self, macro: Macro) -> Any:
        """The macro's template, compiled once."""
        template = self._compiled.get(macro.id)
        if template is None:
            template = compile_template(
                self.environment, as_macro(macro), macro.shown, first_line=macro.first_line
            )
            self._compiled[macro.id] = template
        return template

    def called(self, name: str, hint_names: Iterable[str]) -> CompileError:
        """The error of a call of something unknown."""
        return CompileError(
            f"{name!r} is not defined",
            hint=did_you_mean(
                name, [*(n for ms in self.packages.values() for n in ms), *hint_names]
            ),
        )


def as_macro(macro: Macro) -> str:
    """The block's text as a plain Jinja macro, on the same lines."""
    if macro.block == "test":
        text = re.sub(
            r"\{%([-+]?)\s*(?:data_)?test\s+(\w+)", r"{%\1 macro test_\2", macro.text, count=1
        )
        return re.sub(r"end(?:data_)?test(\s*[-+]?%\})\Z", r"endmacro\1", text)
    if macro.block == "materialization":
        head = re.match(r"\{%([-+]?)\s*materialization\s+.*?([-+]?)%\}", macro.text, re.DOTALL)
        assert head is not None
        lines = "\n" * head[0].count("\n")
        text = f"{{%{head[1]} macro {macro.name}(){lines} {head[2]}%}}" + macro.text[head.end() :]
        return re.sub(r"endmaterialization(\s*[-+]?%\})\Z", r"endmacro\1", text)
    return macro.text


class MacroFunction:
    """A macro bound to the names of the template that calls it."""

    def __init__(self, macro: Macro, names: Names) -> None:
        self.macro = macro
        self.names = names

    @property
    def name(self) -> str:
        return self.macro.name

    def __call__(self, *args: object, **kwargs: object) -> object:
        names = self.names
        function = names.bound(self.macro)
        if names.depth == 0:
            names.used(self.macro.id)
        names.depth += 1
        try:
            return function(*args, **kwargs)
        except Returned as returned:
            return returned.value
        finally:
            names.depth -= 1


class PackageNames(MacroHolder):
    """The macros of one package, as attributes: `dbt_utils.star`."""

    def __init__(self, package: str, names: Names) -> None:
        self._package = package
        self._names = names

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        given = dict.get(self._names, f"{self._package}.{name}", MISSING)
        if given is not MISSING:  # a unit test's override of this package's macro
            return given
        macro = self._names.library.in_package(name, self._package)
        if macro is None and self._package == INTERNAL:
            value = self._names.provide(name)
            if value is not MISSING:
                return value
        if macro is None and self._names.pardons:
            self._names.pardoned = True
            raise AttributeError(name)
        if macro is None:
            known = self._names.library.packages.get(self._package, {})
            raise CompileError(
                f"the package {self._package!r} has no macro {name!r}",
                hint=did_you_mean(name, known),
            )
        return self._names.function(macro)

    def __getitem__(self, name: str) -> Any:
        try:
            return self.__getattr__(name)
        except AttributeError:
            raise KeyError(name) from None

    def __contains__(self, name: str) -> bool:
        return self._names.library.in_package(name, self._package) is not None

    def get(self, name: str, default: object = None) -> object:
        return self.__getattr__(name) if name in self else default


class Names(dict[str, Any]):
    """The names of one template, looked up when they are asked for.

    Macros of the template's package and of the project come first, so that a project may replace
    any function; then what `provide` knows; then packages; then the runner's own macros.
    """

    def __init__(
        self,
        library: Library,
        package: str,
        provide: Callable[[str], object],
        used: Callable[[str], None],
    ) -> None:
        super().__init__()
        self.library = library
        self.package = package
        self.provide = provide
        self.used = used
        self.depth = 0
        """How many macros deep the rendering is; `used` hears of those that the template calls."""
        self.pardons_from: int | None = None
        """How many macros deep a call of something unknown is let pass, as dbt does in its pass 1."""
        self.pardoned = False
        """Was a macro called that does not exist?"""
        self._bound: dict[str, Any] = {}
        self._missing: set[str] = set()

    def __contains__(self, name: object) -> bool:
        if dict.__contains__(self, name):
            return True
        if name in self._missing or not isinstance(name, str):
            return False
        value = self._find(name)
        if value is MISSING:
            self._missing.add(name)
            return False
        self[name] = value
        return True

    def __missing__(self, name: str) -> Any:
        if name in self:
            return dict.__getitem__(self, name)
        raise KeyError(name)

    def get(self, name: str, default: Any = None) -> Any:
        return self[name] if name in self else default  # noqa: SIM401  # this is get itself

    def _find(self, name: str) -> object:
        macro = self.library.find(name, self.package)
        if macro is not None:
            return self.function(macro)
        value = self.provide(name)
        if value is not MISSING:
            return value
        if name in self.library.packages or name in (INTERNAL, "dbt_duckdb"):
            return PackageNames(name, self)
        macro = self.library.find_internal(name)
        return MISSING if macro is None else self.function(macro)

    @property
    def pardons(self) -> bool:
        return self.pardons_from is not None and self.depth >= self.pardons_from

    def called(self, name: str | None) -> bool:
        """Is a call of something unknown let pass? Raises CompileError for a name that is not.

        name: None for a part of a value. A mistyped `ref` is refused in pass 1, lest a parent is
        overlooked.
        """
        if name is None:
            return self.pardons
        if self.pardons and not get_close_matches(name, FOUND_IN_PASS_1, n=1, cutoff=0.75):
            self.pardoned = True
            return True
        raise self.library.called(name, FOUND_IN_PASS_1)

    def function(self, macro: Macro) -> MacroFunction:
        """The macro as something to call."""
        return MacroFunction(macro, self)

    def bound(self, macro: Macro) -> Any:
        """The Jinja macro over these names, made once."""
        function = self._bound.get(macro.id)
        if function is None:
            template = self.library.compiled(macro)
            context = new_context(self.library.environment, self, template.name)
            for _ in template.root_render_func(context):
                pass
            function = context.vars[MACRO_PREFIX + macro.name]
            self._bound[macro.id] = function
        return function


class _Missing:
    """Stands for a name that nothing is known of."""


MISSING = _Missing()
