"""The real Superset: a server in processes of its own, and a browser that is logged in to it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
QUIET = 1.5
"""Seconds without a query after which a dashboard is taken as drawn."""


@contextmanager
def serving(home: Path, log: Path) -> Iterator[str]:
    """A server on a free port of this machine: its address. home: where its metadata lie."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environ = {**os.environ, "RUNNER_SUPERSET_HOME": str(home), "RUNNER_SUPERSET_SERVES": "1",
               "SUPERSET_CONFIG_PATH": str(HERE / "superset_config.py")}  # fmt: skip
    command = [sys.executable, "-W", "ignore", "-m", "gunicorn", "-w", "1", "-k", "gthread",
               "--threads", "8", "--timeout", "300", "-b", f"127.0.0.1:{port}",
               "superset.app:create_app()"]  # fmt: skip
    with log.open("wb") as written:
        process = subprocess.Popen(command, env=environ, stdout=written, stderr=written,
                                   start_new_session=True)  # fmt: skip
        try:
            address = f"http://127.0.0.1:{port}"
            _wait(address, process, log)
            yield address
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(30)


def _wait(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(240):
        assert process.poll() is None, log.read_text()[-3000:]
        try:
            with urllib.request.urlopen(f"{address}/health", timeout=5) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.5)
    raise AssertionError(f"no server after two minutes: {log.read_text()[-3000:]}")


class Browser:
    """Headless Chromium, logged in as the administrator; it notes what it asks of the server."""

    def __init__(self, address: str) -> None:
        from selenium import webdriver
        from selenium.webdriver.chrome.options import Options
        from selenium.webdriver.chrome.service import Service
        from selenium.webdriver.common.by import By

        self.address = address
        options = Options()
        for flag in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--hide-scrollbars",
                     "--window-size=1500,1100", "--lang=en-US",
                     # Nothing leaves the machine.
                     "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"):  # fmt: skip
            options.add_argument(flag)
        options.binary_location = os.environ.get("CHROMIUM", "/usr/bin/chromium")
        options.set_capability("goog:loggingPrefs", {"performance": "ALL"})
        self.driver: Any = webdriver.Chrome(
            options, Service(os.environ.get("CHROMEDRIVER", "/usr/bin/chromedriver"))
        )
        self.asked: list[dict[str, Any]] = []
        self.driver.get(f"{address}/login/")
        self.until(lambda: self.driver.find_elements(By.ID, "username"), "a form to log in")
        self.driver.find_element(By.ID, "username").send_keys("admin")
        self.driver.find_element(By.ID, "password").send_keys("admin\n")
        self.until(lambda: "/login" not in self.driver.current_url, "to be logged in")

    def __enter__(self) -> Browser:
        return self

    def __exit__(self, *_: object) -> None:
        self.driver.quit()

    def open(self, path: str) -> list[dict[str, Any]]:
        """Open a page, wait until it is drawn: the answers to its charts' queries."""
        self.heard()
        self.driver.get(self.address + path)
        return self.drawn()

    def leave(self) -> None:
        """An empty page, so that the next one is loaded whole."""
        self.driver.get("about:blank")

    def drawn(self) -> list[dict[str, Any]]:
        """Wait until nothing is loading: the answers to charts' queries since."""
        answers: list[dict[str, Any]] = []
        quiet, begun = time.time(), time.time()
        while time.time() - quiet < QUIET or self.loading():
            assert time.time() - begun < 180, "the dashboard is never drawn"
            heard = self.heard()
            if heard:
                answers += heard
                quiet = time.time()
            time.sleep(0.2)
        return answers

    def loading(self) -> bool:
        """Is a chart still waiting for its rows? A page without any chart is, too."""
        return bool(self.driver.execute_script(
            "return document.querySelectorAll('.loading, [data-test=loading-indicator]').length > 0"
            " || document.querySelectorAll('[data-test=chart-container], .dashboard-component-chart-holder').length == 0"
        ))  # fmt: skip

    def heard(self) -> list[dict[str, Any]]:
        """The answers to charts' queries that have come in: status and body."""
        found = []
        for entry in self.driver.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] != "Network.responseReceived":
                continue
            response = message["params"]["response"]
            if "/api/v1/chart/data" not in response["url"]:
                continue
            found.append({"status": response["status"], "id": message["params"]["requestId"]})
        return found

    def whole_page(self, file: Path) -> None:
        """A picture of all of the page."""
        height = self.driver.execute_script(
            "return Math.max(...[...document.querySelectorAll('.grid-container, .dashboard-content')]"
            ".map(e => e.scrollHeight), 900) + 330"
        )
        self.driver.set_window_size(1500, min(height, 5000))
        self.drawn()
        time.sleep(1.0)
        self.driver.save_screenshot(str(file))
        self.driver.set_window_size(1500, 1100)

    def until(self, true: Any, what: str) -> None:
        for _ in range(300):
            if true():
                return
            time.sleep(0.2)
        raise AssertionError(f"waited for {what} at {self.driver.current_url}")
