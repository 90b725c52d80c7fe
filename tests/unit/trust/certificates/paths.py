"""What tests of paths share: a path that must be there, and one that must not."""

from collections.abc import Sequence

import pytest
from asn1crypto import x509 as asn1_x509  # type: ignore[import-untyped]  # asn1crypto has no types
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from tests.authorities import (
    CODE_SIGNING,
    NOW,
    Authority,
    Holder,
)

from pratique.clock import Moment
from pratique.trust.certificates import (
    ChainInvalid,
    read_certificate,
    validate_chain,
)


def refused(
    leaf: Holder,
    anchors: Sequence[x509.Certificate],
    intermediates: Sequence[x509.Certificate] | None = None,
    *,
    at: int = NOW,
) -> str:
    """The reason why a leaf's chain (the certificates above it unless others are given) is no path."""
    given = leaf.above[:-1] if intermediates is None else intermediates
    with pytest.raises(ChainInvalid) as caught:
        validate_chain(leaf.certificate, given, anchors, Moment(at), eku=CODE_SIGNING)
    return str(caught.value)


def path_of(leaf: Holder, root: Authority, *, at: int = NOW) -> tuple[x509.Certificate, ...]:
    return validate_chain(leaf.certificate, leaf.above[:-1], [root.certificate], Moment(at), eku=CODE_SIGNING)


def signed_with_sha1(root: Authority, of: Holder | None = None) -> Holder:
    """Taken apart and signed anew: no library signs certificates with SHA-1 any more."""
    leaf = of or root.issue()
    old = asn1_x509.Certificate.load(leaf.der)
    old["tbs_certificate"]["signature"] = old["signature_algorithm"] = {"algorithm": "sha1_ecdsa"}
    assert isinstance(root.private, ec.EllipticCurvePrivateKey)
    tbs = old["tbs_certificate"].dump(force=True)
    old["signature_value"] = root.private.sign(tbs, ec.ECDSA(hashes.SHA1()))  # noqa: S303 - to be refused
    return Holder(read_certificate(old.dump(force=True)), leaf.private, leaf.above)
