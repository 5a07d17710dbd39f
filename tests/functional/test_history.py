"""`runner history`: every command that ended, whether the file that readers see knows of it or not."""

from __future__ import annotations

import json

from tests.conftest import Project, ProjectMaker

WHOLE = "{{ config(materialized='table') }} select 1 as n"
BROKEN = "{{ config(materialized='table') }} select no_column from (select 1 as n)"


def told(shop: Project, *arguments: str) -> list[list[str]]:
    """The rows of `runner history`, each as its words."""
    result = shop.run("history", *arguments)
    assert result.exit_code == 0, str(result)
    return [line.split() for line in result.stdout.splitlines()[2:]]


def statuses(shop: Project, *arguments: str) -> list[str]:
    """How the commands ended, the newest first."""
    return [row[3] for row in told(shop, *arguments)]


def test_a_build_that_failed_was_told_only_after_the_next_one_was_published(
    project: ProjectMaker,
) -> None:
    shop = project({"models/numbers.sql": WHOLE})
    shop.build()
    shop.write("models/numbers.sql", BROKEN)
    assert shop.run("build").exit_code == 1
    assert statuses(shop) == ["failed", "done"]
    assert statuses(shop, "numbers") == ["error", "success"]
    assert "no_column" in " ".join(told(shop, "numbers")[0])


def test_a_first_build_that_failed_has_a_history(project: ProjectMaker) -> None:
    shop = project({"models/numbers.sql": BROKEN})
    assert shop.run("build").exit_code == 1
    assert not shop.database.exists()
    assert statuses(shop) == ["failed"]


def test_each_command_is_told_once_though_log_and_file_know_it(project: ProjectMaker) -> None:
    shop = project({"models/numbers.sql": WHOLE})
    shop.build()
    shop.build()
    shop.write("models/numbers.sql", WHOLE.replace("1", "2"))
    shop.build()
    shop.build()
    log = (shop.root / ".runner/warehouse/invocations.jsonl").read_text().splitlines()
    began = [json.loads(line)["started_at"][:19] for line in log]
    assert [" ".join(row[:2]) for row in told(shop)] == began[::-1]
    assert statuses(shop) == ["unchanged", "done", "unchanged", "done"]
    assert statuses(shop, "--limit", "3") == ["unchanged", "done", "unchanged"]


def test_without_a_log_the_file_tells(project: ProjectMaker) -> None:
    shop = project({"models/numbers.sql": WHOLE})
    shop.build()
    (shop.root / ".runner/warehouse/invocations.jsonl").unlink()
    assert statuses(shop) == ["done"]
    assert statuses(shop, "numbers") == ["success"]


def test_before_any_command_there_is_no_history(project: ProjectMaker) -> None:
    result = project({"models/numbers.sql": WHOLE}).run("history")
    assert result.exit_code == 2
    assert "there is no history yet" in result.stderr
    assert "runner build" in result.stderr
