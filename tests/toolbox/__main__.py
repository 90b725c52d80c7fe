"""`python -m tests.toolbox install [NAME…]` and `python -m tests.toolbox list`."""

import argparse
import sys

from tests.toolbox.cache import Cache, timed
from tests.toolbox.toolbox import Toolbox


def main(arguments: list[str] | None = None) -> int:
    """Run one command; 0 when every tool asked for is there."""
    parser = argparse.ArgumentParser(prog="python -m tests.toolbox", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    toolbox = Toolbox(Cache.default())
    install = commands.add_parser("install", help="install what is missing (without names: everything)")
    install.add_argument("name", nargs="*", help=f"of: {' '.join(toolbox.rows)}")
    commands.add_parser("list", help="one line a tool: name, version, origin, path")
    asked = parser.parse_args(arguments)
    if asked.command == "list":
        return show(toolbox)
    unknown = [name for name in asked.name if name not in toolbox.rows]
    if unknown:
        parser.error(f"no such tool: {' '.join(unknown)}; there are: {' '.join(toolbox.rows)}")
    with timed(f"install of {' '.join(asked.name) or 'all tools'} into {toolbox.cache.root}"):
        missing = toolbox.install(asked.name)
    for line in missing:
        print(line, file=sys.stderr)
    return 1 if missing else 0


def show(toolbox: Toolbox) -> int:
    """Print the table as it is on this machine; 1 when a tool is missing."""
    missing = 0
    for row in toolbox.rows.values():
        tool = toolbox.locate(row.name)
        if tool is None:
            missing += 1
            print(f"{row.name:12} {'-':9} {toolbox.why_not(row.name)}")
        else:
            print(f"{tool.name:12} {tool.version:9} {tool.origin:60} {' '.join(tool.argv())}")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
