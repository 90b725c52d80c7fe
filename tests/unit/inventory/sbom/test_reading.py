"""SBOMs of others: packages by their package URLs, within limits."""

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pratique.inventory.package import Package, purl_of
from pratique.inventory.readers.os_release import Distribution
from pratique.inventory.readers.reader import Unparsable
from pratique.inventory.sbom import Sbom, read_document, read_sbom, reading


def cyclonedx(*components: dict[str, Any], **fields: Any) -> bytes:
    return json.dumps(
        {"bomFormat": "CycloneDX", "specVersion": "1.5", "components": components, **fields}
    ).encode()


def spdx(*packages: dict[str, Any]) -> bytes:
    return json.dumps({"spdxVersion": "SPDX-2.3", "packages": packages}).encode()


def referring(purl: str, **fields: Any) -> dict[str, Any]:
    reference = {"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": purl}
    return {"name": "x", "externalRefs": [reference], **fields}


CURL = "pkg:deb/debian/libcurl4@7.74.0-1?arch=amd64&distro=debian-11&upstream=curl"


@pytest.mark.parametrize("content", [cyclonedx({"purl": CURL}), spdx(referring(CURL))])
def test_packages_of_distributions(content: bytes) -> None:
    read = read_document(content)
    assert read.packages == (
        Package("deb", "libcurl4", "7.74.0-1", "debian", architecture="amd64", source="curl"),
    )
    assert read.distribution == Distribution("debian", "11")
    assert purl_of(read.packages[0], "debian", "11") == CURL


def test_components_in_components() -> None:
    inner = {"purl": "pkg:npm/b@1", "components": [{"purl": "pkg:npm/c@1"}]}
    assert [each.name for each in read_sbom(cyclonedx({"purl": "pkg:npm/a@1", "components": [inner]}))] == [
        "a",
        "b",
        "c",
    ]


def test_what_the_document_is_of_is_no_part_of_it() -> None:
    content = cyclonedx({"purl": "pkg:oci/app@1"}, metadata={"component": {"purl": "pkg:npm/app@1"}})
    assert read_document(content) == Sbom((), None, 0)


def test_licences() -> None:
    said = [{"license": {"id": "MIT"}}, {"license": {"name": "mine"}}, {"expression": "A OR B"}, {}]
    (package,) = read_sbom(cyclonedx({"purl": "pkg:npm/a@1", "licenses": said}))
    assert package.licenses == ("MIT", "mine", "A OR B")
    (package,) = read_sbom(spdx(referring("pkg:npm/a@1", licenseDeclared="NOASSERTION")))
    assert package.licenses == ()


def test_trivy_tells_sources_in_properties() -> None:
    properties = [
        {"name": "aquasecurity:trivy:SrcName", "value": "util-linux"},
        {"name": "aquasecurity:trivy:SrcEpoch", "value": "1"},
        {"name": "aquasecurity:trivy:SrcVersion", "value": "2.36.1"},
        {"name": "aquasecurity:trivy:SrcRelease", "value": "8"},
    ]
    (package,) = read_sbom(cyclonedx({"purl": "pkg:deb/debian/mount@2", "properties": properties}))
    assert (package.source, package.source_version) == ("util-linux", "1:2.36.1-8")


@pytest.mark.parametrize(
    ("distro", "expected"),
    [
        ("debian-11.5", Distribution("debian", "11.5")),
        ("11.5", Distribution("debian", "11.5")),
        ("opensuse-leap-15.4", Distribution("opensuse-leap", "15.4")),
        ("bullseye", Distribution("bullseye", "")),
    ],
)
def test_the_distribution_by_qualifier(distro: str, expected: Distribution) -> None:
    content = cyclonedx({"purl": f"pkg:deb/debian/a@1?distro={distro}"})
    assert read_document(content).distribution == expected


def test_the_distribution_by_component() -> None:
    system = {"type": "operating-system", "name": "Alpine", "version": "3.18.4"}
    assert read_document(cyclonedx(system)) == Sbom((), Distribution("alpine", "3.18.4"), 0)
    for purpose in ("OPERATING-SYSTEM", "OPERATING_SYSTEM"):
        package = {"name": "alpine", "versionInfo": "3.18", "primaryPackagePurpose": purpose}
        assert read_document(spdx(package)).distribution == Distribution("alpine", "3.18")


def test_two_distributions_are_refused() -> None:
    two = (
        {"purl": "pkg:deb/debian/a@1?distro=debian-11"},
        {"purl": "pkg:deb/ubuntu/a@1?distro=ubuntu-22.04"},
    )
    with pytest.raises(Unparsable, match=r"debian-11, ubuntu-22\.04"):
        read_document(cyclonedx(*two))


def test_components_without_a_package_url_are_counted() -> None:
    assert read_document(cyclonedx({"name": "a"}, {"name": "b"})).nameless == 2


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"{}",
        b"\xff",
        b'{"bomFormat": "SPDX"}',
        b'{"spdxVersion": "SPDX-3.0"}',
        b'{"bomFormat": "CycloneDX", "components": {}}',
        cyclonedx({"purl": "npm/a@1"}),
        cyclonedx({"purl": "pkg:npm/" + "a" * 5000}),
        b'{"bomFormat": "CycloneDX", "components": ' + b'[{"components": ' * 40 + b"[]" + b"}]" * 40 + b"}",
        b'{"bomFormat": "CycloneDX", "x": ' + b"[" * 100_000,
    ],
)
def test_what_is_no_sbom_is_refused(content: bytes) -> None:
    with pytest.raises(Unparsable):
        read_sbom(content)


def test_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "PACKAGE_LIMIT", 1)
    two = ({"purl": "pkg:npm/a@1"}, {"purl": "pkg:npm/b@1"})
    with pytest.raises(Unparsable, match="more than 1 packages"):
        read_sbom(cyclonedx(*two))
    with pytest.raises(Unparsable, match="more than 1 packages"):
        read_sbom(spdx(*(referring(each["purl"]) for each in two)))
    monkeypatch.setattr(reading, "SIZE_LIMIT", 10)
    with pytest.raises(Unparsable, match="10 are read"):
        read_sbom(cyclonedx())


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.just("pkg:npm/a@1"),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["purl", "components", "name"]), inner),
)


@given(VALUES)
def test_strangers_documents_are_read_or_refused(value: Any) -> None:
    with suppress(Unparsable):
        assert isinstance(
            read_sbom(json.dumps({"bomFormat": "CycloneDX", "components": value}).encode()), tuple
        )
