"""The verb clean: the folders of `clean-targets` deleted."""

from __future__ import annotations

import shutil
from collections.abc import Callable

from runner.app.command import Options, Outside, project_folder
from runner.errors import Exit, ProjectError
from runner.project.config import find_root, load_project


def clean_folders(options: Options, outside: Outside, say: Callable[[str], None]) -> int:
    """Delete the project's clean-targets.

    Raises ProjectError for a target that lies outside the project or holds its sources.
    """
    root = find_root(project_folder(options, outside))
    config = load_project(root, lambda message, at: None)
    kept = {root / folder for folders in config.paths.values() for folder in folders}
    for name in config.clean_targets:
        folder = (root / name).resolve()
        if root not in folder.parents:
            raise ProjectError(
                f"clean-targets names {name}, which is not inside the project",
                hint="remove it from clean-targets",
            )
        if any(folder == keep or folder in keep.parents for keep in kept):
            raise ProjectError(f"clean-targets names {name}, which holds the project's own files")
        if folder.is_dir():
            shutil.rmtree(folder)
            say(f"deleted {name}")
    return int(Exit.DONE)
