"""sigstore-python's opinion of the conformance cases beside ours: a reader and a verifier that share nothing with us.

Offline: whoever asks for a connection here fails. Where it can't follow, it is named in `NOT_FOLLOWED`, with what it
says itself; that is asked too, so that the list ends when a later version follows.
"""

import json
import logging
import socket
from pathlib import Path
from typing import Any, Final, Never

import pytest
from sigstore.errors import Error
from sigstore.models import Bundle, InvalidBundle, TrustedRoot
from sigstore.verify import Verifier
from sigstore.verify.policy import Identity
from tests.unit.trust.keyless.cases import Case, names, needs_cases

from pratique.oci.digest import digest_of, encoded_of
from pratique.policy import Code
from pratique.trust.embedded import public_good_root

_LOG_TIMES: Final = "Integrated time only supported for dsse/hashedrekord 0.0.1"
_KEYS: Final = "expected certificate in bundle"
NOT_FOLLOWED: Final = {
    # It takes the time of a log for hashedrekord and dsse 0.0.1 only; the client-spec names intoto too.
    "intoto-with-custom-trust-root": _LOG_TIMES,
    "intoto-expired-certificate_fail": _LOG_TIMES,
    "intoto-log-entry-mismatch_fail": _LOG_TIMES,
    "intoto-set-outside-signing-cert-validity_fail": _LOG_TIMES,
    "intoto-tsa-timestamp-outside-cert-validity_fail": _LOG_TIMES,
    # It knows certificates only (sigstore-python#1244).
    "managed-key-and-trusted-root": _KEYS,
    "managed-key-happy-path": _KEYS,
    "managed-key-no-key_fail": _KEYS,
    "managed-key-wrong-key_fail": _KEYS,
    # It takes the end of a timestamp authority's validity as the first moment outside.
    "trust-root-tsa-validity-end-inclusive": "not enough sources of verified time",
}
"""What it can't judge, and what it says instead: nobody may take that for its word on the case."""

pytestmark = needs_cases


class Elsewhere(Exception):
    """The statement is of another artifact."""


@pytest.fixture(autouse=True)
def unconnected(monkeypatch: pytest.MonkeyPatch) -> None:
    def connect(*_arguments: Any) -> Never:
        raise AssertionError("a second opinion asked for a connection")

    monkeypatch.setattr(socket.socket, "connect", connect)
    logging.getLogger("sigstore").setLevel(logging.ERROR)


@pytest.fixture(scope="module")
def public_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("root") / "trusted_root.json"
    file.write_bytes(public_good_root())
    return file


def ask(case: Case, public_root: Path, artifact: bytes | None = None, bundle: bytes | None = None) -> None:
    """Its opinion. Raises one of its errors, ValueError for roots, or Elsewhere."""
    wanted = case.artifact if artifact is None else artifact
    content = case.bundle if bundle is None else bundle
    verifier = Verifier(trusted_root=TrustedRoot.from_file(str(case.own_root or public_root)))
    asked = Bundle.from_json(content)
    who = Identity(identity=case.identity, issuer=case.issuer)
    if not {"dsseEnvelope", "dsse_envelope"} & json.loads(content).keys():
        verifier.verify_artifact(wanted, asked, who)
        return
    _, payload = verifier.verify_dsse(asked, who)
    subjects = json.loads(payload)["subject"]
    if encoded_of(digest_of(wanted)) not in {subject["digest"].get("sha256") for subject in subjects}:
        raise Elsewhere


def followed(*, rejected: bool) -> list[str]:
    return [name for name in names(rejected=rejected) if name not in NOT_FOLLOWED]


def test_it_follows_most() -> None:
    assert (len(followed(rejected=False)), len(followed(rejected=True))) == (17, 43)


@pytest.mark.parametrize("name", followed(rejected=False))
def test_it_verifies_what_we_do(name: str, public_root: Path) -> None:
    case = Case(name)
    ask(case, public_root)
    assert case.ask().verified


@pytest.mark.parametrize("name", followed(rejected=False))
def test_neither_takes_another_artifact(name: str, public_root: Path) -> None:
    other = b"something else"
    with pytest.raises((Error, Elsewhere)):
        ask(Case(name), public_root, other)
    assert Case(name).ask(artifact=other).code == Code.SIGNATURE_WRONG_SUBJECT


@pytest.mark.parametrize("name", followed(rejected=True))
def test_it_refuses_what_we_do(name: str, public_root: Path) -> None:
    with pytest.raises((Error, ValueError, Elsewhere)) as refused:
        ask(Case(name), public_root)
    assert _KEYS not in str(refused.value)
    assert _LOG_TIMES not in str(refused.value)


@pytest.mark.parametrize("name", sorted(NOT_FOLLOWED))
def test_what_it_does_not_follow_it_says(name: str, public_root: Path) -> None:
    with pytest.raises((Error, InvalidBundle), match=NOT_FOLLOWED[name]):
        ask(Case(name), public_root)
