"""`pratique advisories pack` and `verify`: advisories as a signed bundle, for an air gap or a registry."""

import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from tempfile import gettempdir
from typing import Any

import click

from pratique.advisories import Answers, Edition, UnknownSupply, supplies
from pratique.advisories.editions import check_dates, check_order
from pratique.advisories.packed import Opened, Packing, opened, pack
from pratique.advisories.record import RecordInvalid
from pratique.bootstrap.advising import KeyWitness, revisions_of, sealer_of, witness_of
from pratique.cli.options import (
    config_option,
    data_option,
    fail,
    format_option,
    settings_of,
    show,
    storage_options,
    working,
)
from pratique.clock import DAY, SECOND, Moment, SystemClock, rfc3339
from pratique.errors import PratiqueError

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_LAYOUT = click.Path(exists=True, path_type=Path)
LONGEST_DAYS = 400


@click.command("pack")
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option(
    "--output",
    required=True,
    type=click.Path(path_type=Path),
    help="Where the bundle goes: a folder (OCI image layout), or a tar of one if the name ends in .tar.",
)
@click.option("--key", required=True, type=_FILE, help="The private key (PEM, ECDSA on P-256) that signs it.")
@click.option("--key-password-file", type=_FILE, help="What opens the key, if it has a password.")
@click.option("--name", default="advisories", show_default=True, help="Versions of one name only rise.")
@click.option("--version", type=click.IntRange(1), help="Its number.  [default: the time, in seconds]")
@click.option(
    "--days", type=click.IntRange(1, LONGEST_DAYS), default=14, show_default=True, help="Until it expires."
)
@click.option("--source", help="Who says it, where that is not the name of the folder.")
@format_option
def pack_command(
    paths: Sequence[Path],
    output: Path,
    key: Path,
    key_password_file: Path | None,
    style: str,
    source: str | None,
    **named: Any,
) -> None:
    """Pack zips and folders of OSV records, KEV and EPSS files into one signed bundle: whole states of their sources.

    The bundle is an OCI artifact: skopeo, oras and regctl push it to any registry and fetch it from there.

    \b
    Examples:
      openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out advisories.key
      openssl pkey -in advisories.key -pubout -out advisories.pub
      pratique advisories pack ./osv --key advisories.key --output advisories.tar
      skopeo copy oci:./bundle docker://registry.example.org/security/advisories:latest
    """
    try:
        wanted = [supply for path in paths for supply in supplies(path, source)]
        password = None if key_password_file is None else key_password_file.read_bytes().rstrip(b"\r\n")
        with working("packing"):
            edition = pack(wanted, _packing(**named), sealer_of(key, password), output)
    except (UnknownSupply, RecordInvalid) as error:
        click.echo(f"pratique: {error}; nothing was packed", err=True)
        sys.exit(1)
    except PratiqueError as error:
        fail(error)
    show(style, _edition(edition), f"{_line(edition)}\nwritten to {output}")


def _packing(name: str, version: int | None, days: int) -> Packing:
    now = SystemClock().now()
    return Packing(name, version or now // SECOND, now, Moment(now + days * DAY))


@click.command("verify")
@click.argument("bundle", type=_LAYOUT)
@click.option(
    "--key",
    "keys",
    multiple=True,
    type=_FILE,
    help="A public key (PEM) that may have signed it.  [default: advisories.bundle_keys]",
)
@data_option
@config_option
@format_option
def verify_bundle_command(
    bundle: Path, keys: tuple[Path, ...], data: Path | None, config_file: Path | None, style: str
) -> None:
    """Say whether a bundle would be taken: its signature, its files, its dates, and that it is not older than the last.

    Nothing is imported. Exit code 0: it would be, 1: not.

    \b
    Examples:
      pratique advisories verify advisories.tar --key advisories.pub
      pratique advisories verify ./bundle --data ./data --config pratique.toml --format json
    """
    settings, clock = settings_of(config_file, storage_options(data)), SystemClock()
    found: Opened | None = None
    problem = ""
    try:
        witness = KeyWitness(keys, clock) if keys else witness_of(settings, clock)
        with working("verifying"), opened(bundle, witness, Path(gettempdir())) as found:
            check_dates(found.edition, clock.now())
            with closing(Answers(revisions_of(settings))) as answers:
                check_order(found.edition, answers.edition(found.edition.name))
    except PratiqueError as error:
        problem = error.message
    shown = {"verified": not problem, "problem": problem, **(_opened(found) if found else {})}
    text = _line(found.edition) if found else str(bundle)
    show(style, shown, f"{text}\n{f'not verified: {problem}' if problem else 'verified'}")
    sys.exit(1 if problem else 0)


def _opened(found: Opened) -> dict[str, Any]:
    return {**_edition(found.edition), "key": found.fingerprint}


def _edition(edition: Edition) -> dict[str, Any]:
    return {
        "name": edition.name,
        "version": edition.version,
        "created": rfc3339(edition.created),
        "expires": rfc3339(edition.expires),
        "digest": edition.digest,
        "sources": [
            {"name": one.name, "digest": one.digest, "records": one.records} for one in edition.sources
        ],
    }


def _line(edition: Edition) -> str:
    records = sum(source.records for source in edition.sources)
    names = ", ".join(source.name for source in edition.sources)
    return (
        f"{edition.name} {edition.version} ({edition.digest}): {records} records of {names}; "
        f"expires {rfc3339(edition.expires)}"
    )
