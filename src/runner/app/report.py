"""The verb report: figures of a period from the published warehouse, as a page and as CSV files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

from msgspec.structs import replace

from runner.app.compile import make_compiler
from runner.app.database import open_readers
from runner.app.ledger import SCHEMA, has_ledger
from runner.app.load import Loaded, Options, Outside, load
from runner.app.look import inline_node
from runner.engines import Inventory, Rows, Session
from runner.errors import Exit, ProjectError, TargetError
from runner.project.nodes import Kind, Node, quote
from runner.report.asking import Ask
from runner.report.csv_files import csv_files
from runner.report.figures import MODELS, figures_of, scope_of
from runner.report.libraries import missing_libraries
from runner.report.page import page_of
from runner.report.quality import OPTIONAL, Finding, Quality, checks_of, metrics_of, stale_of
from runner.report.words import words_of
from runner.sql.compile import Compiler

FOLDER = "report"
"""Below the project's target folder."""


def write_report(
    options: Options,
    outside: Outside,
    period: str,
    language: str,
    out: Path | None,
    say: Callable[[str], None],
    *,
    names: bool,
) -> int:
    """Write the report of a period. Reads what was published; builds nothing.

    Raises ProjectError where the project lacks the models, or they were not built; where the shop
    has no order; and for a period or language that there is none of.
    """
    words = words_of(language)
    if missing := missing_libraries():
        raise ProjectError(
            f"a report needs {' and '.join(missing)}", hint="pip install 'runner-sql[report]'"
        )
    loaded = load(options, outside)
    with open_readers(loaded) as (inventory, session):
        if session is None:
            raise ProjectError(
                f"there is no database yet at {loaded.target.path}", hint="make it: runner build"
            )
        compiler = make_compiler(loaded, inventory)
        _check_models(loaded, compiler, session, names=names)
        ask = _asking(loaded, compiler, session)
        scope = scope_of(ask)
        if scope is None:
            raise ProjectError(
                "the shop has no valid order yet: there is nothing to report",
                hint="see what was read: runner debug --sources",
            )
        preset = str(loaded.config.vars.get("rfm_preset", ""))
        figures = figures_of(ask, scope, period, preset, names=names)
        there = {name for name in OPTIONAL if _is_built(_named(loaded).get(name), session)}
        quality = _quality(loaded, inventory, session)
        if "rpt_data_quality" in there:
            quality = replace(quality, checks=checks_of(ask))
        if "rpt_freshness" in there:
            quality = replace(quality, stale=stale_of(ask))
        if "metrics_dictionary" in there:
            own = metrics_of(ask, language)
            words = replace(words, metrics={**words.metrics, **own})
    stem = f"report_{figures.period.name.replace('..', '_')}"
    tables = {f"{stem}_{name}.csv": text for name, text in csv_files(figures).items()}
    page = page_of(figures, quality, words, loaded.config.name, list(tables))
    folder = loaded.target_folder / FOLDER if out is None else outside.folder / out
    for name, text in {f"{stem}_{language}.html": page, **tables}.items():
        _write(folder / name, text)
    say(_shown(folder / f"{stem}_{language}.html", outside.folder))
    return int(Exit.DONE)


def _shown(file: Path, folder: Path) -> str:
    """A file as it can be opened from the folder that the command was started in."""
    return str(file.relative_to(folder) if file.is_relative_to(folder) else file)


def _check_models(loaded: Loaded, compiler: Compiler, session: Session, *, names: bool) -> None:
    """Raises ProjectError unless the project has all models of a report, and they are built."""
    wanted = (*MODELS, "customers_pii") if names else MODELS
    known = _named(loaded)
    if missing := [name for name in wanted if name not in known]:
        raise ProjectError(
            f"a report is made from the shop's models, and this project has no {', '.join(missing)}",
            hint="a project with them: runner init shop",
        )
    unbuilt = [name for name in wanted if not _is_built(known[name], session)]
    if unbuilt:
        raise ProjectError(f"not built yet: {', '.join(unbuilt)}", hint="build them: runner build")


def _named(loaded: Loaded) -> dict[str, Node]:
    """Models and seeds by name."""
    found: dict[str, Node] = {}
    for node in loaded.nodes.values():
        if node.kind in (Kind.MODEL, Kind.SEED):
            found.setdefault(node.name, node)
    return found


def _is_built(node: Node | None, session: Session) -> bool:
    if node is None:
        return False
    return node.is_ephemeral or node.relation is None or bool(session.columns(node.relation))


def _asking(loaded: Loaded, compiler: Compiler, session: Session) -> Ask:
    """Answers queries that name models by ref, wherever the project has put them."""

    def ask(text: str) -> Rows:
        return session.query(compiler.compile(inline_node(loaded, text), session).sql)

    return ask


def _quality(loaded: Loaded, inventory: Inventory, session: Session) -> Quality:
    """How the tests of what readers see went, as the ledger tells."""
    if not has_ledger(inventory, loaded.target.database):
        return Quality(0, (), None)
    schema = f"{quote(loaded.target.database)}.{quote(SCHEMA)}"
    rows = session.query(
        "select unique_id, status, (entry::json ->> 'failures')::bigint"
        f" from {schema}.nodes where resource_type in ('test', 'unit_test') order by unique_id"
    ).values
    built = session.query(
        f"select strftime(max(built_at), '%Y-%m-%d %H:%M') from {schema}.nodes"
    ).values[0][0]
    counts = Counter(str(status) for _, status, _ in rows)
    found = [
        Finding(
            _name(loaded, str(id)), "warn" if status == "warn" else "fail", int(str(number or 0))
        )
        for id, status, number in rows
        if status in ("warn", "fail", "error")
    ]
    found.sort(key=lambda finding: (finding.status, -finding.rows, finding.name))
    return Quality(counts["pass"], tuple(found), None if built is None else str(built))


def _name(loaded: Loaded, id: str) -> str:
    node = loaded.nodes.get(id)
    return node.name if node is not None else id


def _write(file: Path, text: str) -> None:
    """Write a file whole: who opens it meanwhile sees the one of before."""
    pending = file.with_name(f".{file.name}.tmp")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        pending.write_text(text, "utf-8")
        pending.replace(file)
    except OSError as error:
        pending.unlink(missing_ok=True)
        raise TargetError(f"{file} cannot be written: {error.strerror}") from None
