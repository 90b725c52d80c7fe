"""Harbor's report of vulnerabilities."""

from pratique.admission.reports.harbor import Reported, harbor_report
from pratique.cli.scanning.scanned import Scanned
from pratique.inventory.sbom.subject import rendered


def render(scanned: Scanned) -> str:
    """The report in JSON."""
    subject = scanned.subject
    repository = subject.repository.partition("/")[2] or subject.name
    of = Reported(repository, subject.digest, scanned.media_type)
    return (
        rendered(harbor_report(scanned.report, of, scanned.at, details=scanned.details)).decode().rstrip("\n")
    )
