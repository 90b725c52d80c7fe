"""notation with timestamps at the gate: a real timestamp server on loopback, and a policy that asks for its stamps."""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.authorities import TIME_STAMPING, Authority, leaf_extensions
from tests.clients.conftest import MakeImage, Tools, Use, UseNotation
from tests.clients.runners import Crane, Notation
from tests.clients.server import Office, Project
from tests.clients.sigstore.services import TimestampServer, pem_of, private_pem
from tests.notation import notation_signer

from pratique.clock import DAY, HOUR

STORE = "vendors"

EVERY_ENVELOPE = pytest.mark.parametrize("cose", [False, True], ids=["jws", "cose"])


@dataclass(frozen=True)
class Stamping:
    """A timestamp server, and the file of the root that its certificates end in."""

    server: TimestampServer
    root: Path


@pytest.fixture(scope="module")
def stamping(tools: Tools, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stamping]:
    """The timestamp server of this module's tests."""
    start, end = span()
    authority = Authority.new("stamps", start=start, end=end)
    extensions = leaf_extensions(TIME_STAMPING, critical=True)
    holder = authority.issue("tsa", extensions=extensions, start=start, end=end)
    root = tmp_path_factory.mktemp("stamps") / "root.pem"
    root.write_text(pem_of(authority.chain))
    with TimestampServer(tools.need("timestamp-server"), holder) as server:
        yield Stamping(server, root)


@dataclass(frozen=True)
class Vendor:
    """notation with a certificate of an authority, as the pusher of a project that believes it if it is stamped."""

    project: Project
    notation: Notation
    reference: str
    authority: Authority

    @property
    def certificate(self) -> str:
        """What a trust store holds."""
        return pem_of(self.authority.chain)

    def policy(self) -> dict[str, Any]:
        """That signatures count if a stamp says when they were made."""
        return {
            "version": "1.0",
            "trustPolicies": [
                {
                    "name": "stamped",
                    "registryScopes": [self.project.repository()],
                    "signatureVerification": {"level": "strict"},
                    "trustStores": [f"ca:{STORE}", f"tsa:{STORE}"],
                    "trustedIdentities": ["x509.subject: C=US, ST=WA, O=example, CN=vendor"],
                }
            ],
        }

    def is_trusted(self, stamps: str) -> None:
        """Have the project trust the vendor, and stamps of these authorities."""
        self.project.add_store("tsa", STORE, stamps)
        self.project.trust_notation(STORE, self.certificate, self.policy())


@pytest.fixture
def vendor(office: Office, use: Use, use_notation: UseNotation, make_image: MakeImage) -> Vendor:
    """It has pushed an image."""
    project, image = office.project("signed"), make_image("one")
    app, notation, (start, end) = project.repository(), use_notation(project.pusher), span()
    authority = Authority.new("vendors", start=start, end=end)
    holder = notation_signer(authority, "vendor", start=start, end=end)
    notation.use_key("vendor", private_pem(holder.private), pem_of(holder.chain))
    use(Crane, "crane", project.pusher).push(image, f"{app}:1").succeeded()
    return Vendor(project, notation, f"{app}@{image.digest}", authority)


@EVERY_ENVELOPE
def test_a_stamped_signature_lets_out_and_outlives_its_certificate(
    use: Use, use_notation: UseNotation, vendor: Vendor, stamping: Stamping, cose: bool
) -> None:
    root = stamping.root.read_text()
    vendor.is_trusted(root)
    stamped = vendor.notation.sign_stamped(
        vendor.reference, stamping.server.endpoint, stamping.root, cose=cose
    )
    stamped.succeeded()
    use(Crane, "crane", vendor.project.puller).inspect(vendor.reference).succeeded()
    verifier = use_notation(vendor.project.puller)
    verifier.trusts(STORE, vendor.certificate, json.dumps(vendor.policy()), stamps=root)
    verifier.verify(vendor.reference).succeeded()
    (evidence,) = vendor.project.verdict("1")["evidence"]
    assert evidence["valid_until"] is None


def test_without_a_stamp_it_stays_refused(
    use: Use, use_notation: UseNotation, vendor: Vendor, stamping: Stamping
) -> None:
    root = stamping.root.read_text()
    vendor.is_trusted(root)
    vendor.notation.sign(vendor.reference).succeeded()
    refused = use(Crane, "crane", vendor.project.puller).inspect(vendor.reference).failed()
    assert "TIMESTAMP_INVALID" in refused.text
    verifier = use_notation(vendor.project.pusher)
    verifier.trusts(STORE, vendor.certificate, json.dumps(vendor.policy()), stamps=root)
    verifier.verify(vendor.reference).failed()


def test_a_stamp_of_somebody_else_stays_refused(
    use: Use, use_notation: UseNotation, vendor: Vendor, stamping: Stamping
) -> None:
    start, end = span()
    root = pem_of(Authority.new("other stamps", start=start, end=end).chain)
    vendor.is_trusted(root)
    stamped = vendor.notation.sign_stamped(vendor.reference, stamping.server.endpoint, stamping.root)
    stamped.succeeded()
    refused = use(Crane, "crane", vendor.project.puller).inspect(vendor.reference).failed()
    assert "TIMESTAMP_INVALID" in refused.text
    verifier = use_notation(vendor.project.pusher)
    verifier.trusts(STORE, vendor.certificate, json.dumps(vendor.policy()), stamps=root)
    verifier.verify(vendor.reference).failed()


def span() -> tuple[int, int]:
    """From an hour ago on, for two days."""
    now = time.time_ns() // 1_000
    return now - HOUR, now + 2 * DAY
