"""How a command's steps ended, and what follows from that. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from runner.errors import DatabaseError, Exit
from runner.plan.plan import Plan, Step
from runner.plan.status import Status
from runner.project.nodes import Kind
from runner.run.events import Result
from runner.sql.compile import Compiled


class Ended(Struct, frozen=True):
    """The results of a plan, id → result.

    hooks: those around the run that failed, as steps; their results are among the others. is_begun:
    was on-run-start done, so that steps could be?
    """

    results: Mapping[str, Result]
    interrupted: bool = False
    hooks: tuple[Step, ...] = ()
    is_begun: bool = True

    @property
    def is_bad(self) -> bool:
        """Did anything fail, or was it interrupted?"""
        return self.interrupted or any(r.status.is_bad for r in self.results.values())

    @property
    def broken_off(self) -> bool:
        """Has it ended before its steps were done, so that nothing of it is published?"""
        return self.interrupted or not self.is_begun

    @property
    def exit(self) -> Exit:
        if self.interrupted:
            return Exit.INTERRUPTED
        return Exit.FAILED if self.is_bad else Exit.DONE

    @property
    def done(self) -> tuple[str, ...]:
        """The ids of the steps that need not be done again."""
        undone = (Status.ERROR, Status.FAIL, Status.SKIPPED)
        return tuple(id for id, r in self.results.items() if r.status not in undone)

    @property
    def cannot_write(self) -> bool:
        """Is the disk full? To write more then can end the whole process: DuckDB's rollback of a row
        with a key fails, and it calls `terminate`."""
        return any(
            isinstance(r.error, DatabaseError) and r.error.cannot_write
            for r in self.results.values()
        )

    def names(self, plan: Plan) -> dict[str, tuple[str, str]]:
        """Id → name and kind of everything that has a result."""
        steps = (*plan.steps.values(), *self.hooks)
        return {step.id: (step.node.label, step.kind) for step in steps}

    def compiled_late(self, plan: Plan, compiled: Mapping[str, Compiled]) -> dict[str, Compiled]:
        """The SQL that was made as its step was run: of templates that ask the database, and Python."""
        return {
            id: Compiled(id, result.compiled)
            for id, result in self.results.items()
            if result.compiled is not None and id not in compiled
            and id in plan.steps and plan.steps[id].node.kind is not Kind.UNIT_TEST
        }  # fmt: skip
