"""Who saw a signature, and when: the logs and timestamp authorities of a root.

Whatever claims to be of a service that the root names must verify, and one that does not fails all of it; what is of
unknown services counts as absent. Of one log, or one authority, only one counts however often it attests.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from pratique.clock import Moment, rfc3339
from pratique.policy import Code
from pratique.trust import marks
from pratique.trust.keyless.trial import Trial
from pratique.trust.logs import LogEntryInvalid
from pratique.trust.logs.binding import Claimed
from pratique.trust.logs.entries import VerifiedEntry, verify_entry
from pratique.trust.material import Material
from pratique.trust.roots import Thresholds
from pratique.trust.timestamps import Stamp, TimestampInvalid, stamp_of

ENTRIES: Final = "client-spec, 4.4"
TIMES: Final = "client-spec, 4.1"


@dataclass(frozen=True, slots=True)
class Witnessed:
    """The entries and stamps that verified; a log's time is in its entry."""

    entries: tuple[VerifiedEntry, ...]
    stamps: tuple[Stamp, ...]

    @property
    def times(self) -> list[Moment]:
        """Every trusted time, the first one first."""
        logged = {entry.integrated for entry in self.entries if entry.integrated is not None}
        return sorted(logged | {stamp.moment for stamp in self.stamps})

    @property
    def logs(self) -> int:
        """How many logs have it."""
        return len({entry.log_id for entry in self.entries})

    @property
    def clocks(self) -> int:
        """How many services said a time."""
        logs = {entry.log_id for entry in self.entries if entry.integrated is not None}
        # A timestamp authority may sign with several certificates of one issuer.
        return len(logs) + len({stamp.chain[min(1, len(stamp.chain) - 1)] for stamp in self.stamps})


def hear_witnesses(trial: Trial, material: Material, ours: Claimed, at: Moment) -> Witnessed:
    """Verify every log entry and every timestamp, each as one check."""
    entries = _entries(trial, material, ours, at)
    stamps = _stamps(trial, material.timestamps, ours.stamped, at)
    heard = Witnessed(tuple(entries), tuple(stamps))
    _check_times_of_logs(trial, heard, at)
    trial.marks.update(marks.of_log_entry(entry.log_id, place) for entry in entries for place in entry.places)
    return heard


def check_thresholds(trial: Trial, heard: Witnessed, wanted: Thresholds) -> None:
    """See that enough logs have it and enough services said when.

    Where one of them did not verify, that is the reason, and counting the others would only hide it.
    """
    if not trial.holds:
        return
    if wanted.tlog:
        trial.check(
            f"at least {wanted.tlog} transparency logs have it",
            ENTRIES,
            Code.LOG_ENTRY_INVALID,
            passed=heard.logs >= wanted.tlog,
            otherwise=f"{heard.logs} known transparency logs have it; {wanted.tlog} must",
        )
    if wanted.timestamp:
        trial.check(
            f"at least {wanted.timestamp} trusted services say when it was made",
            TIMES,
            Code.TIMESTAMP_INVALID,
            passed=heard.clocks >= wanted.timestamp,
            otherwise=f"{heard.clocks} known services say when it was made; {wanted.timestamp} must",
        )


def _entries(trial: Trial, material: Material, ours: Claimed, at: Moment) -> list[VerifiedEntry]:
    found = []
    for number, entry in enumerate(material.entries, 1):
        with trial.tried(f"log entry {number} is ours", ENTRIES, Code.LOG_ENTRY_INVALID, LogEntryInvalid):
            verified = verify_entry(entry, ours, trial.root.tlogs, at)
            if verified is not None:
                found.append(verified)
    return found


def _stamps(trial: Trial, tokens: Sequence[bytes], stamped: bytes, at: Moment) -> list[Stamp]:
    found = []
    for number, token in enumerate(tokens, 1):
        with trial.tried(
            f"timestamp {number} is of the signature", TIMES, Code.TIMESTAMP_INVALID, TimestampInvalid
        ):
            stamp = stamp_of(token, stamped, trial.root.timestamp_authorities)
            if stamp is None:
                continue
            if stamp.moment - stamp.accuracy > at:
                raise TimestampInvalid(f"the timestamp is of the future: {rfc3339(stamp.moment)}")
            found.append(stamp)
    return found


def _check_times_of_logs(trial: Trial, heard: Witnessed, at: Moment) -> None:
    """A log that signed no time must have counted at the times that are known, or now if none is."""
    moments = heard.times or [at]
    for entry in heard.entries:
        if entry.integrated is None:
            outside = [moment for moment in moments if not entry.counts_at(moment)]
            trial.check(
                f"the log of entry {entry.index} counts at the time of signing",
                ENTRIES,
                Code.LOG_ENTRY_INVALID,
                passed=not outside,
                otherwise=f"the log {entry.logs[0].base_url} does not count at {rfc3339(min(outside, default=at))}",
            )
