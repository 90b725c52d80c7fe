"""Whom one call of the command line trusts: the options of `pratique verify` as a trust set."""

from dataclasses import dataclass
from pathlib import Path

import click

from pratique.errors import BadRequest
from pratique.trust import IdentityParty, KeyParty, TrustSet, parse_public_key
from pratique.trust.certificates import check_pattern
from pratique.trust.embedded import public_good
from pratique.trust.logs.trusted_root import ROOT_LIMIT, read_trusted_root
from pratique.trust.parties import PUBLIC_GOOD
from pratique.trust.roots import TrustedRoot
from pratique.trust.strict import Unreadable

_VERSION = "command line"


@dataclass(frozen=True, slots=True)
class Named:
    """What was said on the command line; None: not said."""

    key: Path | None = None
    identity: str | None = None
    pattern: str | None = None
    issuer: str | None = None
    trusted_root: Path | None = None


def trust_of(named: Named) -> TrustSet:
    """The trust set. Raises click.UsageError with what is missing or can't be read."""
    if named.key is not None:
        if named.identity or named.pattern or named.issuer:
            raise click.UsageError("--key and --certificate-… exclude each other: say one of them")
        return TrustSet(_VERSION, keys=(_key(named.key),), roots=_roots(named))
    if not (named.identity or named.pattern):
        raise click.UsageError(
            "say whom to trust: --key FILE, or --certificate-identity and --certificate-oidc-issuer"
        )
    if named.identity and named.pattern:
        raise click.UsageError("--certificate-identity and --certificate-identity-regexp exclude each other")
    if not named.issuer:
        raise click.UsageError(
            "--certificate-oidc-issuer is needed: an identity is somebody's word, say whose"
        )
    return TrustSet(_VERSION, identities=(_identity(named, named.issuer),), roots=_roots(named))


def _key(path: Path) -> KeyParty:
    try:
        return KeyParty("key:1", parse_public_key(path.read_bytes()))
    except BadRequest as error:
        raise click.UsageError(f"{path}: {error.message}") from error


def _identity(named: Named, issuer: str) -> IdentityParty:
    if named.pattern:
        try:
            check_pattern(named.pattern)
        except BadRequest as error:
            raise click.UsageError(f"--certificate-identity-regexp: {error.message}") from error
    return IdentityParty("identity:1", issuer, named.identity, named.pattern, trusted_root=_root_name(named))


def _root_name(named: Named) -> str:
    """A root from a file has a name of its own: it never passes for the public one."""
    return PUBLIC_GOOD if named.trusted_root is None else "given"


def _roots(named: Named) -> dict[str, TrustedRoot]:
    if named.trusted_root is None:
        return {PUBLIC_GOOD: public_good()}
    name = _root_name(named)
    try:
        with named.trusted_root.open("rb") as file:
            return {name: read_trusted_root(file.read(ROOT_LIMIT + 1), name)}
    except Unreadable as error:
        raise click.UsageError(f"{named.trusted_root}: {error}") from error
