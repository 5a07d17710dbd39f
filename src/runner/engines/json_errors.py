"""What DuckDB says when a JSON file does not fit, as a sentence with the file, the line and a remedy."""

from __future__ import annotations

import json
import os
import re
import zlib
from collections.abc import Mapping

from runner.engines.csv_errors import Fault
from runner.engines.csv_files import unpacked
from runner.errors import Location

LARGEST = 256 * 1024 * 1024
"""Bytes of a file that is read once more for the line of its fault; in larger ones the record is told."""

_SAID = re.compile(
    r'(JSON transform error|Malformed JSON) in file "(.+?)",(?: at byte \d+)? in'
    r" (?:record/value|line) (\d+): (.+)",
    re.DOTALL,
)
_VALUE = re.compile(r"Failed to cast value(?: to \w+)?: (.+)", re.DOTALL)


def json_fault(message: str) -> Fault | None:
    """The fault in a JSON file that a message of DuckDB tells of; None for any other message."""
    found = _SAID.search(message)
    if found is None:
        return None
    kind, file, number, said = found[1], found[2], int(found[3]), found[4].split("\n")[0]
    text = _text(file)
    if kind == "Malformed JSON":
        at = _broken(file, text) if text is not None else None
        return (
            f"record {number} is no JSON: {said}" if at is None else f"no JSON: {said}",
            at or Location(file),
            "is the file cut off? Export it again",
        )
    value = _VALUE.match(said)
    line, column = _value_at(text, number, value[1] if value else "") if text else (None, None)
    return (
        f"{f'column {column}' if column else f'record {number}'}: {said}",
        Location(file, line, None, text.split("\n")[line - 1].rstrip("\r"))
        if line and text
        else Location(file),
        "correct the file, or declare another type for the column",
    )


def _text(file: str) -> str | None:
    """The whole text of a file, if it lies here and is not too large."""
    try:
        if os.path.getsize(file) > LARGEST:
            return None
        with unpacked(file) as opened:
            return opened.read(LARGEST).decode("utf-8", "replace")
    except (OSError, EOFError, zlib.error):
        return None


def _broken(file: str, text: str) -> Location | None:
    """The place at which a text stops being JSON."""
    starts = _starts(text)
    error = starts.pop()
    if not isinstance(error, json.JSONDecodeError):
        return None
    line = text.split("\n")[error.lineno - 1].rstrip("\r")
    return Location(file, error.lineno, min(error.colno, len(line) + 1), line)


def _starts(text: str) -> list[int | json.JSONDecodeError]:
    """Where each record of a text begins, an array's or one after another; at its end the first error."""
    decoder, found = json.JSONDecoder(), list[int | json.JSONDecodeError]()
    at = _past(text, 0)
    is_list = text.startswith("[", at)
    at = _past(text, at + 1) if is_list else at
    while at < len(text) and not (is_list and text[at] == "]"):
        found.append(at)
        try:
            _, end = decoder.raw_decode(text, at)
            at = _past(text, end)
            if is_list and not text.startswith(("]", ","), at):
                raise json.JSONDecodeError("Expecting ',' delimiter", text, at)
        except json.JSONDecodeError as error:
            return [*found, error]
        at = _past(text, at + 1) if is_list and text[at] == "," else at
    if is_list and at >= len(text):
        return [*found, json.JSONDecodeError("Expecting value", text, len(text))]
    return found


def _past(text: str, at: int) -> int:
    """The next character from here on that is no blank."""
    while at < len(text) and text[at] in " \t\r\n":
        at += 1
    return at


def _value_at(text: str, number: int, said: str) -> tuple[int | None, str | None]:
    """The line and the key of a value in the record of a number, from 1; None where it is not there."""
    starts = [start for start in _starts(text) if isinstance(start, int)]
    if number > len(starts):
        return None, None
    start = starts[number - 1]
    try:
        record, end = json.JSONDecoder().raw_decode(text, start)
        value = json.loads(said)
    except json.JSONDecodeError:
        return text.count("\n", 0, start) + 1, None
    keys = (
        [key for key, cell in record.items() if cell == value]
        if isinstance(record, Mapping)
        else []
    )
    key = keys[0] if len(keys) == 1 else None
    place = -1
    if key is not None:
        named = re.search(re.escape(json.dumps(key, ensure_ascii=False)) + r"\s*:", text[start:end])
        place = start + named.start() if named else -1
    return text.count("\n", 0, place if place >= 0 else start) + 1, key
