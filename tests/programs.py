"""Programs that stand in for scanners: scripts of the shell, which all that a confined program may read can run."""

import json
from pathlib import Path
from typing import Any, Final

VERSION: Final = "0.0.1"


def script(path: Path, body: str) -> Path:
    """A program that says its version when it is asked, and otherwise does what `body` does."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        f"#!/bin/sh\ncase $1 in *version) echo 'fake version: {VERSION}'; exit 0;; esac\n{body}\n",
        encoding="utf-8",
    )
    path.chmod(0o755)
    return path


def saying(document: Any, code: int = 0) -> str:
    """The body of a program that says something and ends."""
    return f"cat <<'END'\n{json.dumps(document)}\nEND\nexit {code}"


def results(*findings: tuple[str, str, str]) -> dict[str, Any]:
    """As osv-scanner tells of records, by their ids, in packages of PyPI with versions."""
    return {
        "results": [
            {
                "packages": [
                    {
                        "package": {"name": name, "version": version, "ecosystem": "PyPI"},
                        "groups": [{"ids": [record], "max_severity": "7.5"}],
                        "vulnerabilities": [{"id": record}],
                    }
                ]
            }
            for record, name, version in findings
        ]
    }


def contents(*purls: str) -> dict[str, Any]:
    """As Syft tells of packages."""
    return {
        "artifacts": [{"purl": purl, "locations": [{"path": "/app/list"}]} for purl in purls],
        "descriptor": {"name": "syft", "version": VERSION},
    }
