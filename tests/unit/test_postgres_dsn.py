"""Where a PostgreSQL server is looked for, and that its password is never shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from runner.bi.postgres_dsn import find_dsn, passwords, without_passwords
from runner.bi.postgres_tables import Index, Name, SentColumn, Table, check_names, index_statements
from runner.errors import TargetError
from runner.project.nodes import RelationName
from tests.conftest import ProjectMaker


def test_the_dsn_that_is_given_counts_before_the_environment() -> None:
    environ = {"RUNNER_POSTGRES_DSN": "service=here", "PGSERVICE": "there"}
    assert find_dsn("host=given", environ) == "host=given"
    assert find_dsn(None, environ) == "service=here"
    assert find_dsn(None, {"PGSERVICE": "there"}) == "postgresql://"
    with pytest.raises(TargetError, match="no PostgreSQL server is named"):
        find_dsn(None, {})


@pytest.mark.parametrize(
    ("dsn", "shown"),
    [
        ("postgresql://ann:s3cret@host:5432/shop", "postgresql://ann:***@host:5432/shop"),
        ("postgres://ann:s%40cret%2F@host/shop", "postgres://ann:***@host/shop"),
        ("postgresql://:s3cret@/shop?host=/tmp", "postgresql://:***@/shop?host=/tmp"),
        ("postgresql://ann:a@b:c@host/shop", "postgresql://ann:***@host/shop"),
        ("host=h password=s3cret user=ann", "host=h password=*** user=ann"),
        ("host=h password = 'it\\'s s3cret' user=ann", "host=h password = *** user=ann"),
        ("postgresql://ann@host/shop?password=s3cret&x=1", "postgresql://ann@host/shop?password=***&x=1"),
        ("postgresql://ann@host/shop", "postgresql://ann@host/shop"),
        ("sslpassword=s3cret", "sslpassword=***"),
    ],
)  # fmt: skip
def test_passwords_are_hidden(dsn: str, shown: str) -> None:
    assert without_passwords(f"cannot open {dsn}") == f"cannot open {shown}"
    known = passwords(dsn)
    assert bool(known) == ("***" in shown)
    for secret in known:
        assert secret not in without_passwords(f"libpq says {secret}", known)


def test_an_escaped_password_is_known_as_it_is_meant() -> None:
    assert passwords("postgresql://u:s%40cret@h/d") >= {"s%40cret", "s@cret"}
    assert passwords("password='it\\'s'") >= {"it's"}


SECRET = "Tr0ub4dor"


@pytest.mark.parametrize(
    "dsn",
    [
        f"postgresql://ann:{SECRET}@127.0.0.1:1/shop?connect_timeout=2",
        f"postgresql://ann:{SECRET}@127.0.0.1:nonsense/shop",
        f"host=127.0.0.1 port=1 password={SECRET} nonsense",
        f"host=127.0.0.1 port=1 password='{SECRET} and more' connect_timeout=2",
    ],
)
def test_no_output_or_artifact_holds_the_password(project: ProjectMaker, dsn: str) -> None:
    pytest.importorskip("adbc_driver_postgresql", reason="pip install 'runner-sql[postgres]'")
    made = project({"models/one.sql": "{{ config(materialized='table') }} select 1 as n"})
    made.build()
    for arguments, env in ((("export", "postgres", dsn), {}), (("export", "postgres"), {"RUNNER_POSTGRES_DSN": dsn})):  # fmt: skip
        result = made.run(*arguments, env=env)
        assert result.exit_code == 2, str(result)
        assert "PostgreSQL cannot be reached" in result.stderr
        assert SECRET not in str(result)
    for file in made.root.rglob("*"):
        if file.is_file():
            assert SECRET.encode() not in file.read_bytes(), file


def test_a_report_of_our_own_mistake_holds_no_password(
    project: ProjectMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = project({"models/one.sql": "select 1 as n"})
    dsn = f"postgresql://ann:{SECRET}@host/shop"

    def breaks(*_: object) -> int:
        raise ValueError(f"what a bug: {dsn}")

    monkeypatch.setattr("runner.app.export_postgres.export_postgres", breaks)
    result = made.run("export", "postgres", dsn)
    assert result.exit_code == 3
    assert SECRET not in str(result)
    report = Path(result.stderr.split("the details are in ")[1].split(":")[0])
    written = report.read_text("utf-8")
    report.unlink()
    assert "what a bug: postgresql://ann:***@host/shop" in written
    assert SECRET not in written


def table(name: str, *columns: str) -> Table:
    return Table(
        Name("shop", name), RelationName("w", "main", name),
        tuple(SentColumn(column, "text", column) for column in columns), "1",
    )  # fmt: skip


def test_all_long_names_are_told_at_once() -> None:
    with pytest.raises(TargetError, match="64 bytes") as one:
        check_names([table("a" * 64, "b")])
    assert "column" not in str(one.value)
    with pytest.raises(Exception, match=r"column of a ż+ has 64 bytes(.|\n)*column of a x+ has 70"):
        check_names([table("a", "ż" * 32, "x" * 70)])
    check_names([table("a" * 63, "ż" * 31)])


def test_names_of_indexes_fit_and_differ() -> None:
    long = table("ż" * 31, "a")
    one, two = (index_statements(Table(long.name, long.source, long.columns, "1", indexes=(i,)), long.name)[0]
                for i in (Index(("a",)), Index(("a",), unique=True)))  # fmt: skip
    assert one != two
    name = one.split('"')[1]
    assert name.endswith("_runner")
    assert len(name.encode()) <= 63
