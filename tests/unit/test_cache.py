"""The cache: nothing foreign, damaged or outdated is believed, and what comes back is what went in."""

from __future__ import annotations

import os
import pickle
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from runner.errors import Location
from runner.project import yaml
from runner.project.cache import Unkept, from_bytes, to_bytes
from runner.project.nodes import NOTHING, Config, Definition, Kind, Node, Properties
from runner.project.store import Contents, Noted, Store

LONG_AGO = 1_000_000_000
SECOND = 1_000_000_000


def store(tmp_path: Path) -> Store:
    made = Store(tmp_path / ".cache")
    made.put("head", b"content")
    return made


def test_what_was_put_is_there_for_the_next_command(tmp_path: Path) -> None:
    store(tmp_path)
    assert Store(tmp_path / ".cache").get("head") == b"content"
    assert Store(tmp_path / ".cache").get("other") is None


def test_a_changed_file_is_not_there(tmp_path: Path) -> None:
    store(tmp_path)
    file = tmp_path / ".cache" / "head"
    whole = file.read_bytes()
    for damaged in (whole[:-1], whole + b"x", whole[:-1] + b"x", b"", b"text", whole[5:]):
        file.write_bytes(damaged)
        assert Store(tmp_path / ".cache").get("head") is None


def test_a_file_under_another_name_is_not_there(tmp_path: Path) -> None:
    store(tmp_path)
    os.replace(tmp_path / ".cache" / "head", tmp_path / ".cache" / "code")
    assert Store(tmp_path / ".cache").get("code") is None


def test_a_folder_that_was_brought_here_is_not_believed(tmp_path: Path) -> None:
    store(tmp_path)
    there, here = tmp_path / ".cache", tmp_path / "copy"
    here.mkdir()
    for name in ("key", "head"):
        (here / name).write_bytes((there / name).read_bytes())
        stat = (there / name).stat()
        os.utime(here / name, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert Store(here).get("head") is None


def test_a_folder_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    (tmp_path / ".cache").write_text("a file")
    made = store(tmp_path)
    assert made.get("head") is None


def test_an_unchanged_file_is_not_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = str(tmp_path / "a.sql")
    Path(path).write_text("select 1")
    now = os.stat(path).st_mtime_ns + 10 * SECOND
    first = Contents({}, now)
    digest = first.digest(path)
    second = Contents(first.looks(), now)
    monkeypatch.setattr("builtins.open", lambda *_: pytest.fail("the file was opened"))
    assert second.digest(path) == digest


def test_a_file_that_changed_just_now_is_read_again(tmp_path: Path) -> None:
    path = str(tmp_path / "a.sql")
    Path(path).write_text("select 1")
    contents = Contents({}, os.stat(path).st_mtime_ns + SECOND)
    contents.digest(path)
    assert contents.looks() == {}


def test_a_change_that_keeps_size_and_time_is_seen(tmp_path: Path) -> None:
    path = str(tmp_path / "a.sql")
    Path(path).write_text("select 1")
    stat = os.stat(path)
    first = Contents({}, stat.st_mtime_ns + 10 * SECOND)
    digest = first.digest(path)
    Path(path).write_text("select 2")
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert Contents(first.looks(), stat.st_mtime_ns + 10 * SECOND).digest(path) != digest


def test_the_digest_is_that_of_the_bytes_that_were_read(tmp_path: Path) -> None:
    path = str(tmp_path / "a.sql")
    Path(path).write_text("select 1")
    contents = Contents({}, LONG_AGO)
    before = contents.digest(path)
    Path(path).write_text("select 22")
    assert contents.read(path) == b"select 22"
    assert contents.digest(path) != before


def node() -> Node:
    config = {"tags": ["a"], "meta": {"since": date(2026, 1, 1), "rate": Decimal("1.50")}}
    extra = yaml.load("a: {b: [1, 2.5, true, null]}\n", "x.yml")
    assert isinstance(extra, yaml.Map)
    properties = Properties(extra=extra, at=Location("x.yml", 1, 2, "a"))
    return Node(Definition(Kind.MODEL, "m", "p", "m.sql", "models/m.sql", "models/m.sql",
                           text="select 1", properties=properties), Config(config))  # fmt: skip


def test_a_node_comes_back_the_same() -> None:
    back = from_bytes(to_bytes(node()))
    assert isinstance(back, Node)
    assert back == node()
    assert back.kind is Kind.MODEL
    assert back.definition.block_config is NOTHING
    inner = back.properties.extra["a"]
    assert isinstance(inner, yaml.Map)
    assert (inner.line, inner.column) == (1, 4)
    items = inner["b"]
    assert isinstance(items, yaml.Seq)
    assert items.places[1] == (1, 12)


class Stranger:
    """A value that a template might have put into a configuration."""


@pytest.mark.parametrize("value", [Stranger(), Stranger, len, lambda: 1, os.environ, Path()])
def test_a_strange_value_is_not_kept(value: object) -> None:
    with pytest.raises(Unkept):
        to_bytes(Config({"value": value}))


def test_noted_variables_are_those_that_were_asked_for() -> None:
    noted = Noted({"A": "1", "B": "2"})
    assert noted.get("A") == "1"
    assert "C" not in noted
    assert noted.names == {"A", "C"}


def test_a_remembered_yaml_value_is_a_new_one_each_time() -> None:
    memo = yaml.Memo({})
    with yaml.remembering(memo):
        first = yaml.load("a: [1]", "x.yml")
        second = yaml.load("a: [1]", "y.yml")
    assert first == second
    assert first is not second
    assert len(memo.known) == 1
    assert pickle.loads(next(iter(memo.known.values()))) == {"a": [1]}


def test_a_profile_with_a_password_is_not_remembered() -> None:
    memo = yaml.Memo({})
    with yaml.remembering(memo):
        yaml.load("a: {password: hunter2}", "/home/me/.dbt/profiles.yml")
    assert memo.known == {}
