"""`pratique trust`: bring what is trusted up to date, beside a running server or without one."""

import sys
from pathlib import Path
from typing import Any, Final

import click

from pratique.access import SYSTEM
from pratique.admission.root_refresh import Refreshed
from pratique.bootstrap.refreshing import build_revocation_round, build_root_refresh
from pratique.cli.options import config_option, data_option, fail, format_option, show, working
from pratique.cli.upkeep import open_house
from pratique.clock import rfc3339
from pratique.errors import PratiqueError
from pratique.telemetry import open_log
from pratique.trust.notation.revocations import SIZE_LIMIT
from pratique.trust.revocation_lists import Taken

READ_LIMIT: Final = 2 * SIZE_LIMIT
"""Bytes that are read of a file: a list in PEM takes more than its DER; whatever is longer is refused."""


@click.group()
def trust() -> None:
    """What is trusted everywhere: the root of Sigstore's public instance, and who was taken back.

    \b
    Examples:
      pratique trust refresh --data ./data
      pratique trust import-revocations root.crl --data ./data
    """


@trust.command()
@data_option
@config_option
@format_option
def refresh(data: Path | None, config_file: Path | None, style: str) -> None:
    """Look for a newer root of Sigstore's public instance in its TUF repository, and import it.

    Everything is verified from the TUF root on that is part of this program; versions never go back. Exit code 1 when
    the repository can't be reached or is not believed: nothing has changed then.

    \b
    Example:
      pratique trust refresh --data ./data --format json
    """
    house = open_house(data, config_file)
    try:
        with working("asking the TUF repository"):
            refreshed = build_root_refresh(house).run()
    except PratiqueError as error:
        fail(error)
    finally:
        house.close()
    change = refreshed.change
    value = {
        "version": refreshed.version,
        "digest": refreshed.digest,
        "changed": change is not None,
        "adds": list(change.adds) if change else [],
        "removes": list(change.removes) if change else [],
        "lengthens": list(change.lengthens) if change else [],
        "shortens": list(change.shortens) if change else [],
    }
    show(style, value, _text(refreshed))


@trust.command("import-revocations")
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@data_option
@config_option
@format_option
def import_revocations(
    files: tuple[Path, ...], data: Path | None, config_file: Path | None, style: str
) -> None:
    """Take in CRLs and OCSP responses, PEM or DER; all of them or none.

    What they revoke is refused when this returns, on a running server too.

    \b
    Example:
      pratique trust import-revocations root.crl issuing.crl --data ./data
    """
    contents = [_content_of(path) for path in files]
    house = open_house(data, config_file)
    try:
        desk = house.warehouse.revocations
        found = house.stores.database.write(lambda tx: [desk.put(tx, SYSTEM, each) for each in contents])
    except PratiqueError as error:
        fail(error)
    finally:
        house.close()
    show(style, [_taken_value(each) for each in found], "\n".join(map(_taken_text, found)))


@trust.command("fetch-revocations")
@data_option
@config_option
@format_option
def fetch_revocations(data: Path | None, config_file: Path | None, style: str) -> None:
    """Fetch the CRLs and OCSP responses that the certificates of stored notation signatures name, and import them.

    Only for chains that end in a store of a project. Exit code 1 when a place gave no answer that can be used.

    \b
    Example:
      pratique trust fetch-revocations --data ./data
    """
    house = open_house(data, config_file)
    try:
        with working("asking"):
            done = build_revocation_round(house, open_log()).run()
    except PratiqueError as error:
        fail(error)
    finally:
        house.close()
    failed = [{"url": each.url, "problem": each.problem} for each in done.failed]
    lines = [f"{each.url}: {each.problem}" for each in done.failed]
    show(style, {"kept": done.kept, "failed": failed}, "\n".join([f"{done.kept} new lists", *lines]))
    sys.exit(1 if failed else 0)


def _content_of(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(READ_LIMIT)


def _taken_value(taken: Taken) -> dict[str, Any]:
    stored = taken.stored
    return {
        "kind": stored.kind,
        "scope": stored.scope,
        "digest": stored.digest,
        "next_update": None if stored.next_update is None else rfc3339(stored.next_update),
        "changed": taken.is_new,
        "revoked": taken.narrowed.revoked,
    }


def _taken_text(taken: Taken) -> str:
    stored = taken.stored
    if not taken.is_new:
        return f"{stored.scope}: it is here already"
    until = "" if stored.next_update is None else f", counts until {rfc3339(stored.next_update)}"
    return f"{stored.scope}: {taken.narrowed.revoked} newly revoked{until}"


def _text(refreshed: Refreshed) -> str:
    change = refreshed.change
    if change is None:
        return f"{refreshed.digest} is the newest root: it is here already"
    lines = [f"{refreshed.digest} is the root from now on, as version {refreshed.version}"]
    for word in ("adds", "removes", "lengthens", "shortens"):
        lines += [f"{word} {service}" for service in getattr(change, word)]
    return "\n".join(lines)
