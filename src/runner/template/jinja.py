"""Jinja, sandboxed, with dbt's rules for undefined names and native values.

The only module that imports jinja2 as it is imported itself: everything else asks `environment.py`,
which comes here when a template is really compiled. A project that is known from an earlier command
is read without it. Knows nothing of what names mean in a template.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NoReturn

import jinja2
import jinja2.filters
import jinja2.nodes
import jinja2.runtime
import jinja2.sandbox
from jinja2.nativetypes import NativeCodeGenerator
from jinja2.utils import missing

from runner.template.codes import Codes
from runner.template.native import MACRO_PREFIX, MacroHolder, Text, native_value
from runner.template.relation import Relation

_INHERITING = re.compile(r"\{%[-+]?\s*(?:block|extends|from|import|include)\b")
_INHERITED = (jinja2.nodes.Block, jinja2.nodes.Extends, jinja2.nodes.ImportedName)


class Undefined(jinja2.Undefined):
    """A name that is not known: empty when printed, forgiving for attributes, refused when called."""

    __slots__ = ()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __getitem__(self, key: object) -> Any:
        return self

    @property
    def own_name(self) -> str | None:
        """The name that is not known; None for a part of something that is."""
        own = self._undefined_obj is missing
        return self._undefined_name if own else None

    def __call__(self, *_: object, **__: object) -> NoReturn:
        raise jinja2.UndefinedError(self._undefined_message)


class Environment(jinja2.sandbox.SandboxedEnvironment):
    """The environment of SQL templates.

    codes: what was compiled before. asked: hears of filters that give another value each time.
    """

    def __init__(self, codes: Codes | None = None, asked: set[str] | None = None) -> None:
        # Folding constants costs more than a template that is rendered once or twice gives back.
        super().__init__(extensions=["jinja2.ext.do", "jinja2.ext.loopcontrols"],
                         undefined=Undefined, cache_size=0, auto_reload=False,
                         optimized=self.code_generator_class is NativeCodeGenerator)  # fmt: skip
        self.codes = codes
        self.filters.update(
            as_bool=lambda v: v, as_native=lambda v: v, as_number=lambda v: v, as_text=str
        )
        self.tests["mapping"] = _is_mapping
        if asked is not None:
            self.filters["random"] = _noted_random(asked)

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """Macros whose names begin with one underscore may be called by their package's name."""
        if isinstance(obj, MacroHolder) and not attr.startswith("__"):
            return True
        return super().is_safe_attribute(obj, attr, value)

    def call(__self, __context, __obj, *args, **kwargs):  # type: ignore[no-untyped-def]  # as Jinja has it
        """Call something; what is not known is let pass where the names say so."""
        if isinstance(__obj, Undefined):
            called = getattr(__context.parent, "called", None)
            if called is not None and called(__obj.own_name):
                return __obj
        return super().call(__context, __obj, *args, **kwargs)

    def _parse(self, source: str, name: str | None, filename: str | None) -> jinja2.nodes.Template:
        tree = super()._parse(source, name, filename)
        if "macro" in source:
            for macro in tree.find_all(jinja2.nodes.Macro):
                macro.name = MACRO_PREFIX + macro.name
        if not _INHERITING.search(source):
            # The generator walks the whole tree three times for what is not there.
            tree.find_all = _all_but_inherited(tree)  # type: ignore[method-assign]  # of this tree
        return tree


class NativeEnvironment(Environment):
    """The environment of values in YAML: a text that is one expression keeps its type."""

    code_generator_class = NativeCodeGenerator

    def __init__(self, codes: Codes | None = None, asked: set[str] | None = None) -> None:
        super().__init__(codes, asked)
        self.filters["as_text"] = Text

    concat = staticmethod(native_value)


def _all_but_inherited(tree: jinja2.nodes.Template) -> Callable[..., Iterator[Any]]:
    find_all = tree.find_all
    return lambda kind: iter(()) if kind in _INHERITED else find_all(kind)


def _is_mapping(value: object) -> bool:
    """Whether packages may ask a value for its parts: dbt's relations are mappings too."""
    return isinstance(value, Mapping | Relation)


def _noted_random(asked: set[str]) -> Callable[..., Any]:
    @jinja2.pass_context
    def random(context: jinja2.runtime.Context, seq: Any) -> Any:
        asked.add("random")
        return jinja2.filters.do_random(context, seq)

    return random


class Context(jinja2.runtime.Context):
    """A context whose names are looked up when a template asks for them."""
