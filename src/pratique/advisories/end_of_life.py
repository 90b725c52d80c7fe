"""Until when distributions publish advisories of their own for a release, free of charge and for everybody.

Dates are those of endoflife.date (MIT licence, as of 2026-08-22), which names each vendor's page: the end of LTS for
Debian (its tracker has those advisories too), of standard support for Ubuntu, of security support elsewhere. A release
that is not here has no date that is known.
"""

from collections.abc import Mapping
from datetime import date
from typing import Final

from pratique.packages import Ecosystem


def _dates(**releases: str) -> dict[str, date]:
    """`r3_18="2025-05-09"` is release 3.18."""
    return {name[1:].replace("_", "."): date.fromisoformat(day) for name, day in releases.items()}


_ENTERPRISE: Final = _dates(r8="2029-05-31", r9="2032-05-31", r10="2035-05-31")
"""Of Red Hat's heirs."""

ENDS: Final[Mapping[str, Mapping[str, date]]] = {
    "AlmaLinux": _ENTERPRISE,
    "Alpine": _dates(
        r3_10="2021-05-01",
        r3_11="2021-11-01",
        r3_12="2022-05-01",
        r3_13="2022-11-01",
        r3_14="2023-05-01",
        r3_15="2023-11-01",
        r3_16="2024-05-23",
        r3_17="2024-11-22",
        r3_18="2025-05-09",
        r3_19="2025-11-01",
        r3_20="2026-04-01",
        r3_21="2026-11-01",
        r3_22="2027-05-01",
        r3_23="2027-11-01",
        r3_24="2028-06-01",
    ),
    "Debian": _dates(
        r6="2016-02-29",
        r7="2018-05-31",
        r8="2020-06-30",
        r9="2022-07-01",
        r10="2024-06-30",
        r11="2026-08-31",
        r12="2028-06-30",
        r13="2030-06-30",
    ),
    "Mageia": _dates(r7="2021-06-30", r8="2023-11-30", r9="2026-09-29", r10="2028-03-31"),
    "Red Hat": _dates(r5="2017-03-31", r6="2020-11-30", r7="2024-06-30") | _ENTERPRISE,
    "Rocky Linux": _ENTERPRISE,
    "Ubuntu": _dates(
        r12_04="2017-04-28",
        r14_04="2019-04-02",
        r16_04="2021-04-02",
        r18_04="2023-05-31",
        r19_10="2020-07-06",
        r20_04="2025-05-31",
        r20_10="2021-07-22",
        r21_04="2022-01-20",
        r21_10="2022-07-14",
        r22_04="2027-04-01",
        r22_10="2023-07-20",
        r23_04="2024-01-20",
        r23_10="2024-07-12",
        r24_04="2029-05-31",
        r24_10="2025-07-10",
        r25_04="2026-01-17",
        r25_10="2026-07-01",
        r26_04="2031-04-30",
    ),
    "openSUSE": _dates(
        r15_3="2022-12-31", r15_4="2023-12-07", r15_5="2024-12-31", r15_6="2026-04-30", r16_0="2027-10-31"
    ),
}
"""Family -> release as advisories go by it -> the last day."""


def end_of_life(ecosystem: Ecosystem) -> date | None:
    """The last day on which advisories of a release come out; None: not known, or it has no releases."""
    return ENDS.get(ecosystem.family, {}).get(ecosystem.release.removeprefix("v"))
