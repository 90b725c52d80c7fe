"""Scanners, in Harbor's shapes."""

from typing import Any

import msgspec

from pratique.http.api.schemas.fields import Time


class ScannerRequest(msgspec.Struct, frozen=True):
    """A registration as it shall be. Without `access_credential` the credential stays as it is.

    `skip_certVerify`: whoever answers at the URL is believed to be the scanner.
    """

    name: str
    url: str
    description: str | None = None
    auth: str | None = None
    access_credential: str | None = None
    skip_cert_verify: bool | None = msgspec.field(default=None, name="skip_certVerify")
    use_internal_addr: bool | None = None
    disabled: bool | None = None


class ScannerSettings(msgspec.Struct, frozen=True):
    """What is tried before a scanner is registered."""

    name: str
    url: str
    auth: str | None = None
    access_credential: str | None = None
    skip_cert_verify: bool | None = msgspec.field(default=None, name="skip_certVerify")


class Scanner(msgspec.Struct, frozen=True):
    """A registration. Its credential is never shown."""

    uuid: str
    name: str
    description: str
    url: str
    disabled: bool
    is_default: bool
    auth: str
    skip_cert_verify: bool = msgspec.field(name="skip_certVerify")
    use_internal_addr: bool
    create_time: Time
    update_time: Time


class IsDefault(msgspec.Struct, frozen=True):
    """Whether a scanner is the one of the projects that chose none."""

    is_default: bool


class ProjectScanner(msgspec.Struct, frozen=True):
    """The scanner that a project uses."""

    uuid: str


class ScannerMaker(msgspec.Struct, frozen=True):
    """Who a scanner says it is."""

    name: str
    vendor: str
    version: str


class ScannerCapability(msgspec.Struct, frozen=True):
    """What a scanner reads and writes."""

    type: str
    consumes_mime_types: list[str]
    produces_mime_types: list[str]
    additional_attributes: dict[str, Any]


class ScannerMetadata(msgspec.Struct, frozen=True):
    """What a scanner says of itself."""

    scanner: ScannerMaker
    capabilities: list[ScannerCapability]
    properties: dict[str, str]


class SourceSays(msgspec.Struct, frozen=True):
    """What a source says of a vulnerability."""

    severity: str
    fixed: list[str]


class Disagreement(msgspec.Struct, frozen=True):
    """A vulnerability of a package on which sources differ. Null: that source does not tell of it."""

    id: str
    package: str
    version: str
    differs: list[str]
    sources: dict[str, SourceSays | None]
