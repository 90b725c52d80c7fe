"""The signed attributes of notation's envelopes (signature-specification.md, "Signed Attributes"; signing-scheme.md).

Both formats name them alike; they differ in how they write a time. What must be critical and is not, what is critical
and not known, and what a scheme does not have is refused, as the specification asks of verifiers. Attributes that are
neither known nor critical mean nothing here.

Stricter than notation, which lets a COSE envelope mark the untrusted signing time critical, and takes an envelope
without it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from pratique.clock import Moment
from pratique.trust.notation.envelope import (
    AUTHENTIC_TIME,
    EXPIRY,
    PLUGIN,
    PLUGIN_VERSION,
    SIGNING_SCHEME,
    SIGNING_TIME,
    TEXT_LIMIT,
    Scheme,
    read_scheme,
)
from pratique.trust.strict import Unreadable

_CRITICAL: Final = (SIGNING_SCHEME, AUTHENTIC_TIME, EXPIRY, PLUGIN, PLUGIN_VERSION)
"""What must be critical where it is there, and what may be."""


class ReadsTime(Protocol):
    """How a format writes a time."""

    def __call__(self, value: object, name: str) -> Moment:
        """The moment that an attribute's value is. Raises Unreadable."""
        ...


@dataclass(frozen=True, slots=True)
class Attributes:
    """What the signer says beside the payload."""

    scheme: Scheme
    signing_time: Moment | None
    authentic_time: Moment | None
    expiry: Moment | None
    plugin: str | None


def read_attributes(
    signed: Mapping[str, object], critical: Sequence[object], read_time: ReadsTime
) -> Attributes:
    """The attributes among all protected headers that have a string for a name. Raises Unreadable."""
    _check_critical(signed, critical)
    scheme = read_scheme(signed.get(SIGNING_SCHEME))
    times = {
        name: read_time(signed[name], name)
        for name in (SIGNING_TIME, AUTHENTIC_TIME, EXPIRY)
        if name in signed
    }
    if scheme == "notary.x509":
        wanted, other = SIGNING_TIME, AUTHENTIC_TIME
    else:
        wanted, other = AUTHENTIC_TIME, SIGNING_TIME
    if wanted not in times or other in times:
        raise Unreadable(f"an envelope of the scheme {scheme} has {wanted}, and not {other}")
    return Attributes(
        scheme=scheme,
        signing_time=times.get(SIGNING_TIME),
        authentic_time=times.get(AUTHENTIC_TIME),
        expiry=times.get(EXPIRY),
        plugin=_plugin(signed),
    )


def read_text(value: object, name: str) -> str:
    """A short text that says something. Raises Unreadable."""
    if not isinstance(value, str) or not 1 <= len(value) <= TEXT_LIMIT:
        raise Unreadable(f"{name} is not a text of 1 to {TEXT_LIMIT} characters")
    return value


def _check_critical(signed: Mapping[str, object], critical: Sequence[object]) -> None:
    """RFC 7515, section 4.1.11, and RFC 9052, section 3.1, which say the same of `crit`."""
    seen: set[object] = set()
    for name in critical:
        if name not in _CRITICAL:
            raise Unreadable(f"the critical attribute {str(name)[:80]!r} is not known")
        if name not in signed:
            raise Unreadable(f"the critical attribute {name} is missing")
        if name in seen:
            raise Unreadable(f"the attribute {name} is named critical twice")
        seen.add(name)
    if SIGNING_SCHEME not in seen:
        raise Unreadable(f"the attribute {SIGNING_SCHEME} is not named critical")
    for name in _CRITICAL:
        if name in signed and name not in seen:
            raise Unreadable(f"the attribute {name} is not named critical")


def _plugin(signed: Mapping[str, object]) -> str | None:
    """The verification plugin, with the least version where one is given."""
    if PLUGIN not in signed:
        if PLUGIN_VERSION in signed:
            raise Unreadable("a version is asked of no plugin")
        return None
    name = read_text(signed[PLUGIN], PLUGIN)
    if PLUGIN_VERSION not in signed:
        return name
    return f"{name} {read_text(signed[PLUGIN_VERSION], PLUGIN_VERSION)}"
