"""Finding the tools of the table, and installing those that are missing."""

import os
from collections.abc import Callable, Iterable, Sequence

from tests.toolbox.cache import Cache, say
from tests.toolbox.debian import ChrootPackage, Package, SuitePackage
from tests.toolbox.golang import GoSource
from tests.toolbox.table import TABLE, Row, Source
from tests.toolbox.tool import Tool, ToolboxError, is_at_least, version_of
from tests.toolbox.wheel import Wheel


class Toolbox:
    """The tools of a table, as far as they are on this machine or in `cache`."""

    def __init__(self, cache: Cache, table: Sequence[Row] = TABLE) -> None:
        self.cache = cache
        self.rows = {row.name: row for row in table}

    def locate(self, name: str) -> Tool | None:
        """The tool `name` where it is installed and new enough, else None.

        Raises KeyError for a name that is not in the table.
        """
        found = self._ask(self.rows[name])
        return found if isinstance(found, Tool) else None

    def why_not(self, name: str) -> str:
        """What is wrong with a tool that `locate` does not find, and what to do."""
        found = self._ask(self.rows[name])
        wrong = found if isinstance(found, str) else "nothing"
        return f"{name}: {wrong}; try: python -m tests.toolbox install {name}"

    def install(self, names: Iterable[str] = ()) -> list[str]:
        """Install what is missing of `names` (of the whole table, when empty).

        Returns a line for each tool that is still missing afterwards. Raises KeyError for a name
        that is not in the table, before anything is installed.
        """
        rows = [self.rows[name] for name in (list(names) or self.rows)]
        failed: list[str] = []
        with self.cache.lock("install"):
            for kind in (Package, SuitePackage, ChrootPackage, Wheel, GoSource):
                missing = [row for row in rows if isinstance(row.source, kind) and not self.locate(row.name)]
                if missing:
                    failed += self._fetch([row.source for row in missing])
        failed += [self.why_not(row.name) for row in rows if self.locate(row.name) is None]
        return failed

    def _fetch(self, wanted: Sequence[Source]) -> list[str]:
        """Fetch sources of one kind; what goes wrong is a line, so that the other kinds go on."""
        fetch: Callable[..., None] = type(wanted[0]).fetch
        try:
            fetch(list(dict.fromkeys(wanted)), self.cache)
        except ToolboxError as error:
            say(str(error))
            return [str(error)]
        return []

    def _ask(self, row: Row) -> Tool | str:
        """The tool, or what is wrong with it."""
        program = row.source.find(self.cache)
        if program is None:
            return f"not installed ({row.source.origin})"
        version = version_of(program, row.question, os.environ)
        if version is None:
            return f"{program.path} does not say its version"
        if not is_at_least(version, row.minimum):
            return f"{program.path} is {version}, needed is {row.minimum}"
        return Tool(row.name, version, row.source.origin, program)
