"""The certificate as a root sees it: valid when it was used, and promised to certificate transparency."""

from collections.abc import Sequence
from typing import Final

from cryptography.x509 import Certificate
from cryptography.x509.oid import ExtendedKeyUsageOID

from pratique.clock import SECOND, Moment, rfc3339
from pratique.policy import Code
from pratique.trust import marks
from pratique.trust.certificates import ChainInvalid, SctInvalid, count_scts, has_path, validate_chain
from pratique.trust.certificates.dates import valid_from, valid_until
from pratique.trust.keyless.holder import Holder
from pratique.trust.keyless.trial import Trial

PATH: Final = "client-spec, 4.2"
SCT: Final = "client-spec, 4.2; RFC 6962, 3"


def is_of_root(trial: Trial, holder: Holder) -> bool:
    """Whether the certificate comes from an authority of the root at all, at whatever time: as one check."""
    with trial.tried("the certificate is of this root", PATH, Code.CHAIN_INVALID, ChainInvalid):
        chains = [authority.chain for authority in trial.root.certificate_authorities]
        if not has_path(holder.leaf, holder.intermediates, chains):
            raise ChainInvalid("no certificate authority of the root has issued the certificate")
    return trial.steps[-1].passed


def check_path(trial: Trial, holder: Holder, times: Sequence[Moment], now: Moment) -> None:
    """See that the certificate was valid at each of the times (the hybrid model), and promised to logs."""
    leaf = holder.leaf
    outside = [at for at in times if not valid_from(leaf) <= at <= valid_until(leaf)]
    within = trial.check(
        "each time of signing is within the certificate's validity",
        PATH,
        Code.CHAIN_INVALID,
        passed=not outside,
        otherwise=f"the certificate is valid from {rfc3339(valid_from(leaf))} to {rfc3339(valid_until(leaf))},"
        f" and not at {rfc3339(min(outside, default=0))}",
    )
    if not within:
        return
    paths: list[tuple[Certificate, ...]] = []
    with trial.tried("a chain leads to an authority of the root", PATH, Code.CHAIN_INVALID, ChainInvalid):
        paths = [_path_at(trial, holder, at) for at in times]
    if not trial.steps[-1].passed:
        return
    for each in {certificate for path in paths for certificate in path}:
        trial.marks.add(marks.of_certificate(each.serial_number, each.issuer.rfc4514_string()))
    _check_scts(trial, leaf, paths[0], now)


def end_of(trial: Trial, holder: Holder, at: Moment) -> Moment:
    """The first moment at which the certificate that is valid at `at`, or what it comes from, is valid no more.

    Only where no service of the root says when it was used, so that now is the time that counts.
    """
    path = _path_at(trial, holder, at)
    ends = [Moment(valid_until(each) + SECOND) for each in path]
    closing = [
        authority.valid.end + 1
        for authority in trial.root.certificate_authorities
        if authority.valid.end is not None
        and authority.valid.holds_at(at)
        and authority.chain[-1] == path[-1]
    ]
    return Moment(min([*ends, *closing]))


def _path_at(trial: Trial, holder: Holder, at: Moment) -> tuple[Certificate, ...]:
    counting = [
        authority.chain for authority in trial.root.certificate_authorities if authority.valid.holds_at(at)
    ]
    if not counting:
        raise ChainInvalid(f"no certificate authority of the root counts at {rfc3339(at)}")
    return validate_chain(
        holder.leaf, holder.intermediates, counting, at, eku=ExtendedKeyUsageOID.CODE_SIGNING
    )


def _check_scts(trial: Trial, leaf: Certificate, path: tuple[Certificate, ...], now: Moment) -> None:
    wanted = trial.root.thresholds.sct
    with trial.tried(
        f"at least {wanted} certificate transparency logs have promised to publish the certificate",
        SCT,
        Code.CHAIN_INVALID,
        SctInvalid,
    ):
        count = count_scts(leaf, path[min(1, len(path) - 1)], trial.root.ctlogs, now=now)
        if count < wanted:
            raise SctInvalid(f"{count} known certificate transparency logs have promised it; {wanted} must")
