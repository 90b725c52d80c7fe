"""Project metadata: Harbor's names and texts, read strictly (pure).

Harbor keeps switches as texts in a key-value table. Here `public` and `admission` have columns of their own. What
nothing acts on is refused, never stored silently (gate.md, section 1): who sets it would believe himself protected.
"""

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from pratique.errors import BadRequest
from pratique.projects.asking import (
    ALLOW_UNEXAMINED,
    REUSE,
    SEVERITY,
    SIGNATURE_NAMES,
    SWITCHES,
    Asked,
)
from pratique.projects.values import PREVENT, Admission

_TRUE: Final = {"true", "1"}
_FALSE: Final = {"false", "0"}
_SEVERITIES: Final = ("none", "low", "medium", "high", "critical")


@dataclass(frozen=True, slots=True)
class MetadataChange:
    """What a request asks for, by where it is kept. None: not spoken of."""

    public: bool | None = None
    admission: Admission | None = None
    switches: Mapping[str, bool] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)

    def asked(self, before: Asked) -> Asked:
        """What the project asks of artifacts after this change.

        Whoever turns the last switch off wants `open`; who repeats that one is off, wants nothing.
        """
        unsigned = replace(before, admission=Admission.OPEN, switches=frozenset())
        if self.admission is Admission.OPEN:
            return unsigned
        on = before.switches | {name for name, is_on in self.switches.items() if is_on}
        on -= {name for name, is_on in self.switches.items() if not is_on}
        if on or self.admission is Admission.SIGNED:
            return replace(before, admission=Admission.SIGNED, switches=frozenset(on))
        return unsigned if before.switches else before


def read_metadata(given: Mapping[str, str]) -> MetadataChange:
    """What `given` asks for. Raises BadRequest for what is unknown, malformed or not enforced yet."""
    texts = {}
    for name, value in given.items():
        if name in _OWN_COLUMNS:
            continue
        reader = _READERS.get(name)
        if reader is None:
            raise BadRequest(f"there is no project metadata {name!r}{_suggestion(name)}")
        text = reader(name, value)
        if text is not None:
            texts[name] = text
    public = read_boolean("public", given["public"]) if "public" in given else None
    switches = {name: read_boolean(name, given[name]) for name in SWITCHES if name in given}
    return MetadataChange(public, _admission(given, switches), switches, texts)


def shown(public: bool, admission: Admission, texts: Mapping[str, str]) -> dict[str, str]:
    """The metadata as Harbor's API writes it."""
    off = {name: _text(False) for name in SWITCHES}
    return {"public": _text(public), "admission": admission.value, **off, **texts}


def read_boolean(name: str, value: str) -> bool:
    """Harbor's booleans: `true` and `1`, `false` and `0`, in any case. Raises BadRequest."""
    word = value.strip().lower()
    if word not in _TRUE | _FALSE:
        raise BadRequest(f"metadata {name}: {value[:40]!r} is neither true nor false")
    return word in _TRUE


def _admission(given: Mapping[str, str], switches: Mapping[str, bool]) -> Admission | None:
    named = _named_admission(given["admission"]) if "admission" in given else None
    on = [name for name, is_on in switches.items() if is_on]
    if named is Admission.OPEN and on:
        raise BadRequest(f"metadata admission: open and {on[0]} contradict each other; leave one of them out")
    return named


def _named_admission(value: str) -> Admission:
    try:
        return Admission(value)
    except ValueError:
        raise BadRequest(f"metadata admission: {value[:40]!r} is neither open nor signed") from None


# --- one reader per name: the text to store, None for what is not stored ---


def _boolean(name: str, value: str) -> str:
    return _text(read_boolean(name, value))


def _severity(name: str, value: str) -> str:
    """A threshold, not a switch: it decides nothing while `prevent_vul` is off."""
    if value.lower() not in _SEVERITIES:
        raise BadRequest(f"metadata {name}: {value[:40]!r} is not one of {', '.join(_SEVERITIES)}")
    return value.lower()


def _of_proxies(_name: str, _value: str) -> None:
    """Ignored, as Harbor does for projects that are no proxy caches: its own clients send it always."""


def _unavailable(name: str, _value: str) -> str:
    raise BadRequest(f"metadata {name} can't be set: this registry has no such policies yet")


_OWN_COLUMNS: Final = frozenset({"public"}) | SIGNATURE_NAMES
_READERS: Final[Mapping[str, Callable[[str, str], str | None]]] = {
    PREVENT: _boolean,
    SEVERITY: _severity,
    ALLOW_UNEXAMINED: _boolean,
    REUSE: _boolean,
    "auto_scan": _boolean,
    "auto_sbom_generation": _boolean,
    "retention_id": _unavailable,
    "proxy_speed_kb": _of_proxies,
    "max_upstream_conn": _of_proxies,
    "proxy_cache_local_on_not_found": _of_proxies,
    "proxy_referrer_api": _of_proxies,
    "proxy_cache_filter_pattern": _of_proxies,
    "proxy_cache_filter_kind": _of_proxies,
}

NAMES: Final = _OWN_COLUMNS | frozenset(_READERS)
"""Every name that metadata may have."""


def _text(value: bool) -> str:
    return "true" if value else "false"


def _suggestion(name: str) -> str:
    close = difflib.get_close_matches(name, sorted(NAMES), n=1)
    return f"; did you mean {close[0]!r}?" if close else ""
