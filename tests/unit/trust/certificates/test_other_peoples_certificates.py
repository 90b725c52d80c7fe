"""Certificates that others issued: sigstore-conformance's and those of real images."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from cryptography.x509.oid import ExtendedKeyUsageOID
from tests.published import CONFORMANCE, SLSA, Case, Root, cases, needs_vectors, production_root

from pratique.trust.certificates import (
    ChainInvalid,
    count_scts,
    is_self_signed,
    read_identity,
    read_pem_certificates,
    validate_chain,
)
from pratique.trust.certificates.chains import Path
from pratique.trust.certificates.dates import valid_from

CASES = [case for case in cases() if case.certificates]
NO_CHAIN = {
    "bundle-from-wrong-instance_fail": "no chain leads from its issuer",
    "intoto-expired-certificate_fail": "was not valid at 2030-01-01",
}
NO_SCT = {"invalid-ct-key_fail"}


def chain_of(certificates: Any, root: Root) -> Path:
    """The chain at the first moment of the leaf."""
    leaf, *others = certificates
    at = valid_from(leaf)
    anchors = [each.chain for each in root.authorities if each.valid.holds_at(at)]
    return validate_chain(leaf, others, anchors, at, eku=ExtendedKeyUsageOID.CODE_SIGNING)


@needs_vectors
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_conformance_certificates(case: Case) -> None:
    root = case.root
    if case.name in NO_CHAIN:
        with pytest.raises(ChainInvalid, match=NO_CHAIN[case.name]):
            chain_of(case.certificates, root)
        return
    leaf, issuer, *_ = chain_of(case.certificates, root)
    assert count_scts(leaf, issuer, root.ctlogs) == (0 if case.name in NO_SCT else 1)
    who = read_identity(leaf)
    assert who.issuer.startswith("https://")
    assert who.san_type == ("email" if "@" in who.name and "://" not in who.name else "uri")


@needs_vectors
def test_the_facts_of_a_workflow_are_read() -> None:
    who = read_identity(Case("happy-path-v0.3").certificates[0])
    wanted = {
        "issuer": "https://token.actions.githubusercontent.com",
        "runner_environment": "github-hosted",
        "source_repository_owner_uri": "https://github.com/sigstore-conformance",
        "source_repository_visibility_at_signing": "public",
    }
    assert who.extensions.items() >= wanted.items()
    assert who.extensions["build_signer_uri"] == who.name


@needs_vectors
def test_a_root_that_comes_along_is_seen() -> None:
    certificates = Case("bundle-with-root-cert_fail").certificates
    assert [is_self_signed(each) for each in certificates] == [False, True, False]


def _annotated() -> Iterator[dict[str, str]]:
    for path in SLSA.glob("*/*/blobs/sha256/*"):
        if path.stat().st_size > 100_000:
            continue
        try:
            manifest = json.loads(path.read_bytes())
        except ValueError:
            continue
        for layer in manifest.get("layers", []):
            if "dev.sigstore.cosign/certificate" in layer.get("annotations", {}):
                yield layer["annotations"]


@needs_vectors
def test_certificates_of_real_images() -> None:
    root, seen = production_root(), 0
    for annotations in _annotated():
        leaf = read_pem_certificates(annotations["dev.sigstore.cosign/certificate"], 1)
        others = read_pem_certificates(annotations["dev.sigstore.cosign/chain"], 8)
        path = chain_of([*leaf, *others], root)
        assert count_scts(path[0], path[1], root.ctlogs) == 1
        assert read_identity(path[0]).name.startswith("https://github.com/slsa-framework/")
        seen += 1
    assert seen >= 9


@needs_vectors
def test_every_folder_of_the_vectors_is_looked_at() -> None:
    assert len(CASES) >= 60
    assert len(list(CONFORMANCE.glob("*/bundle.sigstore.json"))) == 70
