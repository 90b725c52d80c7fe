"""Which scanners there are, which a project uses, and what they are told to be believed."""

import base64
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final
from urllib.parse import urlsplit

from pratique.access import Principal
from pratique.clock import Clock
from pratique.db import Tx, UniqueViolation
from pratique.errors import BadRequest, Conflict, Forbidden, NotFound, Unavailable
from pratique.events.scanners import ProjectScannerChanged, ScannerChanged, ScannerRegistered, ScannerRemoved
from pratique.jobs import publish
from pratique.scanners.later import judge_later
from pratique.scanners.ports import Sealing
from pratique.scanners.store import findings, packages, scans
from pratique.scanners.store import registrations as store
from pratique.scanners.values import BUILT_IN, Auth, Draft, Registration

NAME_LIMIT: Final = 128
URL_LIMIT: Final = 1_024
DESCRIPTION_LIMIT: Final = 1_024
CREDENTIAL_LIMIT: Final = 8_192
"""Characters, each."""
REGISTRATIONS_LIMIT: Final = 100


class Registrations:
    """Registers scanners. Methods that change something take the transaction and who does it."""

    def __init__(self, sealing: Sealing, clock: Clock) -> None:
        self._sealing = sealing
        self._clock = clock

    # --- looking up -----------------------------------------------------------------------------------------------

    def every(self, tx: Tx) -> list[Registration]:
        """All: our own, then the others, the oldest first."""
        others = store.every(tx)
        has_default = any(one.is_default for one in others)
        return [replace(BUILT_IN, is_default=not has_default), *others]

    def get(self, tx: Tx, number: str) -> Registration:
        """The one with this id. Raises NotFound."""
        found = next((one for one in self.every(tx) if one.id == number), None)
        if found is None:
            raise NotFound(f"there is no scanner {number[:64]!r}")
        return found

    def of_project(self, tx: Tx, project_id: int) -> Registration:
        """What a project has chosen, or the default one."""
        number = store.of_project(tx, project_id)
        if number == BUILT_IN.id:
            return BUILT_IN
        chosen = store.by_id(tx, number) if number is not None else store.default(tx)
        return chosen or BUILT_IN

    def credential(self, registration: Registration) -> str:
        """What a scanner is shown; "" nothing. Raises Unavailable when it was sealed with another key."""
        if registration.sealed is None:
            return ""
        try:
            sealed = base64.b64decode(registration.sealed)
            return self._sealing.open(sealed, _owner(registration.id)).decode()
        except ValueError as problem:
            raise Unavailable(
                f"the credential of the scanner {registration.name} can't be opened: it was sealed with another key"
            ) from problem

    # --- commands -------------------------------------------------------------------------------------------------

    def enlist(self, tx: Tx, commands: Iterable[Registration], *, by: Principal) -> None:
        """Have the programs that the settings name among the scanners. Those that are there stay as they are."""
        there = store.every(tx)
        ids, names = {one.id for one in there}, {one.name for one in there}
        for one in commands:
            if one.id in ids:
                continue
            name = one.name if one.name not in names else f"{one.name} ({one.id})"
            now = self._clock.now()
            store.add(tx, replace(one, name=name, created_at=now, updated_at=now))
            publish(tx, ScannerRegistered(actor=by.name, scanner=name, scanner_id=one.id, url=one.url))

    # --- changing -------------------------------------------------------------------------------------------------

    def add(self, tx: Tx, draft: Draft, *, by: Principal) -> Registration:
        """Register a scanner. Raises BadRequest, Conflict."""
        _check(draft)
        if len(store.every(tx)) >= REGISTRATIONS_LIMIT:
            raise Conflict(f"there are {REGISTRATIONS_LIMIT} scanners, which is the most")
        now, number = self._clock.now(), str(uuid.uuid4())
        blank = Registration(number, draft.name, draft.url, created_at=now)
        new = self._written(blank, draft)
        try:
            store.add(tx, new)
        except UniqueViolation:
            raise _taken(draft.name) from None
        publish(tx, ScannerRegistered(actor=by.name, scanner=new.name, scanner_id=new.id, url=new.url))
        return new

    def change(self, tx: Tx, number: str, draft: Draft, *, by: Principal) -> None:
        """Write a registration anew. Raises BadRequest, Conflict, Forbidden for our own, NotFound.

        Whoever may change where a scanner is must not learn its credential by that: it is to be given again.
        """
        before = self._foreign(tx, number)
        _check(draft, url=before.url if before.is_command else None)
        is_elsewhere = (before.url, before.insecure_skip_verify) != (draft.url, draft.insecure_skip_verify)
        if is_elsewhere and before.sealed is not None and draft.auth and draft.credential is None:
            raise BadRequest("the scanner is to be asked elsewhere or otherwise: give its credential again")
        after = self._written(before, draft)
        try:
            store.change(tx, after)
        except UniqueViolation:
            raise _taken(draft.name) from None
        if before.disabled != after.disabled:
            judge_later(tx, scans.digests_by(tx, number))
        was, is_now = _described(before), _described(after)
        changed = [name for name in was if was[name] != is_now[name]]
        publish(
            tx,
            ScannerChanged(
                actor=by.name,
                scanner=after.name,
                scanner_id=after.id,
                before={name: was[name] for name in changed},
                after={name: is_now[name] for name in changed},
            ),
        )

    def set_default(self, tx: Tx, number: str, *, by: Principal) -> None:
        """Have the projects that chose none use it. Raises NotFound, BadRequest for one that is disabled."""
        chosen = self.get(tx, number)
        if chosen.disabled:
            raise BadRequest(f"the scanner {chosen.name} is disabled")
        before = store.default(tx) or BUILT_IN
        store.set_default(tx, "" if chosen.is_built_in else number)
        for one in (before, chosen):
            judge_later(tx, [] if one.is_built_in else scans.digests_by(tx, one.id))
        publish(
            tx,
            ScannerChanged(
                actor=by.name,
                scanner=chosen.name,
                scanner_id=chosen.id,
                before={"default": before.name},
                after={"default": chosen.name},
            ),
        )

    def remove(self, tx: Tx, number: str, *, by: Principal) -> Registration:
        """Take a scanner and what it has found away. Raises NotFound, Forbidden for our own.

        A program that the settings still name is there again when the next worker starts.
        """
        gone = self._foreign(tx, number)
        judge_later(tx, scans.digests_by(tx, number))
        store.remove(tx, number)
        scans.forget_scanner(tx, number)
        findings.forget_scanner(tx, number)
        packages.forget_scanner(tx, number)
        publish(tx, ScannerRemoved(actor=by.name, scanner=gone.name, scanner_id=gone.id))
        return gone

    def choose(self, tx: Tx, project_id: int, project: str, number: str, *, by: Principal) -> None:
        """Have a project use a scanner. Raises NotFound, BadRequest for one that is disabled."""
        chosen = self.get(tx, number)
        if chosen.disabled:
            raise BadRequest(f"the scanner {chosen.name} is disabled")
        before = self.of_project(tx, project_id)
        store.choose(tx, project_id, number)
        if before.id != chosen.id:
            judge_later(tx, scans.digests_in(tx, project_id))
        publish(
            tx,
            ProjectScannerChanged(
                actor=by.name,
                project_id=project_id,
                project=project,
                scanner=chosen.name,
                previous=before.name,
            ),
        )

    def forget_project(self, tx: Tx, project_id: int) -> None:
        """The project goes with this commit."""
        store.forget_project(tx, project_id)
        scans.forget_project(tx, project_id)

    def _foreign(self, tx: Tx, number: str) -> Registration:
        found = self.get(tx, number)
        if found.is_built_in:
            raise Forbidden("what this registry finds itself can be neither changed nor deleted")
        return found

    def _written(self, before: Registration, draft: Draft) -> Registration:
        sealed = before.sealed
        if draft.credential is not None:
            sealed = self._sealed(before.id, draft.credential)
        return replace(
            before,
            name=draft.name,
            url=draft.url.rstrip("/"),
            description=draft.description,
            auth=draft.auth,
            sealed=sealed if draft.auth is not Auth.NONE else None,
            insecure_skip_verify=draft.insecure_skip_verify,
            uses_internal_address=draft.uses_internal_address,
            disabled=draft.disabled,
            updated_at=self._clock.now(),
        )

    def _sealed(self, number: str, credential: str) -> str | None:
        if not credential:
            return None
        return base64.b64encode(self._sealing.seal(credential.encode(), _owner(number))).decode("ascii")


def _owner(number: str) -> str:
    return f"scanner:{number}"


def _taken(name: str) -> Conflict:
    return Conflict(f"there is a scanner {name!r} already, or another with this id")


def _described(one: Registration) -> dict[str, object]:
    return {
        "name": one.name,
        "url": one.url,
        "description": one.description,
        "auth": one.auth.value,
        "insecure_skip_verify": one.insecure_skip_verify,
        "uses_internal_address": one.uses_internal_address,
        "disabled": one.disabled,
    }


def check_url(url: str) -> None:
    """Whether a URL can be a scanner's; where it leads is looked at when it is asked. Raises BadRequest."""
    try:
        parts = urlsplit(url)
        has_port = parts.port is None or parts.port > 0
    except ValueError:
        raise BadRequest("the URL of the scanner can't be read") from None
    if parts.scheme not in {"http", "https"} or not parts.hostname or not has_port or len(url) > URL_LIMIT:
        raise BadRequest("the URL of a scanner is like https://scanner.example.org:8443/path")
    if parts.username is not None or parts.query or parts.fragment:
        raise BadRequest("the URL of a scanner has no credentials, query or fragment")


def _check(draft: Draft, url: str | None = None) -> None:
    """`url`: that of a command, which has no other, and is shown no credential."""
    if url is None:
        check_url(draft.url)
    elif draft.url != url or draft.auth is not Auth.NONE or draft.credential:
        raise BadRequest(
            f"the scanner is a program of this machine: its URL stays {url}, and it has no credential"
        )
    texts: Sequence[tuple[str, str, int]] = (
        ("name", draft.name, NAME_LIMIT),
        ("description", draft.description, DESCRIPTION_LIMIT),
        ("credential", draft.credential or "", CREDENTIAL_LIMIT),
    )
    for what, text, most in texts:
        if len(text) > most:
            raise BadRequest(f"the {what} of a scanner has at most {most} characters")
        if not all(map(str.isprintable, text)):
            raise BadRequest(f"the {what} of a scanner has characters that can't be printed")
    if not draft.name.strip() or draft.name == BUILT_IN.name:
        raise Conflict("a scanner has a name, and another than this registry's own")
    if draft.auth is Auth.BASIC and draft.credential and ":" not in draft.credential:
        raise BadRequest("the credential of Basic is name:password")
    if draft.credential is not None and not draft.credential.isascii():
        raise BadRequest("the credential of a scanner is ASCII")
