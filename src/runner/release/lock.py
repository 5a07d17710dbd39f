"""One build at a time: a lock on the folder of the releases.

The lock is the operating system's, so that it goes with the process that holds it; the file's text
only says who that is.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from runner.errors import TargetError


@contextmanager
def build_lock(
    folder: Path, holder: str, *, wait: bool, say: Callable[[str], None] = lambda message: None
) -> Iterator[None]:
    """Hold the build lock of a folder.

    holder: who we are, for others to read. say: told once what is waited for. Raises TargetError
    when somebody else builds and we are not to wait.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = open(folder / "build.lock", "a+", encoding="utf-8")  # noqa: SIM115  # closed below
    except OSError as error:
        raise TargetError(
            f"cannot write in {folder}: {error.strerror}",
            hint="the warehouse needs a folder that can be written to",
        ) from None
    with file:
        said = False
        while not _try_lock(file):
            if not wait:
                raise TargetError(
                    f"another build is running: {_holder(folder)}",
                    hint="wait for it to end, or pass --wait",
                )
            if not said:
                say(f"another build is running: {_holder(folder)}: waiting")
            said = True
            time.sleep(0.2)
        with suppress(OSError):  # a full disk: then nobody can read who we are
            file.seek(0)
            file.truncate()
            json.dump({"pid": os.getpid(), "what": holder}, file)
            file.flush()
        try:
            yield
        finally:
            with suppress(OSError):
                file.seek(0)
                file.truncate()
            _unlock(file)


def _holder(folder: Path) -> str:
    with suppress(OSError, ValueError):
        held = json.loads((folder / "build.lock").read_text("utf-8"))
        return f"{held['what']} (process {held['pid']})"
    return "by an unknown process"


try:
    import fcntl

    def _try_lock(file: IO[str]) -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True

    def _unlock(file: IO[str]) -> None:
        fcntl.flock(file, fcntl.LOCK_UN)

except ImportError:  # Windows
    import msvcrt

    def _try_lock(file: IO[str]) -> bool:
        try:
            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]  # Windows
        except OSError:
            return False
        return True

    def _unlock(file: IO[str]) -> None:
        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_UNLCK, 1)  # type: ignore[attr-defined]  # Windows
