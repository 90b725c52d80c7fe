"""The real clients and servers that tests and benches use: found here, and installed when asked.

`locate` never installs; `Toolbox.install` (or `python -m tests.toolbox install`) does, into a
cache folder outside the checkout. The README beside this file says what comes from where.
"""

from tests.toolbox.cache import Cache
from tests.toolbox.table import TABLE
from tests.toolbox.tool import Program, Tool, ToolboxError
from tests.toolbox.toolbox import Toolbox

__all__ = ["TABLE", "Cache", "Program", "Tool", "Toolbox", "ToolboxError", "locate"]


def locate(name: str) -> Tool | None:
    """The tool `name` where it is installed and new enough, else None. Raises KeyError for no tool's name."""
    return Toolbox(Cache.default()).locate(name)
