"""Where the command begins: `runner`, and `python -m runner`."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line. Which version this is is said before anything else is imported."""
    if sys.argv[1:] == ["--version"]:
        from runner import __version__

        print(f"runner {__version__}")
        return
    from runner.cli import main as run

    run()


if __name__ == "__main__":
    main()
