"""What a command says while it is at work, remembered for the next one that has nothing to do."""

from __future__ import annotations

from msgspec.structs import astuple

from runner.app.standing import Said
from runner.run.events import Event, Listener, Logged


class Heard:
    """A listener that passes on what it hears, and remembers the messages."""

    def __init__(self, listener: Listener) -> None:
        self.listener = listener
        self.said: list[Said] = []

    def __call__(self, event: Event) -> None:
        if isinstance(event, Logged):
            at = event.at
            place = astuple(at) if at else None
            self.said.append((event.level, event.message, place))
        self.listener(event)
