"""`pratique verify` with notation's own files: its policy, its trust store, CRLs."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TypedDict

import pytest
from click.testing import CliRunner, Result
from cryptography.hazmat.primitives.serialization import Encoding
from tests.authorities import Authority, Holder, leaf_extensions
from tests.layouts import Made
from tests.notation import (
    attached,
    descriptor,
    notation_signer,
    self_signed_signer,
    sign_cose,
    sign_jws,
    trust_policy,
)
from tests.revoking import crl, crl_place, entry
from tests.signing import SigningKey, sign_bundle

from pratique.cli import main
from pratique.clock import DAY, SystemClock

TODAY = SystemClock().now()
YESTERDAY = TODAY - DAY


class Dates(TypedDict):
    """From when until when."""

    start: int
    end: int


SPAN: Dates = {"start": TODAY - 30 * DAY, "end": TODAY + 30 * DAY}
ROOT = Authority.new("acme", **SPAN)
SIGNER = notation_signer(ROOT, **SPAN)


class Files:
    """A layout with an image, and the files that say whom to trust."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "layout").mkdir()
        self.made = Made(folder / "layout")
        self.policy = folder / "trustpolicy.json"
        self.policy.write_bytes(trust_policy())
        self.store = folder / "truststore"
        self.put("ca", "acme", ROOT)
        self.crls = folder / "crls"
        self.crls.mkdir()

    def put(self, kind: str, name: str, holder: Holder, encoding: Encoding = Encoding.PEM) -> Path:
        path = self.store / "x509" / kind / name / "acme.crt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(holder.certificate.public_bytes(encoding))
        return path

    def sign(self, signer: Holder = SIGNER, form: str = "jws") -> None:
        subject = self.made.path(self.made.image["digest"]).read_bytes()
        target = descriptor(self.made.image["digest"], len(subject))
        sign = sign_jws if form == "jws" else sign_cose
        self.made.attach(attached(subject, sign(signer, target, at=YESTERDAY)))

    def verify(self, *more: str, without: Sequence[str] = ()) -> Result:
        said = {
            "--notation-policy": self.policy,
            "--notation-store": self.store,
            "--notation-scope": "acme.test/app",
        }
        options = [text for name, value in said.items() if name not in without for text in (name, str(value))]
        return CliRunner().invoke(main, ["verify", self.made.name, *options, *more, "--format", "json"])


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path)


@pytest.mark.parametrize("form", ["jws", "cose"])
@pytest.mark.parametrize("encoding", [Encoding.PEM, Encoding.DER])
def test_signed_by_whom_the_store_holds(files: Files, form: str, encoding: Encoding) -> None:
    files.put("ca", "acme", ROOT, encoding)
    files.sign(form=form)
    found = files.verify()
    assert found.exit_code == 0, found.output
    (evidence,) = json.loads(found.stdout)["evidence"]
    assert (evidence["scheme"], evidence["is_signature"], evidence["verified"]) == (
        f"notation-{form}",
        True,
        True,
    )


def test_signed_by_somebody_else(files: Files) -> None:
    files.sign(notation_signer(Authority.new("acme", **SPAN), **SPAN))
    found = files.verify()
    assert found.exit_code == 1
    (evidence,) = json.loads(found.stdout)["evidence"]
    assert any("authenticity" in check["name"] and not check["ok"] for check in evidence["checks"])


def test_a_policy_for_another_repository(files: Files) -> None:
    files.policy.write_bytes(trust_policy(scopes=["acme.test/app"]))
    files.sign()
    assert files.verify().exit_code == 0
    assert files.verify("--notation-scope", "acme.test/other").exit_code == 1
    assert files.verify(without=["--notation-scope"]).exit_code == 1


@pytest.mark.parametrize(("level", "code"), [("strict", 1), ("permissive", 1), ("audit", 0), ("skip", 1)])
def test_levels_say_what_notation_would(files: Files, level: str, code: int) -> None:
    document = json.loads(trust_policy(level, scopes=["acme.test/app"]))
    if level == "skip":
        (policy,) = document["trustPolicies"]
        del policy["trustStores"], policy["trustedIdentities"]
    files.policy.write_text(json.dumps(document))
    files.sign(notation_signer(Authority.new("stranger", **SPAN), **SPAN))
    found = files.verify()
    assert found.exit_code == code, found.stderr


def test_crls(files: Files) -> None:
    root = Authority.new("listing", **SPAN)
    signer = notation_signer(root, extensions=[*leaf_extensions(), crl_place()], **SPAN)
    files.put("ca", "acme", root)
    files.sign(signer)
    # Strict: what can't be asked about is refused, and nothing is fetched.
    assert files.verify().exit_code == 1
    dates: Dates = {"start": YESTERDAY, "end": TODAY + DAY}
    (files.crls / "root.crl").write_bytes(crl(root, **dates))
    assert files.verify("--crl-dir", str(files.crls)).exit_code == 0
    (files.crls / "root.crl").write_bytes(crl(root, entry(signer, when=YESTERDAY), **dates))
    found = files.verify("--crl-dir", str(files.crls))
    assert found.exit_code == 1
    assert "was revoked" in found.stdout


def test_beside_a_key(files: Files) -> None:
    key = SigningKey()
    files.made.attach(sign_bundle(key, files.made.image))
    public = files.folder / "cosign.pub"
    public.write_text(key.pem)
    assert files.verify().exit_code == 1
    assert files.verify("--key", str(public)).exit_code == 0


def test_a_store_of_self_signed_signers(files: Files) -> None:
    alone = self_signed_signer(**SPAN)
    files.put("ca", "acme", alone)
    files.sign(alone)
    assert files.verify().exit_code == 0


@pytest.mark.parametrize(
    "case", ["leaf", "link", "nested", "no x509", "tsa", "crl", "policy", "no policy", "damaged"]
)
def test_files_that_are_no_good(files: Files, case: str) -> None:
    more: list[str] = []
    without: list[str] = []
    store = files.store / "x509" / "ca" / "acme"
    match case:
        case "leaf":
            files.put("ca", "acme", SIGNER)
        case "link":
            (store / "b.crt").symlink_to(store / "acme.crt")
        case "nested":
            (store / "deeper").mkdir()
        case "no x509":
            (files.store / "x509").rename(files.store / "x")
        case "tsa":
            files.put("tsa", "times", ROOT.issue_authority("between", **SPAN))
        case "crl":
            (files.crls / "x.crl").write_text("no list")
            more = ["--crl-dir", str(files.crls)]
        case "policy":
            files.policy.write_text("{}")
        case "no policy":
            without = ["--notation-policy"]
        case "damaged":
            (store / "b.crt").write_bytes(b"\x30\x00")
    found = files.verify(*more, without=without)
    assert found.exit_code == 2, found.output
    assert "Error: " in found.stderr


def test_a_bundle_is_not_asked_about_by_notation(files: Files) -> None:
    bundle = files.folder / "a.json"
    bundle.write_text("{}")
    done = CliRunner().invoke(
        main, ["verify", str(bundle), str(bundle), "--notation-policy", str(files.policy)]
    )
    assert done.exit_code == 2
    assert "lie beside their artifact" in done.stderr
