"""A package as something inside an image says it is there."""

from dataclasses import dataclass, field
from typing import Final

from packageurl import PackageURL

_JOINTS: Final = {"composer": "/", "golang": "/", "maven": ":", "npm": "/"}
"""Between a namespace and a name, where both are the name."""


@dataclass(frozen=True, slots=True)
class Package:
    """`type` and `namespace` are those of package URLs (deb, apk, rpm, pypi, …); a distribution's is told by the image.

    `source` and `source_version` name the source package where it differs. `licenses` are as written. `files` are paths
    that belong to it, where its database says so: a package of a language found there is owned by this one. `distro` is
    the distribution of a package that is of another system than the image's, as package URLs have it (`roots`).
    """

    type: str
    name: str
    version: str
    namespace: str = ""
    architecture: str = ""
    source: str = ""
    source_version: str = ""
    epoch: str = ""
    vendor: str = ""
    licenses: tuple[str, ...] = ()
    files: tuple[str, ...] = field(default=(), repr=False)
    distro: str = ""


def full_name(package: Package) -> str:
    """The name by which its own tools know it, namespace and all: `@babel/core`, `golang.org/x/net`, `group:artifact`.

    Not every reader of an SBOM looks at package URLs.
    """
    joint = _JOINTS.get(package.type)
    return f"{package.namespace}{joint}{package.name}" if joint and package.namespace else package.name


def purl_of(package: Package, distribution: str = "", release: str = "") -> str:
    """The package URL (purl-spec); of packages of a distribution with its os-release ID and VERSION_ID.

    deb and apk get `upstream`, so that whoever looks them up finds the source by which advisories know them.
    """
    qualifiers = {"arch": package.architecture, "epoch": package.epoch}
    namespace = package.namespace
    if package.type in {"deb", "apk", "rpm"}:
        namespace = namespace or distribution
        qualifiers["distro"] = package.distro or "-".join(filter(None, (distribution, release)))
        if package.source and package.type != "rpm":
            version = package.source_version
            qualifiers["upstream"] = f"{package.source}@{version}" if version else package.source
    said = {name: value for name, value in qualifiers.items() if value}
    return PackageURL(
        package.type, namespace or None, package.name, package.version or None, said
    ).to_string()
