"""What notation's own files say about whom to trust: its policy document and its trust store directory, and CRLs.

trust-store-trust-policy.md, "Trust Store": `x509/<type>/<name>/*`, certificates in PEM or DER. As notation does, links
and directories below a store are refused: what is trusted lies where it is looked at.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import click
from cryptography.x509 import Certificate

from pratique.errors import BadRequest
from pratique.trust.certificates import is_self_signed, read_certificate, read_pem_certificates
from pratique.trust.notation import NotationInvalid, check_anchor
from pratique.trust.notation.policy import StoreName, TrustPolicyDocument, read_trust_policy
from pratique.trust.notation.revocations import SIZE_LIMIT, RevocationStore, read_crl, store_of
from pratique.trust.notation.values import NotationTrust
from pratique.trust.strict import Unreadable

TYPES: Final = ("ca", "tsa", "signingAuthority")
DOCUMENT_LIMIT: Final = 2**20
"""Bytes of a policy document or of a certificate file."""
FILES_LIMIT: Final = 1_000
"""Files of one directory."""

_PEM: Final = b"-----BEGIN"
_POLICY: Final = "policy"


def notation_trust(policy: Path, store: Path | None, lists: Path | None) -> NotationTrust:
    """The trust that these files describe. Raises click.UsageError with the file and what is wrong with it."""
    stores = dict(_stores(store)) if store is not None else {}
    vouching = {name: f"store:{name[0]}:{name[1]}" for name in stores if name[0] != "tsa"}
    # A policy that only logs authenticity says yes to everybody: so does notation, and so does this command.
    return NotationTrust(_policy(policy), stores, vouching, _revocations(lists), lenient_party=_POLICY)


def _policy(path: Path) -> TrustPolicyDocument:
    try:
        return read_trust_policy(_content(path, DOCUMENT_LIMIT))
    except BadRequest as error:
        raise click.UsageError(f"{path}: {error.message}") from error


def _stores(folder: Path) -> Iterator[tuple[StoreName, tuple[Certificate, ...]]]:
    x509 = folder / "x509"
    if not x509.is_dir():
        raise click.UsageError(f"{folder} is no trust store: it has no directory x509")
    for kind in TYPES:
        for named in _entries(x509 / kind) if (x509 / kind).is_dir() else ():
            if named.is_symlink() or not named.is_dir():
                raise click.UsageError(f"{named} is no directory of certificates")
            yield (
                (kind, named.name),
                tuple(one for path in _files(named) for one in _certificates(path, kind)),
            )


def _certificates(path: Path, kind: str) -> list[Certificate]:
    content = _content(path, DOCUMENT_LIMIT)
    try:
        if content.lstrip().startswith(_PEM):
            found = read_pem_certificates(content.decode("ascii"), FILES_LIMIT)
        else:
            found = (read_certificate(content),)
        for certificate in found:
            check_anchor(certificate)
    except (Unreadable, NotationInvalid, UnicodeDecodeError) as error:
        raise click.UsageError(f"{path}: {error}") from error
    if kind == "tsa" and not all(map(is_self_signed, found)):
        raise click.UsageError(f"{path}: a store of the type tsa holds root certificates only")
    return list(found)


def _revocations(folder: Path | None) -> RevocationStore:
    if folder is None:
        return store_of(())
    lists = []
    for path in _files(folder):
        try:
            lists.append(read_crl(_content(path, SIZE_LIMIT)))
        except Unreadable as error:
            raise click.UsageError(f"{path}: {error}") from error
    return store_of(lists)


def _files(folder: Path) -> list[Path]:
    found = _entries(folder)
    for path in found:
        if path.is_symlink() or not path.is_file():
            raise click.UsageError(f"{path} is no file: links and directories are not followed here")
    return found


def _entries(folder: Path) -> list[Path]:
    found = sorted(folder.iterdir())
    if len(found) > FILES_LIMIT:
        raise click.UsageError(f"{folder} holds more than {FILES_LIMIT} files")
    return found


def _content(path: Path, limit: int) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(limit + 1)
    except OSError as error:
        raise click.UsageError(f"{path} can't be read: {error.strerror}") from error
    if len(content) > limit:
        raise click.UsageError(f"{path} has more than {limit} bytes")
    return content
