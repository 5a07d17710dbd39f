"""The house's separation: imports point down, there are no circles, modules stay small."""

from __future__ import annotations

import ast
from pathlib import Path

SOURCE = Path(__file__).parents[2] / "src" / "runner"
ORDER = (
    ("errors",),
    ("project",),
    ("engines",),
    ("template",),
    ("graph",),
    ("sql",),
    ("plan",),
    ("run",),
    ("release",),
    ("output",),
    ("bi", "report"),
    ("app",),
    ("cli", "__main__", ""),
)
"""From the ground up: a room may use those before it, and itself."""
LARGEST = 420


def room_of(module: str) -> str:
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else ""


def level(room: str) -> int:
    return next(number for number, rooms in enumerate(ORDER) if room in rooms)


def imports(file: Path, text: str) -> set[str]:
    """The modules of ours that a module imports when it runs, wherever the import stands."""
    found: set[str] = set()
    skipped: set[int] = set()
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            skipped |= {id(inner) for part in node.body for inner in ast.walk(part)}
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("runner"):
            module = str(node.module)
            for alias in node.names:
                inner = SOURCE.parent.joinpath(*module.split("."), alias.name)
                is_module = inner.with_suffix(".py").exists() or inner.is_dir()
                found.add(f"{module}.{alias.name}" if is_module else module)
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names if alias.name.startswith("runner")}
    return found


def modules() -> dict[str, tuple[Path, str]]:
    found = {}
    for file in sorted(SOURCE.rglob("*.py")):
        name = ".".join(("runner", *file.relative_to(SOURCE).with_suffix("").parts))
        found[name.removesuffix(".__init__")] = (file, file.read_text("utf-8"))
    return found


def test_imports_point_down() -> None:
    upward = []
    for name, (file, text) in modules().items():
        if name == "runner":
            continue
        for target in imports(file, text):
            if target == "runner":
                continue
            if level(room_of(target)) > level(room_of(name)):
                upward.append(f"{name} imports {target}")
    assert upward == []


def test_there_are_no_circles_of_imports() -> None:
    graph = {
        name: {t for t in imports(file, text) if t != name}
        for name, (file, text) in modules().items()
    }
    done: set[str] = set()

    def visit(name: str, path: tuple[str, ...]) -> None:
        assert name not in path, " -> ".join((*path[path.index(name) :], name))
        if name in done or name not in graph:
            return
        for target in sorted(graph[name]):
            visit(target, (*path, name))
        done.add(name)

    for name in graph:
        visit(name, ())


def test_no_module_has_outgrown_its_size() -> None:
    sizes = {name: text.count("\n") for name, (_, text) in modules().items()}
    assert {name: size for name, size in sizes.items() if size > LARGEST} == {}


def test_every_module_says_what_it_is() -> None:
    silent = [
        name for name, (_, text) in modules().items() if not ast.get_docstring(ast.parse(text))
    ]
    assert silent == []


def test_only_engines_speak_duckdb() -> None:
    speaking = [
        name
        for name, (_, text) in modules().items()
        if room_of(name) != "engines" and ("import duckdb" in text or "from duckdb" in text)
    ]
    assert speaking == []
