"""The database of a run: looked at, built aside, published or kept aside."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import IO

from msgspec.structs import replace

from runner import __version__, engines
from runner.app.command import asked, given_arguments
from runner.app.inventory import attached, inventory_of, one_value, together
from runner.app.ledger import has_ledger, is_sealed, seal
from runner.app.ledger_copy import Kept, LedgerCopy, keep_copy, known_copy
from runner.app.load import Loaded, Options, Outside
from runner.app.warehouse import Warehouse
from runner.engines import Engine, Inventory, Opening, Session
from runner.errors import DatabaseError, TargetError
from runner.output.words import WORDS
from runner.plan.materialize import File
from runner.plan.plan import Plan
from runner.plan.status import Status
from runner.project.nodes import Kind
from runner.project.profiles import Target
from runner.release import release as releases
from runner.release.base import Base, hold, hold_failed, waited, why_stale
from runner.release.carry import rebuilds_relations
from runner.release.files import same_storage, storage_version
from runner.release.late import late_writers
from runner.release.lock import build_lock
from runner.release.place import Place, check_place, check_place_file, log_of
from runner.release.record import Asked, Release
from runner.run.events import Logged, Result
from runner.run.execute import Pending

SMALL = 1 << 20
"""Free bytes that are not worth a copy of the file."""


@contextmanager
def open_readers(loaded: Loaded) -> Iterator[tuple[Inventory, Session | None]]:
    """What is published, to be read: its inventory and a session, or nothing when it is not there."""
    path = loaded.config.root / loaded.target.path
    if loaded.target.is_file:
        if not path.exists():
            yield engines.EMPTY, None
            return
        check_place_file(path)
    file = str(path.resolve()) if loaded.target.is_file else loaded.target.path
    opening = Opening(loaded.target, file, loaded.config.root, read_only=loaded.target.is_file)
    engine = engines.connect(opening)
    try:
        session = engine.session()
        yield session.inventory(), session
        session.close()
    finally:
        engine.close()


class Database:
    """The database of a run: where it is built, and how it is published.

    failed: a build that failed, which is gone on with. base: what the build begins from; seen: what
    readers see. They are the same unless a failed build is gone on with.
    """

    def __init__(
        self, loaded: Loaded, options: Options, outside: Outside, failed: Release | None = None
    ) -> None:
        self.loaded = loaded
        self.options = options
        self.outside = outside
        self.warehouse = Warehouse(loaded.config, loaded.target, outside.folder)
        self.target: Target = loaded.target
        self.mode = self.warehouse.mode
        self.place: Place | None = self.warehouse.place
        self.shown = self.warehouse.shown
        self.pending = Pending()
        self.inventory: Inventory = engines.EMPTY
        self.engine: Engine | None = None
        self.failed = failed
        self.base: Base | None = None
        self.seen: Base | None = None
        self.done: tuple[str, ...] | None = None
        """Steps that ended well, once that is written down in the build's own file."""
        self.release: Release | None = None
        self.copy: LedgerCopy | None = None
        """What is known of the release of before without opening it."""
        self.dropped = False
        """Was something taken away that the project no longer has?"""

    @property
    def is_there(self) -> bool:
        """Is there something for readers to open?"""
        return not self.target.is_file or self.warehouse.path.exists()

    @property
    def described(self) -> str:
        return f"{self.target.name} ({self.shown or 'in memory'})"

    def _say(self, message: str, level: str = "info") -> None:
        self.outside.listener(Logged(level, message))

    def look(self, stack: ExitStack) -> None:
        """See what is in the database, before anything is begun.

        Raises TargetError when it cannot be used as it is, or somebody else writes or builds.
        """
        path, wait = self.warehouse.path, self.options.wait
        if self.place is None:
            if self.target.is_file and path.exists():
                check_place_file(path)
            self.engine = waited(
                lambda: self.warehouse.connect(path, read_only=False, attach=True),
                wait=wait, say=self._say,
            )  # fmt: skip
            self.inventory = inventory_of(self.engine)
            return
        check_place(self.place)
        keep = self.warehouse.keep
        holder = f"runner {self.options.command} since {self.outside.now():%H:%M:%S}"
        stack.enter_context(build_lock(self.place.folder, holder, wait=wait, say=self._say))
        for message in late_writers(self.place):
            self._say(message, "warning")
        releases.tidy(self.place, keep)
        self.base = self.seen = self._held(self.place)
        if self.seen is not None and self.seen.is_foreign:
            self._say(_foreign(self.shown, self.seen.release), "warning")
        if self.failed is not None:
            self.copy = None
            self._go_on_with(self.failed)
        self.inventory = attached(self.warehouse)
        if self.base is not None:
            self.inventory = together(self.inventory, self._there(self.base))

    def _go_on_with(self, failed: Release) -> None:
        """Begin from a failed build, if it is as it was and began from what readers see now."""
        try:
            stale = why_stale(failed, self.seen)
            if stale is None:
                self.base = hold_failed(failed, self.warehouse.connect)
        except TargetError as error:
            stale = error.message
        if stale is not None:
            self.failed = None
            self._say(f"{stale}: begun anew from what readers see", "warning")

    def _held(self, place: Place) -> Base | None:
        """The release of before, its database closed where a copy tells what is in its ledger."""
        real = place.current()
        copy = known_copy(self.loaded.memory.store, real) if real is not None else None

        def is_known(file: IO[bytes]) -> bool:
            self.copy = copy if copy is not None and copy.is_of(file) else None
            return self.copy is not None

        return hold(
            place, self.warehouse.connect, wait=self.options.wait, say=self._say, is_known=is_known
        )

    def open(self, stack: ExitStack, plan: Plan) -> None:
        """Make the file that is built in, and open it."""
        if self.place is None:
            return
        base, seen = self.base, self.seen
        copied = base is not None and self._carries_over(base, plan)
        wanted = Asked(
            self.loaded.world.invocation_id,
            seen.release.id if seen is not None and seen.release is not None else None,
            given_arguments(self.options),
        )
        release = releases.begin(
            self.place, self.outside.now(), asked(self.options),
            base.file if base is not None and copied else None, runner=__version__, asked=wanted,
        )  # fmt: skip
        self.release = release
        try:
            if copied:
                self._convert(release.file)
            else:
                self.inventory = attached(self.warehouse)
            self.engine = self.warehouse.connect(
                release.file, read_only=False, attach=True, converting=True
            )
            version = one_value(self.engine, "select version()")
        except BaseException:
            if self.engine is not None:
                self.engine.close()
            self.engine = self.release = None
            releases.discard(release)
            raise
        self.release = replace(release, duckdb=version.lstrip("v"))

    def _there(self, base: Base) -> Inventory:
        """What is in the release that the build starts from."""
        return self.copy.inventory if self.copy is not None else inventory_of(base.engine)

    def _carries_over(self, base: Base, plan: Plan) -> bool:
        """Is there anything in the current release that this build does not itself rebuild?"""
        if self.mode != "all" or self.failed or self.loaded.on_run_start:
            return True
        there = self._there(base)
        if not rebuilds_relations(there, plan, full_refresh=self.options.full_refresh):
            return True
        session = base.engine.session()
        try:
            return bool(session.extras())
        finally:
            session.close()

    def _convert(self, file: Path) -> None:
        """See that a copy of the current release has the wanted storage version."""
        wanted = self.warehouse.storage_version
        found = storage_version(file)
        if same_storage(wanted, found):
            return
        self._say(f"{self.shown} has the storage version {found}: converted to {wanted}")
        try:
            self._rewrite(file)
        except DatabaseError as error:
            raise TargetError(
                f"{self.shown} has the storage version {found} and cannot be made {wanted}:"
                f" {error.message}",
                hint=f'set storage_version = "{found}" in [tool.runner.settings]',
            ) from None

    def _rewrite(self, file: Path) -> None:
        """Copy a closed file of the build into a compact one, and put that in its place."""
        compact = file.with_name("compact.duckdb")
        try:
            self.warehouse.copy(file, compact)
            compact.replace(file)
        except BaseException:
            compact.unlink(missing_ok=True)
            log_of(compact).unlink(missing_ok=True)
            raise

    def publishes(self, results: Mapping[str, Result], broken_off: bool) -> bool:
        """Is a build with these results one that readers are to see?"""
        failed = any(result.status.is_bad for result in results.values())
        if self.options.empty and self.seen is not None:
            return False
        return not broken_off and not (failed and self.mode == "all")

    def finish(
        self, results: Mapping[str, Result], broken_off: bool, iteration: int | None, news: bool
    ) -> tuple[bool | None, tuple[str, ...]]:
        """Publish what was built, or keep it aside: was it published, and what to say of it.

        broken_off: did it end before its steps were done? iteration: how often the file will have been
        written, as its ledger says. news: does the ledger hold what shall be known from now on?
        """
        assert self.engine is not None
        if self.place is None or self.release is None:
            self._put_files()
            self._close_engine()
            return None, ()
        counts = Counter(WORDS[result.status][1] for result in results.values())
        self.release = replace(self.release, results=dict(sorted(counts.items())))
        if self.options.empty and self.place.current() is not None:
            self._drop_files()
            self._close_engine()
            releases.discard(self.release)
            self.release = None
            return False, (f"not published: an empty build never replaces {self.shown}",)
        if not self.publishes(results, broken_off):
            self._drop_files()
            self._close_engine()
            release = self._keep_failed()
            releases.tidy(self.place, self.warehouse.keep)
            was = "stays as it was" if self.is_there else "was not made"
            kept = f"; the failed build is in {self.warehouse.relative(release.file)}"
            return False, (f"not published: {self.shown} {was}{kept}",)
        wrote = news or any(r.status is Status.SUCCESS for r in results.values())
        wrote = wrote or self.dropped or self.failed is not None or self._runs_statements()
        if not wrote and self.place.current() is not None:
            self._drop_files()
            self._close_engine()
            releases.discard(self.release)
            self.release = None
            return None, ()
        try:
            self._publish(self.place, self.release, iteration)
        except OSError as error:
            raise _unwritten(str(error.strerror or error)) from None
        releases.tidy(self.place, self.warehouse.keep)
        return True, ()

    def _publish(self, place: Place, release: Release, iteration: int | None) -> None:
        assert self.engine is not None
        self._put_files()
        session = self.engine.session()
        try:
            session.execute("checkpoint")
            space = session.space()
        except DatabaseError as error:
            raise _unwritten(error.message) from None
        finally:
            session.close()
        self._close_engine()
        if space.free > max(space.total // 2, SMALL):
            with suppress(DatabaseError):  # what cannot be copied stays as large as it is
                self._rewrite(release.file)
                self._seal(release.file)
                self._say("more than half of the file was free: compacted", "debug")
        elif iteration is not None and not is_sealed(release.file, iteration):
            self._seal(release.file)
        releases.publish(
            place, release, self.seen.file if self.seen else None,
            wanted_version=self.warehouse.storage_version, now=self.outside.now(),
            without_links=self._free_place,
        )  # fmt: skip
        self.release = None
        self._close_base()

    def copy_ledger(self, kept: Kept) -> None:
        """Keep a copy of the ledger that was published. The build lock is held."""
        seen = self.place.current() if self.place is not None else None
        if seen is not None and not self.target.attach:
            memory = self.loaded.memory
            keep_copy(memory.store, seen, kept, memory.secrets)

    def _seal(self, file: Path) -> None:
        """Let the ledger know the file that it was copied to."""
        engine = self.warehouse.connect(file, read_only=False, converting=True)
        try:
            if has_ledger(inventory_of(engine), self.target.database):
                session = engine.session()
                session.execute("checkpoint")
                seal(session, self.target.database, file)
                session.execute("checkpoint")
                session.close()
        finally:
            engine.close()

    def _free_place(self) -> None:
        """See that nobody has the published file open, before it is replaced itself."""
        self._close_base()
        waited(
            lambda: self.warehouse.connect(self.warehouse.path, read_only=False).close(),
            wait=self.options.wait, say=self._say,
        )  # fmt: skip

    def _keep_failed(self) -> Release:
        assert self.release is not None
        release, self.release = self.release, None
        with suppress(OSError):  # a full disk: the next build clears what has no record
            return releases.fail(release, self.done)
        return release

    def _runs_statements(self) -> bool:
        """May something have been written that is no model, seed or snapshot?"""
        hooks = self.loaded.on_run_start or self.loaded.on_run_end
        stored = self.options.store_failures or any(
            node.config.get("store_failures") or node.config.get("store_failures_as")
            for node in self.loaded.nodes.values()
            if node.kind is Kind.TEST
        )
        return bool(hooks or stored)

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

    def _close_engine(self) -> None:
        if self.engine is not None:
            self.engine.close()
            self.engine = None

    def _close_base(self) -> None:
        for base in {id(b): b for b in (self.base, self.seen) if b is not None}.values():
            base.close()
        self.base = self.seen = None

    def close(self) -> None:
        """Let go of everything, whatever has happened; an unfinished build is kept as failed."""
        self._drop_files()
        self._close_engine()
        self._close_base()
        if self.release is not None:
            self._keep_failed()


def _foreign(shown: str | None, release: Release | None) -> str:
    if release is None:
        return f"{shown} was put there by another program, and is no release"
    return f"{shown} was written by another program since release {release.id} was published"


def _unwritten(message: str) -> DatabaseError:
    return DatabaseError(
        f"the build cannot be written, and nothing was published: {message}",
        hint="is the disk full?",
    )


def _rename(file: File) -> None:
    try:
        Path(file.pending).replace(file.final)
    except OSError as error:
        raise TargetError(f"{file.final} cannot be written: {error.strerror}") from None
