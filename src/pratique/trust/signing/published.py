"""What consumers configure their tools with, to believe what the registry signed: public halves and policies.

There is no `trusted_root.json`: that format has no place for keys, and a copy of the public one would say "believe all
of Sigstore".
"""

import base64
import json
from collections.abc import Sequence
from typing import Any, Final

from pratique.trust.signing.authority import COUNTRY, ORGANISATION, STATE
from pratique.trust.signing.keys import KeyKind, SigningKey

SCOPES_LIMIT: Final = 1_000
"""Repositories that a notation policy names: it knows exact names only."""


def public_keys(keys: Sequence[SigningKey], kind: KeyKind) -> str:
    """PEM blocks, the active key's first: tools that read one block only read that."""
    return "".join(key.public_key.pem for key in keys if key.kind is kind)


def authorities(keys: Sequence[SigningKey]) -> str:
    """The roots of notation's certificates, PEM."""
    return "".join(key.chain.root_pem for key in keys if key.chain is not None)


def notation_policy(host: str, project: str, repositories: Sequence[str]) -> str:
    """Notation's `trustpolicy.json` (trust-store-trust-policy.md): the repositories of one project, strictly.

    Its trust store `ca:pratique-<project>` is to hold `notation.pem`.
    """
    scopes = [f"{host}/{name}" for name in sorted(repositories)[:SCOPES_LIMIT]] or [f"{host}/{project}"]
    statement = {
        "name": f"pratique-{project}",
        "registryScopes": scopes,
        "signatureVerification": {"level": "strict"},
        "trustStores": [f"ca:pratique-{project}"],
        "trustedIdentities": [f"x509.subject: C={COUNTRY}, ST={STATE}, O={ORGANISATION}"],
    }
    return _shown({"version": "1.0", "trustPolicies": [statement]})


def containers_policy(host: str, project: str, keys: Sequence[SigningKey]) -> str:
    """`policy.json` of podman, skopeo and CRI-O (containers-policy.json(5)): the project's images, and nothing else.

    While a key is being replaced both count; before that, readers that know one key only are given one.
    """
    published = [key for key in keys if key.kind is KeyKind.COUNTERSIGNATURE]
    encoded = [base64.b64encode(key.public_key.pem.encode()).decode("ascii") for key in published]
    given: dict[str, Any] = {"keyData": encoded[0]} if len(encoded) == 1 else {"keyDatas": encoded}
    needed = {"type": "sigstoreSigned", **given, "signedIdentity": {"type": "matchRepoDigestOrExact"}}
    return _shown(
        {"default": [{"type": "reject"}], "transports": {"docker": {f"{host}/{project}": [needed]}}}
    )


def containers_registries(host: str, project: str) -> str:
    """A file for `registries.d` (containers-registries.d(5)): signatures lie beside the images, as cosign puts them."""
    return f"docker:\n  {json.dumps(f'{host}/{project}')}:\n    use-sigstore-attachments: true\n"


def _shown(document: Any) -> str:
    return json.dumps(document, indent=2) + "\n"
