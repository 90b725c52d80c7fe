"""Licences as packages write them, told as SPDX expressions where they are any (SPDX 2.3, Annex D)."""

import hashlib
from typing import Final

from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression

LENGTH_LIMIT: Final = 2_048
"""Characters of a text that is tried as an expression: some packages put their whole licence there."""


def expression_of(text: str) -> str | None:
    """The SPDX expression that a text is, in the list's own spelling; None: it is none, or refers elsewhere."""
    if len(text) > LENGTH_LIMIT or "ref-" in text.lower():
        return None
    try:
        return str(canonicalize_license_expression(text))
    except InvalidLicenseExpression:
        return None


def written(licenses: tuple[str, ...]) -> tuple[str, ...]:
    """Those that say something, each once."""
    return tuple(dict.fromkeys(text for text in licenses if text.strip()))


def reference_of(text: str) -> str:
    """The name by which an SPDX document refers to a licence that the list does not have (SPDX 2.3, 10.1)."""
    return f"LicenseRef-{hashlib.sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()[:16]}"
