"""Evidence to judge, made with as little as a test cares about."""

from pratique.clock import DAY, Moment
from pratique.oci.digest import Digest, digest_of
from pratique.policy import Code, Evidence, Party, Policy, Signature

NOW = Moment(1_763_700_000_000_000)
TOMORROW = Moment(NOW + DAY)
YESTERDAY = Moment(NOW - DAY)
SUBJECT = digest_of(b"the artifact")
PARENT = digest_of(b"the index that contains it")
SIGNED = Policy("signed", 1)
OPEN = Policy("open", 1)
KEY = "a" * 64
OTHER_KEY = "b" * 64


def party(
    number: int = 1,
    fingerprint: str = KEY,
    repositories: tuple[str, ...] = ("**",),
    valid_from: Moment | None = None,
    valid_until: Moment | None = None,
) -> Party:
    return Party(number, f"key-{number}", fingerprint, repositories, valid_from, valid_until)


def signature(
    fingerprint: str | None = KEY,
    code: str = Code.VERIFIED,
    message: str = "",
    subject: Digest = SUBJECT,
    inherited_until: Moment | None = None,
    is_signature: bool = True,
) -> Signature:
    carrier = digest_of(f"{fingerprint} {code} {message} {subject}".encode())
    inherited = subject == PARENT
    return Signature(
        evidence=carrier,
        subject=subject,
        scheme="cosign-bundle",
        fingerprint=fingerprint,
        code=code,
        message=message,
        received_at=YESTERDAY,
        inherited=inherited,
        inherited_until=inherited_until,
        is_signature=is_signature,
    )


def evidence(*signatures: Signature, parties: tuple[Party, ...] = (party(),)) -> Evidence:
    return Evidence("registry.example:5000", "shop", "shop/team/app", SUBJECT, signatures, parties)
