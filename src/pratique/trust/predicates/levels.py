"""Which SLSA build level a signer may claim for a builder (slsa.dev, verifying-artifacts.md, step 1).

A level belongs to the pair of both: anybody can write any `builder.id`. Known are pairs that a certificate proves, by
what the builders' own documentation says. Whatever else a project knows about its builders is for its rules to say.
"""

import re
from typing import Final

from pratique.trust.records import Signer

GITHUB: Final = "https://token.actions.githubusercontent.com"
"""The issuer of GitHub's workflows."""

_ISOLATED: Final = re.compile(
    r"https://github\.com/slsa-framework/slsa-github-generator/\.github/workflows/"
    r"[a-z_-]+_slsa3\.yml@refs/tags/v[0-9]+\.[0-9]+\.[0-9]+"
)
"""The reusable workflows that sign where the caller's steps can't reach: build level 3, in releases only."""
_HOSTED: Final = "https://github.com/actions/runner/github-hosted"


def level_of(builder: str, signer: Signer | None) -> int | None:
    """The SLSA build level of what `signer` says that `builder` built, None where that is not known here."""
    if not builder or signer is None or signer.kind != "identity" or signer.issuer != GITHUB:
        return None
    if builder == signer.name and _ISOLATED.fullmatch(builder):
        return 3
    hosted = signer.extensions.get("runner_environment") == "github-hosted"
    # Artifact attestations name the workflow that signs, or the kind of runner that it ran on.
    return 2 if hosted and builder in (signer.name, _HOSTED) else None
