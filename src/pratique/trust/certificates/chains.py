"""Paths of certificates: from a leaf to an anchor (RFC 5280, section 6), at a moment that the caller gives.

In the hybrid model a certificate must have been valid when it was used, not now, so time is an argument. A path is
built by names and signatures and judged as a whole; where several certificates have the issuer's name, each is tried.
An anchor is trusted because it is configured, and is still held to its own dates, key and limits; nothing that comes
along with a signature ever becomes one.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, TypeAlias

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.x509 import Certificate, ObjectIdentifier

from pratique.clock import Moment
from pratique.trust.certificates.invalid import ChainInvalid
from pratique.trust.certificates.path_rules import check_path
from pratique.trust.certificates.strength import is_slow, weakness_of_signature

CHAIN_LIMIT: Final = 8
"""Certificates of a path, leaf and anchor included."""
POOL_LIMIT: Final = 64
"""Certificates that may come along with a signature to build its path from."""
ATTEMPT_LIMIT: Final = 32
"""Signatures of certificates that are verified for one path, whatever its issuers are called."""

Path: TypeAlias = tuple[Certificate, ...]
Anchor: TypeAlias = Certificate | Sequence[Certificate]
"""A trusted certificate; or a chain of trusted ones from an issuing certificate up to the anchor, which is the last."""


def validate_chain(
    leaf: Certificate,
    intermediates: Sequence[Certificate],
    anchors: Sequence[Anchor],
    at: Moment,
    *,
    eku: ObjectIdentifier | None,
    limit: int = CHAIN_LIMIT,
) -> Path:
    """The path leaf … anchor that is valid at `at` for the extended key usage `eku` (None: for any).

    Raises ChainInvalid with the reason of the path that is nearest to being one.
    """
    search = _search(intermediates, anchors, limit)
    reason: ChainInvalid | None = None
    for path in search.paths((leaf,)):
        try:
            check_path(path, at, eku)
        except ChainInvalid as error:
            reason = reason or error
        else:
            return path
    raise reason or ChainInvalid(search.why_none(leaf))


def has_path(
    leaf: Certificate,
    intermediates: Sequence[Certificate],
    anchors: Sequence[Anchor],
    limit: int = CHAIN_LIMIT,
) -> bool:
    """Whether a leaf comes from one of the anchors by names and signatures, valid or not. Raises ChainInvalid."""
    return next(_search(intermediates, anchors, limit).paths((leaf,)), None) is not None


def is_self_signed(certificate: Certificate) -> bool:
    """Whether a certificate is its own issuer, as a root is: in a bundle it has no place and counts for nothing.

    One that names itself and is signed too weakly to be verified is taken for one.
    """
    if certificate.subject != certificate.issuer:
        return False
    return weakness_of_signature(certificate) is not None or _issued(certificate, certificate)


@dataclass(slots=True)
class _Search:
    """All paths by names and signatures, the shortest way to an anchor first at each step."""

    anchors: tuple[Certificate, ...]
    intermediates: tuple[Certificate, ...]
    limit: int
    configured: Path
    attempts: int = field(default=0)
    exhausted: bool = field(default=False)

    def paths(self, path: Path) -> Iterator[Path]:
        """Every path that begins with `path`."""
        room = self.limit - len(path)
        if room < 1:
            self.exhausted = True
            return
        for issuer in self._issuers(path, self.anchors):
            yield (*path, issuer)
        for issuer in self._issuers(path, self.intermediates):
            yield from self.paths((*path, issuer))

    def why_none(self, leaf: Certificate) -> str:
        """Why there is no path at all."""
        if self.attempts >= ATTEMPT_LIMIT:
            return f"no chain was found within {ATTEMPT_LIMIT} signatures"
        if self.exhausted:
            return f"no chain of at most {self.limit} certificates ends in a trusted one"
        if weakness := weakness_of_signature(leaf):
            # Such a signature is not even verified: cryptography refuses SHA-1 and older.
            return f"the certificate {leaf.subject.rfc4514_string()[:100]!r} has {weakness}"
        return (
            f"no chain leads from its issuer {leaf.issuer.rfc4514_string()[:100]!r} to a trusted certificate"
        )

    def _issuers(self, path: Path, among: Sequence[Certificate]) -> Iterator[Certificate]:
        for candidate in among:
            if candidate.subject != path[-1].issuer or _has_been(candidate, path):
                continue
            if self.attempts >= ATTEMPT_LIMIT:
                return
            self.attempts += 1
            # Of what is configured it is always the same, whoever signs.
            is_known = any(each is path[-1] for each in self.configured)
            if (_issued_once if is_known else _issued)(path[-1], candidate):
                yield candidate


def _search(intermediates: Sequence[Certificate], anchors: Sequence[Anchor], limit: int) -> _Search:
    if len(intermediates) > POOL_LIMIT:
        raise ChainInvalid(f"more than {POOL_LIMIT} certificates are given to build a chain from")
    chains = [(each,) if isinstance(each, Certificate) else tuple(each) for each in anchors]
    configured = tuple(each for chain in chains for each in chain[:-1])
    anchored = tuple(chain[-1] for chain in chains if chain)
    return _Search(anchored, (*configured, *intermediates), limit, configured)


def _has_been(candidate: Certificate, path: Path) -> bool:
    """Whether a path comes back to where it was: a name with the same key, under whatever certificate (a loop)."""
    return any(
        each.subject == candidate.subject and each.public_key() == candidate.public_key() for each in path
    )


def _issued(certificate: Certificate, issuer: Certificate) -> bool:
    if is_slow(issuer.public_key()):
        return False
    try:
        certificate.verify_directly_issued_by(issuer)
    except (InvalidSignature, UnsupportedAlgorithm, ValueError, TypeError):
        return False
    return True


_issued_once = lru_cache(maxsize=256)(_issued)
