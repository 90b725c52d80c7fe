"""`pratique verify` and the client protocol of the Sigstore conformance suite, as a user and a harness call them."""

import json
import subprocess
from pathlib import Path
from typing import Any, Final

import pytest
from click.testing import CliRunner

from pratique.cli import main

ROOT: Final = Path(__file__).resolve().parents[3]
TOOL: Final = ROOT / "tools" / "sigstore-conformance"
VECTORS: Final = ROOT.parent / "shared" / "testdata" / "sigstore-conformance"
CASES: Final = sorted(path.parent for path in VECTORS.glob("*/bundle.sigstore.json"))
needs_vectors = pytest.mark.skipif(not CASES, reason="the public vectors are not here")

WORKFLOW: Final = (
    "https://github.com/sigstore-conformance/extremely-dangerous-public-oidc-beacon/"
    ".github/workflows/extremely-dangerous-oidc-beacon.yml@refs/heads/main"
)
ACTIONS: Final = "https://token.actions.githubusercontent.com"
UNREADABLE: Final = frozenset({"managed-key-wrong-key_fail", "trust-root-tlog-missing-validity-start_fail"})
"""Cases whose key or root is none: the call can't be carried out."""


def options(case: Path) -> list[str]:
    said = [str(case / "bundle.sigstore.json")]
    if (case / "key.pub").exists():
        said += ["--key", str(case / "key.pub")]
    else:
        identity, issuer = case / "identity", case / "issuer"
        said += ["--certificate-identity", identity.read_text().strip() if identity.exists() else WORKFLOW]
        said += ["--certificate-oidc-issuer", issuer.read_text().strip() if issuer.exists() else ACTIONS]
    if (case / "trusted_root.json").exists():
        said += ["--trusted-root", str(case / "trusted_root.json")]
    artifact = case / "artifact"
    return [*said, str(artifact if artifact.exists() else VECTORS / "a.txt")]


def verify(*arguments: str) -> tuple[int, dict[str, Any]]:
    done = CliRunner().invoke(main, ["verify", *arguments, "--format", "json"])
    return done.exit_code, json.loads(done.stdout) if done.exit_code < 2 else {}


@needs_vectors
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_public_case(case: Path) -> None:
    code, found = verify(*options(case))
    if case.name in UNREADABLE:
        assert code == 2
    else:
        assert code == int(case.name.endswith("_fail"))
        (evidence,) = found["evidence"]
        assert found["verified"] is evidence["verified"] is (code == 0)
        assert all(check["ok"] for check in evidence["checks"]) is (code == 0)
        assert [check["number"] for check in evidence["checks"]] == list(
            range(1, len(evidence["checks"]) + 1)
        )


@needs_vectors
@pytest.mark.parametrize(
    "name", ["happy-path-v0.3", "managed-key-happy-path", "dsse-mismatch-sig_fail", *sorted(UNREADABLE)]
)
def test_the_conformance_tool(name: str) -> None:
    bundle, *rest = options(VECTORS / name)
    done = subprocess.run(
        [TOOL, "verify-bundle", "--bundle", bundle, *rest],
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )
    assert done.returncode == int(name.endswith("_fail")), done.stderr


def test_the_tool_signs_nothing() -> None:
    done = subprocess.run([TOOL, "sign-bundle", "x"], capture_output=True, text=True, timeout=50, check=False)
    assert done.returncode == 2
    assert "usage" in done.stderr


@needs_vectors
def test_a_digest_is_as_good_as_the_file() -> None:
    *said, artifact = options(VECTORS / "happy-path-v0.3")
    digest = subprocess.run(
        ["sha256sum", artifact], capture_output=True, text=True, check=True
    ).stdout.split()[0]
    code, found = verify(*said, f"sha256:{digest}")
    assert code == 0
    assert found["evidence"][0]["identity"]["name"] == WORKFLOW
    assert verify(*said, f"sha256:{'0' * 64}")[0] == 1


@needs_vectors
def test_a_predicate_type_can_be_asked_for() -> None:
    said = options(VECTORS / "happy-path-intoto-in-dsse-v3")
    code, found = verify(*said)
    kind = found["evidence"][0]["predicate_type"]
    assert code == 0
    assert verify(*said, "--type", kind)[0] == 0
    assert verify(*said, "--type", "https://slsa.dev/verification_summary/v1")[0] == 1


@needs_vectors
def test_a_pattern_is_of_the_whole_name() -> None:
    bundle = str(VECTORS / "happy-path-v0.3" / "bundle.sigstore.json")
    artifact = str(VECTORS / "a.txt")
    issuer = ["--certificate-oidc-issuer", ACTIONS]
    whole = r"https://github\.com/sigstore-conformance/.*@refs/heads/main"
    assert verify(bundle, artifact, "--certificate-identity-regexp", whole, *issuer)[0] == 0
    part = r"https://github\.com/sigstore-conformance/"
    assert verify(bundle, artifact, "--certificate-identity-regexp", part, *issuer)[0] == 1


@needs_vectors
@pytest.mark.parametrize(
    "said",
    [
        [],
        ["--certificate-identity", WORKFLOW],
        [
            "--certificate-identity",
            "a",
            "--certificate-identity-regexp",
            "abc",
            "--certificate-oidc-issuer",
            "b",
        ],
        ["--certificate-identity-regexp", ".*", "--certificate-oidc-issuer", ACTIONS],
        ["--key", str(VECTORS / "managed-key-happy-path" / "key.pub"), "--certificate-identity", "a"],
        ["--key", "/nonexistent"],
    ],
)
def test_calls_that_make_no_sense(said: list[str]) -> None:
    bundle = str(VECTORS / "happy-path-v0.3" / "bundle.sigstore.json")
    assert verify(bundle, str(VECTORS / "a.txt"), *said)[0] == 2


@needs_vectors
def test_a_file_that_is_not_there() -> None:
    *said, _artifact = options(VECTORS / "happy-path-v0.3")
    done = CliRunner().invoke(main, ["verify", *said, "/nonexistent"])
    assert done.exit_code == 2
    assert "/nonexistent can't be read" in done.stderr


@needs_vectors
def test_people_read_each_step() -> None:
    done = CliRunner().invoke(main, ["verify", *options(VECTORS / "dsse-invalid-sig_fail")])
    assert done.exit_code == 1
    assert "the certificate's key does not verify the signature" in done.stdout
    assert done.stdout.rstrip().endswith("not verified")
