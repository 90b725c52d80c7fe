"""Sources that would suddenly say much less, or older things: what an attacker wants of them, or a broken export."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from pratique.errors import Conflict

SHRINKS_BY: Final = 0.05
"""The share of a source's records that may go or be withdrawn without anybody saying so."""
TOLD: Final = 5
"""How many of anything are named in a sentence; the detail of the error names `DETAILED`."""
DETAILED: Final = 1_000

_REMEDY: Final = "nothing was imported; if that is right, import it with --allow-shrink"


class Shrinks(Conflict):
    """A source would say much less than before, or older things."""


class Releases(Protocol):
    """Who knows what is refused because of advisories."""

    def released_by(self, source: str, records: Sequence[str]) -> Sequence[str]:
        """The artifacts that nothing would refuse any more without these records of a source, as people name them."""
        ...


@dataclass(slots=True)
class Losses:
    """What a source would no longer say: ids of records, and the packages that they speak of."""

    records: list[str] = field(default_factory=list)
    packages: set[str] = field(default_factory=set)


def check_losses(source: str, losses: Losses, live: int, releases: Releases | None) -> None:
    """Raises Shrinks where too much would go."""
    less = len(losses.records)
    if not live or less <= live * SHRINKS_BY:
        return
    artifacts = None if releases is None else releases.released_by(source, losses.records)
    packages = sorted(losses.packages)
    detail = {
        "source": source,
        "of": live,
        "records": losses.records[:DETAILED],
        "packages": packages[:DETAILED],
        "artifacts": None if artifacts is None else list(artifacts[:DETAILED]),
    }
    raise Shrinks(
        f"{source} would lose {less} of its {live} advisories ({less / live:.0%}), which speak of "
        f"{_counted(packages, 'package')}; {_released(artifacts)}: {_REMEDY}",
        detail,
    )


def check_age(source: str, before: str, newest: str) -> None:
    """Raises Shrinks where the newest record of a source is older than the newest that was here."""
    if newest and newest < before:
        raise Shrinks(
            f"{source} is older than what is here (newest record {newest}, here {before}): {_REMEDY}",
            {"source": source, "newest": newest, "here": before},
        )


def _released(artifacts: Sequence[str] | None) -> str:
    if artifacts is None:
        return "which artifacts that would release is not known here"
    if not artifacts:
        return "it would release no artifact"
    return f"it would release {_counted(artifacts, 'artifact')}"


def _counted(names: Sequence[str], what: str) -> str:
    told = ", ".join(names[:TOLD]) + (", …" if len(names) > TOLD else "")
    return f"{len(names)} {what}{'' if len(names) == 1 else 's'}" + (f" ({told})" if names else "")
