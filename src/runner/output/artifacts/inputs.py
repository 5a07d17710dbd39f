"""What the artifacts are made from, beside the nodes themselves.

Knows nothing of how any of it came about.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from msgspec import Struct, field

from runner.project.nodes import NOTHING, Doc, Macro, Node
from runner.run.events import Timing

DBT_VERSION = "1.12.0"
"""The version of dbt's language and artifacts that is written; readers compare with it."""


class Invocation(Struct, frozen=True):
    """The command that ran."""

    id: str
    started_at: datetime
    generated_at: datetime
    version: str
    """Of the runner."""
    project_name: str
    command: str
    """`build`, `run`, `docs generate` …"""
    target_name: str = "default"
    database: str | None = None
    """Database and schema of the target: where nodes without a relation would lie."""
    schema: str = "main"
    env: Mapping[str, str] = field(default_factory=dict)
    """Values to put into the metadata: the DBT_ENV_CUSTOM_ENV_ variables, without that prefix."""
    args: Mapping[str, object] = NOTHING
    vars: Mapping[str, object] = NOTHING
    adapter: str = "duckdb"
    dbt_version: str = DBT_VERSION


class CompiledText(Struct, frozen=True):
    """A node's SQL after rendering."""

    sql: str
    ctes: tuple[tuple[str, str], ...] = ()
    """Ephemeral models that were put into it: id and SQL, in order."""
    path: str | None = None
    """The file that holds it, relative to the project's folder."""


class Contents(Struct, frozen=True):
    """What a manifest tells of."""

    nodes: Mapping[str, Node]
    """Every enabled resource of any kind, sources and exposures too, by id."""
    disabled: Iterable[Node] = ()
    macros: Iterable[Macro] = ()
    """Of the project and its packages; the runner's own are left out."""
    docs: Iterable[Doc] = ()
    compiled: Mapping[str, CompiledText] = field(default_factory=dict)
    types: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Id → column → type, of what was built."""
    selectors: Mapping[str, object] = NOTHING
    """The project's YAML selectors, by name."""


class Facts(Struct, frozen=True):
    """What the database says about a table, beyond its columns."""

    kind: str | None = None
    """`BASE TABLE`, `VIEW`; by the materialization where None."""
    rows: int | None = None
    bytes: int | None = None
    comment: str | None = None
    column_comments: Mapping[str, str] = field(default_factory=dict)
    """By the column's name in lower case."""
    owner: str | None = None


class Freshness(Struct, frozen=True):
    """How fresh a source's table was found to be."""

    id: str
    status: str
    """pass, warn, error, or `runtime error` when it could not be asked."""
    max_loaded_at: datetime | None = None
    snapshotted_at: datetime | None = None
    seconds: float = 0.0
    timing: tuple[Timing, ...] = ()
    thread: str = "main"
    error: str | None = None
    response: Mapping[str, object] = field(default_factory=dict)


def metadata(invocation: Invocation, schema: str) -> dict[str, object]:
    """The head of an artifact. schema: `manifest/v12`."""
    return {
        "dbt_schema_version": f"https://schemas.getdbt.com/dbt/{schema}.json",
        "dbt_version": invocation.dbt_version,
        "generated_at": stamp(invocation.generated_at),
        "invocation_id": invocation.id,
        "invocation_started_at": stamp(invocation.started_at),
        "env": dict(invocation.env),
    }


def manifest_metadata(invocation: Invocation) -> dict[str, object]:
    """The head of manifest.json, the only part that is another one in each command."""
    return {
        **metadata(invocation, "manifest/v12"),
        "project_name": invocation.project_name,
        "project_id": hashlib.md5(
            invocation.project_name.encode(), usedforsecurity=False
        ).hexdigest(),
        "user_id": None,
        "send_anonymous_usage_stats": False,
        "adapter_type": invocation.adapter,
        "quoting": {"database": True, "schema": True, "identifier": True, "column": None},
        "run_started_at": stamp(invocation.started_at),
    }


def stamp(moment: datetime) -> str:
    """UTC to the microsecond with a Z; a moment without a zone is UTC already."""
    if moment.tzinfo is not None:
        moment = moment.astimezone(UTC).replace(tzinfo=None)
    return moment.isoformat(timespec="microseconds") + "Z"


def unix_time(moment: datetime) -> float:
    """Seconds since 1970; a moment without a zone is UTC."""
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def timings(timing: Iterable[Timing]) -> list[dict[str, object]]:
    """Parts of a step as artifacts give them."""
    return [
        {
            "name": part.name,
            "started_at": stamp(part.started_at),
            "completed_at": stamp(part.completed_at),
        }
        for part in timing
    ]
