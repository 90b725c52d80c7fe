"""`pratique verify`: what a bundle, or all that is said of an artifact, amounts to; with a reason for each step."""

import sys
from contextlib import closing
from pathlib import Path
from typing import Any, NoReturn

import click

from pratique.cli.evidence import Collection
from pratique.cli.naming import Place, opened, stored
from pratique.cli.options import USAGE, config_option, format_option
from pratique.cli.reporting import Examined, report
from pratique.cli.trusting import Named, trust_of
from pratique.cli.upkeep import open_house
from pratique.clock import SystemClock
from pratique.errors import PratiqueError
from pratique.oci.digest import digest_of, is_digest, parse_digest
from pratique.trust import EvidenceRecord, Item, Subject, TrustSet, verify

BUNDLE_LIMIT = 32 * 2**20
"""Bytes of a bundle, as of a layer of evidence."""
FILE_LIMIT = 2 * 2**30
"""Bytes of a file that is verified; of a larger one its digest can be given."""

_BUNDLE = "application/vnd.dev.sigstore.bundle.v0.3+json"
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@click.command("verify")
@click.argument("artifact")
@click.argument("subject", metavar="[FILE_OR_DIGEST]", required=False)
@click.option("--key", type=_FILE, help="The public key (PEM) that must have signed.")
@click.option(
    "--certificate-identity", "identity", help="Who must have signed: the certificate's name, exactly."
)
@click.option(
    "--certificate-identity-regexp", "pattern", help="The same as a pattern (RE2) on the whole name."
)
@click.option("--certificate-oidc-issuer", "issuer", help="Who vouches for that name, exactly.")
@click.option(
    "--trusted-root", type=_FILE, help="The Sigstore to trust.  [default: the public one, as embedded]"
)
@click.option("--notation-policy", type=_FILE, help="notation's trust policy document.")
@click.option(
    "--notation-store", type=_FOLDER, help="notation's trust store: x509/{ca,tsa,signingAuthority}/NAME/*."
)
@click.option(
    "--notation-scope",
    "scope",
    metavar="REGISTRY/REPO",
    help="The repository that policies are looked up for.  [default: the artifact's own]",
)
@click.option("--crl-dir", type=_FOLDER, help="CRLs of the authorities in the store; nothing is fetched.")
@click.option(
    "--type", "predicate_type", metavar="URI", help="The predicate type that a statement must have."
)
@click.option("--insecure-http", is_flag=True, help="Ask the registry without TLS.")
@click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    help="Look into the store of a server, in this data directory, instead of asking a registry.",
)
@config_option
@format_option
def verify_command(
    artifact: str,
    subject: str | None,
    scope: str | None,
    predicate_type: str | None,
    insecure_http: bool,
    data: Path | None,
    config_file: Path | None,
    style: str,
    **named: Any,
) -> None:
    """Verify an artifact by what is said of it, or a Sigstore bundle against a file or a digest.

    ARTIFACT is host/repository:tag or @digest of a registry, which is asked with docker's credentials, or
    oci:DIR@DIGEST of an image layout, or with --data what a server keeps there, refused or not: its signatures and
    attestations are collected and examined, and one signature must be verified, or with --type a statement of that
    type. With FILE_OR_DIGEST, ARTIFACT is a bundle, and asked is about cryptography and subject, whatever the
    predicate; nothing is fetched then. Exit code 0: verified, 1: not, 2: the call makes no sense or something can't be
    read.

    \b
    Examples:
      pratique verify registry.example.org/library/app:1.0 --key cosign.pub
      pratique verify oci:image@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08 \\
        --key cosign.pub
      pratique verify library/app:1.0 --data ./data --key cosign.pub
      pratique verify registry.example.org/library/app:1.0 --notation-policy trustpolicy.json \\
        --notation-store truststore --crl-dir crls
      pratique verify app.sigstore.json app.tar --certificate-identity dev@example.com \\
        --certificate-oidc-issuer https://accounts.example.com
    """
    trust = trust_of(Named(**named))
    try:
        if subject is None and data is not None:
            with closing(open_house(data, config_file)) as house:
                _verify_artifact(stored(artifact, house), scope, trust, predicate_type, style)
        elif subject is None:
            with opened(artifact, insecure_http=insecure_http) as place:
                _verify_artifact(place, scope, trust, predicate_type, style)
        elif trust.notation is not None:
            raise click.UsageError(
                "notation's signatures lie beside their artifact: name that, and nothing else"
            )
        else:
            _verify_bundle(Path(artifact), subject, trust, predicate_type, style)
    except PratiqueError as error:
        _stop(error.message)


def _verify_bundle(
    bundle: Path, artifact: str, trust: TrustSet, predicate_type: str | None, style: str
) -> None:
    content = _read(bundle, BUNDLE_LIMIT)
    found = verify(Item(_BUNDLE, content, digest_of(content)), _subject(artifact), trust, SystemClock().now())
    if found is None:
        raise AssertionError("bundles are in somebody's charge")
    wanted = found.verified and predicate_type in {None, found.predicate_type}
    report([(digest_of(content), found)], wanted, style)


def _verify_artifact(
    place: Place, scope: str | None, trust: TrustSet, predicate_type: str | None, style: str
) -> None:
    collection = Collection(place.source, place.wanted, scope or "")
    at = SystemClock().now()
    records: list[Examined] = []
    for item in collection.items():
        record = verify(item, collection.subject, trust, at)
        if record is not None:
            records.append((item.digest, record))
    for problem in collection.problems:
        click.echo(f"pratique: {problem}", err=True)
    if not records:
        click.echo(f"pratique: nothing was found that speaks of {collection.subject.digest}", err=True)
    report(records, any(_is_wanted(record, predicate_type) for _digest, record in records), style)


def _is_wanted(record: EvidenceRecord, predicate_type: str | None) -> bool:
    """Whether it is verified, and a signature or a statement of the type that was asked for."""
    asked = record.is_signature if predicate_type is None else record.predicate_type == predicate_type
    return record.verified and asked


def _subject(artifact: str) -> Subject:
    """A digest, or the file of that name with its bytes."""
    if is_digest(artifact):
        return Subject(parse_digest(artifact))
    content = _read(Path(artifact), FILE_LIMIT)
    return Subject(digest_of(content), size=len(content), content=content)


def _read(path: Path, limit: int) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(limit + 1)
    except OSError as error:
        _stop(f"{path} can't be read: {error.strerror}")
    if len(content) > limit:
        _stop(f"{path} has more than {limit} bytes: give its digest")
    return content


def _stop(reason: str) -> NoReturn:
    click.echo(f"pratique: {reason}", err=True)
    sys.exit(USAGE)
