"""The recipes of docs/report.md: the script is run with a mailer that only keeps what it is given."""

from __future__ import annotations

import email
import os
import shutil
import subprocess
import sys
from email import policy
from pathlib import Path

import pytest
import yaml

from tests.conftest import SOURCE
from tests.report.conftest import Make
from tests.warehouse.conftest import REPO
from tests.warehouse.test_small_shop import SHOP

EXAMPLES = REPO / "docs" / "examples"


def script(path: Path, text: str) -> Path:
    path.write_text(f"#!/bin/sh\n{text}\n", "utf-8")
    path.chmod(0o755)
    return path


def test_the_report_is_mailed_with_its_files(of_files: Make, tmp_path: Path) -> None:
    shop = of_files(SHOP)
    (tmp_path / "bin").mkdir()
    called = tmp_path / "called"
    # A build of the whole warehouse would take a minute: that it is asked for is enough.
    script(
        tmp_path / "bin" / "runner",
        f'echo "$@" >> {called}\n[ "$1" = build ] || exec {sys.executable} -m runner "$@"',
    )
    mailer = script(
        tmp_path / "bin" / "mailer", f'echo "$@" > {tmp_path}/options; cat > {tmp_path}/mail'
    )
    environ = {
        **os.environ, "SENDMAIL": str(mailer), "PYTHONPATH": str(SOURCE),
        "PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}",
    }  # fmt: skip
    done = subprocess.run(
        [EXAMPLES / "send-report.sh", "owner@example.org", "pl", "2026-02"],
        cwd=shop.project.root, env=environ, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert called.read_text().startswith("build --quiet --vars {as_of: 20")
    assert (tmp_path / "options").read_text().split() == ["-t", "-i"]
    mail = email.message_from_bytes((tmp_path / "mail").read_bytes(), policy=policy.default)
    assert mail["To"] == "owner@example.org"
    assert mail["Subject"] == "report_2026-02_pl"
    attached = {str(part.get_filename()): part for part in mail.iter_attachments()}
    assert [name.partition("2026-02_")[2] for name in attached] == [
        "pl.html", "cohorts.csv", "kpis.csv", "periods.csv", "segment_customers.csv", "segments.csv",
        "top_customers.csv",
    ]  # fmt: skip
    for name, part in attached.items():
        sent = part.get_content()
        kept = (shop.project.root / "reports" / name).read_bytes()
        assert (sent if isinstance(sent, bytes) else sent.encode()) == kept


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


def test_the_workflow_can_be_read() -> None:
    steps = yaml.safe_load((EXAMPLES / "report.yml").read_text("utf-8"))["jobs"]["report"]["steps"]
    assert any("runner report" in str(step.get("run")) for step in steps)


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
