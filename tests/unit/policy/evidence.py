"""Evidence to judge, made with as little as a test cares about."""

from typing import Any

from pratique.clock import DAY, Moment
from pratique.oci.digest import Digest, digest_of
from pratique.policy import Code, Evidence, Party, Policy, Signature, trust_digest

NOW = Moment(1_763_700_000_000_000)
TOMORROW = Moment(NOW + DAY)
YESTERDAY = Moment(NOW - DAY)
SUBJECT = digest_of(b"the artifact")
PARENT = digest_of(b"the index that contains it")
SIGNED = Policy("signed", 1)
OPEN = Policy("open", 1)


def party(
    number: int = 1,
    repositories: tuple[str, ...] = ("**",),
    valid_from: Moment | None = None,
    valid_until: Moment | None = None,
    **more: Any,
) -> Party:
    return Party(
        f"key:{number}",
        f"key-{number}",
        repositories=repositories,
        valid_from=valid_from,
        valid_until=valid_until,
        **more,
    )


def signature(
    *parties: int,
    code: str = Code.VERIFIED,
    message: str = "",
    subject: Digest = SUBJECT,
    inherited_until: Moment | None = None,
    is_signature: bool = True,
    scheme: str = "cosign-bundle",
    **more: Any,
) -> Signature:
    """By the parties with these numbers; by `key-1` unless others are named."""
    by = parties or (1,)
    carrier = digest_of(f"{by} {code} {message} {subject}".encode())
    inherited = subject == PARENT
    return Signature(
        evidence=carrier,
        subject=subject,
        scheme=scheme,
        code=code,
        message=message,
        received_at=YESTERDAY,
        inherited=inherited,
        inherited_until=inherited_until,
        is_signature=is_signature,
        **{"parties": frozenset(f"key:{number}" for number in by), **more},
    )


def evidence(*signatures: Signature, parties: tuple[Party, ...] = (party(),), **more: Any) -> Evidence:
    return Evidence(
        "registry.example:5000",
        "shop",
        "shop/team/app",
        SUBJECT,
        signatures,
        parties,
        trust_digest=trust_digest(parties),
        **more,
    )
