"""The kinds of values that settings have: durations, sizes, secrets, lists."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta

MASK: Final = "********"

_UNITS: Final[Mapping[str, Mapping[str, int]]] = {
    "seconds": {"s": 1, "m": 60, "h": 3_600, "d": 86_400},
    "bytes": {
        "b": 1,
        "kb": 10**3,
        "mb": 10**6,
        "gb": 10**9,
        "tb": 10**12,
        "kib": 2**10,
        "mib": 2**20,
        "gib": 2**30,
        "tib": 2**40,
    },
}
_EXAMPLES: Final = {"seconds": "90, 90s, 15m, 24h or 7d", "bytes": "1048576, 64 KiB, 4 MiB or 10 GB"}
_QUANTITY: Final = re.compile(r"(-?\d{1,18})\s*([a-zA-Z]*)", re.ASCII)


class Secret:
    """A value that never shows itself: not in `repr`, not in logs, not in `config show`."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The value, for the one who needs it."""
        return self._value

    def masked(self) -> str:
        """What may be shown: a URL without its password, of anything else nothing."""
        password = _password_of(self._value)
        if password is None:
            return MASK if self._value else ""
        return self._value.replace(f":{password}@", f":{MASK}@", 1) if password else self._value

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __repr__(self) -> str:
        return f"Secret({self.masked()!r})"


def read_value(kind: Any, raw: Any) -> Any:
    """`raw`, from a TOML file, the environment or the command line, as a value of `kind`.

    Raises ValueError with a sentence that says what is wanted.
    """
    unit = unit_of(kind)
    if unit and isinstance(raw, str):
        raw = _quantity(raw, unit)
    if isinstance(raw, str) and _is_list(kind):
        raw = [item.strip() for item in raw.split(",") if item.strip()]
    try:
        # Only text is read loosely ("true", "5"): a TOML file has types of its own.
        value = msgspec.convert(raw, kind, strict=not isinstance(raw, str), dec_hook=_decode)
    except msgspec.ValidationError as problem:
        raise ValueError(str(problem)) from None
    if unit and value < 0 and all(meta.ge is None for meta in metas(kind)):
        raise ValueError(f"{value} is less than nothing")
    return value


def metas(kind: Any) -> tuple[Meta, ...]:
    """The annotations of a setting's type, inner ones first."""
    return tuple(meta for meta in getattr(kind, "__metadata__", ()) if isinstance(meta, Meta))


def unit_of(kind: Any) -> str:
    """`seconds`, `bytes`, or empty."""
    return next((str(meta.extra["unit"]) for meta in metas(kind) if meta.extra and "unit" in meta.extra), "")


def is_secret(kind: Any) -> bool:
    """Whether a setting's value must not be shown, and may come from a file of its own."""
    return getattr(kind, "__origin__", kind) is Secret


def _is_list(kind: Any) -> bool:
    return str(getattr(kind, "__origin__", kind)).startswith("tuple[")


def _quantity(text: str, unit: str) -> int:
    match = _QUANTITY.fullmatch(text.strip())
    factors = _UNITS[unit]
    if match is None or (match[2] and match[2].lower() not in factors):
        raise ValueError(f"{text!r} is not a number of {unit}; write {_EXAMPLES[unit]}")
    return int(match[1]) * (factors[match[2].lower()] if match[2] else 1)


def _decode(kind: type, raw: Any) -> Any:
    if kind is Secret and isinstance(raw, str):
        return Secret(raw)
    if kind is Path and isinstance(raw, str):
        return Path(raw)
    raise msgspec.ValidationError(f"expected text, got {type(raw).__name__}")


def _password_of(text: str) -> str | None:
    """The password in a URL, empty when it has none, None when `text` is no URL."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return None
    if not parts.scheme or "//" not in text:
        return None
    return parts.password or ""
