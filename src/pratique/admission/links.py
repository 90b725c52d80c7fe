"""Where a verdict can be read: the URL that every refusal names."""

from dataclasses import dataclass
from urllib.parse import quote


@dataclass(frozen=True, slots=True)
class VerdictLinks:
    """Builds URLs of verdicts under `external_url` (scheme, host and port, no trailing slash)."""

    external_url: str

    def to(self, repository: str, digest: str) -> str:
        """The verdict's resource in the management API. Slashes of a path are encoded twice, as Harbor's clients do."""
        project, _, path = repository.partition("/")
        where = quote(quote(path, safe=""), safe="")
        return (
            f"{self.external_url}/api/v2.0/projects/{project}/repositories/{where}/artifacts/{digest}/verdict"
        )
