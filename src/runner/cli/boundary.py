"""The boundary of the program: errors become messages and exit codes here, and nowhere else."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable

import typer

from runner import __version__
from runner.errors import Exit, RunnerError


def guarded(verb: Callable[[], int]) -> None:
    """Run a verb; a person's mistake is told with its place, our own with a report to send."""
    try:
        code = verb()
    except RunnerError as error:
        _tell(error)
        code = int(error.exit_code)
    except KeyboardInterrupt:
        print("interrupted: nothing was published", file=sys.stderr)
        code = int(Exit.INTERRUPTED)
    except OSError as error:
        if error.errno not in (errno.EPIPE, errno.ENOSPC):
            code = _bug(error)
        else:
            _silence()
            code = int(Exit.DONE if error.errno == errno.EPIPE else Exit.FAILED)
    except Exception as error:
        code = _bug(error)
    sys.stdout.flush()
    raise typer.Exit(code)


def _silence() -> None:
    """Who reads our output has stopped, as `head` does, or has no room: say nothing more."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _tell(error: RunnerError) -> None:
    from runner.errors import describe

    print(describe(error), file=sys.stderr)
    if os.environ.get("GITHUB_ACTIONS") == "true":
        from runner.cli.outputs import folder_in_repository
        from runner.output.github import error_annotations

        for line in error_annotations(error, folder=folder_in_repository()):
            print(line)


def _bug(error: Exception) -> int:
    import platform
    import tempfile
    import traceback

    from runner.bi.postgres_dsn import passwords, without_passwords

    known = passwords(" ".join(sys.argv[1:]) + " " + os.environ.get("RUNNER_POSTGRES_DSN", ""))
    head = (
        f"runner {__version__}, Python {platform.python_version()}, {platform.platform()}\n"
        f"command: {' '.join(sys.argv[1:])}\n\n"
    )
    with tempfile.NamedTemporaryFile(
        "w", prefix="runner-report-", suffix=".txt", delete=False, encoding="utf-8"
    ) as file:
        told = head + "".join(traceback.format_exception(error))
        file.write(without_passwords(told, known))
    print(
        "this is a mistake of the runner's, not of yours:"
        f" {type(error).__name__}: {without_passwords(str(error), known)}\n"
        f"  the details are in {file.name}: please send them with your report",
        file=sys.stderr,
    )
    return int(Exit.INTERNAL)
