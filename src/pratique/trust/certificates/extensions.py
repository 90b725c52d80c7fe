"""One look for an extension by its kind, shared by all that read certificates."""

from typing import TypeVar

from cryptography import x509

_Kind = TypeVar("_Kind", bound=x509.ExtensionType)


def find_extension(certificate: x509.Certificate, kind: type[_Kind]) -> x509.Extension[_Kind] | None:
    """The extension of this kind; None where the certificate has none."""
    try:
        return certificate.extensions.get_extension_for_class(kind)
    except x509.ExtensionNotFound:
        return None


def find_value(certificate: x509.Certificate, kind: type[_Kind]) -> _Kind | None:
    """What the extension of this kind says; None where the certificate has none."""
    extension = find_extension(certificate, kind)
    return None if extension is None else extension.value
