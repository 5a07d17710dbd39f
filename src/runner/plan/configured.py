"""Configuration that no step could be done with, found before any is begun. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from runner.errors import CompileError, Location, RunnerError, collect, did_you_mean
from runner.plan.incremental import chosen_strategy
from runner.plan.indexes import indexes_of
from runner.plan.materialize import MATERIALIZATIONS
from runner.plan.merge import update_columns_of
from runner.plan.snapshot import strategy_of
from runner.project.nodes import Kind, Node
from runner.sql.blame import place_of_named


def check_configured(nodes: Iterable[Node]) -> None:
    """Raise CompileError, or several in one, for materializations and strategies that are none."""
    errors: list[RunnerError] = []
    for node in nodes:
        try:
            _check(node)
        except CompileError as error:
            named = place_of_named(error.message, node)
            stated = Location(node.definition.shown)
            in_yaml = node.properties.at if named is None or named.line is None else None
            errors.append(error.placed(in_yaml or named or stated))
    collect(errors)


def _check(node: Node) -> None:
    config = node.config
    if node.kind is Kind.SNAPSHOT:
        strategy_of(config)
    elif node.kind is Kind.MODEL:
        name = config.materialized
        if name not in MATERIALIZATIONS:
            raise CompileError(
                f"the materialization {name!r} is not known",
                hint=did_you_mean(name, MATERIALIZATIONS)
                or f"one of: {', '.join(MATERIALIZATIONS)}",
            )
        if name == "incremental" and chosen_strategy(config) == "merge":
            update_columns_of(config)
    if config.materialized in ("table", "incremental", "seed", "snapshot"):
        indexes_of(config)
