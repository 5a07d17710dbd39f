"""Headless Chromium over a pipe: pages opened at a width, measured, pictured and printed.

No driver and no port: Chromium's own protocol, one JSON object a message, on the file descriptors 3
and 4. Knows nothing of what the pages show.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PATIENCE = 60.0
"""Seconds for one answer, on a busy machine."""


def program() -> str | None:
    """Chromium on this machine: what CHROMIUM names, else the first that is found.

    The Makefile names one whether it is there or not.
    """
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    given = os.environ.get("CHROMIUM")
    return next(filter(None, map(shutil.which, (*filter(None, [given]), *names))), None)


@dataclass
class Browser:
    """A running Chromium with one page. asked: addresses that pages have requested, in order."""

    writing: int
    reading: int
    session: str = ""
    number: int = 0
    left: bytes = b""
    asked: list[str] = field(default_factory=list)
    events: list[Mapping[str, Any]] = field(default_factory=list)

    def call(self, method: str, **params: object) -> Mapping[str, Any]:
        """Send a command and wait for its answer."""
        self.number += 1
        message: dict[str, object] = {"id": self.number, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.writing, json.dumps(message).encode() + b"\0")
        while True:
            said = self._next()
            if said.get("id") == self.number:
                assert "error" not in said, f"{method}: {said.get('error')}"
                found: Mapping[str, Any] = said["result"]
                return found

    def wait(self, event: str) -> None:
        """Wait for an event that comes after the last command, or came while it was answered."""
        while not any(said["method"] == event for said in self.events):
            self._next()

    def _next(self) -> Mapping[str, Any]:
        while b"\0" not in self.left:
            part = os.read(self.reading, 1 << 20)
            assert part, "Chromium has gone"
            self.left += part
        one, _, self.left = self.left.partition(b"\0")
        said: Mapping[str, Any] = json.loads(one)
        if said.get("method") == "Network.requestWillBeSent":
            self.asked.append(said["params"]["request"]["url"])
        if "method" in said:
            self.events.append(said)
        return said

    def open(self, file: Path, width: int, height: int = 900, *, phone: bool = False) -> None:
        """Show a file as a screen of this width, in CSS pixels, would."""
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width, height=height, deviceScaleFactor=2 if phone else 1, mobile=phone,
        )  # fmt: skip
        self.asked.clear()
        self.events.clear()
        self.call("Page.navigate", url=file.resolve().as_uri())
        self.wait("Page.loadEventFired")

    def value(self, script: str) -> Any:
        """What JavaScript finds in the page; a page that forbids scripts cannot forbid this."""
        said = self.call("Runtime.evaluate", expression=script, returnByValue=True)
        assert "exceptionDetails" not in said, said
        return said["result"].get("value")

    def picture(self, file: Path, *, top: int = 0, height: int | None = None) -> None:
        """The page from `top` on as PNG; the whole of it without a height."""
        size = self.call("Page.getLayoutMetrics")["cssContentSize"]
        room = size["height"] - top
        clip = {"x": 0, "y": top, "width": size["width"], "scale": 1,
                "height": min(height or room, room)}  # fmt: skip
        said = self.call("Page.captureScreenshot", captureBeyondViewport=True, clip=clip)
        file.write_bytes(base64.b64decode(said["data"]))

    def printed(self, file: Path) -> None:
        """The page as PDF, on paper of the size that it asks for."""
        said = self.call("Page.printToPDF", preferCSSPageSize=True, printBackground=False)
        file.write_bytes(base64.b64decode(said["data"]))


@contextmanager
def chromium(command: str, profile: Path) -> Iterator[Browser]:
    """A browser for a while. profile: an empty folder for what it keeps."""
    to_child, from_parent = os.pipe()
    to_parent, from_child = os.pipe()

    def descriptors() -> None:
        # Copies first: one of the numbers may be 3 or 4 itself.
        ends = os.dup(to_child), os.dup(from_child)
        os.dup2(ends[0], 3)
        os.dup2(ends[1], 4)

    options = (
        "--headless=new", "--remote-debugging-pipe", "--disable-gpu", "--hide-scrollbars",
        "--no-first-run", "--disable-component-update", "--disable-background-networking",
        "--disable-sync", f"--user-data-dir={profile}",
        *(["--no-sandbox"] if os.geteuid() == 0 else []),
    )  # fmt: skip
    running = subprocess.Popen(
        [command, *options, "about:blank"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        preexec_fn=descriptors, close_fds=False,
    )  # fmt: skip
    os.close(to_child)
    os.close(from_child)
    alarm = threading.Timer(PATIENCE * 10, running.kill)
    alarm.start()
    browser = Browser(from_parent, to_parent)
    try:
        targets = browser.call("Target.getTargets")["targetInfos"]
        page = next(target for target in targets if target["type"] == "page")
        attached = browser.call("Target.attachToTarget", targetId=page["targetId"], flatten=True)
        browser.session = attached["sessionId"]
        for domain in ("Page", "Network", "Runtime"):
            browser.call(f"{domain}.enable")
        yield browser
    finally:
        alarm.cancel()
        with suppress(OSError, AssertionError):
            browser.session = ""
            browser.call("Browser.close")
        try:
            running.wait(timeout=20)
        except subprocess.TimeoutExpired:
            running.kill()
            running.wait()
        os.close(from_parent)
        os.close(to_parent)
