"""The target's database as a file: where it lies, how it is opened and copied. Knows no models."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from runner import engines
from runner.engines import Engine, Opening
from runner.errors import Location, ProjectError
from runner.project.config import ProjectConfig
from runner.project.profiles import LIMITS, Target
from runner.release.place import Place


class Warehouse(Struct, frozen=True):
    """A target of a project. folder: the working folder, for paths that are shown."""

    config: ProjectConfig
    target: Target
    folder: Path

    @property
    def mode(self) -> str:
        """What a build makes visible: `all`, `built` or `in_place`."""
        publish = self.config.settings.get("publish")
        return str(publish or ("all" if self.config.style == "runner" else "built"))

    @property
    def path(self) -> Path:
        return (self.config.root / self.target.path).absolute()

    @property
    def place(self) -> Place | None:
        """Where releases lie, or None where the database is built in place."""
        return Place(self.path) if self.target.is_file and self.mode != "in_place" else None

    @property
    def shown(self) -> str | None:
        """The file that readers open, as a person would type it."""
        if not self.target.is_file:
            return self.target.path if self.target.path != ":memory:" else None
        return self.relative(self.path)

    def relative(self, path: Path) -> str:
        """A path as a person would type it."""
        try:
            return str(path.relative_to(self.folder))
        except ValueError:
            return str(path)

    @property
    def keep(self) -> int:
        """How many releases are kept. Raises ProjectError for what is no number."""
        given = self.config.settings.get("keep_releases")
        if isinstance(given, bool) or not isinstance(given, int) or given < 1:
            raise ProjectError(
                f"keep_releases is {given!r}; it must be a whole number from 1",
                at=Location("pyproject.toml"),
            )
        return given

    @property
    def storage_version(self) -> str:
        """The storage version of what is published, as the person wrote it."""
        given = self.target.config_options.get("storage_compatibility_version")
        return str(given or self.config.settings.get("storage_version"))

    def connect(
        self, path: Path, *, read_only: bool, attach: bool = False, converting: bool = False
    ) -> Engine:
        """Open a file of the target, with what is attached to it where asked.

        converting: is the storage version the wanted one, whatever the file was made with?
        Raises TargetError.
        """
        target = self.target
        if not attach:
            # Extensions stay: settings and the types of columns may be theirs.
            target = replace(target, attach=(), secrets=())
        options = dict(target.config_options)
        if target.is_file and not read_only:
            options["storage_compatibility_version"] = self.storage_version
        opened = replace(target, config_options=options)
        place = str(path) if target.is_file else target.path
        version = self.storage_version if converting else None
        return engines.connect(
            Opening(opened, place, self.config.root, read_only, written_as=version)
        )

    def copy(self, source: Path, target: Path) -> None:
        """Copy a database's file into a new one, compact and of the wanted storage version.

        Raises DatabaseError when not everything in it can be copied, or written.
        """
        settings = {k: v for k, v in self.target.settings.items() if k.lower() in LIMITS}
        opened = replace(self.target, attach=(), secrets=(), settings=settings, path=":memory:")
        engine = engines.connect(Opening(opened, ":memory:", self.config.root))
        try:
            session = engine.session()
            session.copy_file(source, target, self.target.database, self.storage_version)
            session.close()
        finally:
            engine.close()
