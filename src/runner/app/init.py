"""The verb init: a small project that builds, and can be grown."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from msgspec import Struct

from runner.errors import Exit, Location, ProjectError, did_you_mean

ZONE, ADAPTER = "UTC", "canonical"


class Wish(Struct, frozen=True):
    """What `runner init` was asked for; None is not said."""

    name: str
    """Of the folder, and of the project in it."""
    kind: str = "shop"
    """`shop`: a project upon the shop package; `empty`: without; `dbt`: for dbt as well."""
    time_zone: str | None = None
    currency: str | None = None
    adapter: str | None = None


def init_project(above: Path, wish: Wish, say: Callable[[str], None]) -> int:
    """Make a project in a folder that is new or empty.

    Raises ProjectError when a name or an option cannot be one, when the folder holds something
    already or cannot be written; then nothing is left behind.
    """
    root = (above / wish.name).resolve()
    name = _project_name(root.name if wish.name.strip() else "")
    try:
        _refuse_what_is_there(root, root.name)
    except OSError as error:
        raise ProjectError(f"{root} cannot be read: {error.strerror}") from None
    if wish.kind == "shop":
        files = _shop(name, wish)
    else:
        from runner.app.init_empty import empty_files

        for option, value in (("--time-zone", wish.time_zone), ("--currency", wish.currency),
                              ("--adapter", wish.adapter)):  # fmt: skip
            if value is not None:
                raise ProjectError(f"{option} is for shops, not for --{wish.kind}")
        files = empty_files(name, dbt=wish.kind == "dbt")
    _write(root, files)
    inside = root == above.resolve()
    go = "" if inside else f"cd {shlex.quote(wish.name)} && "
    place = "" if inside else f"{wish.name}/"
    if wish.kind == "shop":
        say(f"made {root.name}: a shop's warehouse, to be built from the files in {place}data")
        say(f"\nnext: put the shop's files there ({place}data/README.md says which), then"
            f"\n      {go}runner build")  # fmt: skip
    else:
        say(f"made {root.name} with a seed, two models and their tests")
        say(f"\nnext: {go}runner build")
    return int(Exit.DONE)


def _project_name(folder: str) -> str:
    """The project's name in a folder of this name. Raises ProjectError when there is none."""
    name = re.sub(r"[-. ]", "_", folder)
    if not re.fullmatch(r"[^\d\W]\w*", name):
        letters = re.sub(r"\W+", "_", name).strip("_")
        raise ProjectError(
            f"{folder!r} cannot be a project's name",
            hint="a letter, then letters, digits and underscores: "
            + (f"shop_{letters}" if letters else "shop"),
        )
    return name


def _refuse_what_is_there(root: Path, shown: str) -> None:
    if root.is_file():
        raise ProjectError(f"{shown} is a file", hint="choose another name")
    if not root.is_dir():
        return
    there = sorted(path.name for path in root.iterdir())
    if not there:
        return
    if "dbt_project.yml" in there:
        raise ProjectError(
            f"{shown} is a dbt project already", at=Location(f"{shown}/dbt_project.yml"),
            hint="it builds as it is: runner build; or choose another name",
        )  # fmt: skip
    if "pyproject.toml" in there:
        text = (root / "pyproject.toml").read_text("utf-8", "replace")
        if "[tool.runner" in text:
            raise ProjectError(
                f"{shown} is a project already", at=Location(f"{shown}/pyproject.toml"),
                hint="it builds as it is: runner build; or choose another name",
            )  # fmt: skip
        raise ProjectError(
            f"{shown} holds another project", at=Location(f"{shown}/pyproject.toml"),
            hint="init writes a pyproject.toml of its own: choose a new folder, such as"
            " warehouse, inside or beside it",
        )  # fmt: skip
    listed = ", ".join(there[:4]) + (", …" if len(there) > 4 else "")
    raise ProjectError(
        f"{shown} is there already and not empty: {listed}", hint="choose another name"
    )


def _shop(name: str, wish: Wish) -> Mapping[str, str]:
    from runner.app.init_shop import adapters, shop_files

    zone = wish.time_zone or ZONE
    known = _zones()
    if zone not in known:
        raise ProjectError(
            f"there is no time zone {zone!r}",
            hint=did_you_mean(zone, known) or "a name as in Europe/Berlin",
        )
    currency = wish.currency.upper() if wish.currency else None
    if currency is not None and not re.fullmatch("[A-Z]{3}", currency):
        raise ProjectError(
            f"{wish.currency!r} is no currency", hint="its three letters of ISO 4217: EUR"
        )
    adapter = wish.adapter or ADAPTER
    there = adapters()
    if adapter not in there:
        raise ProjectError(
            f"there is no adapter {adapter!r}",
            hint=did_you_mean(adapter, there) or f"there are: {', '.join(there)}",
        )
    # The package is called shop: a project in it, or upon it, needs a name of its own.
    return shop_files(f"my_{name}" if name == "shop" else name, zone, currency, adapter)


def _zones() -> list[str]:
    import pytz

    return list(pytz.all_timezones)


def _write(root: Path, files: Mapping[str, str]) -> None:
    """Write all files, or none: what was made is taken away when one cannot be written."""
    made: list[Path] = []
    try:
        for path, text in files.items():
            file = root / path
            for folder in reversed([file.parent, *file.parent.parents]):
                if not folder.exists():
                    folder.mkdir()
                    made.append(folder)
            made.append(file)
            with open(file, "x", encoding="utf-8", newline="\n") as opened:
                opened.write(text)
    except OSError as error:
        for there in reversed(made):
            with suppress(OSError):
                there.rmdir() if there.is_dir() else there.unlink()
        raise ProjectError(
            f"{error.filename or root} cannot be written: {error.strerror}",
            hint="nothing was made; choose a folder that you may write in",
        ) from None
