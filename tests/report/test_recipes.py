"""The recipes of docs/report.md, run as cron, systemd, an action and a mailer would run them."""

from __future__ import annotations

import email
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
from dataclasses import dataclass
from email import policy
from email.message import EmailMessage
from pathlib import Path

import pytest
import yaml

from tests.conftest import SOURCE
from tests.report.conftest import Shop
from tests.warehouse.conftest import REPO

EXAMPLES = REPO / "docs" / "examples"


def script(path: Path, text: str) -> Path:
    path.write_text(f"#!/bin/sh\n{text}\n", "utf-8")
    path.chmod(0o755)
    return path


@dataclass(frozen=True)
class Machine:
    """A folder that is the project's, with a `runner` first in its path, and a mailer that keeps."""

    root: Path
    kept: Path

    @property
    def environ(self) -> dict[str, str]:
        """Little more than what cron and systemd give."""
        path = f"{self.kept / 'bin'}:/usr/bin:/bin"
        return {"PATH": path, "HOME": str(self.kept), "SENDMAIL": str(self.kept / "bin/mailer")}

    def run(self, *command: str | Path, cwd: Path | None = None) -> None:
        done = subprocess.run(
            command, cwd=cwd or self.root, env=self.environ, capture_output=True, text=True,
            check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr

    def mail(self) -> EmailMessage:
        """What was mailed last."""
        read = email.message_from_bytes((self.kept / "mail").read_bytes(), policy=policy.default)
        (self.kept / "mail").unlink()
        return read

    def check(self, mail: EmailMessage, name: str) -> None:
        """It is the report of that name, with its files as they were written."""
        assert mail["To"] == "owner@example.org"
        assert mail["Subject"] == name
        attached = {str(part.get_filename()): part for part in mail.iter_attachments()}
        stem = name.rpartition("_")[0]
        tables = ("cohorts", "kpis", "periods", "segment_customers", "segments", "top_customers")
        assert list(attached) == [f"{name}.html", *(f"{stem}_{table}.csv" for table in tables)]
        for file, part in attached.items():
            sent = part.get_content()
            kept = (self.root / "reports" / file).read_bytes()
            assert (sent if isinstance(sent, bytes) else sent.encode()) == kept


@pytest.fixture
def machine(small: Shop, tmp_path: Path) -> Machine:
    root = small.project.root
    (tmp_path / "bin").mkdir()
    # A build of the whole warehouse would take a minute: that it is asked for is enough.
    script(
        tmp_path / "bin" / "runner",
        f'echo "$@" >> {tmp_path}/called\n[ "$1" = build ] && exit 0\n'
        f'PYTHONPATH={SOURCE} exec {sys.executable} -m runner "$@"',
    )
    script(tmp_path / "bin" / "mailer", f'echo "$@" > {tmp_path}/options; cat > {tmp_path}/mail')
    shutil.copy(EXAMPLES / "send-report.sh", root / "send-report.sh")
    return Machine(root, tmp_path)


def test_the_report_is_mailed_with_its_files(machine: Machine) -> None:
    machine.run("./send-report.sh", "owner@example.org", "pl", "2026-02")
    assert (machine.kept / "called").read_text().startswith("build --quiet --vars {as_of: 20")
    assert (machine.kept / "options").read_text().split() == ["-t", "-i"]
    machine.check(machine.mail(), "report_2026-02_pl")


def test_the_lines_of_cron_do_as_cron_runs_them(machine: Machine) -> None:
    """In a bare environment, by /bin/sh, from the home. The small shop has seen until 2026-04-14."""
    page = (REPO / "docs/report.md").read_text("utf-8")
    assert re.search(r"^PATH=/srv/shop/\.venv/bin:/usr/bin:/bin$", page, re.MULTILINE)
    lines = re.findall(r"^(?:[\d*]+ ){5} ?(cd /srv/shop .*)$", page, re.MULTILINE)
    assert len(lines) == 2
    for line, name in zip(lines, ("report_2026-03_en", "report_2026-W15_en"), strict=True):
        assert "%" not in line, "cron takes it for the end of a line"
        machine.run("/bin/sh", "-c", line.replace("/srv/shop", str(machine.root)), cwd=machine.kept)
        machine.check(machine.mail(), name)


def test_the_service_does_what_systemd_starts(machine: Machine) -> None:
    unit = (EXAMPLES / "report.service").read_text("utf-8")
    (command,) = re.findall(r"^ExecStart=(.*)$", unit, re.MULTILINE)
    machine.run(*command.replace("/srv/shop", str(machine.root)).split())
    machine.check(machine.mail(), "report_2026-03_en")


def test_the_workflow_does_what_an_action_runs(machine: Machine) -> None:
    steps = yaml.safe_load((EXAMPLES / "report.yml").read_text("utf-8"))["jobs"]["report"]["steps"]
    commands = [step["run"] for step in steps if "run" in step]
    installing, reporting = commands
    assert installing == "pip install 'runner-sql[report]'"
    shutil.rmtree(machine.root / "reports", ignore_errors=True)
    machine.run("bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", reporting)
    kept = next(step["with"]["path"] for step in steps if "upload" in step.get("uses", ""))
    assert (machine.root / kept / "report_2026-03_en.html").exists()


def test_msmtp_sends_it_with_the_settings_of_the_page(machine: Machine) -> None:
    """To a server of the test's own, on this machine; only host, port and the safety differ."""
    msmtp = shutil.which("msmtp")
    if msmtp is None:
        pytest.skip("msmtp is not installed (apt install msmtp)")
    page = (REPO / "docs/report.md").read_text("utf-8")
    settings = page.partition("/etc/msmtprc`\n\n```text\n")[2].partition("```")[0]
    assert "passwordeval cat /etc/msmtp-password" in settings
    server = socket.create_server(("127.0.0.1", 0))
    here = settings.replace("smtp.example.org", "127.0.0.1").replace(
        "port 587", f"port {server.getsockname()[1]}"
    )
    for word in ("tls on", "auth on"):
        assert word in here
        here = here.replace(word, word.replace(" on", " off"))
    (machine.kept / "msmtprc").write_text(here, "utf-8")
    script(machine.kept / "bin/mailer", f'exec {msmtp} -C {machine.kept}/msmtprc "$@"')
    with server:
        got: list[bytes] = []
        listening = threading.Thread(target=receive, args=(server, got))
        listening.start()
        machine.run("./send-report.sh", "owner@example.org", "en", "2026-02")
        listening.join(timeout=30)
    commands, _, message = b"".join(got).partition(b"DATA\r\n")
    assert b"MAIL FROM:<shop@example.org>" in commands
    assert b"RCPT TO:<owner@example.org>" in commands
    text = message.partition(b"\r\n.\r\n")[0].replace(b"\r\n", b"\n")
    read = email.message_from_bytes(text, policy=policy.default)
    machine.check(read, "report_2026-02_en")


def receive(server: socket.socket, got: list[bytes]) -> None:
    """One mail, as a mail server takes it: only what SMTP needs to say."""
    connection, _ = server.accept()
    with connection, connection.makefile("rb") as lines:
        connection.sendall(b"220 here\r\n")
        in_mail = False
        for line in lines:
            got.append(line)
            if in_mail:
                if line != b".\r\n":
                    continue
                in_mail = False
            word = line[:4].upper()
            in_mail = word == b"DATA"
            connection.sendall(
                b"354 go on\r\n"
                if in_mail
                else b"221 bye\r\n"
                if word == b"QUIT"
                else b"250 well\r\n"
            )


def test_a_failed_build_mails_nothing(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    script(tmp_path / "bin" / "runner", "exit 1")
    mailer = script(tmp_path / "bin" / "mailer", f"touch {tmp_path}/mail")
    environ = {"SENDMAIL": str(mailer), "PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}"}
    done = subprocess.run(
        [EXAMPLES / "send-report.sh", "owner@example.org"], cwd=tmp_path, env=environ, check=False
    )
    assert done.returncode == 1
    assert not (tmp_path / "mail").exists()


def test_systemd_accepts_the_units(tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("no systemd here")
    for name in ("report.service", "report.timer"):
        text = (EXAMPLES / name).read_text("utf-8")
        (tmp_path / name).write_text(text.replace("/srv/shop/send-report.sh", "/bin/true"), "utf-8")
    done = subprocess.run(
        ["systemd-analyze", "verify", tmp_path / "report.timer"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
