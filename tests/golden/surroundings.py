"""What can be wrong around a project: its database, its folders, the disk.

Each is a context in which a command is run by the function that it gives.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager

import duckdb

from tests.conftest import Project, Result

Run = Callable[..., Result]


def _in_process_of_its_own(shop: Project, code: str) -> Run:
    def run(*arguments: str, env: Mapping[str, str]) -> Result:
        process = shop.spawn(*arguments, env=env, code=code)
        out, err = process.communicate(timeout=60)
        return Result(process.returncode, out, err)

    return run


@contextmanager
def as_it_should_be(shop: Project) -> Iterator[Run]:
    """Nothing is wrong."""
    yield shop.run


def _instead_of_the_database(shop: Project, content: bytes) -> None:
    shop.database.unlink()
    shop.database.write_bytes(content)


@contextmanager
def text_as_database(shop: Project) -> Iterator[Run]:
    """The database is a text file."""
    _instead_of_the_database(shop, b"order_id,amount\n1,20.00\n2,12.50\n")
    yield shop.run


@contextmanager
def truncated_database(shop: Project) -> Iterator[Run]:
    """The database is the first part of one, as an interrupted copy leaves it."""
    _instead_of_the_database(shop, shop.database.read_bytes()[:6000])
    yield shop.run


@contextmanager
def folder_as_database(shop: Project) -> Iterator[Run]:
    """The database's path is a folder."""
    shop.database.unlink()
    shop.database.mkdir()
    yield shop.run


@contextmanager
def dangling_link(shop: Project) -> Iterator[Run]:
    """The release that the database's link leads to has been deleted."""
    shop.database.resolve().unlink()
    yield shop.run


@contextmanager
def not_utf8(shop: Project) -> Iterator[Run]:
    """A model was saved in Latin-1."""
    written = "select\n    1 as id,\n    'caf\xe9' as name\n".encode("latin-1")
    (shop.root / "models/cafes.sql").write_bytes(written)
    yield shop.run


@contextmanager
def locked_by_a_writer(shop: Project) -> Iterator[Run]:
    """Another program holds the database open for writing."""
    code = (
        "import duckdb, sys\nheld = duckdb.connect(sys.argv[1])\n"
        "print('ready', flush=True)\nsys.stdin.readline()"
    )
    with _beside(shop, code, str(shop.database.resolve())):
        yield shop.run


@contextmanager
def another_build(shop: Project) -> Iterator[Run]:
    """Another build of the same database is running."""
    code = (
        "import sys\nfrom pathlib import Path\nfrom runner.release.lock import build_lock\n"
        "with build_lock(Path(sys.argv[1]), 'runner build since 12:00:00', wait=False):\n"
        "    print('ready', flush=True)\n    sys.stdin.readline()"
    )
    with _beside(shop, code, str(shop.root / ".runner/warehouse")):
        yield shop.run


@contextmanager
def _beside(shop: Project, code: str, argument: str) -> Iterator[None]:
    """Another process that says when it is ready, and ends with the context."""
    with subprocess.Popen(
        [sys.executable, "-c", code, argument],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=shop.environ(),
    ) as other:  # fmt: skip
        assert other.stdin is not None
        assert other.stdout is not None
        try:
            assert other.stdout.readline() == "ready\n"
            yield
        finally:
            other.stdin.write("done\n")
            other.stdin.flush()
            other.wait(timeout=60)


POWERLESS = """
import ctypes
ctypes.CDLL(None).capset((ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)())
from runner.cli import main
main()
"""
"""Root may write everywhere; without its capabilities it is a person like others."""


@contextmanager
def read_only_folder(shop: Project) -> Iterator[Run]:
    """The person may not write in the project's folder."""
    paths = [path for path in (shop.root, *shop.root.rglob("*")) if not path.is_symlink()]
    modes = {path: path.stat().st_mode for path in paths}
    try:
        for path, mode in modes.items():
            path.chmod(mode & ~0o222)
        yield _in_process_of_its_own(shop, POWERLESS)
    finally:
        for path, mode in modes.items():
            path.chmod(mode)


FULL = """
import resource, signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (3_000_000, 3_000_000))
from runner.cli import main
main()
"""
"""No file can grow beyond 3 MB."""


@contextmanager
def disk_full(shop: Project) -> Iterator[Run]:
    """The disk takes no more than 3 MB a file."""
    yield _in_process_of_its_own(shop, FULL)


@contextmanager
def large_database_on_a_full_disk(shop: Project) -> Iterator[Run]:
    """The published database is larger than what the disk still takes."""
    with duckdb.connect(str(shop.database.resolve())) as opened:
        opened.execute(
            "create table large as select range as id, uuid() as name from range(200000)"
        )
    yield _in_process_of_its_own(shop, FULL)


SURROUNDINGS: Mapping[str, Callable[[Project], AbstractContextManager[Run]]] = {
    function.__name__: function
    for function in (
        as_it_should_be, text_as_database, truncated_database, folder_as_database, dangling_link,
        not_utf8, locked_by_a_writer, another_build, read_only_folder, disk_full,
        large_database_on_a_full_disk,
    )
}  # fmt: skip
