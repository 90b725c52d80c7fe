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
    """Those of the parties, holders of the key that signed, whose roots have nothing against it.

    What is there of a service of a party's root must verify, and of logs there must be as many as the party asks for. A
    party that asks for none needs none, nor a root. With `enforce` it is a fault of the signature if no party remains.
    """
    content: list[KeyParty] = []
    trials: list[Trial] = []
    for party in parties:
        root = found.trust.roots.get(party.trusted_root)
        if root is None:
            content += [party] if party.tlog == 0 else []
            continue
        found.work += material.work
        trial = Trial(root)
        ours = Claimed(signed, Verifier("key", party.key.der), document)
        heard = hear_witnesses(trial, material, ours, found.at)
        check_thresholds(trial, heard, Thresholds(tlog=party.tlog, sct=0, timestamp=0))
        trials.append(trial)
        if trial.holds:
            content.append(party)
            found.times.extend(time for time in heard.times if time not in found.times)
            found.marks.update(trial.marks)
    _tell(found, parties, trials, enforce=enforce and not content)
    return content


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
