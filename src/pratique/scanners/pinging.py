"""Asking a scanner what it is: before it is registered, and whether it still answers."""

from collections.abc import Callable
from contextlib import closing
from typing import Final

from pratique.errors import BadRequest, Invalid, Unavailable
from pratique.policy.refusal import clean
from pratique.scanners.adapter_client import AdapterClient
from pratique.scanners.commands.commanding import Commands
from pratique.scanners.metadata import Ability, Metadata
from pratique.scanners.ports import Ways
from pratique.scanners.protocol import CYCLONEDX, GENERIC_REPORT, MANIFESTS, NATIVE_REPORT, SBOM_REPORT, SPDX
from pratique.scanners.registrations import Registrations, check_url
from pratique.scanners.values import OURS, Capability, Draft, Registration

OUR_ABILITIES: Final = (
    Ability(Capability.VULNERABILITY, MANIFESTS, (GENERIC_REPORT, NATIVE_REPORT)),
    Ability(Capability.SBOM, MANIFESTS, (SBOM_REPORT,), {"sbom_media_types": [SPDX, CYCLONEDX]}),
)
"""What our own examination reads and writes."""


class Pinging:
    """Asks scanners what they are. Not to be called in a transaction."""

    def __init__(self, registrations: Registrations, ways: Ways, commands: Commands) -> None:
        self._registrations = registrations
        self._ways = ways
        self._commands = commands

    def registered(self, scanner: Registration) -> Metadata:
        """What a registered scanner says of itself. Raises BadRequest where it does not."""
        if scanner.is_built_in:
            return Metadata(OURS, OUR_ABILITIES, {})
        if scanner.is_command:
            return self._answer(lambda: self._commands.metadata(scanner))
        draft = Draft(
            name=scanner.name,
            url=scanner.url,
            auth=scanner.auth,
            credential=self._registrations.credential(scanner),
            insecure_skip_verify=scanner.insecure_skip_verify,
        )
        return self.draft(draft)

    def draft(self, draft: Draft) -> Metadata:
        """What answers at an address. Raises BadRequest where nothing of use does."""
        check_url(draft.url)

        def ask() -> Metadata:
            with closing(self._ways(draft.insecure_skip_verify)) as outbound:
                return AdapterClient(outbound, draft.url, draft.auth, draft.credential or "").metadata()

        return self._answer(ask)

    def _answer(self, ask: Callable[[], Metadata]) -> Metadata:
        try:
            return ask()
        except (Invalid, Unavailable) as problem:
            raise BadRequest(f"the scanner can't be used: {clean(problem.message)[:500]}") from problem
