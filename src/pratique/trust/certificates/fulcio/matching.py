"""Whether a certificate's identity is one that somebody trusts, and which patterns may say so.

Patterns are RE2 (no backtracking, so no pattern takes long) and match the *whole* name: cosign's own are found anywhere
in it, so that `https://github.com/acme` would trust `https://github.com/acme-evil` too.
"""

import string
from collections.abc import Iterable
from typing import Final

import re2  # type: ignore[import-untyped]  # the binding has no types

from pratique.errors import BadRequest
from pratique.trust.certificates.fulcio.identity import FACT_NAMES, ISSUER, CertificateIdentity
from pratique.trust.parties import IdentityParty

PATTERN_LIMIT: Final = 1_000
"""Characters of a pattern."""
PATTERN_MEMORY: Final = 1 << 20
"""Bytes of a compiled pattern."""


def matches(party: IdentityParty, who: CertificateIdentity) -> str | None:
    """Why `who` is not the party; None where it is."""
    if not who.issuer or who.issuer != party.issuer:
        return f"its issuer is {who.issuer!r}, not {party.issuer!r}"
    if party.san_type is not None and who.san_type != party.san_type:
        return f"its name is of the type {who.san_type}, not {party.san_type}"
    if not _is_name(party, who.name):
        return f"its name {who.name!r} is not {party.identity or party.pattern!r}"
    for fact, wanted in sorted(party.extensions.items()):
        found = who.extensions.get(fact)
        if found != wanted:
            return f"its {fact} is {found!r}, not {wanted!r}" if found is not None else f"it has no {fact}"
    return None


def check_pattern(pattern: str) -> None:
    """See that a pattern says something of a name. Raises BadRequest with what to write instead."""
    if not 0 < len(pattern) <= PATTERN_LIMIT:
        raise BadRequest(f"a pattern has 1 to {PATTERN_LIMIT} characters")
    try:
        compiled = _compiled(pattern)
    except re2.error as error:
        raise BadRequest(f"the pattern is not RE2: {_said(error)}") from error
    if compiled.fullmatch("") is not None:
        raise BadRequest("the pattern matches an empty name: it would trust anybody of this issuer")
    if not _has_literal(pattern):
        raise BadRequest(
            "the pattern has no literal part of three characters or more that every name must have:"
            " write the part that is yours, such as https://github\\.com/acme/.*"
        )


def check_extensions(names: Iterable[str]) -> None:
    """See that an identity asks for extensions that exist. Raises BadRequest."""
    known = FACT_NAMES - {ISSUER}
    if unknown := sorted(set(names) - known):
        raise BadRequest(f"there is no extension {unknown[0]!r}; there are {', '.join(sorted(known))}")


def _is_name(party: IdentityParty, name: str) -> bool:
    """Exactly one of the two is given; with both or none, nobody is."""
    if party.pattern is None:
        return bool(name) and party.identity == name
    if party.identity is not None:
        return False
    try:
        return _compiled(party.pattern).fullmatch(name) is not None
    except re2.error:
        return False


def _has_literal(pattern: str) -> bool:
    """Whether RE2 itself knows words of which each match has one, other than signs and `://`.

    Its filter says which patterns a text may match by the words in it: here the text has none.
    """
    words = re2.Filter()
    words.Add(pattern, _options())
    words.Compile()
    return not words.Match(f"{string.punctuation} :// ", True)


def _compiled(pattern: str) -> "re2._Regexp":
    return re2.compile(pattern, _options())


def _options() -> re2.Options:
    options = re2.Options()
    options.log_errors = False
    options.max_mem = PATTERN_MEMORY
    return options


def _said(error: Exception) -> str:
    (text,) = error.args
    return text.decode(errors="replace") if isinstance(text, bytes) else str(text)
