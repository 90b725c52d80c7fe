"""Bundles: packed, signed, opened, imported; and each way in which one does not count."""

import json
import shutil
import tarfile
import zipfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from tests.advising import Desk, catalogue, record

from pratique.advisories import Answers, Edition, Importer, Outcome, Shrinks, supplies
from pratique.advisories.packed import Packing, is_layout, opened, pack
from pratique.advisories.record import RecordInvalid
from pratique.bootstrap.advising import KeySealer, KeyWitness, sealer_of
from pratique.clock import DAY, Moment
from pratique.errors import BadRequest, Conflict, Forbidden, Invalid, PratiqueError
from pratique.oci.digest import digest_of


@dataclass(frozen=True)
class Key:
    """A key pair in two files."""

    private: Path
    public: Path

    @classmethod
    def make(cls, folder: Path, name: str) -> "Key":
        key = ec.generate_private_key(ec.SECP256R1())
        made = cls(folder / f"{name}.key", folder / f"{name}.pub")
        made.private.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        made.public.write_bytes(
            key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        )
        return made

    @property
    def sealer(self) -> KeySealer:
        return sealer_of(self.private, None)


class Packer(Desk):
    """A desk that packs what lies in its folder `osv`, and imports what was packed."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.key = Key.make(folder, "ours")
        self.osv = folder / "osv"
        self.osv.mkdir()

    def write(self, source: str, *records: dict[str, Any]) -> None:
        (self.osv / source).mkdir(exist_ok=True)
        shutil.move(self.zip(f"osv/{source}", *records), self.osv / source / "all.zip")

    def pack(self, to: str, version: int = 1, *, key: Key | None = None, name: str = "advisories") -> Edition:
        now = self.clock.now()
        packing = Packing(name, version, now, Moment(now + 14 * DAY))
        return pack(supplies(self.osv), packing, (key or self.key).sealer, self.folder / to)

    def open_import(self, name: str, *keys: Key, allow_shrink: bool = False) -> tuple[Outcome, ...]:
        witness = KeyWitness(tuple(key.public for key in keys or (self.key,)), self.clock)
        with opened(self.folder / name, witness, self.folder) as bundle:
            importer = Importer(self.revisions, self.clock, allow_unsigned=False)
            return importer.take(bundle.supplies, [bundle.edition], allow_shrink=allow_shrink).outcomes


@pytest.fixture
def packer(tmp_path: Path) -> Packer:
    made = Packer(tmp_path)
    made.write("PyPI", *[record(number) for number in range(1, 41)])
    return made


@pytest.mark.parametrize("name", ["bundle", "bundle.tar"])
def test_what_was_packed_is_imported_and_recorded_as_signed(packer: Packer, name: str) -> None:
    (packer.osv / "kev.json").write_text(json.dumps(catalogue("CVE-2026-2")))
    (packer.osv / "epss.csv").write_text("cve,epss,percentile\nCVE-2026-1,0.97,0.99\n")
    edition = packer.pack(name, 7)
    assert is_layout(packer.folder / name)
    outcomes = {outcome.source: outcome for outcome in packer.open_import(name)}
    assert {source: (one.added, one.signed) for source, one in outcomes.items()} == {
        "PyPI": (40, True),
        "epss": (1, True),
        "kev": (1, True),
    }
    (first,), (second,) = packer.about("pkg:pypi/package-1@1"), packer.about("pkg:pypi/package-2@1")
    assert (first.exploitation, str(second.severity)) == (0.97, "critical")
    with closing(Answers(packer.revisions)) as answers:
        status = answers.status()
    assert all(source["signed"] for source in status["sources"])
    (bundle,) = status["bundles"]
    assert (bundle["name"], bundle["version"], bundle["digest"]) == ("advisories", 7, edition.digest)


def test_a_folder_of_records_is_packed_the_same_each_time(packer: Packer) -> None:
    shutil.rmtree(packer.osv / "PyPI")
    (packer.osv / "PyPI").mkdir()
    for number in (1, 2):
        (packer.osv / "PyPI" / f"{number}.json").write_text(json.dumps(record(number)))
    assert packer.pack("a") == packer.pack("b")
    assert packer.open_import("a")[0].added == 2


def test_it_is_an_artifact_as_registries_know_them(packer: Packer) -> None:
    edition = packer.pack("bundle")
    index = json.loads((packer.folder / "bundle" / "index.json").read_bytes())
    manifest, signature = (
        json.loads((packer.folder / "bundle" / "blobs" / one["digest"].replace(":", "/")).read_bytes())
        for one in index["manifests"]
    )
    assert manifest["artifactType"] == "application/vnd.pratique.advisories.v1"
    assert manifest["config"]["mediaType"] == "application/vnd.oci.empty.v1+json"
    assert [layer["mediaType"] for layer in manifest["layers"]] == [
        "application/vnd.pratique.advisories.osv.v1+zip"
    ]
    assert signature["subject"]["digest"] == edition.digest
    assert signature["artifactType"] == "application/vnd.dev.sigstore.bundle.v0.3+json"


def test_the_next_edition_brings_what_changed_and_only_that_is_read(packer: Packer) -> None:
    packer.pack("1", 1)
    packer.open_import("1")
    packer.write("PyPI", record(1, fixed="3.0"), *[record(number) for number in range(3, 42)])
    packer.pack("2", 2)
    (outcome,) = packer.open_import("2")
    told = (outcome.added, outcome.changed, outcome.removed, outcome.unchanged)
    assert told == (1, 1, 1, 38)
    assert packer.ids("pkg:pypi/package-1@2.5") == ["PYSEC-2026-1"]
    assert packer.ids("pkg:pypi/package-2@1") == []
    assert packer.ids("pkg:pypi/package-41@1") == ["PYSEC-2026-41"]


def test_the_same_edition_may_come_again(packer: Packer) -> None:
    packer.pack("1")
    packer.open_import("1")
    assert packer.open_import("1")[0].unchanged == 40


def test_crc_and_size_of_plain_files_prove_nothing(packer: Packer) -> None:
    """Somebody plants a record whose CRC is that of a record to come: the signed one is read all the same."""
    planted = packer.zip("PyPI", *[record(number) for number in range(1, 41)])
    packer.take(planted)
    with packer.revisions.next() as draft:
        assert draft.execute("SELECT count(*) FROM mark").fetchone() == (0,)
        draft.execute("UPDATE advisory SET content = x'00'")
    packer.pack("1")
    (outcome,) = packer.open_import("1")
    assert (outcome.changed, outcome.unchanged) == (40, 0)


def test_plain_files_after_a_bundle_take_its_word_away(packer: Packer) -> None:
    packer.pack("1")
    packer.open_import("1")
    packer.take(packer.zip("PyPI", *[record(number) for number in range(1, 42)]))
    with packer.revisions.next() as draft:
        assert draft.execute("SELECT count(*) FROM mark").fetchone() == (0,)
        assert draft.execute("SELECT signed FROM source").fetchone() == (0,)


# --- refused ------------------------------------------------------------------------------------------------------


def test_a_bundle_of_somebody_else(packer: Packer) -> None:
    stranger = Key.make(packer.folder, "stranger")
    packer.pack("bundle", key=stranger)
    with pytest.raises(Forbidden, match=r"is not signed by a key of advisories\.bundle_keys"):
        packer.open_import("bundle")
    assert packer.open_import("bundle", packer.key, stranger)[0].added == 40


def test_where_no_key_is_named_no_bundle_counts(packer: Packer) -> None:
    packer.pack("bundle")
    with (
        pytest.raises(Forbidden, match="names no key"),
        opened(packer.folder / "bundle", KeyWitness((), packer.clock), packer.folder),
    ):
        pytest.fail("it was opened")


def test_a_bundle_that_is_older_than_the_last(packer: Packer) -> None:
    packer.pack("1", 1)
    packer.pack("2", 2)
    packer.open_import("2")
    with pytest.raises(Conflict, match="is older than what is here"):
        packer.open_import("1", allow_shrink=True)
    assert packer.revisions.number == 1


def test_versions_of_another_name_are_counted_apart(packer: Packer) -> None:
    packer.pack("2", 2)
    packer.open_import("2")
    packer.pack("1", 1, name="others")
    assert packer.open_import("1")[0].unchanged == 40


def test_a_bundle_that_has_expired(packer: Packer) -> None:
    packer.pack("bundle")
    packer.clock.advance(seconds=14 * 86_400)
    with pytest.raises(Conflict, match="expired on"):
        packer.open_import("bundle")
    assert packer.revisions.number == 0


def test_a_bundle_that_would_say_much_less(packer: Packer) -> None:
    packer.pack("1", 1)
    packer.open_import("1")
    packer.write("PyPI", *[record(number) for number in range(1, 36)])
    packer.pack("2", 2)
    with pytest.raises(Shrinks, match="would lose 5 of its 40 advisories"):
        packer.open_import("2")
    assert packer.open_import("2", allow_shrink=True)[0].removed == 5


def test_plain_files_where_only_bundles_count(packer: Packer) -> None:
    importer = Importer(packer.revisions, packer.clock, allow_unsigned=False)
    with pytest.raises(Forbidden, match=r"allow_unsigned = true"):
        importer.take(supplies(packer.osv))
    assert packer.revisions.number == 0


def blob(folder: Path, digest: str) -> Path:
    return folder / "blobs" / digest.replace(":", "/")


def swap_layer(folder: Path) -> None:
    """Other bytes under the same digest."""
    path = max((folder / "blobs" / "sha256").iterdir(), key=lambda one: one.stat().st_size)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("PYSEC-2026-1.json", json.dumps(record(1, fixed="0.1")))


def cut_layer(folder: Path) -> None:
    path = max((folder / "blobs" / "sha256").iterdir(), key=lambda one: one.stat().st_size)
    path.write_bytes(path.read_bytes()[:-1])


def drop_layer(folder: Path) -> None:
    max((folder / "blobs" / "sha256").iterdir(), key=lambda one: one.stat().st_size).unlink()


def link_layer(folder: Path) -> None:
    path = max((folder / "blobs" / "sha256").iterdir(), key=lambda one: one.stat().st_size)
    path.rename(folder / "elsewhere")
    path.symlink_to(folder / "elsewhere")


def swap_manifest(folder: Path) -> None:
    """Another manifest, properly digested, with the old signature beside it."""
    index = json.loads((folder / "index.json").read_bytes())
    old = index["manifests"][0]
    manifest = json.loads(blob(folder, old["digest"]).read_bytes())
    manifest["annotations"]["x"] = "y"
    content = json.dumps(manifest).encode()
    old |= {"digest": digest_of(content), "size": len(content)}
    blob(folder, old["digest"]).write_bytes(content)
    (folder / "index.json").write_text(json.dumps(index))


def drop_signature(folder: Path) -> None:
    index = json.loads((folder / "index.json").read_bytes())
    del index["manifests"][1]
    (folder / "index.json").write_text(json.dumps(index))


def two_bundles(folder: Path) -> None:
    index = json.loads((folder / "index.json").read_bytes())
    content = blob(folder, index["manifests"][0]["digest"]).read_bytes() + b"\n"
    index["manifests"].append(
        {**index["manifests"][0], "digest": digest_of(content), "size": len(content)},
    )
    blob(folder, digest_of(content)).write_bytes(content)
    (folder / "index.json").write_text(json.dumps(index))


def no_marker(folder: Path) -> None:
    (folder / "oci-layout").write_text("{}")


@pytest.mark.parametrize(
    ("harm", "why"),
    [
        (swap_layer, "are others"),
        (cut_layer, "are others"),
        (drop_layer, "has no blobs"),
        (link_layer, "has no blobs"),
        (swap_manifest, "there is no signature beside it"),
        (drop_signature, "there is no signature beside it"),
        (two_bundles, "holds 2 bundles"),
        (no_marker, "does not say which version"),
    ],
)
def test_a_bundle_that_somebody_changed(packer: Packer, harm: Callable[[Path], None], why: str) -> None:
    packer.pack("bundle")
    harm(packer.folder / "bundle")
    with pytest.raises(PratiqueError, match=why):
        packer.open_import("bundle")
    assert packer.revisions.number == 0
    assert not list(packer.folder.glob(".opened-*"))


@pytest.mark.parametrize("name", ["../../outside", "/etc/passwd", "blobs/../index.json"])
def test_names_in_a_tar_lead_nowhere(packer: Packer, name: str) -> None:
    packer.pack("bundle.tar")
    path = packer.folder / "bundle.tar"
    with tarfile.open(path, "a") as tar:
        tar.addfile(tarfile.TarInfo(name))
    assert packer.open_import("bundle.tar")[0].added == 40
    assert not (packer.folder.parent / "outside").exists()


def test_a_tar_that_has_a_file_twice(packer: Packer) -> None:
    packer.pack("bundle.tar")
    with tarfile.open(packer.folder / "bundle.tar", "a") as tar:
        tar.addfile(tarfile.TarInfo("./index.json"))
    with pytest.raises(Invalid, match="twice"):
        packer.open_import("bundle.tar")


@pytest.mark.parametrize("size", [0, 100, 700, 2_000, 5_000])
def test_a_tar_that_ends_too_early(packer: Packer, size: int) -> None:
    packer.pack("bundle.tar")
    path = packer.folder / "bundle.tar"
    path.write_bytes(path.read_bytes()[:size])
    with pytest.raises(PratiqueError):
        packer.open_import("bundle.tar")
    assert packer.revisions.number == 0


# --- packing ------------------------------------------------------------------------------------------------------


def test_nothing_is_packed_over_another(packer: Packer) -> None:
    packer.pack("bundle")
    with pytest.raises(Conflict, match="never over another"):
        packer.pack("bundle")


def test_a_record_that_nobody_can_read_is_not_signed(packer: Packer) -> None:
    with zipfile.ZipFile(packer.osv / "PyPI" / "all.zip", "a") as archive:
        archive.writestr("bad.json", b"{")
    with pytest.raises(RecordInvalid, match=r"bad\.json"):
        packer.pack("bundle")
    assert not (packer.folder / "bundle").exists()
    assert not list(packer.folder.glob(".packing-*"))


def test_single_records_and_a_source_twice_are_no_state(packer: Packer) -> None:
    single = packer.file("one.json", record(1))
    wanted = supplies(packer.osv)
    packing = Packing("advisories", 1, packer.clock.now(), Moment(packer.clock.now() + DAY))
    with pytest.raises(Invalid, match="is one record"):
        pack(supplies(single, "npm"), packing, packer.key.sealer, packer.folder / "x")
    with pytest.raises(Invalid, match="speak for PyPI"):
        pack(wanted + wanted, packing, packer.key.sealer, packer.folder / "x")
    with pytest.raises(Invalid, match="the same bytes"):
        pack([*wanted, replace(wanted[0], source="other")], packing, packer.key.sealer, packer.folder / "x")


def test_keys_that_can_not_sign(packer: Packer) -> None:
    other = packer.folder / "p384.key"
    key = ec.generate_private_key(ec.SECP384R1())
    other.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    with pytest.raises(BadRequest, match="P-256"):
        sealer_of(other, None)
    for path in (packer.key.public, packer.folder / "missing"):
        with pytest.raises(BadRequest, match="no private key that can be opened"):
            sealer_of(path, None)
    with pytest.raises(BadRequest, match="can't be read"):
        KeyWitness((packer.key.private,), packer.clock)


def test_a_key_with_a_password(packer: Packer) -> None:
    path = packer.folder / "locked.key"
    key = ec.generate_private_key(ec.SECP256R1())
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"word")))
    for password in (None, b"wrong"):
        with pytest.raises(BadRequest, match="no private key that can be opened"):
            sealer_of(path, password)
    assert isinstance(sealer_of(path, b"word"), KeySealer)
