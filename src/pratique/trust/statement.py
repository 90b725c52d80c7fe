"""in-toto statements (in-toto/attestation, spec/v1/statement.md), and v0.1, with which cosign still attests."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from pratique.oci.digest import Digest, algorithm_of, encoded_of
from pratique.trust.strict import Unreadable, open_object, read_json

COSIGN_SIGN: Final = "https://sigstore.dev/cosign/sign/v1"
"""The predicate type of a signature: the one that says "I sign this image" and nothing else."""

TYPES: Final = ("https://in-toto.io/Statement/v1", "https://in-toto.io/Statement/v0.1")
SUBJECTS_LIMIT: Final = 1_000
"""Subjects of one statement: provenance of a large release names hundreds."""


@dataclass(frozen=True, slots=True)
class Statement:
    """Who is spoken of (the digests of each subject), and what sort of thing is said."""

    subjects: tuple[Mapping[str, str], ...]
    predicate_type: str
    predicate: Any

    def names(self, subject: Digest) -> bool:
        """Whether any subject has this digest, by the algorithm of the digest, in lower-case hexadecimal.

        Step not taken: where a subject names a second supported algorithm, that it is of the same bytes; a
        digest is all that is known here. Names, URIs and further algorithms (sha1, gitCommit) never match.
        """
        return any(digests.get(algorithm_of(subject)) == encoded_of(subject) for digests in self.subjects)


def read_statement(payload: bytes) -> Statement:
    """The statement that an envelope's payload is. Raises Unreadable or ManifestInvalid."""
    fields = open_object(read_json(payload), "statement", ("_type", "subject", "predicateType", "predicate"))
    kind = fields.needed_text("_type")
    if kind not in TYPES:
        raise Unreadable(f"statement._type is {kind[:80]!r}; {' or '.join(TYPES)} are known")
    predicate_type = fields.needed_text("predicateType")
    # cosign up to 3.0.4 left the predicate of its signatures out (cosign#4634).
    if not fields.has("predicate") and predicate_type != COSIGN_SIGN:
        raise Unreadable("statement.predicate is missing")
    subjects = fields.items("subject")
    if not 1 <= len(subjects) <= SUBJECTS_LIMIT:
        raise Unreadable(f"statement.subject has {len(subjects)} entries; 1 to {SUBJECTS_LIMIT} are allowed")
    return Statement(tuple(map(_digests, subjects)), predicate_type, fields.value("predicate"))


def _digests(subject: Any) -> Mapping[str, str]:
    """The DigestSet of a ResourceDescriptor (spec/v1/resource_descriptor.md); a subject must have one."""
    fields = open_object(subject, "statement.subject", ("name", "uri", "digest", "annotations"))
    digests = fields.text_map("digest")
    if not digests:
        raise Unreadable("statement.subject has an entry without digest")
    return digests
