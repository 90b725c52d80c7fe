"""Whom one call of the command line trusts: the options of `pratique verify` as a trust set."""

from dataclasses import dataclass
from pathlib import Path

import click

from pratique.cli.notary import notation_trust
from pratique.errors import BadRequest
from pratique.trust import IdentityParty, KeyParty, TrustSet, parse_public_key
from pratique.trust.certificates import check_pattern
from pratique.trust.embedded import public_good
from pratique.trust.logs.trusted_root import ROOT_LIMIT, read_trusted_root
from pratique.trust.notation.values import NotationTrust
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
    notation_policy: Path | None = None
    notation_store: Path | None = None
    crl_dir: Path | None = None

    @property
    def names_somebody(self) -> bool:
        """Whether a key or an identity of Sigstore is asked for."""
        return bool(self.key or self.identity or self.pattern or self.issuer)


def trust_of(named: Named) -> TrustSet:
    """The trust set. Raises click.UsageError with what is missing or can't be read."""
    notation = _notation(named)
    if notation is not None and not named.names_somebody:
        return TrustSet(_VERSION, notation=notation)
    if named.key is not None:
        if named.identity or named.pattern or named.issuer:
            raise click.UsageError("--key and --certificate-… exclude each other: say one of them")
        return TrustSet(_VERSION, keys=(_key(named.key),), roots=_roots(named), notation=notation)
    return TrustSet(_VERSION, identities=(_identity(named),), roots=_roots(named), notation=notation)


def _notation(named: Named) -> NotationTrust | None:
    if named.notation_policy is not None:
        return notation_trust(named.notation_policy, named.notation_store, named.crl_dir)
    if named.notation_store or named.crl_dir:
        raise click.UsageError("--notation-policy is needed: it says which store counts where")
    return None


def _identity(named: Named) -> IdentityParty:
    if not (named.identity or named.pattern):
        raise click.UsageError(
            "say whom to trust: --key FILE, or --certificate-identity and --certificate-oidc-issuer, "
            "or --notation-policy FILE and --notation-store DIR"
        )
    if named.identity and named.pattern:
        raise click.UsageError("--certificate-identity and --certificate-identity-regexp exclude each other")
    if not named.issuer:
        raise click.UsageError(
            "--certificate-oidc-issuer is needed: an identity is somebody's word, say whose"
        )
    if named.pattern:
        try:
            check_pattern(named.pattern)
        except BadRequest as error:
            raise click.UsageError(f"--certificate-identity-regexp: {error.message}") from error
    return IdentityParty(
        "identity:1", named.issuer, named.identity, named.pattern, trusted_root=_root_name(named)
    )


def _key(path: Path) -> KeyParty:
    try:
        return KeyParty("key:1", parse_public_key(path.read_bytes()))
    except BadRequest as error:
        raise click.UsageError(f"{path}: {error.message}") from error


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
