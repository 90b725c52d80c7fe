"""What a new version of a trusted root changes, service by service: shown before it is made.

A service is a log (by its key) or an authority (by its chain); it may attest for a time.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from cryptography.hazmat.primitives.serialization import Encoding

from pratique.clock import rfc3339
from pratique.trust.roots import Authority, TransparencyLog, TrustedRoot, Validity

Services = Mapping[str, Validity]
"""Every service of a root in words, and when it may attest."""

_FOREVER: Final = 2**63


@dataclass(frozen=True, slots=True)
class RootChange:
    """Services in words.

    `returns`: those that an earlier version had, or had for longer, and the last one not.
    `raises`: more log entries, certificate timestamps or times are asked for than before.
    """

    adds: tuple[str, ...] = ()
    removes: tuple[str, ...] = ()
    lengthens: tuple[str, ...] = ()
    shortens: tuple[str, ...] = ()
    returns: tuple[str, ...] = ()
    raises: bool = False

    @property
    def narrows(self) -> bool:
        """Whether something that counted may count no more."""
        return bool(self.removes or self.shortens or self.raises)


def services_of(root: TrustedRoot) -> Services:
    """The services of a root. One that is there several times, each for another time, has a number from the second."""
    found: dict[str, Validity] = {}
    listed = (
        *_logs("log", root.tlogs),
        *_logs("ct log", root.ctlogs),
        *_authorities("certificate authority", root.certificate_authorities),
        *_authorities("timestamp authority", root.timestamp_authorities),
    )
    times: Counter[str] = Counter()
    for name, valid in sorted(listed, key=lambda one: (one[0], one[1].start, _end(one[1]))):
        times[name] += 1
        found[name if times[name] == 1 else f"{name}, no. {times[name]}"] = valid
    return found


def change_between(before: Services, after: Services, earlier: Iterable[Services] = ()) -> RootChange:
    """What `after` changes; `earlier` are the services of all versions before, `before` among them or not."""
    both = [name for name in after if name in before]
    once = list(earlier)
    return RootChange(
        adds=_said(after, (name for name in after if name not in before)),
        removes=_said(before, (name for name in before if name not in after)),
        lengthens=_said(after, (name for name in both if _longer(after[name], before[name]))),
        shortens=_said(after, (name for name in both if _longer(before[name], after[name]))),
        returns=_said(after, (name for name in after if _returns(name, before, after, once))),
    )


def _returns(name: str, before: Services, after: Services, earlier: Iterable[Services]) -> bool:
    if name in before and not _longer(after[name], before[name]):
        return False
    had = [each[name] for each in earlier if name in each]
    if name not in before:
        return bool(had)
    return any(_longer(one, before[name]) for one in had)


def _longer(one: Validity, other: Validity) -> bool:
    """Whether `one` holds at a moment at which `other` does not."""
    return one.start < other.start or _end(one) > _end(other)


def _end(validity: Validity) -> int:
    return _FOREVER if validity.end is None else validity.end


def _said(services: Services, names: Iterable[str]) -> tuple[str, ...]:
    return tuple(f"{name}, {_span(services[name])}" for name in sorted(names))


def _span(validity: Validity) -> str:
    until = "" if validity.end is None else f" until {rfc3339(validity.end)}"
    return f"from {rfc3339(validity.start)}{until}"


def _logs(kind: str, logs: Iterable[TransparencyLog]) -> Iterator[tuple[str, Validity]]:
    for log in logs:
        yield f"{kind} {log.base_url} ({log.key.fingerprint[:16]})", log.valid


def _authorities(kind: str, authorities: Iterable[Authority]) -> Iterator[tuple[str, Validity]]:
    for one in authorities:
        chain = b"".join(each.public_bytes(Encoding.DER) for each in one.chain)
        subject = one.chain[-1].subject.rfc4514_string()
        yield f"{kind} {subject} ({hashlib.sha256(chain).hexdigest()[:16]})", one.valid
