"""JSON in one form, so that equal values are equal bytes: see `canonical`."""

import json
from typing import Any


def canonical_text(document: Any) -> str:
    """With sorted keys, no white space, ASCII only. Raises ValueError for numbers that JSON does not have."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
