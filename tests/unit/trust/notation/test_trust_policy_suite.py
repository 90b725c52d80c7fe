"""notation's own end-to-end tests of trust policies: every policy with every signature and every key of theirs.

Stores are made of `localkeys`, and what is to be expected stands here: `ok` or `no`, and the validations that failed
(i: integrity, a: authenticity, t: authentic timestamp, x: expiry). Where notation's tests name a pair, theirs is the
same; but for `skip` for all repositories, which the specification forbids and notation takes.
"""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pytest
from cryptography import x509
from tests.authorities import NOW
from tests.unit.trust.notation.asking import ask, failed

from pratique.errors import BadRequest
from pratique.oci.digest import Digest
from pratique.trust import Subject, TrustSet
from pratique.trust.notation.policy import read_trust_policy
from pratique.trust.notation.values import NotationTrust

FOLDER: Final = Path(__file__).parents[5] / "shared/testdata/notation"
POLICIES: Final = FOLDER / "config/trustpolicies"
pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="the vectors are not there")

KEYS: Final = ("e2e", "new_e2e", "expired_e2e")
SIGNATURES: Final = {
    "valid": ("e2e-valid-signature", "90ceaff2"),
    "expired": ("e2e-expired-signature", "3829708b"),
    "invalid": ("e2e-invalid-signature", "321fcc67"),
    "one of two": ("e2e-valid-multiple-signatures", "90ceaff2"),
    "other of two": ("e2e-valid-multiple-signatures", "c3ebe4a2"),
    "old cert": ("e2e-with-expired-cert", "b06e392c"),
    "stamped": ("e2e-with-timestamped-signature", "6a5cd3a8"),
    "ill stamped": ("e2e-with-invalid-timestamped-signature", "eee3eec7"),
}
"""Layout and manifest. The stamped ones are by a key that is not among KEYS, and have expired."""

Verdicts = Mapping[str, tuple[str, str, str]]
"""By signature: with each key of KEYS in the store `ca:e2e`."""

STRICT: Final[Verdicts] = {
    "valid": ("ok", "no a", "no a"),
    "expired": ("no x", "no a x", "no a x"),
    "invalid": ("no i", "no i", "no i"),
    "one of two": ("ok", "no a", "no a"),
    "other of two": ("no a t", "no a t", "no a t"),
    "old cert": ("no a t", "no a t", "no t"),
    "stamped": ("no a x t", "no a x t", "no a x t"),
    "ill stamped": ("no a t", "no a t", "no a t"),
}
PERMISSIVE: Final[Verdicts] = {
    **STRICT,
    "expired": ("ok x", "no a x", "no a x"),
    "old cert": ("no a t", "no a t", "ok t"),
}
AUDIT: Final[Verdicts] = {
    "valid": ("ok", "ok a", "ok a"),
    "expired": ("ok x", "ok a x", "ok a x"),
    "invalid": ("no i", "no i", "no i"),
    "one of two": ("ok", "ok a", "ok a"),
    "other of two": ("ok a t", "ok a t", "ok a t"),
    "old cert": ("ok a t", "ok a t", "ok t"),
    "stamped": ("ok a x t", "ok a x t", "ok a x t"),
    "ill stamped": ("ok a t", "ok a t", "ok a t"),
}
PERMISSIVE_OVERRIDDEN: Final[Verdicts] = {
    **STRICT,
    "valid": ("ok", "ok a", "ok a"),
    "one of two": ("ok", "ok a", "ok a"),
}
NOBODY: Final[Verdicts] = {
    "valid": ("no a", "no a", "no a"),
    "expired": ("no a x", "no a x", "no a x"),
    "invalid": ("no i", "no i", "no i"),
    "one of two": ("no a", "no a", "no a"),
    "other of two": ("no a t", "no a t", "no a t"),
    "old cert": ("no a t", "no a t", "no a t"),
    "stamped": ("no a x t", "no a x t", "no a x t"),
    "ill stamped": ("no a t", "no a t", "no a t"),
}
STAMPED: Final[Verdicts] = {
    **STRICT,
    "valid": ("no t", "no a t", "no a t"),
    "expired": ("no x t", "no a x t", "no a x t"),
    "one of two": ("no t", "no a t", "no a t"),
}
NAMED: Final[Verdicts] = {**STRICT, "old cert": ("no a t", "no a t", "no a t")}
"""Where the identity is that of `e2e`."""
TWO_STORES: Final[Verdicts] = STRICT
"""The other store has `new_e2e`, by which none of the signatures is."""

TAKEN: Final = {
    "any_registry_scope_trust_policy": (STRICT, "test-repo4"),
    "audit_trustpolicy": (AUDIT, "test-repo"),
    "generate_test_trustpolicy": (NOBODY, "test-repo"),
    "invalid_trust_store_trustpolicy": (NOBODY, "test-repo"),
    "invalid_trusted_identity_trustpolicy": (NOBODY, "test-repo"),
    "multi_statements_with_wildcard_registry_scope_trustpolicy": (STRICT, "test-repo9"),
    "multiple_registry_scope_trustpolicy": (STRICT, "test-repo2"),
    "multiple_trust_store_trustpolicy": (TWO_STORES, "test-repo"),
    "multiple_trusted_identity_trustpolicy": (STRICT, "test-repo"),
    "overlapped_trust_store_trustpolicy": (STRICT, "test-repo"),
    "override_audit_trustpolicy": (STRICT, "test-repo"),
    "override_permissive_trustpolicy": (PERMISSIVE_OVERRIDDEN, "test-repo"),
    "override_strict_trustpolicy": (AUDIT, "test-repo"),
    "permissive_trustpolicy": (PERMISSIVE, "test-repo"),
    "quickstart_trustpolicy": (NOBODY, "test-repo"),
    "registry_scope_trustpolicy": (STRICT, "test-repo"),
    "timestamp_after_cert_expiry_trustpolicy": (STRICT, "test-repo"),
    "timestamp_trustpolicy": (STAMPED, "test-repo"),
    "trustpolicy": (STRICT, "test-repo"),
    "valid_trusted_identity_trustpolicy": (NAMED, "test-repo"),
}
"""What each policy makes of the signatures, and a repository that it is for."""

REFUSED: Final = {
    "blob_trust_policy": "registryScopes",
    "empty_registry_scope_trustpolicy": "registryScopes is a list of 1",
    "empty_trusted_identity_trustpolicy": "trustedIdentities",
    "invalid_format_trustpolicy": "not JSON",
    "malformed_registry_scope_trustpolicy": "registry/repository",
    "malformed_trust_store_trustpolicy": "type:name",
    "malformed_trusted_identity_trustpolicy": "x509.subject: ",
    "missing_country_trusted_identity_trustpolicy": "has no C",
    "missing_organization_trusted_identity_trustpolicy": "has no O",
    "missing_state_trusted_identity_trustpolicy": "has no ST",
    "multi_statements_with_multi_wildcard_registry_scope_trustpolicy": "the same scope",
    "multi_statements_with_the_same_name_trustpolicy": "the same name",
    "multi_statements_with_the_same_registry_scope_trustpolicy": "the same scope",
    "overlapped_registry_scope_trustpolicy": "the same scope",
    "overlapped_trusted_identity_trustpolicy": "overlap",
    "override_integrity_for_permissive_trustpolicy": "has no 'integrity'",
    "skip_trustpolicy": "skip is for named repositories",
    "unset_trust_store_trustpolicy": "trustStores",
    "unset_trusted_identity_trustpolicy": "trustedIdentities",
    "wildcard_plus_other_registry_scope_trustpolicy": r'"\*" alone',
    "wildcard_plus_other_trusted_identity_trustpolicy": r'"\*" alone',
    "wildcard_trust_store_trustpolicy": "type is one of",
}
ELSEWHERE: Final = "invalid_registry_scope_trustpolicy"


def policy(name: str) -> bytes:
    return (POLICIES / f"{name}.json").read_bytes()


def blob(layout: str, digest: str) -> bytes:
    [found] = (FOLDER / "oci_layout" / layout / "blobs/sha256").glob(f"{digest.removeprefix('sha256:')}*")
    return found.read_bytes()


def signature(name: str) -> tuple[bytes, Subject]:
    """The envelope and the artifact that it is for."""
    layout, digest = SIGNATURES[name]
    manifest = json.loads(blob(layout, digest))
    subject = manifest["subject"]
    known = Subject(Digest(subject["digest"]), subject["mediaType"], subject["size"])
    return blob(layout, manifest["layers"][0]["digest"]), known


def trust(name: str, key: str) -> TrustSet:
    """A policy of theirs and stores with a key of theirs, and the one that has a store of its own."""
    keys = {
        stem: x509.load_pem_x509_certificate((FOLDER / f"config/localkeys/{stem}.crt").read_bytes())
        for stem in KEYS
    }
    stamps = x509.load_der_x509_certificate(
        (FOLDER / "config/timestamp/DigiCertTSARootSHA384.cer").read_bytes()
    )
    stores = {
        ("ca", "e2e"): (keys[key],),
        ("ca", "e2e-new"): (keys["new_e2e"],),
        ("tsa", "e2e"): (stamps,),
    }
    parties = {store: ":".join(store) for store in stores}
    notation = NotationTrust(read_trust_policy(policy(name)), stores, parties, lenient_party="policy")
    return TrustSet(f"{name} {key}", notation=notation)


def verdict(name: str, key: str, signed: str, repository: str) -> str:
    content, subject = signature(signed)
    asked = Subject(subject.digest, subject.media_type, subject.size, f"localhost:5000/{repository}")
    record = ask(content, trust(name, key), NOW, asked, "application/jose+json")
    letters = {"integrity": "i", "authenticity": "a", "authentic timestamp": "t", "expiry": "x"}
    found = [letters.get(validation, validation) for validation in dict.fromkeys(failed(record))]
    # That nobody vouches is said only where nothing else is wrong.
    return " ".join(["ok" if record.verified else "no", *found])


def test_every_policy_has_its_expectation() -> None:
    assert {path.stem for path in POLICIES.iterdir()} == {*TAKEN, *REFUSED, ELSEWHERE}
    assert len({*TAKEN, *REFUSED, ELSEWHERE}) == 43


@pytest.mark.parametrize("name", TAKEN)
def test_every_pair_comes_out_as_it_should(name: str) -> None:
    verdicts, repository = TAKEN[name]
    found = {signed: tuple(verdict(name, key, signed, repository) for key in KEYS) for signed in SIGNATURES}
    assert found == dict(verdicts)


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_policy_is_refused_with_the_reason(name: str) -> None:
    with pytest.raises(BadRequest) as refused:
        read_trust_policy(policy(name))
    assert re.search(REFUSED[name], refused.value.message)


def test_a_policy_for_other_repositories_lets_nothing_count() -> None:
    assert verdict(ELSEWHERE, "e2e", "valid", "test-repo") == "no there is an applicable trust policy"
    assert verdict(ELSEWHERE, "e2e", "valid", "invalid-test-repo") == "ok"
