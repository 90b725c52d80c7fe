"""What a package URL is looked up by: sources of distributions, releases, spellings of names."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pratique.packages.ecosystem import Ecosystem, name_key, of_release, read_ecosystem
from pratique.packages.purl import LENGTH_LIMIT, Component, InvalidPurl, component_of


@pytest.mark.parametrize(
    ("purl", "ecosystem", "name", "version"),
    [
        ("pkg:deb/debian/curl@7.74.0-1?arch=amd64&distro=debian-11", "Debian:11", "curl", "7.74.0-1"),
        ("pkg:deb/debian/curl@7.74.0-1?distro=debian-11.6", "Debian:11", "curl", "7.74.0-1"),
        ("pkg:deb/debian/curl@7.50.3-1?arch=i386&distro=jessie", "Debian:8", "curl", "7.50.3-1"),
        ("pkg:deb/ubuntu/bash@5.1?distro=ubuntu-jammy", "Ubuntu:22.04", "bash", "5.1"),
        ("pkg:deb/debian/libcurl4@7.74.0-1?distro=debian-11&upstream=curl", "Debian:11", "curl", "7.74.0-1"),
        (
            "pkg:deb/debian/bsdutils@1:2.36?distro=debian-11&upstream=util-linux%402.36",
            "Debian:11",
            "util-linux",
            "2.36",
        ),
        ("pkg:deb/ubuntu/bash@5.1?distro=ubuntu-22.04", "Ubuntu:22.04", "bash", "5.1"),
        ("pkg:apk/alpine/musl@1.2.3-r4?distro=alpine-3.18.4", "Alpine:v3.18", "musl", "1.2.3-r4"),
        ("pkg:apk/alpaquita/os-prober?arch=source&distro=23", "Alpaquita:23", "os-prober", ""),
        ("pkg:apk/alpaquita/zlib@1-r0?distro=alpaquita-stream", "Alpaquita:stream", "zlib", "1-r0"),
        ("pkg:apk/wolfi/zlib@1-r0?distro=wolfi", "Wolfi", "zlib", "1-r0"),
        (
            "pkg:rpm/almalinux/curl@7.61-3.el8?distro=almalinux-8.9&epoch=1",
            "AlmaLinux:8",
            "curl",
            "1:7.61-3.el8",
        ),
        ("pkg:golang/stdlib@go1.20.1", "Go", "stdlib", "1.20.1"),
        (
            "pkg:golang/github.com/Azure/go-autorest@v14.2.0",
            "Go",
            "github.com/azure/go-autorest",
            "v14.2.0",
        ),
        ("pkg:npm/%40Angular/core@1.0.0", "npm", "@angular/core", "1.0.0"),
        (
            "pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1",
            "Maven",
            "org.apache.logging.log4j:log4j-core",
            "2.14.1",
        ),
        ("pkg:pypi/Zope.Interface__x@5.0", "PyPI", "zope-interface-x", "5.0"),
        ("pkg:cargo/serde_json@1.0.0", "crates.io", "serde-json", "1.0.0"),
        ("pkg:bitnami/WordPress@6.0", "Bitnami", "wordpress", "6.0"),
    ],
)
def test_what_it_is_looked_up_by(purl: str, ecosystem: str, name: str, version: str) -> None:
    assert component_of(purl) == Component(read_ecosystem(ecosystem), name, version)


@pytest.mark.parametrize("purl", ["pkg:generic/openssl@1", "pkg:deb/unheard-of/x@1", "pkg:oci/image@sha256"])
def test_what_nobody_speaks_of(purl: str) -> None:
    assert component_of(purl) is None


def test_a_distribution_without_release_is_vague() -> None:
    found = component_of("pkg:deb/debian/curl@7.74.0-1")
    assert found is not None
    assert found.ecosystem.is_vague
    assert not of_release("Wolfi", "20230201").is_vague


@pytest.mark.parametrize(
    "text", ["", "curl", "pkg:", "pkg:deb", "http://example.org", "pkg:npm/" + "a" * LENGTH_LIMIT]
)
def test_what_is_no_package_url(text: str) -> None:
    with pytest.raises(InvalidPurl):
        component_of(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ubuntu:22.04:LTS", Ecosystem("Ubuntu", "22.04")),
        ("Ubuntu:22.04", Ecosystem("Ubuntu", "22.04")),
        ("Ubuntu:23.10", Ecosystem("Ubuntu", "23.10")),
        ("Ubuntu:Pro:18.04:LTS", Ecosystem("Ubuntu", "18.04", "pro")),
        ("Debian:11", Ecosystem("Debian", "11")),
        ("Debian", Ecosystem("Debian")),
        ("Alpine:v3.18", Ecosystem("Alpine", "v3.18")),
        ("AlmaLinux:8", Ecosystem("AlmaLinux", "8")),
        ("npm", Ecosystem("npm")),
    ],
)
def test_how_records_name_ecosystems(text: str, expected: Ecosystem) -> None:
    assert read_ecosystem(text) == expected
    assert read_ecosystem(str(expected)) == expected


def test_names_are_compared_as_each_ecosystem_does() -> None:
    assert name_key("PyPI", "Flask_SQLAlchemy") == name_key("PyPI", "flask-sqlalchemy")
    assert name_key("Maven", "a:B") != name_key("Maven", "a:b")


@given(text=st.text(max_size=60))
def test_any_text_is_one_or_not(text: str) -> None:
    with suppress(InvalidPurl):
        component_of(text)
    with suppress(InvalidPurl):
        component_of(f"pkg:deb/{text}")
