"""Pass 1 without a template engine, for templates whose references stand literally in the text.

`scan` answers only where it is certain to find what rendering would; otherwise None, and the
template is rendered. A property test holds the two together.
"""

from __future__ import annotations

import ast
import re
from hashlib import blake2b
from typing import Any

from runner.project.blocks import TAG
from runner.project.nodes import Captured, Macro, Ref
from runner.template.library import Library
from runner.template.scope import Record, merge_config

_NAME = re.compile(r"(?<![\w.'\"])([A-Za-z_]\w*)(?!\w|\s*=[^=])")
_STRINGS = re.compile(r"'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\"")
_DIRECT = re.compile(r"\s*(ref|source|function|config|var)\s*(\(.*\))\s*\Z", re.DOTALL)
_SET_VAR = re.compile(r"\s*\w+\s*=\s*var\s*(\(.*\))\s*\Z", re.DOTALL)
_WORDS = frozenset(
    """
    and or not in is if else elif for set do true false none True False None loop
    recursive range length join lower upper trim replace list first last string int float
    default map select reject sort unique tojson round abs title capitalize target
    namespace dict zip modules project_name defined batch items keys values append
    """.split()
)
_EFFECTS = frozenset(
    """
    ref source function config var env_var metric this execute model graph run_query statement
    load_result adapter builtins context flags caller varargs kwargs render doc log print
    exceptions api is_incremental should_full_refresh load_relation return invocation_id
    run_started_at dbt_version
    """.split()
)
_PLAIN_TAGS = frozenset({"set", "for", "endfor", "if", "elif", "else", "endif", "endset"})
_OPENS = {"for": 1, "if": 1, "endfor": -1, "endif": -1}


_TEXT = r"""(?:'([^'"\\{}\n]*)'|"([^'"\\{}\n]*)")"""
_TEXTS = re.compile(rf"\(\s*{_TEXT}\s*(?:,\s*{_TEXT}\s*)?\)\s*")
"""Arguments that are one or two plain texts, as most are."""


class Scans:
    """What scans of texts gave, kept between commands for the same macros."""

    def __init__(self, known: dict[bytes, Captured | None]) -> None:
        self.known = known
        self.used: dict[bytes, Captured | None] = {}

    @property
    def changed(self) -> bool:
        """Are there others than before?"""
        return self.used.keys() != self.known.keys()


class Scanner:
    """Scans templates; remembers which macros were found harmless."""

    def __init__(self, library: Library, scans: Scans | None = None) -> None:
        self.library = library
        self.scans = scans or Scans({})
        self._harmless: dict[str, bool] = {}

    def scan(self, text: str, package: str) -> Captured | None:
        """What a template refers to, or None where only rendering can tell."""
        scans = self.scans
        key = blake2b(f"{package}\0{text}".encode(errors="surrogatepass"), digest_size=16).digest()
        if key not in scans.used:
            scans.used[key] = scans.known[key] if key in scans.known else self._scan(text, package)
        return scans.used[key]

    def _scan(self, text: str, package: str) -> Captured | None:
        if "{{" not in text and "{%" not in text:
            return Captured() if "{#" not in text or "#}" in text else None
        record = Record()
        depth = 0
        local: set[str] = set()
        end = 0
        for tag in TAG.finditer(text):
            if "{{" in text[end : tag.start()] or "{%" in text[end : tag.start()]:
                return None
            end = tag.end()
            if tag["comment"]:
                continue
            word = tag["word"]
            if word is None:
                inner = tag["expression"][2:-2].strip("-+")
                if not self._expression(inner, record, depth, local, package):
                    return None
            else:
                if word not in _PLAIN_TAGS:
                    return None
                inner = tag["rest"]
                if word == "set":
                    found = re.match(r"\s*(\w+)\s*(=?)", inner)
                    if found is None or not found[2]:
                        return None
                    local.add(found[1])
                    var = _SET_VAR.match(inner)
                    if var:
                        if not self._call("var", var[1], record, package):
                            return None
                        continue
                elif word == "for":
                    found = re.match(r"\s*([\w\s,]+?)\s+in\b", inner)
                    if found is None:
                        return None
                    local.update(name.strip() for name in found[1].split(","))
                if not self._harmless_text(inner, local, package, record):
                    return None
                depth += _OPENS.get(word, 0)
        if "{{" in text[end:] or "{%" in text[end:]:
            return None
        return record.captured()

    def _expression(
        self, inner: str, record: Record, depth: int, local: set[str], package: str
    ) -> bool:
        direct = _DIRECT.match(inner)
        if direct:
            if direct[1] != "var" and depth:
                return False
            return self._call(direct[1], direct[2], record, package)
        return self._harmless_text(inner, local, package, record)

    def _call(self, function: str, arguments: str, record: Record, package: str) -> bool:
        if self.library.find(function, package) is not None:
            return False
        texts = _TEXTS.fullmatch(arguments) if function != "config" else None
        if texts:
            first, second = (
                (texts[1] or texts[2] or ""),
                texts[3] if texts[3] is not None else texts[4],
            )
            return self._named(function, [first] if second is None else [first, second], record)
        try:
            call = ast.parse(f"f{arguments.strip()}", mode="eval").body
            assert isinstance(call, ast.Call)
            args = [ast.literal_eval(arg) for arg in call.args]
            kwargs = {k.arg: ast.literal_eval(k.value) for k in call.keywords if k.arg}
        except (SyntaxError, ValueError, AssertionError):
            return False
        if any(isinstance(a, str) and ("{{" in a or "{%" in a) for a in (*args, *kwargs.values())):
            return False
        if function == "config":
            if args:
                return False
            merge_config(record.config, kwargs)
            return True
        if kwargs or not args or not isinstance(args[0], str):
            return False
        return self._named(function, args, record)

    def _named(self, function: str, args: list[Any], record: Record) -> bool:
        """Note a call of `var`, `ref` or `source`."""
        if function == "var":
            record.vars.setdefault(args[0])
            return True
        if not all(isinstance(arg, str) for arg in args):
            return False
        if function == "ref" and len(args) <= 2:
            record.refs.setdefault(Ref(args[-1], args[0] if len(args) == 2 else None))
            return True
        if function == "function" and len(args) <= 2:
            record.functions.setdefault(Ref(args[-1], args[0] if len(args) == 2 else None))
            return True
        if function == "source" and len(args) == 2:
            record.sources.setdefault((args[0], args[1]))
            return True
        return False

    def _harmless_text(self, text: str, local: set[str], package: str, record: Record) -> bool:
        """Does a piece of Jinja call nothing that could refer to anything?"""
        if text.isspace() or not text:
            return True
        for name in _NAME.findall(_STRINGS.sub("''", text)):
            if name in local or (name in _WORDS and self.library.find(name, package) is None):
                continue
            macro = self.library.find(name, package)
            if macro is None or not self._is_harmless(macro):
                return False
            record.macros.setdefault(macro.id)
        return True

    def _is_harmless(self, macro: Macro) -> bool:
        known = self._harmless.get(macro.id)
        if known is None:
            self._harmless[macro.id] = False
            known = all(self._known_in_macro(tag, macro) for tag in TAG.finditer(macro.text))
            self._harmless[macro.id] = known
        return known

    def _known_in_macro(self, tag: re.Match[str], macro: Macro) -> bool:
        if tag["comment"]:
            return True
        word = tag["word"]
        if word is not None and word not in _PLAIN_TAGS and word not in ("macro", "endmacro"):
            return False
        inner = tag["rest"] if word is not None else tag["expression"][2:-2]
        for name in _NAME.findall(_STRINGS.sub("''", inner)):
            if name in _EFFECTS:
                return False
            called = self.library.find(name, macro.package)
            if called is not None and called.id != macro.id and not self._is_harmless(called):
                return False
            if called is None and (
                self.library.find_internal(name) is not None or name in self.library.packages
            ):
                return False
        return True
