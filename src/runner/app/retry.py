"""What `runner retry` goes on with: the last command on this database, and what it left undone.

A build that failed without being published lies beside the releases; a command that published, or
that has no releases, is known by its results alone, and its failed and skipped steps are done again
as dbt does it. Runs nothing itself.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from runner.app.command import Options, Outside, project_folder
from runner.app.invocations import read_log
from runner.app.load import load_settings
from runner.app.warehouse import Warehouse
from runner.errors import ProjectError
from runner.plan.plan import COMMANDS
from runner.project.config import find_root, load_project
from runner.project.nodes import Kind
from runner.release.place import Place
from runner.release.record import Release, known
from runner.run.events import Logged

UNDONE = frozenset({"error", "fail", "skipped", "runtime error", "partial success"})
"""How a step ended that is done again, in the words of run_results.json."""
OWN = frozenset({"command", "project_dir", "profiles_dir", "wait", "dry_run", "cache", "arguments"})
"""Options that a retry does not take over."""
FIRST = frozenset({"vars", "threads", "target", "profile", "target_path"})
"""Options of the retry itself that count before those of the command that is done again."""


class Again(Struct, frozen=True):
    """A command done again.

    ids: the steps that are done again; None for all that the command selects. failed: the build that
    is gone on with.
    """

    ids: frozenset[str] | None = None
    failed: Release | None = None

    def of(self, selected: Iterable[str]) -> list[str]:
        """What is done again of what is selected."""
        return [id for id in selected if self.ids is None or id in self.ids]

    @property
    def has_hooks(self) -> bool:
        """Did hooks around the run fail? They are run again whatever else is left."""
        return any(id.startswith(f"{Kind.OPERATION}.") for id in self.ids or ())


NOT_AGAIN = Again()


def last_command(options: Options, outside: Outside) -> tuple[Options, Again] | None:
    """The command to be done again, with its own options, and what of it; None if nothing is left.

    options: of the retry: where the project is, and what is to be otherwise than the first time.
    Raises ProjectError where there was no command.
    """
    results = _run_results(options, outside)
    before = results.get("args")
    if options.target is None and isinstance(before, dict):
        named = before.get("target")
        options = replace(options, target=named if isinstance(named, str) else None)
    config, target = load_settings(options, outside)
    place = Warehouse(config, target, outside.folder).place
    found = _from_log(place) if place is not None else _from_results(results)
    if found is None:
        raise ProjectError("there is no command to retry", hint="the first one: runner build")
    if not found.is_left:
        _say(outside, f"nothing to retry: {found.told} left nothing undone")
        return None
    _say(outside, f"retry of {found.told}: {found.why}")
    return _options(options, found), found.again


class _Found(Struct, frozen=True):
    """The last command. why: what is done about it, in words."""

    id: str
    time: str
    arguments: Mapping[str, object]
    is_left: bool
    why: str = ""
    again: Again = NOT_AGAIN

    @property
    def command(self) -> str:
        return str(self.arguments.get("which"))

    @property
    def told(self) -> str:
        return f"{self.command} of {self.time[:19]}"


def _from_log(place: Place) -> _Found | None:
    """The last command on a database that has releases."""
    log = [said for said in read_log(place.folder) if said.get("command") in COMMANDS]
    last = log[-1] if log else None
    broken = _broken_off(place, last, {str(said["id"]) for said in log})
    if broken is not None:
        return _begun_anew(place, broken)
    if last is None:
        return None
    arguments = {**json.loads(str(last["arguments"])), "which": last["command"]}
    found = _Found(str(last["id"]), str(last["started_at"]), arguments, is_left=False)
    if last["status"] not in ("failed", "interrupted"):
        return found
    steps = last["steps"]
    assert isinstance(steps, list)
    ids = frozenset(str(step["id"]) for step in steps if step["status"] in UNDONE)
    if last["published"] is not False:
        return _done_again(found, ids)
    failed = _failed(place, found.id)
    if failed is None:
        why = "the failed build has been removed, and is begun anew"
        return replace(found, is_left=True, why=why)
    return replace(found, is_left=True, why=f"{len(ids):,} left to do", again=Again(failed=failed))


def _failed(place: Place, invocation: object) -> Release | None:
    """The failed build of an invocation, if it is still there."""
    for release in known(place):
        if release.status == "failed" and release.asked.invocation == invocation:
            return release
    return None


def _begun_anew(place: Place, broken: Release) -> _Found:
    """A build that broke off is done again as a whole; a retry of a failed one goes on with that."""
    arguments = broken.asked.arguments
    failed = _failed(place, arguments.get("retry_of"))
    why = "begun anew" if failed is None else "begun anew from the failed build before it"
    return _Found(
        broken.asked.invocation, broken.started_at.replace("T", " "), arguments, is_left=True,
        why=f"it broke off, and is {why}", again=Again(failed=failed),
    )  # fmt: skip


def _broken_off(
    place: Place, last: Mapping[str, object] | None, logged: set[str]
) -> Release | None:
    """A build that was killed, or ended without results, after the last command of the log."""
    since = str(last["started_at"]) if last else ""
    since = since[:26].translate(str.maketrans("", "", "-:")).replace(" ", "T").replace(".", "-")
    for release in known(place):
        if release.status in ("building", "failed") and release.asked.arguments:
            is_new = release.asked.invocation not in logged and release.id > since
            return release if is_new else None
        if release.status == "published":
            return None
    return None


def _from_results(results: Mapping[str, object]) -> _Found | None:
    """The last command where there are no releases: by its run_results.json."""
    with suppress(KeyError, TypeError, AttributeError):
        arguments, metadata, steps = results["args"], results["metadata"], results["results"]
        ids = frozenset(str(s["unique_id"]) for s in steps if s["status"] in UNDONE)  # type: ignore[attr-defined]  # JSON
        started = metadata.get("invocation_started_at") or metadata["generated_at"]  # type: ignore[index,attr-defined]  # JSON
        if isinstance(arguments, dict) and arguments.get("which") in COMMANDS:
            id = str(metadata["invocation_id"])  # type: ignore[index]  # JSON
            found = _Found(id, str(started).replace("T", " "), arguments, is_left=False)
            return _done_again(found, ids)
    return None


def _done_again(found: _Found, ids: frozenset[str]) -> _Found:
    return replace(found, is_left=bool(ids), why=f"{len(ids):,} left to do", again=Again(ids=ids))


def _run_results(options: Options, outside: Outside) -> Mapping[str, object]:
    """The run_results.json of the project; empty where there is none."""
    root = find_root(project_folder(options, outside))
    folder = options.target_path or load_project(root, lambda message, at: None).target_path
    with suppress(OSError, ValueError):
        found = json.loads((Path(root) / folder / "run_results.json").read_text("utf-8"))
        return found if isinstance(found, dict) else {}
    return {}


def _options(options: Options, found: _Found) -> Options:
    """The options of the command that is done again, and those of the retry that go before them."""
    taken: dict[str, object] = {}
    for name in Options.__struct_fields__:
        if name in OWN:
            continue
        own, before = getattr(options, name), found.arguments.get(name)
        if (name in FIRST and own) or before is None:
            continue
        taken[name] = tuple(before) if isinstance(before, list) else before
    again = {**found.arguments, "which": found.command, "retry_of": found.id}
    again |= {name: getattr(options, name) for name in FIRST if getattr(options, name)}
    return replace(options, **taken, command=found.command, arguments=again)


def _say(outside: Outside, message: str) -> None:
    outside.listener(Logged("info", message))
