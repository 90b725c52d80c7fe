"""Deny lists: what counts no more, whoever signed it, in a project or everywhere."""

import json
import re
from collections.abc import Callable, Mapping
from typing import Final

from cryptography import x509

from pratique.clock import Clock
from pratique.db import Tx
from pratique.errors import BadRequest, Conflict, NotFound
from pratique.oci.digest import parse_digest
from pratique.trust import marks
from pratique.trust.keys import parse_public_key
from pratique.trust.store import Denial, denials, versions

DENIALS_LIMIT: Final = 10_000
"""Entries of one list."""
REASON_LIMIT: Final = 1_000
"""Characters of a reason."""
TEXT_LIMIT: Final = 4_096
"""Characters of what is denied."""

_FINGERPRINT: Final = re.compile(r"[0-9a-f]{64}")
_SERIAL: Final = re.compile(r"[0-9a-f]{1,40}")
_INDEX: Final = re.compile(r"[0-9]{1,19}")

Subject = Mapping[str, str]
"""What is denied, by the names of its kind."""


class DenyLists:
    """The list of each project, and (project 0) the system's."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def add(
        self, tx: Tx, project_id: int, kind: str, subject: Subject, reason: str, creator: str = ""
    ) -> Denial:
        """Deny something, and say why.

        `key` {public_key | fingerprint}, `certificate` {serial (hex), issuer (RFC 4514)}, `identity` {issuer, name},
        `log_entry` {log_id (hex), index}, `digest` {digest}. Raises BadRequest, and Conflict for what is listed
        already.
        """
        mark = mark_of(kind, subject)
        if not 1 <= len(reason.strip()) <= REASON_LIMIT:
            raise BadRequest(f"reason says why, in 1 to {REASON_LIMIT} characters")
        if denials.count(tx, project_id) >= DENIALS_LIMIT:
            raise BadRequest(f"a deny list has at most {DENIALS_LIMIT} entries: take some off first")
        text = json.dumps(dict(subject), sort_keys=True)
        wanted = Denial(0, project_id, mark, kind, text, reason.strip(), self._clock.now(), creator)
        number = denials.insert(tx, wanted)
        if number is None:
            raise Conflict("that is on this deny list already")
        versions.raise_version(tx, project_id)
        return self.get(tx, project_id, number)

    def list(self, tx: Tx, project_id: int) -> list[Denial]:
        """A list, the oldest entry first."""
        return denials.of_scope(tx, project_id)

    def get(self, tx: Tx, project_id: int, denial_id: int) -> Denial:
        """One entry. Raises NotFound."""
        found = denials.numbered(tx, project_id, denial_id)
        if found is None:
            raise NotFound(f"this deny list has no entry {denial_id}")
        return found

    def remove(self, tx: Tx, project_id: int, denial_id: int) -> Denial:
        """Take an entry off its list. Raises NotFound."""
        found = self.get(tx, project_id, denial_id)
        denials.remove(tx, project_id, denial_id)
        versions.raise_version(tx, project_id)
        return found

    def remove_all(self, tx: Tx, project_id: int) -> None:
        """Forget the list of a project that is deleted."""
        denials.remove_all(tx, project_id)


def mark_of(kind: str, subject: Subject) -> str:
    """What evidence must carry to be denied by this. Raises BadRequest."""
    marker = _MARKERS.get(kind)
    if marker is None:
        raise BadRequest(f"kind is one of {', '.join(_MARKERS)}, not {kind[:40]!r}")
    if any(len(text) > TEXT_LIMIT for text in subject.values()):
        raise BadRequest(f"what is denied is said in at most {TEXT_LIMIT} characters")
    return marker(subject)


def _key(subject: Subject) -> str:
    if "public_key" in subject:
        _only(subject, "public_key")
        return marks.of_key(parse_public_key(subject["public_key"]).fingerprint)
    _only(subject, "fingerprint")
    return marks.of_key(
        _like(_FINGERPRINT, subject["fingerprint"].lower(), "fingerprint: 64 hexadecimal digits")
    )


def _certificate(subject: Subject) -> str:
    _only(subject, "serial", "issuer")
    serial = subject["serial"].lower().replace(":", "").lstrip("0") or "0"
    number = int(_like(_SERIAL, serial, "serial: hexadecimal"), 16)
    return marks.of_certificate(number, _name(subject["issuer"]))


def _name(text: str) -> str:
    """A distinguished name as certificates' are written, so that no other spelling denies nothing unseen."""
    try:
        return x509.Name.from_rfc4514_string(text).rfc4514_string()
    except ValueError:
        raise BadRequest("issuer is a name as in RFC 4514: CN=example,O=Example\\, Inc.,C=DE") from None


def _identity(subject: Subject) -> str:
    _only(subject, "issuer", "name")
    return marks.of_identity(subject["issuer"], subject["name"])


def _log_entry(subject: Subject) -> str:
    _only(subject, "log_id", "index")
    log = _like(_FINGERPRINT, subject["log_id"].lower(), "log_id: 64 hexadecimal digits")
    return marks.of_log_entry(bytes.fromhex(log), int(_like(_INDEX, subject["index"], "index: a number")))


def _digest(subject: Subject) -> str:
    _only(subject, "digest")
    return marks.of_digest(parse_digest(subject["digest"]))


_MARKERS: Final[Mapping[str, Callable[[Subject], str]]] = {
    "key": _key,
    "certificate": _certificate,
    "identity": _identity,
    "log_entry": _log_entry,
    "digest": _digest,
}


def _only(subject: Subject, *names: str) -> None:
    if set(subject) != set(names) or not all(subject.values()):
        raise BadRequest(f"subject has {' and '.join(names)}, and nothing else")


def _like(form: re.Pattern[str], text: str, what: str) -> str:
    if not form.fullmatch(text):
        raise BadRequest(f"this is not {what}")
    return text
