"""Releases as files and links: order, records, tidying, and what the locks of files do."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from runner.engines import InUse
from runner.errors import TargetError
from runner.release import files, release
from runner.release.base import waited
from runner.release.lock import build_lock
from runner.release.place import Place
from runner.release.record import Release, current, known, note, written_by_others

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def head(version: int, iteration: int = 1) -> bytes:
    """As much of a DuckDB file as a release is judged by."""
    first = b"\0" * 8 + b"DUCK" + version.to_bytes(8, "little")
    return first.ljust(4096, b"\0") + iteration.to_bytes(8, "little").ljust(8192, b"\0")


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path / "shop.duckdb")


def nobody() -> None:
    """Nobody has the published file open."""


def published(place: Place, number: int, *, at: datetime = NOW) -> Release:
    """A release whose file says which one it is."""
    begun = release.begin(place, at, f"build {number}", None)
    begun.file.write_bytes(head(64, number))
    with ExitStack() as stack:
        base = stack.enter_context(open(place.link, "rb")) if place.link.exists() else None
        return release.publish(
            place, begun, base, wanted_version="v1.0.0", now=at, without_links=nobody
        )


def states(place: Place) -> dict[str, str]:
    return {r.command: r.status for r in known(place)}


def test_ids_follow_each_other_whatever_the_clock_says(place: Place) -> None:
    clock = [NOW, NOW, NOW - timedelta(days=1), NOW + timedelta(seconds=1)]
    ids = [published(place, n, at=at).id for n, at in enumerate(clock)]
    assert ids == sorted(set(ids))
    assert [r.id for r in known(place)] == ids[::-1]


def test_publishing_changes_one_relative_link(place: Place) -> None:
    first = published(place, 1)
    assert os.readlink(place.link) == f".runner/shop/releases/{first.id}/shop.duckdb"
    second = published(place, 2)
    assert place.current() == second.file
    assert current(place) == second
    assert stat.S_IMODE(second.file.parent.stat().st_mode) == 0o755


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda file: file.with_name("shop.duckdb.wal").write_text("log"), "a write-ahead log"),
        (lambda file: file.write_bytes(head(67)), "storage version v1.4.0, not v1.0.0"),
    ],
)
def test_a_file_that_is_not_as_it_must_be_is_not_published(
    place: Place, spoil: Callable[[Path], object], said: str
) -> None:
    first = published(place, 1)
    begun = release.begin(place, NOW, "build", None)
    begun.file.write_bytes(head(64))
    spoil(begun.file)
    with pytest.raises(TargetError, match=said):
        release.publish(place, begun, None, wanted_version="v1.0.0", now=NOW, without_links=nobody)
    assert current(place) == first


@pytest.mark.parametrize("keep", [1, 2, 3])
def test_tidying_keeps_the_newest_and_what_readers_see(place: Place, keep: int) -> None:
    for number in range(1, 6):
        published(place, number)
    release.tidy(place, keep)
    assert list(states(place)) == [f"build {n}" for n in range(5, 5 - keep, -1)]
    assert current(place) is not None


def test_tidying_removes_killed_builds_and_all_but_the_newest_failed_one(place: Place) -> None:
    published(place, 1)
    killed = release.begin(place, NOW, "killed", None)
    killed.file.write_bytes(b"half")
    early = release.begin(place, NOW, "killed before its copy", None)
    for number in (2, 3):
        failed = release.begin(place, NOW, f"failed {number}", None)
        failed.file.write_bytes(head(64))
        release.fail(failed)
    stray = place.link.with_name(".shop.duckdb.0a1b2c")
    stray.symlink_to("nowhere")
    others = place.link.with_name(".shop.duckdb.config")
    others.write_text("not ours")
    release.tidy(place, 3)
    assert states(place) == {"failed 3": "failed", "build 1": "published"}
    assert not killed.file.parent.exists()
    assert not early.file.parent.exists()
    assert not stray.is_symlink()
    assert others.exists()
    published(place, 4)
    release.tidy(place, 3)
    assert states(place) == {"build 4": "published", "build 1": "published"}


def test_a_killed_build_without_a_file_is_no_release(place: Place) -> None:
    release.begin(place, NOW, "killed before its copy", None)
    assert known(place) == []


@pytest.mark.parametrize("text", ["", "{", "[]", '{"id": "x"}', '{"id": 1, "status": null}'])
def test_a_record_that_cannot_be_read_is_passed_over(place: Place, text: str) -> None:
    first = published(place, 1)
    second = release.begin(place, NOW, "build", None)
    second.file.write_bytes(head(64))
    (second.file.parent / "release.json").write_text(text)
    assert known(place) == [first]
    release.tidy(place, 3)
    assert not second.file.exists()


def test_rolling_back_marks_what_is_left_behind(place: Place) -> None:
    first, second, third = (published(place, number) for number in (1, 2, 3))
    with open(place.link, "rb") as base:
        newer = release.roll_back(place, first, base, NOW, nobody)
    assert [r.id for r in newer] == [third.id, second.id]
    assert place.current() == first.file
    assert list(states(place).values()) == ["rolled_back", "rolled_back", "published"]
    published(place, 4)
    release.tidy(place, 2)
    assert list(states(place)) == ["build 4", "build 3", "build 1"]


def test_an_interrupted_rollback_is_mended(place: Place) -> None:
    first, second = (published(place, number) for number in (1, 2))
    note(replace(second, status="rolled_back"))
    seen = current(place)
    assert seen is not None
    assert (seen.id, seen.status) == (second.id, "published")
    assert states(place) == {"build 2": "published", "build 1": "published"}
    assert first.id < second.id


def test_others_writes_are_known_by_the_header_and_not_by_the_time(place: Place) -> None:
    assert not written_by_others(place), "there is nothing"
    done = published(place, 1)
    assert not written_by_others(place)
    os.utime(done.file, (1, 1))
    assert not written_by_others(place), "copied, not written"
    done.file.write_bytes(head(64, 9))
    assert written_by_others(place)
    place.link.unlink()
    place.link.write_bytes(head(64, 1))
    assert written_by_others(place), "put there by somebody"


def test_a_plain_file_is_none_of_ours(place: Place) -> None:
    place.link.write_bytes(head(64))
    assert not written_by_others(place)
    assert current(place) is None
    published(place, 2)
    assert states(place) == {"build 2": "published", "by another program": "published"}


def test_without_any_links_a_copy_is_known_by_its_pointer(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*given: object) -> None:
        raise OSError(95, "not supported")

    monkeypatch.setattr(os, "symlink", refused)
    monkeypatch.setattr(os, "link", refused)
    published(place, 1)
    second = published(place, 2)
    assert place.link.is_file()
    assert not place.link.is_symlink()
    assert current(place) == second
    place.link.with_name("shop.duckdb.wal").write_text("log")
    with pytest.raises(TargetError, match="is in the way"):
        published(place, 3)
    assert place.link.read_bytes() == head(64, 2)
    monkeypatch.undo()
    place.link.with_name("shop.duckdb.wal").unlink()
    fourth = published(place, 4)
    assert current(place) == fourth
    assert not (place.folder / "copied.json").exists()


def test_a_full_disk_leaves_nothing_of_a_build(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*given: object) -> None:
        raise OSError(28, "No space left on device")

    first = published(place, 1)
    monkeypatch.setattr(release, "copy_open", full)
    with (
        open(place.link, "rb") as base,
        pytest.raises(TargetError, match="No space left on device") as raised,
    ):
        release.begin(place, NOW, "build", base)
    assert raised.value.hint == "is the disk full?"
    assert known(place) == [first]
    assert len(list(place.releases.iterdir())) == 1


def test_records_are_durable_before_the_flip(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []
    sync, replace = files.sync, os.replace

    def synced(path: Path) -> None:
        done.append(f"sync {path.name}")
        sync(path)

    def replaced(source: Path, target: Path) -> None:
        done.append(f"replace {target.name}")
        replace(source, target)

    begun = release.begin(place, NOW, "build", None)
    begun.file.write_bytes(head(64))
    for module in (files, release):
        monkeypatch.setattr(module, "sync", synced)
    monkeypatch.setattr(os, "replace", replaced)
    release.publish(place, begun, None, wanted_version="v1.0.0", now=NOW, without_links=nobody)
    assert done == [
        "sync shop.duckdb",
        "sync release.new", "replace release.json",
        f"sync {begun.id}", "sync releases", "sync shop", "sync .runner", f"sync {place.link.parent.name}",
        "replace shop.duckdb", f"sync {place.link.parent.name}",
        "sync release.new", "replace release.json",
    ]  # fmt: skip


def test_writing_whole_leaves_the_old_text_when_it_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "release.json"
    files.write_whole(target, json.dumps({"a": 1}))

    def fails(*given: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", fails)
    with pytest.raises(OSError, match="No space left"):
        files.write_whole(target, "x")
    assert json.loads(target.read_text()) == {"a": 1}
    assert [path.name for path in tmp_path.iterdir()] == ["release.json"]


@pytest.mark.parametrize(
    ("written", "found", "same"),
    [
        ("v1.0.0", "v1.0.0", True), ("v0.10.2", "v1.0.0", True), ("v1.1.3", "v1.0.0", True),
        ("v1.2.1", "v1.2.0", True), ("v1.4.4", "v1.4.0", True), ("v1.5.6", "v1.5.0", True),
        ("v1.0.0", "v1.4.0", False), ("v1.4.0", "v1.0.0", False), ("latest", "v1.0.0", True),
        ("v2.0.0", "70", True), ("v1.0.0", "70", False),
    ],
)  # fmt: skip
def test_storage_versions_as_written_and_as_found(written: str, found: str, same: bool) -> None:
    assert files.same_storage(written, found) is same


def test_waiting_is_said_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("runner.release.base.POLL", 0)
    answers = [InUse("x is in use by y"), InUse("x is in use by y"), None]
    said: list[str] = []

    def opens() -> str:
        answer = answers.pop(0)
        if answer is not None:
            raise answer
        return "open"

    assert waited(opens, wait=True, say=said.append) == "open"
    assert said == ["x is in use by y: waiting"]
    answers = [InUse("x is in use by y")]
    with pytest.raises(InUse):
        waited(opens, wait=False, say=said.append)


def test_the_build_lock_names_its_holder(tmp_path: Path) -> None:
    with (
        build_lock(tmp_path, "runner build since 12:00:00", wait=False),
        pytest.raises(TargetError, match=rf"since 12:00:00 \(process {os.getpid()}\)"),
        build_lock(tmp_path, "another", wait=False),
    ):
        pass
    with build_lock(tmp_path, "another", wait=False):
        pass


# --- copying ----------------------------------------------------------------------------------------

KB = 1024


def copied(folder: Path, content: bytes | None = None, *, source: Path | None = None) -> Path:
    """A copy of a file with this content, or of another file."""
    if source is None:
        source = folder / "source"
        source.write_bytes(content or b"")
    target = folder / f"{source.name}.copy"
    with open(source, "rb") as opened:
        files.copy_open(opened, target)
    return target


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"x",
        b"\0",
        head(64),
        head(64) + bytes(256 * KB),
        head(64) + b"x" + bytes(256 * KB - 1) + b"y" * 256 * KB + bytes(255 * KB) + b"z" * KB,
        head(64) + bytes(256 * KB - 1) + b"x" + b"y" + bytes(100 * KB),
        b"not a database" * 100_000 + bytes(10_000),
        *(head(64) + b"x" * n + bytes(600 * KB - n) for n in (4095, 4096, 4097, 131_072, 262_143)),
    ],
    ids=len,
)
def test_a_copy_holds_what_was_there_and_a_copy_of_it_too(tmp_path: Path, content: bytes) -> None:
    first = copied(tmp_path, content)
    assert first.read_bytes() == content
    assert copied(tmp_path, source=first).read_bytes() == content


def test_zeros_at_the_ends_of_blocks_take_no_room(tmp_path: Path) -> None:
    """100 blocks of 256 KB with 5 KB in each: 2 pages of 4 KB, and the 3 of the headers, are 812 KB."""
    content = head(64) + (b"x" * 5 * KB + bytes(251 * KB)) * 100
    found = copied(tmp_path, content).stat()
    assert found.st_size == 12 * KB + 100 * 256 * KB
    holes = tmp_path / "holes"
    with open(holes, "wb") as opened:
        opened.truncate(1 << 20)
    if holes.stat().st_blocks == 0:  # the file system knows holes
        assert found.st_blocks * 512 < 1_000 * KB


def test_a_file_that_becomes_shorter_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "_read_at", lambda file, block, at: 0)
    with pytest.raises(OSError, match="shorter"):
        copied(tmp_path, b"x" * 1000)
