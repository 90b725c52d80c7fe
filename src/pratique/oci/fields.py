"""Reading the known fields of a parsed JSON object, each with the place it stands at.

Unknown fields are left alone (image-spec, considerations.md, "Extensibility"), except those that differ from
a known one only by letter case: Go's decoder takes them for the known one, so a client would see another
manifest than the registry judged. JSON null counts as absent, as it does in Go.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final, Never

from pratique.errors import ManifestInvalid

_MISSING: Final = "is missing"


class Fields:
    """One JSON object: typed access to its fields. All methods raise ManifestInvalid."""

    __slots__ = ("_members", "_place")

    def __init__(self, value: Any, place: str, known: Mapping[str, str]) -> None:
        if not isinstance(value, dict):
            _refuse(place, "is not an object")
        self._members: dict[str, Any] = value
        self._place = place
        for key in value:
            if known.get(key.casefold(), key) != key:
                _refuse(
                    self.place(key[:80]), f"is spelled {known[key.casefold()]!r}; other cases are ambiguous"
                )

    def place(self, name: str) -> str:
        """Where a field stands, as in `layers[2].digest`."""
        return f"{self._place}.{name}" if self._place else name

    def has(self, name: str) -> bool:
        """Whether the field is there and not null."""
        return self._members.get(name) is not None

    def refuse(self, name: str, problem: str) -> Never:
        """Say what is wrong with a field."""
        _refuse(self.place(name), problem)

    def value(self, name: str) -> Any:
        """The field as it was parsed, None when it is absent."""
        return self._members.get(name)

    def text(self, name: str) -> str | None:
        """A string, or None."""
        value = self._members.get(name)
        if value is not None and not isinstance(value, str):
            _refuse(self.place(name), "is not a string")
        return value

    def needed_text(self, name: str) -> str:
        """A string that must be there and not be empty."""
        value = self.text(name)
        return value or _refuse(self.place(name), _MISSING)

    def needed_integer(self, name: str) -> int:
        """An integer that must be there; true and 1.0 are none."""
        value = self._members.get(name)
        if value is None:
            _refuse(self.place(name), _MISSING)
        if type(value) is not int:
            _refuse(self.place(name), "is not an integer")
        return value

    def items(self, name: str) -> list[Any]:
        """An array; empty when null or absent."""
        value = self._members.get(name)
        if value is None:
            return []
        if not isinstance(value, list):
            _refuse(self.place(name), "is not an array")
        return value

    def needed_items(self, name: str) -> list[Any]:
        """An array that must be named, though it may be null: Go writes empty lists so."""
        if name not in self._members:
            _refuse(self.place(name), _MISSING)
        return self.items(name)

    def texts(self, name: str) -> tuple[str, ...]:
        """An array of strings."""
        values = self.items(name)
        if not all(isinstance(value, str) for value in values):
            _refuse(self.place(name), "is not an array of strings")
        return tuple(values)

    def text_map(self, name: str) -> dict[str, str]:
        """An object whose values are strings; empty when null or absent."""
        value = self._members.get(name)
        if value is None:
            return {}
        if not isinstance(value, dict):
            _refuse(self.place(name), "is not an object")
        for key, text in value.items():
            if not isinstance(text, str):
                _refuse(f"{self.place(name)}[{key[:80]!r}]", "is not a string")
        return value


def by_fold(names: Iterable[str]) -> dict[str, str]:
    """Known names by what they are when letter case is ignored, as `Fields` wants them."""
    return {name.casefold(): name for name in names}


def _refuse(place: str, problem: str) -> Never:
    raise ManifestInvalid(f"{place or 'the document'} {problem}", {"place": place})
