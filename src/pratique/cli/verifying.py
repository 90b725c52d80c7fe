"""`pratique verify`: what a piece of evidence amounts to, offline, with a reason for each step."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.markup import escape

from pratique.cli.options import USAGE, format_option, show
from pratique.cli.trusting import Named, trust_of
from pratique.clock import Moment, SystemClock
from pratique.oci.digest import Digest, digest_of, is_digest, parse_digest
from pratique.trust import EvidenceRecord, Item, Subject, TrustSet, verify
from pratique.trust.records import Check

BUNDLE_LIMIT = 32 * 2**20
"""Bytes of a bundle, as of a layer of evidence."""
FILE_LIMIT = 2 * 2**30
"""Bytes of a file that is verified; of a larger one its digest can be given."""

Examined = tuple[Digest, EvidenceRecord]
"""A piece of evidence by its digest, and what it amounts to."""

_BUNDLE = "application/vnd.dev.sigstore.bundle.v0.3+json"
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("verify")
@click.argument("bundle", type=_FILE)
@click.argument("artifact", metavar="FILE_OR_DIGEST")
@click.option("--key", type=_FILE, help="The public key (PEM) that must have signed.")
@click.option(
    "--certificate-identity", "identity", help="Who must have signed: the certificate's name, exactly."
)
@click.option(
    "--certificate-identity-regexp", "pattern", help="The same as a pattern (RE2) on the whole name."
)
@click.option("--certificate-oidc-issuer", "issuer", help="Who vouches for that name, exactly.")
@click.option(
    "--trusted-root", type=_FILE, help="The Sigstore to trust.  [default: the public one, as embedded]"
)
@click.option(
    "--type", "predicate_type", metavar="URI", help="The predicate type that a statement must have."
)
@format_option
def verify_command(bundle: Path, artifact: str, predicate_type: str | None, style: str, **named: Any) -> None:
    """Verify a Sigstore bundle against a file or a digest. Nothing is fetched.

    Asked is about cryptography and subject, whatever the predicate; --type asks for one. Exit code 0: verified,
    1: not, 2: the call makes no sense or a file can't be read.

    \b
    Examples:
      pratique verify app.sigstore.json app.tar --key cosign.pub
      pratique verify app.sigstore.json sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08 \\
        --certificate-identity dev@example.com --certificate-oidc-issuer https://accounts.example.com
    """
    trust = trust_of(Named(**named))
    content = _read(bundle, BUNDLE_LIMIT)
    found = _examined(content, _subject(artifact), trust, SystemClock().now())
    report([(digest_of(content), found)], is_wanted(found, predicate_type), style)


def is_wanted(record: EvidenceRecord, predicate_type: str | None) -> bool:
    """Whether it is verified, and says what was asked for."""
    return record.verified and predicate_type in {None, record.predicate_type}


def report(records: Sequence[Examined], verified: bool, style: str) -> None:
    """Print what was found and end the program with 0 or 1."""
    if style == "json":
        show(style, {"verified": verified, "evidence": [_shown(*examined) for examined in records]}, "")
    else:
        _print(records, verified)
    sys.exit(0 if verified else 1)


def _examined(content: bytes, subject: Subject, trust: TrustSet, at: Moment) -> EvidenceRecord:
    found = verify(Item(_BUNDLE, content, digest_of(content)), subject, trust, at)
    if found is None:
        raise AssertionError("bundles are in somebody's charge")
    return found


def _subject(artifact: str) -> Subject:
    """A digest, or the file of that name with its bytes."""
    if is_digest(artifact):
        return Subject(parse_digest(artifact))
    content = _read(Path(artifact), FILE_LIMIT)
    return Subject(digest_of(content), size=len(content), content=content)


def _read(path: Path, limit: int) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(limit + 1)
    except OSError as error:
        click.echo(f"pratique: {path} can't be read: {error.strerror}", err=True)
        sys.exit(USAGE)
    if len(content) > limit:
        click.echo(f"pratique: {path} has more than {limit} bytes: give its digest", err=True)
        sys.exit(USAGE)
    return content


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
