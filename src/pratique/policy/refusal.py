"""How a refusal is said: in the body, in the status line's reason phrase and in a `Warning` header.

Clients print what they are sent raw, drop bodies that are too long and stop at HEAD, so each of the three
says as much as fits, and characters that steer a terminal or turn the direction of text are taken out of
all of them.
"""

import json
import unicodedata
from dataclasses import dataclass, replace
from typing import Any, Final

from pratique.clock import rfc3339
from pratique.policy.codes import Code
from pratique.policy.values import Outcome, Reason, State, Verdict

MESSAGE_LIMIT: Final = 1_000
"""Characters of the message, on one line."""
PHRASE_LIMIT: Final = 200
"""Characters of the reason phrase: printable ASCII without quotes."""
HEADER_LIMIT: Final = 1_000
"""Characters of the whole `Warning` value and the phrase together: nginx gives up at 3,000."""
BODY_LIMIT: Final = 8_000
"""Bytes of the whole body: oras and helm drop a larger one."""

REASONS_IN_MESSAGE: Final = 3
LEAST_FOR_REASONS: Final = 200
"""Characters of the message that a long remedy and URL leave to the reasons."""
TEXT_LIMIT: Final = 1_000
"""Characters of one text in the detail."""

_UNSPEAKABLE: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_FRAME: Final = len('299 - ""')


@dataclass(frozen=True, slots=True)
class Refusal:
    """One refusal in its four forms.

    `warning` is a whole `Warning` value, `detail` holds JSON values only.
    """

    message: str
    phrase: str
    warning: str
    detail: dict[str, Any]


def refusal_of(verdict: Verdict, verdict_url: str) -> Refusal:
    """How to say that `verdict` does not let its artifact out. An ADMITTED one is taken to have lapsed."""
    reasons = _refusing(verdict)
    message = _message(reasons, verdict_url)
    phrase = _ascii(f"{reasons[0].code}: {reasons[0].message}", PHRASE_LIMIT)
    return Refusal(
        message=message,
        phrase=phrase,
        warning=warning_value(message, HEADER_LIMIT - len(phrase)),
        detail=_detail(verdict, reasons, message, verdict_url),
    )


def warning_value(text: str, limit: int = HEADER_LIMIT) -> str:
    """`299 - "…"` (distribution-spec, "Warnings"), at most `limit` characters of printable ASCII."""
    return f'299 - "{_ascii(text, limit - _FRAME)}"'


def clean(text: str) -> str:
    """`text` on one line, without control, formatting and bidirectional characters."""
    spoken = (sign for sign in text if sign.isspace() or unicodedata.category(sign) not in _UNSPEAKABLE)
    return " ".join("".join(spoken).split())


def _refusing(verdict: Verdict) -> list[Reason]:
    """The reasons that refuse, each cleaned; at least one."""
    refusing = [reason for reason in verdict.reasons if not reason.admits] or [_without_reason(verdict)]
    return [
        replace(reason, message=clean(reason.message), remedy=clean(reason.remedy)) for reason in refusing
    ]


def _without_reason(verdict: Verdict) -> Reason:
    """Why a verdict refuses that holds no reason against the artifact: it is pending, or its time is over."""
    if verdict.state is State.ADMITTED and verdict.valid_until is not None:
        lapsed = f"it was admitted until {rfc3339(verdict.valid_until)}, when a date it rests on passed"
        remedy = "sign it with a key that counts now, or ask a project admin to extend the key"
        return Reason("admission", Code.ADMISSION_LAPSED, Outcome.FAIL, lapsed, remedy)
    return Reason(
        "admission", Code.NOT_EXAMINED, Outcome.FAIL, "it has not been examined yet", "try again in a moment"
    )


def _message(reasons: list[Reason], verdict_url: str) -> str:
    """The first reasons, what to do about the first, where all is told.

    A command or URL is whole or left out.
    """
    why = "; ".join(f"{reason.code}: {reason.message}" for reason in reasons[:REASONS_IN_MESSAGE])
    room = MESSAGE_LIMIT - LEAST_FOR_REASONS
    tail = ""
    for part in (f"; {reasons[0].remedy}" if reasons[0].remedy else "", f"; see {clean(verdict_url)}"):
        if len(tail) + len(part) <= room:
            tail += part
    return (_cut(why, MESSAGE_LIMIT - len(tail)) + tail).strip()


def _detail(verdict: Verdict, reasons: list[Reason], message: str, verdict_url: str) -> dict[str, Any]:
    """Every reason, as many of them as the body has room for; `omitted` counts the others."""
    detail: dict[str, Any] = {
        "state": State.QUARANTINED if verdict.state is State.ADMITTED else verdict.state,
        "digest": verdict.digest,
        "verdict": clean(verdict_url),
        "reasons": [_said(reason) for reason in reasons],
        "omitted": 0,
    }
    detail["verdict"] = _cut(detail["verdict"], TEXT_LIMIT)
    while detail["reasons"] and _body_size(message, detail) > BODY_LIMIT:
        detail["reasons"].pop()
        detail["omitted"] += 1
    return detail


def _said(reason: Reason) -> dict[str, str]:
    return {
        "rule": reason.rule,
        "code": reason.code,
        "message": _cut(reason.message, TEXT_LIMIT),
        "remedy": _cut(reason.remedy, TEXT_LIMIT),
    }


def _body_size(message: str, detail: dict[str, Any]) -> int:
    """Bytes of the body by the wordiest encoder a door could use."""
    return len(json.dumps({"errors": [{"code": "DENIED", "message": message, "detail": detail}]}))


def _ascii(text: str, limit: int) -> str:
    """Printable ASCII without quotes and backslashes, so that it needs no escaping in any header."""
    plain = clean(text).replace('"', "'").replace("\\", "/")
    return _cut("".join(sign if " " <= sign <= "~" else "?" for sign in plain), limit)


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 3].rstrip() + "..."
