"""What a verified attestation says in full. Records hold facts of bounded size; who needs more reads it again."""

from typing import Any, Final

from pratique.trust.attested import STATEMENT_LIMIT
from pratique.trust.bundle import read_bundle
from pratique.trust.dsse import Envelope, read_alone
from pratique.trust.items import Item
from pratique.trust.records import EvidenceRecord
from pratique.trust.statement import read_statement
from pratique.trust.strict import Unreadable, check_size, read_json

_BUNDLE: Final = "cosign-bundle"
_ENVELOPE: Final = "cosign-attestation"


def predicate_in(item: Item, record: EvidenceRecord) -> Any:
    """The predicate of the attestation that `record` was made of.

    `item` is the very one that was verified, and it is read by the same readers: nothing else was signed. Raises
    Unreadable or ManifestInvalid where that is no envelope with a statement, and for a record that does not hold.
    """
    if not record.verified:
        raise Unreadable("nobody who is trusted vouches for it")
    check_size(item.content, STATEMENT_LIMIT)
    content = _content(item, record)
    if not isinstance(content, Envelope):
        raise Unreadable("it is no envelope")
    return read_statement(content.payload).predicate


def _content(item: Item, record: EvidenceRecord) -> object:
    if record.scheme == _BUNDLE:
        return read_bundle(item.content).content
    if record.scheme == _ENVELOPE:
        return read_alone(read_json(item.content), "envelope")
    return None
