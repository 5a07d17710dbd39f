"""The bar at the bottom of a terminal while steps run. The only module that loads rich.

Knows nothing of results: names go in, a line comes out.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TextIO

from rich.console import Console
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from runner.output.paint import cells, cut
from runner.output.words import duration

_BAR = 24
_REFRESHED_A_SECOND = 8


class Bar:
    """How far the steps are and which of them run; drawn at once, gone when closed."""

    def __init__(
        self, stream: TextIO, *, color: bool, width: int, total: int, clock: Callable[[], float]
    ) -> None:
        self._clock = clock
        self._began = clock()
        self._total = total
        self._done = 0
        self._running: dict[str, str] = {}
        self._console = Console(
            file=stream,
            force_terminal=True,
            color_system="standard" if color else None,
            no_color=not color,
            width=width,
            highlight=False,
            markup=False,
            emoji=False,
        )
        self._waiting: list[str] = []
        self._lock = threading.Lock()
        self._live = _Refreshed(self, self._console)
        self._live.start()

    def begin(self, id: str, name: str) -> None:
        """A step runs."""
        self._running = {**self._running, id: name}  # anew: rich's thread may be reading

    def end(self, id: str, done: int, total: int) -> None:
        """A step has ended."""
        self._running = {other: name for other, name in self._running.items() if other != id}
        self._done, self._total = done, total

    def print(self, text: str) -> None:
        """Write lines above the bar at its next refresh; they may hold ANSI colours."""
        with self._lock:
            self._waiting.append(text)

    def close(self) -> None:
        """Write what waits and take the bar away."""
        self._live.stop()

    def write_waiting(self) -> None:
        """Write the lines that wait: in one go, as drawing the bar anew costs 0.6 ms."""
        with self._lock:
            waiting, self._waiting = self._waiting, []
        if waiting:
            self._console.print(Text.from_ansi("\n".join(waiting)), soft_wrap=True)

    def __rich__(self) -> Table:
        line = Table.grid(padding=(0, 1, 0, 0))
        count = f"{self._done:,}/{self._total:,}"
        elapsed = elapsed_text(self._clock() - self._began)
        room = self._console.width - _BAR - len(count) - len(elapsed) - 7
        line.add_row(
            " ",
            ProgressBar(total=max(1, self._total), completed=self._done, width=_BAR),
            Text(count),
            Text(elapsed, style="dim"),
            Text(running_names(list(self._running.values()), room), style="cyan"),
        )
        return line


class _Refreshed(Live):
    """rich's live display, which writes waiting lines each time that it is drawn."""

    def __init__(self, bar: Bar, console: Console) -> None:
        super().__init__(
            bar,
            console=console,
            transient=True,
            refresh_per_second=_REFRESHED_A_SECOND,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self._bar = bar

    def refresh(self) -> None:
        self._bar.write_waiting()
        super().refresh()


def running_names(names: list[str], width: int) -> str:
    """As many names as fit, oldest first, and how many more there are."""
    shown: list[str] = []
    for position, name in enumerate(names):
        rest = len(names) - position - 1
        more = f" +{rest}" if rest else ""
        line = ", ".join([*shown, name]) + more
        if cells(line) > width and shown:
            return f"{', '.join(shown)} +{rest + 1}"
        shown.append(name)
    return cut(", ".join(shown), max(1, width))


def elapsed_text(seconds: float) -> str:
    """Whole seconds: tenths would flicker."""
    return f"{int(seconds)} s" if seconds < 60 else duration(seconds)
