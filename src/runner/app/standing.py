"""What a command that had nothing to do leaves behind, so that the same command need not find it out
again: what its outcome depends on, and what it told.

A standing is used for the same options in the same folder by the same code, while all that its
watch names is as it was and nobody has written to the database. In any doubt there is none, and the
command goes the whole way. Loads neither the project nor the database.
"""

from __future__ import annotations

import json
import marshal
import os
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from time import perf_counter, time_ns
from typing import Any

from msgspec import Struct
from msgspec.structs import astuple, replace

from runner.app.command import Options, Outcome, Outside, project_folder
from runner.app.invocations import append_line, ci_id
from runner.app.watch import SECRET_VARIABLES, Watch, engine_stamp, holds
from runner.errors import Exit, Location, TargetError
from runner.output.artifacts.again import Artifact, write_again
from runner.plan.status import Status
from runner.project.store import Contents, Look, Store, digest_of, look_of
from runner.release.files import is_being_written, mark
from runner.release.lock import build_lock
from runner.release.place import Place, log_of
from runner.run.events import Finished, Logged, Result, Started, StepFinished

KEPT = ("build", "parse")
"""Commands that leave a standing."""

Row = tuple[str, str, str, int | None, str | None]
"""A step that was passed over: id, name, kind, rows and relation."""
Said = tuple[str, str, tuple[object, ...] | None]
"""A message: level, text and place."""


class Published(Struct, frozen=True):
    """The database that readers see, by which it is known again.

    link: the path that readers open. releases: the folders of the releases, so that there is
    nothing to clear away.
    """

    link: str
    file: str
    look: Look
    mark: tuple[int, int, str]
    releases: tuple[str, ...]


class Told(Struct, frozen=True):
    """What the command said and wrote.

    lines: printed. target: of the event that begins the steps. invocation: its line of the log.
    """

    logged: tuple[Said, ...] = ()
    lines: tuple[str, ...] = ()
    threads: int = 1
    target: str = ""
    database: str | None = None
    rows: tuple[Row, ...] = ()
    invocation: str | None = None


class Standing(Struct, frozen=True):
    """That a command has nothing to do."""

    key: bytes
    watch: Watch
    published: Published | None
    told: Told
    artifacts: tuple[Artifact, ...]


def key_of(options: Options, outside: Outside) -> bytes:
    """What two commands share that are the same command."""
    asked = tuple(getattr(options, name) for name in options.__struct_fields__)
    return digest_of((asked, outside.folder, outside.home, outside.cpus, engine_stamp()))


def keep(store: Store, command: str, standing: Standing, hidden: tuple[bytes, ...]) -> None:
    """Leave a standing for the next command. hidden: texts that may not be written down."""
    published = standing.published
    parts = (
        standing.key, _flat(standing.watch), _flat(published) if published else None,
        _flat(standing.told), tuple(_flat(artifact) for artifact in standing.artifacts),
    )  # fmt: skip
    content = marshal.dumps(parts)
    if not any(text in content for text in hidden):
        store.put(f"standing-{command}", content)


def _flat(value: Watch | Published | Told | Artifact) -> Any:
    return astuple(value)


def known(store: Store, command: str) -> Standing | None:
    """The standing that an earlier command left."""
    found = store.get(f"standing-{command}")
    if found is None:
        return None
    key, watch, published, told, artifacts = marshal.loads(found)
    return Standing(
        key, Watch(*watch), Published(*published) if published else None, Told(*told),
        tuple(Artifact(*artifact) for artifact in artifacts),
    )  # fmt: skip


def tell_again(
    options: Options, outside: Outside, say: Callable[[str], None] = print
) -> Outcome | None:
    """Do what the same command did before, where that is known and holds; else None."""
    began = perf_counter()
    if options.command not in KEPT or not options.cache or _has_secrets(outside.environ):
        return None
    found = _found(options, outside)
    if found is None:
        return None
    root, store, standing = found
    contents = Contents(standing.watch.looks, time_ns())
    before = Path.cwd()
    os.chdir(root)
    try:
        today = outside.now().astimezone().strftime("%Y-%m-%d")
        with _undisturbed(standing.published, options, outside):
            if not holds(standing.watch, outside.environ, contents, today):
                return None
            written = _write(standing, options, outside, began)
            if written is None:
                return None
    except (_Disturbed, TargetError):
        return None
    finally:
        os.chdir(before)
    results = _tell(standing.told, options, outside, say, began)
    with suppress(OSError):  # then the next command goes the whole way
        wrote = {artifact.path: look_of(artifact.path) for artifact in written.artifacts}
        outputs = {**standing.watch.outputs, **wrote}
        watch = replace(written.watch, looks=contents.looks(), outputs=outputs)
        keep(store, options.command, replace(written, watch=watch), ())
    return Outcome(Exit.DONE, results, None)


def _has_secrets(environ: Mapping[str, str]) -> bool:
    return any(name.startswith(SECRET_VARIABLES) for name in environ)


def _found(options: Options, outside: Outside) -> tuple[Path, Store, Standing] | None:
    """The standing of the nearest folder, from the one asked for upwards, that has one."""
    start = project_folder(options, outside)
    for folder in (start, *start.parents):
        store = Store(folder / (options.target_path or "target") / ".cache")
        standing = known(store, options.command)
        if standing is not None:
            same = standing.key == key_of(options, outside)
            return (folder, store, standing) if same else None
    return None


class _Disturbed(Exception):  # no error: the command goes the whole way
    """Somebody may be writing, or has written, to the database."""


@contextmanager
def _undisturbed(published: Published | None, options: Options, outside: Outside) -> Iterator[None]:
    """Hold the build lock over a database that nobody has written to, nor is about to.

    Raises _Disturbed, or TargetError when another build is running.
    """
    if published is None:
        yield
        return
    place = Place(Path(published.link))
    if not place.folder.is_dir():
        raise _Disturbed
    holder = f"runner {options.command} since {outside.now():%H:%M:%S}"
    with build_lock(place.folder, holder, wait=False):
        if published != publication(place):
            raise _Disturbed
        yield


def publication(place: Place) -> Published | None:
    """What readers see now; None when somebody writes to it, or may have, and without releases."""
    real = place.current()
    if real is None or log_of(real).exists() or not place.link.is_symlink():
        return None
    try:
        with open(real, "rb") as file:
            look, seen = look_of(str(real)), mark(file)
            if is_being_written(file) is not False:
                return None
        names = tuple(sorted(entry.name for entry in os.scandir(place.releases)))
    except OSError:
        return None
    parts = seen.bytes, seen.mtime_ns, seen.header
    return Published(str(place.link), str(real), look, parts, names)


def _write(standing: Standing, options: Options, outside: Outside, began: float) -> Standing | None:
    """Write artifacts and the line of the log; None where that cannot be done."""
    id = str(uuid.uuid4())
    started = outside.now()
    stamp = started.isoformat(timespec="microseconds").replace("+00:00", "") + "Z"
    stamps = dict.fromkeys(
        ("generated_at", "invocation_started_at", "run_started_at"), stamp
    ) | {"invocation_id": id}  # fmt: skip
    seconds = perf_counter() - began
    try:
        artifacts = tuple(write_again(a, stamps, seconds) for a in standing.artifacts)
    except OSError:
        return None
    if standing.told.invocation is not None and standing.published is not None:
        said = {
            **json.loads(standing.told.invocation), "id": id, "ci": ci_id(outside.environ),
            "started_at": started.strftime("%Y-%m-%d %H:%M:%S.%f"), "seconds": round(seconds, 3),
        }  # fmt: skip
        append_line(Place(Path(standing.published.link)).folder, json.dumps(said))
    return replace(standing, artifacts=artifacts)


def _tell(
    told: Told, options: Options, outside: Outside, say: Callable[[str], None], began: float
) -> tuple[Result, ...]:
    """Say what the command said."""
    listen = outside.listener
    for level, message, place in told.logged:
        listen(Logged(level, message, Location(*place) if place else None))  # type: ignore[arg-type]  # as it was taken apart
    for line in told.lines:
        say(line)
    if not told.rows:
        return ()
    total = len(told.rows)
    listen(Started(options.command, total, told.threads, told.target))
    results = tuple(
        Result(id, Status.REUSED, "unchanged", rows=rows, relation=relation)
        for id, _, _, rows, relation in told.rows
    )
    for number, (row, result) in enumerate(zip(told.rows, results, strict=True), 1):
        listen(StepFinished(row[0], row[1], row[2], result, number, total))
    names = {id: (name, kind) for id, name, kind, _, _ in told.rows}
    listen(Finished(results, perf_counter() - began, names, told.database))
    return results
