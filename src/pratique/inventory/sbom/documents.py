"""What of SBOMs is read: CycloneDX in JSON (ECMA-424), SPDX 2.2 and 2.3 in JSON. Other fields are passed over."""

import msgspec


class Property(msgspec.Struct):
    """CycloneDX: a name and value of whoever made the document."""

    name: str = ""
    value: str | None = None


class License(msgspec.Struct):
    """CycloneDX: an id of SPDX's list, or a name."""

    id: str | None = None
    name: str | None = None


class LicenseChoice(msgspec.Struct):
    """CycloneDX: a licence or an expression."""

    license: License | None = None
    expression: str | None = None


class Component(msgspec.Struct):
    """CycloneDX: a component, which may hold others."""

    type: str = ""
    name: str = ""
    version: str | None = None
    purl: str | None = None
    licenses: list[LicenseChoice] | None = None
    properties: list[Property] | None = None
    components: "list[Component] | None" = None


class ExternalReference(msgspec.Struct, rename="camel"):
    """SPDX: where a package is known elsewhere; `purl` is its package URL."""

    reference_type: str = ""
    reference_locator: str = ""


class SpdxPackage(msgspec.Struct, rename="camel"):
    """SPDX: a package."""

    name: str = ""
    version_info: str | None = None
    license_declared: str | None = None
    primary_package_purpose: str = ""
    external_refs: list[ExternalReference] | None = None


class Document(msgspec.Struct, rename="camel"):
    """Either of both; which one, `bom_format` and `spdx_version` say."""

    bom_format: str = ""
    spec_version: str = ""
    spdx_version: str = ""
    components: list[Component] | None = None
    packages: list[SpdxPackage] | None = None
