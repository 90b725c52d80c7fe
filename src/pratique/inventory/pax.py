"""What extended headers say of the entry after them: pax records (POSIX.1-2024, pax) and GNU's long names.

Where both speak of one thing and differ, readers choose differently, so nobody's choice is taken.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from pratique.inventory.limits import CouldNotBeExamined

_KEPT: Final = frozenset({"path", "linkpath", "size"})
_BINARY: Final = "hdrcharset"


@dataclass(frozen=True, slots=True)
class Overrides:
    """What takes the place of a header's own fields."""

    gnu: Mapping[str, str] = field(default_factory=dict)
    pax: Mapping[str, str] = field(default_factory=dict)

    def with_gnu(self, name: str, value: str) -> "Overrides":
        """With a long name."""
        if name in self.gnu:
            raise CouldNotBeExamined("an entry has two long names")
        return replace(self, gnu={**self.gnu, name: value})

    def with_pax(self, records: Mapping[str, str]) -> "Overrides":
        """With pax records; only one such header may precede an entry."""
        if self.pax:
            raise CouldNotBeExamined("an entry has two extended headers")
        if any("sparse" in name for name in records):
            raise CouldNotBeExamined("the layer has sparse files, which readers lay out differently")
        if records.get(_BINARY, "") not in {"", "ISO-IR 10646 2000 UTF-8", "BINARY"}:
            raise CouldNotBeExamined("an extended header is in an unknown character set")
        return replace(self, pax={name: value for name, value in records.items() if name in _KEPT})

    def value(self, name: str) -> str:
        """A path; "" where the header's own counts."""
        gnu, pax = self.gnu.get(name), self.pax.get(name)
        if gnu is not None and pax is not None and gnu != pax:
            raise CouldNotBeExamined("an entry has two long names that differ")
        return gnu or pax or ""

    def size(self, own: int) -> int:
        """The size of the entry: pax's, which must not differ from a header that could say it (8 GiB fit)."""
        said = self.pax.get("size")
        if said is None:
            return own
        if not (said.isascii() and said.isdigit() and len(said) <= 19):
            raise CouldNotBeExamined("an extended header has a malformed size")
        if int(said) != own and (own != 0 or int(said) < 8**11):
            raise CouldNotBeExamined("an entry has two sizes that differ")
        return int(said)


def long_name(content: bytes) -> str:
    """GNU's long name: up to its NUL, after which nothing may stand."""
    name, _, rest = content.partition(b"\0")
    if not name or rest.strip(b"\0"):
        raise CouldNotBeExamined("a long name is empty or goes on after its end")
    return name.decode("utf-8", "surrogateescape")


def pax_records(content: bytes) -> dict[str, str]:
    """`length keyword=value newline`, one after another."""
    records: dict[str, str] = {}
    at = 0
    while at < len(content):
        blank = content.find(b" ", at, at + 20)
        digits = content[at:blank] if blank > 0 else b""
        if not digits.isdigit() or digits.startswith(b"0"):
            raise CouldNotBeExamined("an extended header is malformed")
        end = at + int(digits)
        name, equals, value = content[blank + 1 : end - 1].partition(b"=")
        if (
            end > len(content)
            or end <= blank + 1
            or content[end - 1 : end] != b"\n"
            or not equals
            or not name
        ):
            raise CouldNotBeExamined("an extended header is malformed")
        key = name.decode("utf-8", "surrogateescape")
        if key in records or (key in _KEPT and (not value or b"\0" in value)):
            raise CouldNotBeExamined(f"an extended header says {key[:80]!r} twice, or nothing of it")
        records[key] = value.decode("utf-8", "surrogateescape")
        at = end
    return records
