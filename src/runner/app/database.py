"""The database of a run: looked at, built aside, published or kept aside."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

from runner import engines
from runner.app.load import Loaded, Options, Outside
from runner.engines import Engine, Inventory, Opening, Session
from runner.errors import RunnerError, TargetError
from runner.plan.materialize import File
from runner.plan.plan import Plan
from runner.plan.status import Status
from runner.project.nodes import Kind
from runner.project.profiles import Target
from runner.release import release as releases
from runner.release.lock import build_lock
from runner.release.release import Place, Release
from runner.run.events import Result
from runner.run.execute import Pending


@contextmanager
def open_readers(loaded: Loaded) -> Iterator[tuple[Inventory, Session | None]]:
    """What is published, to be read: its inventory and a session, or nothing when it is not there."""
    path = loaded.config.root / loaded.target.path
    if loaded.target.is_file:
        if not path.exists():
            yield engines.EMPTY, None
            return
        releases.check_place_file(path)
    file = str(path.resolve()) if loaded.target.is_file else loaded.target.path
    target = loaded.target
    opening = Opening(target, file, loaded.config.root, read_only=target.is_file)
    engine = engines.connect(opening)
    try:
        session = engine.session()
        yield session.inventory(), session
        session.close()
    finally:
        engine.close()


def column_types(loaded: Loaded, engine: Engine | None) -> dict[str, dict[str, str]]:
    """The columns, with their types, of every node that is in the database."""
    assert engine is not None
    session = engine.session()
    try:
        there = session.catalog()
    finally:
        session.close()
    found: dict[str, dict[str, str]] = {}
    for node in loaded.nodes.values():
        name = node.relation
        if name is None or node.kind in (Kind.TEST, Kind.ANALYSIS):
            continue
        columns = there.get((name.database.lower(), name.schema.lower(), name.identifier.lower()))
        if columns:
            found[node.id] = columns
    return found


class Database:
    """The database of a run: where it is built, and how it is published."""

    def __init__(self, loaded: Loaded, options: Options, outside: Outside) -> None:
        self.loaded = loaded
        self.options = options
        self.outside = outside
        self.target: Target = loaded.target
        self.pending = Pending()
        self.inventory: Inventory = engines.EMPTY
        self.engine: Engine | None = None
        self.base: Engine | None = None
        self.release: Release | None = None
        self.place: Place | None = None
        publish = loaded.config.settings.get("publish")
        self.mode = str(publish or ("all" if loaded.config.style == "runner" else "built"))
        if self.target.is_file and self.mode != "in_place":
            self.place = Place(self.path)

    @property
    def path(self) -> Path:
        return (self.loaded.config.root / self.target.path).absolute()

    @property
    def shown(self) -> str | None:
        """The file that readers open, as a person would type it."""
        if not self.target.is_file:
            return self.target.path if self.target.path != ":memory:" else None
        try:
            return str(self.path.relative_to(self.outside.folder))
        except ValueError:
            return str(self.path)

    @property
    def described(self) -> str:
        return f"{self.target.name} ({self.shown or 'in memory'})"

    def look(self, stack: ExitStack) -> None:
        """See what is in the database, before anything is begun."""
        if self.place is None:
            if self.target.is_file and self.path.exists():
                releases.check_place_file(self.path)
            self.engine = self._connect(str(self.path) if self.target.is_file else self.target.path)
            self.inventory = self._inventory(self.engine)
            return
        releases.check_place(self.place)
        holder = f"runner {self.options.command} since {self.outside.now():%H:%M:%S}"
        stack.enter_context(build_lock(self.place.folder, holder, wait=self.options.wait))
        releases.tidy(self.place, self._keep)
        current = self.place.current()
        if current is not None:
            self._replay(current)
            self.base = self._connect(str(current), read_only=True)
            self.inventory = self._inventory(self.base)

    @property
    def _keep(self) -> int:
        return int(str(self.loaded.config.settings.get("keep_releases") or 3))

    def _replay(self, current: Path) -> None:
        """Put a write-ahead log that another writer left into the file, before it is copied."""
        if current.with_name(current.name + ".wal").exists():
            engine = self._connect(str(current), attach=False)
            session = engine.session()
            session.execute("checkpoint")
            session.close()
            engine.close()

    def _connect(self, path: str, *, read_only: bool = False, attach: bool = True) -> Engine:
        target = self.target
        if read_only or not attach:
            target = replace(target, attach=(), secrets=(), extensions=())
        version = str(self.loaded.config.settings.get("storage_version"))
        options = dict(target.config_options)
        if target.is_file and not read_only:
            options.setdefault("storage_compatibility_version", version)
        return engines.connect(
            Opening(
                replace(target, config_options=options), path, self.loaded.config.root, read_only
            )
        )

    def _inventory(self, engine: Engine) -> Inventory:
        session = engine.session()
        try:
            return session.inventory()
        finally:
            session.close()

    def open(self, stack: ExitStack, plan: Plan) -> None:
        """Make the file that is built in, and open it."""
        if self.place is None:
            return
        copy = self.mode != "all" or not _rebuilds_all(self.inventory, plan, self.options)
        self.release = releases.begin(
            self.place, self.outside.now(), self.options.command, copy=copy
        )
        if not copy:
            self.inventory = engines.EMPTY
        try:
            self.engine = self._connect(str(self.release.file))
        except RunnerError:
            releases.discard(self.release)
            raise

    def finish(
        self, results: Mapping[str, Result], interrupted: bool
    ) -> tuple[bool | None, tuple[str, ...]]:
        """Publish what was built, or keep it aside: was it published, and what to say of it."""
        assert self.engine is not None
        failed = interrupted or any(r.status.is_bad for r in results.values())
        if self.place is None or self.release is None:
            self._put_files()
            self.engine.close()
            self.engine = None
            return None, ()
        if failed and (self.mode == "all" or interrupted):
            self._drop_files()
            self.engine.close()
            self.engine = None
            releases.fail(self.release)
            was = "stays as it was" if self.place.current() else "was not made"
            return False, (
                f"not published: {self.shown} {was};"
                f" the failed build is in {self._relative(self.release.file)}",
            )
        wrote = any(r.status is Status.SUCCESS for r in results.values())
        if not (wrote or self._runs_statements()) and self.place.current() is not None:
            self._drop_files()
            self.engine.close()
            self.engine = None
            releases.discard(self.release)
            return None, ()
        self._put_files()
        session = self.engine.session()
        session.execute("checkpoint")
        session.close()
        self.engine.close()
        self.engine = None
        version = str(self.loaded.config.settings.get("storage_version"))
        releases.publish(
            self.place, self.release, wanted_version=version if self.base is None else None
        )
        self._close_base()
        releases.tidy(self.place, self._keep)
        return True, ()

    def _runs_statements(self) -> bool:
        """May something have been written that is no model, seed or snapshot?"""
        config = self.loaded.config
        hooks = config.on_run_start or config.on_run_end
        stored = self.options.store_failures or any(
            node.config.get("store_failures") or node.config.get("store_failures_as")
            for node in self.loaded.nodes.values()
            if node.kind is Kind.TEST
        )
        return bool(hooks or stored)

    def _relative(self, path: Path) -> str:
        try:
            return str(path.relative_to(self.outside.folder))
        except ValueError:
            return str(path)

    def _put_files(self) -> None:
        """Give files their final names, and let the views that read them know."""
        assert self.engine is not None
        for file in self.pending.files:
            _rename(file)
        if self.pending.statements:
            session = self.engine.session()
            for statement in self.pending.statements:
                session.execute(statement)
            session.close()
        self.pending = Pending()

    def _drop_files(self) -> None:
        for file in self.pending.files:
            Path(file.pending).unlink(missing_ok=True)
        self.pending = Pending()

    def _close_base(self) -> None:
        if self.base is not None:
            self.base.close()
            self.base = None

    def close(self) -> None:
        """Let go of everything, whatever has happened."""
        self._drop_files()
        if self.engine is not None:
            self.engine.close()
            self.engine = None
        self._close_base()


def _rename(file: File) -> None:
    try:
        Path(file.pending).replace(file.final)
    except OSError as error:
        raise TargetError(f"{file.final} cannot be written: {error.strerror}") from None


def _rebuilds_all(inventory: Inventory, plan: Plan, options: Options) -> bool:
    """Would a copy of the current release hold nothing but what is built anew?"""
    if not inventory.objects:
        return True
    anew: set[tuple[str, str, str]] = set()
    for step in plan.steps.values():
        node = step.node
        if node.relation is None or node.kind not in (Kind.MODEL, Kind.SEED):
            continue
        kept = node.config.materialized == "incremental" and not (
            options.full_refresh and node.config.get("full_refresh") is not False
        )
        if not kept:
            name = node.relation
            anew.add((name.database.lower(), name.schema.lower(), name.identifier.lower()))
    return all(there in anew for there in inventory.objects)
