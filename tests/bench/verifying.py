"""How long it takes to verify one signature: in this process, again, by sigstore-python, and by whole processes.

`make bench ROWS=verification`, or alone `python -m tests.bench.verifying`. Processor time, since other work on the
machine lengthens everything else; of each figure the median. All take their turns, with the same bytes.
"""

import argparse
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Final, TypeAlias

from sigstore.models import Bundle, TrustedRoot
from sigstore.verify import Verifier
from sigstore.verify.policy import Identity
from tests.authorities import NOW as SIGNED_AT
from tests.authorities import Authority
from tests.bench.processes import machine
from tests.notation import notation_signer, sign_jws, stamped, trust_policy
from tests.stamping import Stamper
from tests.toolbox.cache import Cache
from tests.toolbox.toolbox import Toolbox
from tests.unit.trust.keyless.cases import NOW, Case
from tests.unit.trust.notation import asking as notation

from pratique.clock import Moment
from pratique.oci.digest import digest_of
from pratique.trust import Item, Subject, TrustSet, verify
from pratique.trust.cache import RememberingVerifier
from pratique.trust.embedded import public_good_root

Way: TypeAlias = Callable[[], object]
"""One verification, which must succeed."""

ROUNDS: Final = 60
PROCESSES: Final = 5
"""Whole processes are started so often."""
OURS, AGAIN, SIGSTORE, PROCESS, COSIGN = (
    "pratique",
    "the second time",
    "sigstore-python",
    "`pratique verify`",
    "`cosign verify-blob`",
)


@dataclass(frozen=True)
class Lane:
    """One signature, the ways to verify it, and how many milliseconds the first of them may take."""

    name: str
    aim: float
    ways: Mapping[str, Way]


def table(rounds: int = ROUNDS) -> str:
    """What was measured, as Markdown: our milliseconds, and those of the others as multiples of ours."""
    names = (OURS, AGAIN, SIGSTORE, PROCESS, COSIGN)
    lines = [
        f"| | {OURS}, ms | aim | {AGAIN} | {SIGSTORE} | {PROCESS} | {COSIGN} |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    with TemporaryDirectory(prefix="bench-") as folder:
        root = Path(folder) / "trusted_root.json"
        root.write_bytes(public_good_root())
        for lane in _lanes(root):
            took = _measured(lane, rounds)
            cells = [_beside(took, name) for name in names[1:]]
            lines.append(
                f"| {lane.name} | {took[OURS]:.2f} | <= {lane.aim:.0f} | {cells[0]} | "
                + " | ".join(cells[1:])
                + " |"
            )
    return "\n".join(lines)


def described(command: str) -> str:
    """Where and how."""
    day = time.strftime("%Y-%m-%d")
    return (
        f"Measured on {day} on {machine()}, by `{command}`: medians of processor milliseconds in turns; the others as"
        " multiples of ours, of which processes have their start in them."
    )


def _beside(took: Mapping[str, float], name: str) -> str:
    if name not in took:
        return ""
    ratio = took[name] / took[OURS]
    return (
        f"{took[name] * 1_000:.0f} us ({ratio:.3f}x)" if name == AGAIN else f"{took[name]:.1f} ({ratio:.1f}x)"
    )


def _measured(lane: Lane, rounds: int) -> dict[str, float]:
    """Milliseconds of each way."""
    took: dict[str, list[float]] = {name: [] for name in lane.ways}
    for number in range(rounds):
        for name, way in lane.ways.items():
            if name not in {PROCESS, COSIGN} or number < PROCESSES:
                began = _processor_time()
                way()
                took[name].append((_processor_time() - began) * 1_000)
    return {name: median(times) for name, times in took.items()}


def _processor_time() -> float:
    """Seconds of this process and of those that it started and that have ended."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + ended.ru_utime + ended.ru_stime


# --- the signatures -------------------------------------------------------------------------------------------------


def _lanes(root: Path) -> Iterator[Lane]:
    yield from _of_sigstore("a bundle by key, logged", 6, Case("managed-key-happy-path"), root)
    yield from _of_sigstore("a keyless bundle, Rekor v1", 6, Case("happy-path-v0.3"), root)
    yield from _of_sigstore("a keyless bundle, Rekor v2 and timestamp", 6, Case("rekor2-happy-path"), root)
    yield from _of_sigstore("a keyless attestation, Rekor v2", 6, Case("rekor2-dsse-happy-path"), root)
    authority, stamper = Authority.new(), Stamper.new(Authority.new("tsa root"))
    signed = sign_jws(notation_signer(authority.issue_authority("issuing")), notation.ARTIFACT)
    stores = {"ca:acme": [authority.certificate], "tsa:times": [stamper.holder.chain[-1]]}
    stamping = trust_policy(stores=("ca:acme", "tsa:times"))
    yield _of_notation("a notation signature", signed, notation.trusting({"ca:acme": stores["ca:acme"]}))
    yield _of_notation(
        "a notation signature with a timestamp", stamped(signed, stamper), notation.trusting(stores, stamping)
    )


def _of_notation(name: str, content: bytes, trust: TrustSet) -> Lane:
    item = Item(notation.JWS, content, digest_of(content))
    return Lane(name, 2, _ours(item, notation.SUBJECT, trust, Moment(SIGNED_AT)))


def _of_sigstore(name: str, aim: float, case: Case, root: Path) -> Iterator[Lane]:
    """Nothing where the case is not beside the checkout."""
    if not case.folder.is_dir():
        return
    item = Item("application/vnd.dev.sigstore.bundle.v0.3+json", case.bundle, digest_of(case.bundle))
    subject = Subject(digest_of(case.artifact), content=case.artifact)
    ways = _ours(item, subject, case.trust(), NOW)
    if not (case.folder / "key.pub").exists():
        ways[SIGSTORE] = _sigstore_python(case, root)
    ways |= _processes(case, root)
    yield Lane(name, aim, ways)


# --- the ways -------------------------------------------------------------------------------------------------------


def _ours(item: Item, subject: Subject, trust: TrustSet, at: Moment) -> dict[str, Way]:
    remembering = RememberingVerifier()

    def first() -> None:
        record = verify(item, subject, trust, at)
        assert record is not None
        assert record.verified, record.message

    def again() -> None:
        record = remembering.verify(item, subject, trust, at)
        assert record is not None
        assert record.verified

    again()
    return {OURS: first, AGAIN: again}


def _sigstore_python(case: Case, root: Path) -> Way:
    verifier = Verifier(trusted_root=TrustedRoot.from_file(str(case.own_root or root)))
    who = Identity(identity=case.identity, issuer=case.issuer)
    is_envelope = "dsseEnvelope" in json.loads(case.bundle)

    def way() -> None:
        bundle = Bundle.from_json(case.bundle)
        if is_envelope:
            verifier.verify_dsse(bundle, who)
        else:
            verifier.verify_artifact(case.artifact, bundle, who)

    return way


def _processes(case: Case, root: Path) -> dict[str, Way]:
    """Whole processes that verify files; those whose programs are not here are left out."""
    bundle, key = case.folder / "bundle.sigstore.json", case.folder / "key.pub"
    own, artifact = case.folder / "artifact", case.folder.parent / "a.txt"
    said = ["--key", str(key)]
    if not key.exists():
        said = ["--certificate-identity", case.identity, "--certificate-oidc-issuer", case.issuer]
    said += ["--trusted-root", str(case.own_root or root)]
    file = str(own if own.exists() else artifact)
    command = [sys.executable, "-m", "pratique", "verify", str(bundle), file, *said]
    ways = {PROCESS: _process(command)}
    cosign = Toolbox(Cache.default()).locate("cosign")
    if cosign is not None and "dsseEnvelope" not in json.loads(case.bundle):
        ways[COSIGN] = _process([*cosign.argv(), "verify-blob", "--bundle", str(bundle), *said, file])
    return ways


def _process(command: list[str]) -> Way:
    def way() -> None:
        subprocess.run(command, check=True, capture_output=True)

    return way


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.verifying", description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    options = parser.parse_args()
    print(
        described(f"python -m tests.bench.verifying --rounds {options.rounds}"),
        table(options.rounds),
        sep="\n\n",
    )


if __name__ == "__main__":
    main()
