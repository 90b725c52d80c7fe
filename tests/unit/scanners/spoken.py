"""What osv-scanner 2.5.0 and Syft 1.52.0 said of the synthetic Debian of `tests.roots`, cut down by hand."""

from typing import Any, Final

DJANGO: Final[dict[str, Any]] = {
    "package": {
        "name": "django",
        "version": "2.2.0",
        "ecosystem": "PyPI",
        "image_origin_details": {"index": 0},
    },
    "groups": [
        {
            "ids": ["PYSEC-2026-1", "GHSA-aaaa-bbbb-cccc"],
            "aliases": ["CVE-2026-1000", "GHSA-aaaa-bbbb-cccc", "PYSEC-2026-1"],
            "max_severity": "9.8",
        },
        {"ids": ["PYSEC-2026-3"], "aliases": ["PYSEC-2026-3"], "max_severity": ""},
    ],
    "vulnerabilities": [
        {
            "affected": [
                {
                    "package": {"ecosystem": "PyPI", "name": "Django"},
                    "ranges": [
                        {"events": [{"introduced": "2.2"}, {"fixed": "2.2.28"}], "type": "ECOSYSTEM"},
                        {"events": [{"introduced": "3.0"}, {"fixed": "3.2.13"}], "type": "ECOSYSTEM"},
                        {"events": [{"introduced": "0"}, {"fixed": "9e19a4e"}], "type": "GIT"},
                    ],
                }
            ],
            "aliases": ["CVE-2026-1000", "GHSA-aaaa-bbbb-cccc"],
            "id": "PYSEC-2026-1",
            "modified": "2026-07-01T00:00:00Z",
            "references": [{"type": "WEB", "url": "https://example.org/PYSEC-2026-1"}],
            "severity": [
                {"score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", "type": "CVSS_V3"},
            ],
        },
        {
            "affected": [
                {
                    "package": {"ecosystem": "PyPI", "name": "django"},
                    "ranges": [{"events": [{"introduced": "0"}], "type": "ECOSYSTEM"}],
                }
            ],
            "database_specific": {"severity": "MODERATE"},
            "id": "PYSEC-2026-3",
            "modified": "2026-07-01T00:00:00Z",
        },
    ],
}

OPENSSL: Final[dict[str, Any]] = {
    "package": {
        "name": "openssl",
        "os_package_name": "libssl1.1",
        "version": "1.1.1n-0+deb11u3",
        "ecosystem": "Debian:11",
        "image_origin_details": {"index": 0},
    },
    "groups": [
        {
            "ids": ["DSA-9001-1"],
            "aliases": ["CVE-2026-0001", "CVE-2026-0002", "DSA-9001-1"],
            "max_severity": "",
        }
    ],
    "vulnerabilities": [
        {
            "affected": [
                {
                    "package": {"ecosystem": "Debian:10", "name": "openssl"},
                    "ranges": [{"events": [{"introduced": "0"}, {"fixed": "9"}], "type": "ECOSYSTEM"}],
                },
                {
                    "package": {"ecosystem": "Debian:11", "name": "openssl"},
                    "ranges": [
                        {
                            "events": [{"introduced": "0"}, {"fixed": "1.1.1n-0+deb11u4"}],
                            "type": "ECOSYSTEM",
                        }
                    ],
                },
            ],
            "id": "DSA-9001-1",
            "modified": "2026-07-01T00:00:00Z",
            "upstream": ["CVE-2026-0001", "CVE-2026-0002"],
        }
    ],
}

OSV: Final[dict[str, Any]] = {
    "results": [
        {
            "source": {
                "path": "/usr/local/lib/python3.9/dist-packages/Django-2.2.0.dist-info/METADATA",
                "type": "artifact",
            },
            "packages": [DJANGO],
        },
        {"source": {"path": "/var/lib/dpkg/status", "type": "os"}, "packages": [OPENSSL]},
    ],
    "experimental_config": {"licenses": {"summary": False, "allowlist": None}},
    "image_metadata": {"os": "Debian GNU/Linux 11 (bullseye)", "layer_metadata": [], "base_images": [[]]},
}

SYFT: Final[dict[str, Any]] = {
    "artifacts": [
        {
            "id": "e5c4b9a2a4b0f0a1",
            "name": "bsdutils",
            "version": "1:2.36.1-8",
            "type": "deb",
            "foundBy": "dpkg-db-cataloger",
            "locations": [
                {"path": "/var/lib/dpkg/status", "accessPath": "/var/lib/dpkg/status"},
            ],
            "licenses": [],
            "purl": "pkg:deb/debian/bsdutils@1%3A2.36.1-8?arch=amd64&distro=debian-11"
            "&upstream=util-linux%402.36.1-8",
        },
        {
            "id": "0d3a1a33f0e3a8c7",
            "name": "django",
            "version": "2.2.0",
            "type": "python",
            "foundBy": "python-installed-package-cataloger",
            "locations": [
                {"path": "/usr/local/lib/python3.9/dist-packages/Django-2.2.0.dist-info/METADATA"},
            ],
            "purl": "pkg:pypi/django@2.2.0",
        },
    ],
    "artifactRelationships": [],
    "source": {"id": "1", "name": "layout", "version": "sha256:0", "type": "image", "metadata": {}},
    "distro": {"id": "debian", "versionID": "11"},
    "descriptor": {"name": "syft", "version": "1.52.0", "configuration": {}},
    "schema": {
        "version": "16.1.10",
        "url": "https://raw.githubusercontent.com/anchore/syft/main/schema/json/schema-16.1.10.json",
    },
}
