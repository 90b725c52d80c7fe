"""in-toto statements (in-toto/attestation, spec/v1/statement.md), and v0.1, with which cosign still attests."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from pratique.oci.digest import algorithm_of, encoded_of
from pratique.trust.parties import Subject
from pratique.trust.strict import Unreadable, open_object, read_json

COSIGN_SIGN: Final = "https://sigstore.dev/cosign/sign/v1"
"""The predicate type of a signature: the one that says "I sign this image" and nothing else."""

TYPES: Final = ("https://in-toto.io/Statement/v1", "https://in-toto.io/Statement/v0.1")
SUBJECTS_LIMIT: Final = 1_000
"""Subjects of one statement: provenance of a large release names hundreds."""

DIGESTS_LIMIT: Final = 32
"""Digests of one subject."""

_SUBJECT: Final = (
    "name",
    "uri",
    "digest",
    "content",
    "downloadLocation",
    "mediaType",
    "annotations",
)
_ALGORITHMS: Final = ("sha256", "sha512")
"""Those that artifacts here may have."""


class Naming(Enum):
    """Whether a statement speaks of an artifact."""

    THIS = "it names this digest"
    OTHERS = "its statement names other digests only"
    CONTRADICTED = "its statement names this digest, and by another algorithm other bytes"
    UNPROVEN = "its statement names it by another algorithm too, and its bytes are not at hand to compare"


@dataclass(frozen=True, slots=True)
class Statement:
    """Who is spoken of (the digests of each subject), and what sort of thing is said."""

    subjects: tuple[Mapping[str, str], ...]
    predicate_type: str
    predicate: Any

    def names(self, subject: Subject) -> Naming:
        """Whether any subject is this artifact (spec/v1/digest_set.md, "Validation"; lower-case hexadecimal).

        It must be named by the algorithm of its digest. What names it by another supported algorithm too must mean the
        same bytes, else somebody who asks by that algorithm is told of another artifact. Names, URIs and further
        algorithms (sha1, gitCommit) have no say: they never match.
        """
        found = {_naming(digests, subject) for digests in self.subjects}
        order = (Naming.THIS, Naming.UNPROVEN, Naming.CONTRADICTED)
        return next((one for one in order if one in found), Naming.OTHERS)


def _naming(digests: Mapping[str, str], subject: Subject) -> Naming:
    own = algorithm_of(subject.digest)
    if digests.get(own) != encoded_of(subject.digest):
        return Naming.OTHERS
    further = [name for name in _ALGORITHMS if name != own and name in digests]
    if not further:
        return Naming.THIS
    if subject.content is None:
        return Naming.UNPROVEN
    same = all(hashlib.new(name, subject.content).hexdigest() == digests[name] for name in further)
    return Naming.THIS if same else Naming.CONTRADICTED


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
    fields = open_object(subject, "statement.subject", _SUBJECT)
    digests = fields.text_map("digest")
    if not 1 <= len(digests) <= DIGESTS_LIMIT:
        raise Unreadable(
            f"statement.subject has an entry with {len(digests)} digests; 1 to {DIGESTS_LIMIT} are allowed"
        )
    return digests
