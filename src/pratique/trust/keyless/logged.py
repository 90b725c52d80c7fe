"""Log entries beside a signature of a trusted key: needed where the key says so, and then each must verify."""

from collections.abc import Sequence
from typing import Final

from pratique.policy import Code
from pratique.trust.findings import Findings
from pratique.trust.keyless.trial import Trial
from pratique.trust.keyless.witnesses import check_thresholds, hear_witnesses
from pratique.trust.logs.binding import Claimed
from pratique.trust.logs.verifiers import Verifier
from pratique.trust.material import Material
from pratique.trust.parties import KeyParty
from pratique.trust.roots import Thresholds
from pratique.trust.signed import Signed

_KEYS: Final = "client-spec, 4.4"


def examine_log(
    found: Findings,
    parties: Sequence[KeyParty],
    material: Material,
    signed: Signed,
    *,
    document: bytes | None = None,
    enforce: bool = True,
) -> Sequence[KeyParty]:
    """Those of the parties, holders of the key that signed, whose logs have the signature as often as they ask.

    A party that asks for no log entries needs nothing. With `enforce` it is a fault of the signature if none remains.
    """
    content = [party for party in parties if party.tlog == 0]
    trials: list[Trial] = []
    for party in parties:
        if party.tlog == 0:
            continue
        trial = _ask(found, party, material, Claimed(signed, Verifier("key", party.key.der), document))
        if trial is None:
            continue
        trials.append(trial)
        if trial.holds:
            content.append(party)
            found.times.extend(time for time in trial.times if time not in found.times)
            found.marks.update(trial.marks)
    _tell(found, parties, trials, enforce=enforce and not content)
    return content


def _ask(found: Findings, party: KeyParty, material: Material, ours: Claimed) -> Trial | None:
    root = found.trust.roots.get(party.trusted_root)
    if root is None:
        return None
    trial = Trial(root)
    heard = hear_witnesses(trial, material, ours, found.at)
    check_thresholds(trial, heard, Thresholds(tlog=party.tlog, sct=0, timestamp=0))
    trial.times = heard.times
    return trial


def _tell(found: Findings, parties: Sequence[KeyParty], trials: Sequence[Trial], *, enforce: bool) -> None:
    """Of the roots that were asked, the nearest to holding is told of."""
    asking = sorted({party.trusted_root for party in parties if party.tlog > 0})
    if trials:
        max(trials, key=lambda trial: trial.rank).tell(found, enforce=enforce)
    elif asking:
        found.check(
            "the root of the key's logs is known",
            _KEYS,
            Code.LOG_ENTRY_INVALID,
            passed=False,
            otherwise=f"there is no trusted root {asking[0]!r}",
            enforce=enforce,
        )
