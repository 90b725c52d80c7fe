"""What `pratique verify` found: each piece of evidence with its checks, for people and for scripts."""

import sys
from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.markup import escape

from pratique.cli.options import show
from pratique.oci.digest import Digest
from pratique.trust import EvidenceRecord
from pratique.trust.records import Check

Examined = tuple[Digest, EvidenceRecord]
"""A piece of evidence by its digest, and what it amounts to."""


def report(records: Sequence[Examined], verified: bool, style: str) -> None:
    """Print what was found and end the program with 0 or 1."""
    if style == "json":
        show(style, {"verified": verified, "evidence": [_shown(*examined) for examined in records]}, "")
    else:
        _print(records, verified)
    sys.exit(0 if verified else 1)


def _shown(digest: Digest, record: EvidenceRecord) -> dict[str, Any]:
    """A record as scripts read it."""
    return {
        "digest": digest,
        "scheme": record.scheme,
        "subject": record.subject,
        "identity": _identity(record),
        "predicate_type": record.predicate_type or None,
        "is_signature": record.is_signature,
        "verified": record.verified,
        "code": record.code,
        "message": record.message,
        "warnings": list(record.warnings),
        "checks": [_check(check) for check in record.checks],
    }


def _identity(record: EvidenceRecord) -> dict[str, Any] | None:
    signer = record.signer
    if signer is None:
        return None
    fields = {
        name: getattr(signer, name) for name in ("kind", "fingerprint", "issuer", "name", "san_type", "root")
    }
    return {**{name: value for name, value in fields.items() if value}, "extensions": dict(signer.extensions)}


def _check(check: Check) -> dict[str, Any]:
    return {
        "number": check.number,
        "name": check.name,
        "ok": check.passed,
        "reason": check.message,
        "section": check.section,
    }


def _print(records: Sequence[Examined], verified: bool) -> None:
    console = Console(highlight=False, soft_wrap=True)
    for _digest, record in records:
        console.print(f"[bold]{record.scheme}[/bold] of {escape(str(record.subject))}")
        for check in record.checks:
            sign = "[green]yes[/green]" if check.passed else "[red]no [/red]"
            reason = f": {escape(check.message)}" if check.message else ""
            console.print(
                f"  {check.number:2} {sign} {escape(check.name)}{reason}  [dim]{escape(check.section)}[/dim]"
            )
        for warning in record.warnings:
            console.print(f"     [yellow]only logged[/yellow]: {escape(warning)}")
        console.print(f"  {escape(record.message)}")
    console.print("[green]verified[/green]" if verified else "[red]not verified[/red]")
