"""The console: one line a step as it finishes, a bar while they run, a summary at the end.

Knows nothing of the environment: colours, width and whether somebody is watching come in.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, TextIO

from msgspec import Struct

from runner.output.paint import Paint, Tone, cut, left, painter, right, wants_color
from runner.output.summary import reason, summary
from runner.output.values import lines_of, printable
from runner.output.words import WORDS, duration, plural, size
from runner.run.events import Event, Finished, Logged, Started, Status, StepFinished, StepStarted

if TYPE_CHECKING:
    from runner.output.live import Bar

__all__ = ["Console", "Look", "console", "step_lines", "wants_color"]

_USUAL_WIDTH = 100
_STATUS, _KIND, _SIZE, _SECONDS = 5, 11, 14, 11
_NAME_FROM, _NAME_TO = 24, 48
_GROUPED_FROM = 20


class Look(Struct, frozen=True):
    """How things are shown."""

    paint: Paint
    color: bool
    width: int
    terminal: bool
    quiet: bool
    verbosity: int
    github: bool

    @property
    def name_width(self) -> int:
        """Room for a step's name."""
        others = 2 + _STATUS + 1 + 2 + _KIND + _SIZE + _SECONDS
        return max(_NAME_FROM, min(_NAME_TO, self.width - others))


def console(
    stream: TextIO,
    *,
    color: bool,
    width: int | None,
    terminal: bool,
    quiet: bool,
    verbosity: int,
    github: bool = False,
    clock: Callable[[], float] = time.monotonic,
) -> Console:
    """A listener that writes for a person; close it when the command ends.

    color: see `wants_color`. width: columns, None where it is not known (100 then).
    terminal: somebody is watching, so show a bar; False for a file, a pipe and TERM=dumb.
    quiet: only the failures, at the end, and what templates print.
    verbosity: 1 also shows what was unchanged, debug messages and every warning.
    github: fold the steps of a long run, and keep data from being read as workflow commands.
    clock: seconds, for the bar's elapsed time.
    """
    look = Look(
        painter(color=color),
        color,
        width or _USUAL_WIDTH,
        terminal,
        quiet,
        verbosity,
        github,
    )
    return Console(stream, look, clock)


class Console:
    """The listener that `console` makes. May be called from any thread."""

    def __init__(self, stream: TextIO, look: Look, clock: Callable[[], float]) -> None:
        self._stream = stream
        self._look = look
        self._clock = clock
        self._bar: Bar | None = None
        self._total = 0
        self._grouped = False
        self._warnings: dict[str, int] = {}
        self._lock = threading.RLock()

    def __call__(self, event: Event) -> None:
        """Show an event."""
        with self._lock:
            match event:
                case Started():
                    self._started(event)
                case StepStarted():
                    self._step_started(event)
                case StepFinished():
                    self._step_finished(event)
                case Logged():
                    self._logged(event)
                case Finished():
                    self._finished(event)

    def close(self) -> None:
        """Take the bar away; give the warnings that no summary has given."""
        with self._lock:
            self._settle()
            if not self._look.quiet:
                mark = self._look.paint("  warning: ", Tone.CAUTION)
                self._write(_behind(mark, 11, text) for text in self._warnings)
            self._warnings.clear()

    def _started(self, event: Started) -> None:
        self._total = event.total
        look = self._look
        if look.quiet:
            return
        command = look.paint(event.command, Tone.STRONG)
        work = f"{plural(event.total, 'step')} on {plural(event.threads, 'thread')}"
        self._write([f"  {command}  {event.target}  {look.paint(work, Tone.QUIET)}", ""])
        if look.github and event.total > _GROUPED_FROM:
            self._grouped = True
            self._put("::group::steps\n")

    def _step_started(self, event: StepStarted) -> None:
        if self._look.quiet or not self._look.terminal:
            return
        if self._bar is None:
            from runner.output.live import Bar  # rich, 125 ms: only for who watches steps

            self._bar = Bar(
                self._stream,
                color=self._look.color,
                width=self._look.width,
                total=self._total,
                clock=self._clock,
            )
        self._bar.begin(event.id, event.name)

    def _step_finished(self, event: StepFinished) -> None:
        status = event.result.status
        shown = status is not Status.REUSED or self._look.verbosity > 0
        if shown and not self._look.quiet:
            self._write(step_lines(event, self._look))
        if self._bar is not None:
            self._bar.end(event.id, event.done, event.total)

    def _logged(self, event: Logged) -> None:
        text = f"{event.at}: {event.message}" if event.at else event.message
        look = self._look
        if event.level in ("warning", "warn"):
            self._warnings[text] = self._warnings.get(text, 0) + 1
        elif event.level == "error":
            self._write([_behind(look.paint("  error: ", Tone.BAD), 9, text)])
        elif event.level == "print":
            self._write([text])
        elif event.level == "debug" and look.verbosity > 0 and not look.quiet:
            self._write([look.paint(_behind("  ", 2, text), Tone.QUIET)])
        elif event.level == "info" and not look.quiet:
            self._write([_behind("  ", 2, text)])

    def _finished(self, event: Finished) -> None:
        self._settle()
        look = self._look
        lines = summary(
            event,
            paint=look.paint,
            color=look.color,
            width=look.width,
            warnings=self._warnings,
            quiet=look.quiet,
            verbosity=look.verbosity,
        )
        self._warnings.clear()
        self._write(lines)

    def _settle(self) -> None:
        if self._bar is not None:
            self._bar.close()
            self._bar = None
        if self._grouped:
            self._grouped = False
            self._put("::endgroup::\n")

    def _write(self, lines: Iterable[str]) -> None:
        text = "\n".join(lines)
        if not text:
            return
        if self._look.github:
            text = _no_commands(text)
        if self._bar is not None:
            self._bar.print(text)
        else:
            self._put(text + "\n")

    def _put(self, text: str) -> None:
        try:
            self._stream.write(text)
        except UnicodeEncodeError:
            encoding = self._stream.encoding or "ascii"
            self._stream.write(text.encode(encoding, "replace").decode(encoding))
        self._stream.flush()


def step_lines(event: StepFinished, look: Look) -> list[str]:
    """`  OK    stg_orders      table      2,431 rows   0.12 s`, and below it what went wrong."""
    result, paint = event.result, look.paint
    word, _, tone = WORDS[result.status]
    room = look.name_width
    name = cut(event.name, room) if look.terminal and not result.status.is_bad else event.name
    head = f"  {paint(left(word, _STATUS), tone)} {left(name, room)}  "
    kind = paint(left(event.kind, _KIND), Tone.QUIET)
    if result.status is Status.SKIPPED:
        return [head + kind + " " + paint(printable(result.message), Tone.QUIET)]
    seconds = paint(right(duration(result.seconds), _SECONDS), Tone.QUIET)
    line = head + kind + right(size(result), _SIZE) + seconds
    if not (result.status.is_bad or result.status is Status.WARN):
        return [line]
    return [line, "        " + paint(reason(result)[0], tone)]


def _behind(mark: str, width: int, text: str) -> str:
    return mark + ("\n" + " " * width).join(lines_of(text))


def _no_commands(text: str) -> str:
    """The text with a blank of no width in what GitHub would carry out: data must not command."""
    lines = [
        line.replace("::", ":\u200b:", 1) if line.lstrip().startswith("::") else line
        for line in text.replace("##[", "#\u200b#[").split("\n")
    ]
    return "\n".join(lines)
