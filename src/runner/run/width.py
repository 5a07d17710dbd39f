"""How many threads DuckDB may use for one statement while steps run side by side.

Steps already keep the processors busy, and DuckDB's threads have nothing to share out of a table of
one row group: handing work to them then costs a quarter more than it saves. So small data is built
with one thread a statement, and tests of small tables in one statement, until something turns out not
to be small: then they would want their memory at the same time. Where memory does not suffice,
there are fewer at once as well. Pure, but for `Width` and `Room`, which tell the engine.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from threading import Lock

from runner.errors import DatabaseError
from runner.project.nodes import Kind, Node
from runner.project.profiles import Target
from runner.run.events import Result

ROW_GROUP = 122_880
"""Rows that DuckDB stores, and scans, as one piece (https://duckdb.org/docs/stable/internals/storage)."""
SMALL_FILE = 8_000_000
"""Bytes of a CSV, JSON or Parquet file that are read by one thread about as fast as by several."""

PATIENCE = 2.0
"""Seconds after which steps that run are taken to be large."""


def starts_narrow(
    target: Target, nodes: Iterable[Node], largest: int | None, size: Callable[[Path], int | None]
) -> bool:
    """Is everything that is read surely small, and the number of threads left to us?

    largest: rows of the largest table in the database, None where that is not known.
    size: bytes of a file, None where it is not there.
    """
    settings: Mapping[str, object] = {**target.settings, **target.config_options}
    if target.attach or {"threads", "worker_threads", "external_threads"} & settings.keys():
        return False
    if largest is None or largest > ROW_GROUP:
        return False
    for node in nodes:
        definition = node.definition
        if definition.source is not None and definition.source.external_location is not None:
            return False
        if node.kind is Kind.SEED or definition.language == "python":
            found = size(Path(definition.root) / definition.file)
            if found is None or found > SMALL_FILE:
                return False
    return True


def file_size(file: Path) -> int | None:
    """Bytes of a file, or None where it is not there."""
    try:
        return file.stat().st_size
    except OSError:
        return None


class Width:
    """Widens the engine, once, when a step shows that the data is not small."""

    def __init__(self, widen: Callable[[], None] | None) -> None:
        self._widen = widen
        self._lock = Lock()
        self._rows: dict[str, int | None] = {}

    def ended(self, result: Result) -> None:
        """Look at a step that has ended."""
        self._rows[result.id] = result.rows
        if result.rows is not None and result.rows > ROW_GROUP:
            self.widen()

    def is_small(self, ids: Iterable[str]) -> bool:
        """Are these nodes small, so that one statement may read several of them at once?

        What is not counted is taken to be small as long as nothing has been large.
        """
        found = (self._rows.get(id) for id in ids)
        return all(self._widen is not None if n is None else n <= ROW_GROUP for n in found)

    def waiting(self, seconds: float) -> None:
        """Look at how long no step has ended."""
        if seconds >= PATIENCE:
            self.widen()

    def widen(self) -> None:
        """Let statements use all threads from now on."""
        with self._lock:
            widen, self._widen = self._widen, None
        if widen is not None:
            widen()

    def stay(self) -> None:
        """Leave the number of threads as it is from now on."""
        with self._lock:
            self._widen = None


class Room:
    """What is done where there is more data than memory.

    All statements share what `memory_limit` allows: beside each other they put aside what the others
    are about to read. So steps are done one after another once the database comes near it, or once a
    step needed more than there was. Such a step is done again; then with one thread; then it has
    failed. From the first time that one did, what a step had read is let go of when it has ended:
    memory that is given back bit by bit while the next one takes its own counts twice for the process
    (at a million customers 3.0 GB where it is 2.0).
    """

    def __init__(
        self, width: Width, narrow: Callable[[], None], spare: Callable[[], bool],
        let_go: Callable[[], None], say: Callable[[str], None],
    ) -> None:  # fmt: skip
        self._width = width
        self._narrow = narrow
        self._spare = spare
        self._let_go = let_go
        self._say = say
        self._tried: Counter[str] = Counter()
        self._narrowed = False
        self._outgrown = False

    def one_by_one(self) -> bool:
        """Are steps to be done one after another by now?"""
        return self._outgrown or self._tried.total() > 0

    def again(self, result: Result) -> bool:
        """Shall a step that ended like this be done once more?"""
        self._outgrown = self._outgrown or self._spare()
        once_more = self._once_more(result)
        if self._tried:
            self._let_go()
        return once_more

    def _once_more(self, result: Result) -> bool:
        error = result.error
        if not (isinstance(error, DatabaseError) and error.out_of_memory):
            return False
        if not self._tried:
            self._say(
                "memory does not suffice for several steps at once: one after another from here on"
            )
        self._tried[result.id] += 1
        if self._tried[result.id] == 2 and not self._narrowed:
            self._say(
                "memory does not suffice for several threads at once: one a statement from here on"
            )
            self._narrowed = True
            self._width.stay()
            self._narrow()
            return True
        return self._tried[result.id] == 1
