"""Bills of materials that we write: valid by their schemas, complete, and the same bytes each time."""

import json
from pathlib import Path
from typing import Any, Final

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pratique.inventory.contents import Contents, ImageFacts, Located
from pratique.inventory.package import Package
from pratique.inventory.readers.os_release import Distribution
from pratique.inventory.sbom import Subject, read_document, read_sbom, write_cyclonedx, write_spdx

SCHEMAS: Final = Path(__file__).parents[1] / "schemas"
DIGEST: Final = "sha256:" + "ab" * 32
LAYER: Final = "sha256:" + "cd" * 32
SUBJECT: Final = Subject("registry.example.org/library/app:1.0", DIGEST, "registry.example.org/library/app")


def schema(name: str) -> Any:
    return json.loads((SCHEMAS / name).read_bytes())


def validator(name: str, *others: str) -> jsonschema_rs.Draft7Validator:
    found = schema(name)
    base = found["$id"].rpartition("/")[0]
    registry = jsonschema_rs.Registry([(f"{base}/{other}", schema(other)) for other in others])
    return jsonschema_rs.Draft7Validator(found, registry=registry)


CYCLONEDX: Final = validator(
    "bom-1.6.SNAPSHOT.schema.json", "spdx.SNAPSHOT.schema.json", "jsf-0.82.SNAPSHOT.schema.json"
)
SPDX: Final = validator("spdx-schema-2.3.json")

PACKAGES: Final = (
    Located(
        Package(
            "deb",
            "bsdutils",
            "1:2.36.1-8",
            architecture="amd64",
            source="util-linux",
            source_version="2.36.1-8",
            vendor="LaMont Jones <lamont@debian.org>",
            licenses=("GPL-2+", "MIT"),
        ),
        "var/lib/dpkg/status",
        LAYER,
        "dpkg",
    ),
    Located(
        Package("npm", "core", "7.1.0", namespace="@babel", licenses=("MIT",)), "app/a/package.json", LAYER
    ),
    Located(
        Package("npm", "core", "7.1.0", namespace="@babel", licenses=("MIT",)), "app/b/package.json", LAYER
    ),
    Located(
        Package("pypi", "six", "1.16.0", licenses=("whatever you like\nreally",)),
        "usr/lib/x",
        "",
        "python",
        "owned",
    ),
    Located(Package("golang", "stdlib", "1.20.1"), "usr/bin/app\udcff", LAYER, "golang"),
)
CONTENTS: Final = Contents(
    Distribution("debian", "11", "Debian GNU/Linux 11 (bullseye)"),
    PACKAGES,
    ImageFacts(created="2026-01-02T05:04:05.123456789+02:00"),
)
BARE: Final = Contents(None, (), None)


def cyclonedx(contents: Contents = CONTENTS, subject: Subject = SUBJECT) -> Any:
    document = json.loads(write_cyclonedx(contents, subject))
    CYCLONEDX.validate(document)
    return document


def spdx(contents: Contents = CONTENTS, subject: Subject = SUBJECT) -> Any:
    document = json.loads(write_spdx(contents, subject))
    SPDX.validate(document)
    return document


def test_the_schemas_refuse_what_is_wrong() -> None:
    with pytest.raises(jsonschema_rs.ValidationError):
        CYCLONEDX.validate({**cyclonedx(), "components": [{"type": "library"}]})
    with pytest.raises(jsonschema_rs.ValidationError):
        SPDX.validate({**spdx(), "packages": [{"name": "nothing else"}]})


def test_cyclonedx_says_what_it_is_of() -> None:
    document = cyclonedx()
    root = document["metadata"]["component"]
    assert document["metadata"]["timestamp"] == "2026-01-02T03:04:05Z"
    assert root["purl"].startswith("pkg:oci/app@sha256")
    assert root["hashes"] == [{"alg": "SHA-256", "content": "ab" * 32}]
    assert len(document["dependencies"][0]["dependsOn"]) == len(document["components"]) == 6


def test_cyclonedx_says_where_each_package_is() -> None:
    components = {each.get("purl", each["name"]): each for each in cyclonedx()["components"]}
    assert components["debian"]["type"] == "operating-system"
    purl = "pkg:deb/debian/bsdutils@1:2.36.1-8?arch=amd64&distro=debian-11&upstream=util-linux%402.36.1-8"
    bsdutils = components[purl]
    assert {each["name"]: each["value"] for each in bsdutils["properties"]} == {
        "pratique:layer": LAYER,
        "pratique:path": "var/lib/dpkg/status",
        "pratique:reader": "dpkg",
        "pratique:source": "util-linux",
        "pratique:source_version": "2.36.1-8",
    }
    assert bsdutils["licenses"] == [{"license": {"name": "GPL-2+"}}, {"license": {"name": "MIT"}}]
    assert components["pkg:npm/%40babel/core@7.1.0"]["licenses"] == [{"expression": "MIT"}]


def test_the_same_package_at_two_places_is_two_components() -> None:
    twice = [each for each in cyclonedx()["components"] if each["name"] == "@babel/core"]
    assert len({each["bom-ref"] for each in twice}) == len(twice) == 2


def test_spdx_says_where_each_package_is() -> None:
    document = spdx()
    packages = {each["SPDXID"]: each for each in document["packages"]}
    bsdutils = next(each for each in packages.values() if each["name"] == "bsdutils")
    assert bsdutils["supplier"] == "Organization: LaMont Jones (lamont@debian.org)"
    assert bsdutils["sourceInfo"].startswith(f"path var/lib/dpkg/status, layer {LAYER}, reader dpkg")
    assert bsdutils["licenseDeclared"].endswith(" AND MIT")
    contained = [each["relatedSpdxElement"] for each in document["relationships"]]
    assert sorted(contained) == sorted(packages)
    assert document["creationInfo"]["created"] == "2026-01-02T03:04:05Z"


def test_a_name_is_whole_for_whoever_reads_no_package_urls() -> None:
    """osv-scanner 2.5 looks names up."""
    packages = (
        Package("golang", "net", "v0.1.0", namespace="golang.org/x"),
        Package("npm", "core", "7.1.0", namespace="@babel"),
        Package("maven", "log4j-core", "2.14.1", namespace="org.apache.logging.log4j"),
        Package("deb", "curl", "7.1-1", namespace="debian"),
    )
    contents = Contents(None, tuple(Located(one, "a", LAYER) for one in packages), None)
    told = {(one.get("group"), one["name"]) for one in cyclonedx(contents)["components"]}
    assert told == {
        (None, "golang.org/x/net"),
        (None, "@babel/core"),
        ("org.apache.logging.log4j", "log4j-core"),
        (None, "curl"),
    }
    names = {one["name"] for one in spdx(contents)["packages"]}
    assert names > {"golang.org/x/net", "@babel/core", "org.apache.logging.log4j:log4j-core", "curl"}


def test_spdx_refers_only_to_licences_that_it_tells() -> None:
    document = spdx()
    declared = " ".join(each["licenseDeclared"] for each in document["packages"])
    told = {each["licenseId"]: each["extractedText"] for each in document["hasExtractedLicensingInfos"]}
    assert {word for word in declared.split() if word.startswith("LicenseRef-")} == set(told)
    assert set(told.values()) == {"GPL-2+", "whatever you like\nreally"}


@pytest.mark.parametrize("write", [write_cyclonedx, write_spdx])
def test_the_same_contents_are_the_same_bytes(write: Any) -> None:
    turned = Contents(CONTENTS.distribution, tuple(reversed(PACKAGES)), CONTENTS.facts)
    assert write(CONTENTS, SUBJECT) == write(turned, SUBJECT)
    assert write(CONTENTS, SUBJECT) != write(CONTENTS, Subject(SUBJECT.name, LAYER, SUBJECT.repository))


def test_the_serial_number_is_that_of_the_digest() -> None:
    assert cyclonedx()["serialNumber"] == cyclonedx(BARE)["serialNumber"]
    assert cyclonedx()["serialNumber"][9:] == spdx()["documentNamespace"][-36:]
    rootless = Subject("a folder")
    assert cyclonedx(subject=rootless)["serialNumber"] != cyclonedx(BARE, rootless)["serialNumber"]


@pytest.mark.parametrize("said", ["", "yesterday", "2026-01-01T00:00:00", "9999-12-31T23:59:59-14:00"])
def test_what_says_no_date_is_of_the_epoch(said: str) -> None:
    undated = Contents(None, (), ImageFacts(created=said))
    assert cyclonedx(undated)["metadata"]["timestamp"] == "1970-01-01T00:00:00Z"
    assert spdx(undated)["creationInfo"]["created"] == "1970-01-01T00:00:00Z"


TEXT: Final = st.text(max_size=20)
NAMED: Final = st.text(st.characters(blacklist_categories=["Cs", "Cc"]), min_size=1, max_size=20).filter(
    lambda name: name.strip("/ @") == name and bool(name.replace("/", "").strip())
)
LOCATED: Final = st.builds(
    Located,
    st.builds(
        Package,
        st.sampled_from(["deb", "apk", "npm", "pypi", "golang", "maven"]),
        NAMED,
        TEXT,
        architecture=TEXT,
        vendor=TEXT,
        licenses=st.lists(TEXT, max_size=3).map(tuple),
    ),
    TEXT,
    st.sampled_from(["", LAYER]),
)


@settings(max_examples=100)
@given(st.lists(LOCATED, max_size=4).map(tuple), NAMED)
def test_whatever_strangers_write_the_documents_are_valid(packages: tuple[Located, ...], name: str) -> None:
    contents = Contents(Distribution("x", "1"), packages, None)
    assert cyclonedx(contents, Subject(name, DIGEST))["bomFormat"] == "CycloneDX"
    assert spdx(contents, Subject(name, DIGEST))["spdxVersion"] == "SPDX-2.3"


@pytest.mark.parametrize("write", [write_cyclonedx, write_spdx])
def test_what_is_written_can_be_read(write: Any) -> None:
    content = write(CONTENTS, SUBJECT)
    found = {(each.type, each.namespace, each.name, each.version, each.source) for each in read_sbom(content)}
    assert found == {
        ("deb", "debian", "bsdutils", "1:2.36.1-8", "util-linux"),
        ("npm", "@babel", "core", "7.1.0", ""),
        ("pypi", "", "six", "1.16.0", ""),
        ("golang", "", "stdlib", "1.20.1", ""),
    }
    assert read_document(content).distribution == Distribution("debian", "11")
