"""Who a Fulcio certificate says it is for: the subject's name, who vouched for it, and facts of a build.

After Fulcio's directory of object identifiers (sigstore/fulcio, docs/oid-info.md): .1 to .6 below 1.3.6.1.4.1.57264.1
are raw strings, .8 and above are UTF8Strings in DER; .7 is a form of the subject alternative name.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from cryptography import x509
from cryptography.x509 import Certificate, ObjectIdentifier

from pratique.trust.certificates import der
from pratique.trust.certificates.extensions import find_value
from pratique.trust.parties import SanType
from pratique.trust.strict import Unreadable

ARC: Final = "1.3.6.1.4.1.57264.1."
ISSUER: Final = "issuer"
FACTS: Final[Mapping[int, str]] = {
    1: ISSUER,
    2: "github_workflow_trigger",
    3: "github_workflow_sha",
    4: "github_workflow_name",
    5: "github_workflow_repository",
    6: "github_workflow_ref",
    8: ISSUER,
    9: "build_signer_uri",
    10: "build_signer_digest",
    11: "runner_environment",
    12: "source_repository_uri",
    13: "source_repository_digest",
    14: "source_repository_ref",
    15: "source_repository_identifier",
    16: "source_repository_owner_uri",
    17: "source_repository_owner_identifier",
    18: "build_config_uri",
    19: "build_config_digest",
    20: "build_trigger",
    21: "run_invocation_uri",
    22: "source_repository_visibility_at_signing",
    23: "deployment_environment",
    24: "token_subject",
}
"""The names of the facts, by the last arc of their extension; later ones are called by their whole identifier."""
FACT_NAMES: Final = frozenset(FACTS.values())
VALUE_LIMIT: Final = 4_096
"""Bytes of one fact, and of a name."""

_RAW: Final = range(1, 7)
_OTHER_NAME: Final = 7


@dataclass(frozen=True, slots=True)
class CertificateIdentity:
    """`issuer` vouched for `name`; empty where the certificate names no issuer, which nobody can be trusted by.

    `extensions` holds every fact by its name in `FACTS`, `issuer` among them.
    """

    issuer: str
    name: str
    san_type: SanType
    extensions: Mapping[str, str]


def read_identity(certificate: Certificate) -> CertificateIdentity:
    """The identity that a certificate, whose chain has been verified, was issued to. Raises Unreadable."""
    san_type, name = _read_name(certificate)
    facts: dict[str, str] = {}
    for extension in certificate.extensions:
        identifier = extension.oid.dotted_string
        arc = identifier.removeprefix(ARC)
        # Others, those below an arc (….1.9.1), and the form of a name are no facts of the directory.
        if not arc.isdecimal() or int(arc) == _OTHER_NAME:
            continue
        fact = FACTS.get(int(arc), identifier)
        value = _read_fact(int(arc), extension.value.public_bytes(), fact)
        if facts.setdefault(fact, value) != value:
            raise Unreadable(f"the certificate names two issuers: {facts[fact]!r} and {value!r}")
    return CertificateIdentity(facts.get(ISSUER, ""), name, san_type, facts)


def _read_name(certificate: Certificate) -> tuple[SanType, str]:
    names = list(find_value(certificate, x509.SubjectAlternativeName) or ())
    if len(names) != 1:
        raise Unreadable(f"the certificate has {len(names)} subject alternative names instead of one")
    match names[0]:
        case x509.RFC822Name(value=value):
            return "email", _text(value.encode(), "the email address")
        case x509.UniformResourceIdentifier(value=value):
            return "uri", _text(value.encode(), "the URI")
        case x509.OtherName(type_id=ObjectIdentifier(dotted_string=form), value=value) if form == (
            f"{ARC}{_OTHER_NAME}"
        ):
            return "other", _utf8_string(value, "the other name")
    raise Unreadable("the subject alternative name is no email address, no URI and no name of Fulcio's form")


def _read_fact(arc: int, value: bytes, fact: str) -> str:
    place = f"the certificate's {fact}"
    return _text(value, place) if arc in _RAW else _utf8_string(value, place)


def _utf8_string(encoded: bytes, place: str) -> str:
    return _text(der.read_element(encoded, place).expect(der.UTF8_STRING, place).content, place)


def _text(value: bytes, place: str) -> str:
    """UTF-8 that can be printed: what is shown to people, compared with and logged has no hidden characters."""
    try:
        text = value.decode()
    except UnicodeDecodeError as error:
        raise Unreadable(f"{place} is not UTF-8") from error
    if len(value) > VALUE_LIMIT or not text.isprintable():
        raise Unreadable(f"{place} has control characters or more than {VALUE_LIMIT} bytes")
    return text
