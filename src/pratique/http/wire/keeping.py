"""What cold answers leave behind for warm ones.

Kept is only what the gate let out for every reader (`Passage.for_readers`), read after `noted` (registry.warm). Of a
tag whose sides differ it is the admitted side or nothing; of a tag that evidence has, only what speaks of the subject
that the tag names, so that holding back the one holds back the other.
"""

from dataclasses import dataclass
from typing import Final

from pratique.errors import PratiqueError
from pratique.http.answers import Answer, Headers
from pratique.http.wire.heads import answer_lines, header_lines
from pratique.oci.names import evidence_tag_subject
from pratique.registry import Pulled, PulledBlob, Puller
from pratique.registry.tally import Tally
from pratique.registry.warm import WarmBlob, WarmManifest, WarmReads

SMALL: Final = 64 * 1024
"""Bytes of a blob that is held in memory, at most; of others the place is held."""


@dataclass(frozen=True, slots=True)
class Known:
    """What was known before the database was read: the last change, and that the project was public."""

    noted: int = 0
    public: bool = False


class Keeper:
    """Fills the shelves, and counts what cold answers send."""

    def __init__(self, warm: WarmReads, puller: Puller, tally: Tally) -> None:
        self._warm = warm
        self._puller = puller
        self._tally = tally

    def went_out(self, pulled: Pulled) -> None:
        """Count a manifest that was sent."""
        self._tally.count(pulled.repository.id, pulled.artifact.id)

    def manifest(self, reference: str, pulled: Pulled, answer: Answer, known: Known) -> None:
        """Keep a manifest with its 200."""
        if not pulled.passage.for_readers or not _is_for_everyone(reference, pulled):
            return
        sides = pulled.sides
        differ = sides is not None and not sides.is_single and sides.candidate != sides.admitted
        entry = WarmManifest(
            project_id=pulled.repository.project_id,
            public=known.public,
            digest=pulled.artifact.digest,
            size=len(pulled.content),
            until=pulled.passage.until,
            head=answer_lines(answer),
            content=pulled.content,
            repository_id=pulled.repository.id,
            manifest_id=pulled.artifact.id,
            candidate_by=sides.candidate_by if sides is not None and differ else None,
        )
        self._warm.manifests.put(pulled.repository.name, reference, entry, noted=known.noted)

    def blob(self, pulled: PulledBlob, whole: Headers, common: Headers, known: Known) -> None:
        """Keep a blob with the headers of its 200, and those that its 206 has too. Reads its file."""
        if not pulled.passage.for_readers:
            return
        try:
            path = self._puller.path_of_blob(pulled)
            content = self._content(pulled) if pulled.size <= SMALL else b""
        except PratiqueError:
            return
        if path is None and len(content) != pulled.size:
            return
        entry = WarmBlob(
            project_id=pulled.repository.project_id,
            public=known.public,
            digest=pulled.digest,
            size=pulled.size,
            until=pulled.passage.until,
            head=header_lines(whole),
            content=content,
            path=None if path is None else str(path),
            common=header_lines(common),
        )
        self._warm.blobs.put(pulled.repository.name, pulled.digest, entry, noted=known.noted)

    def _content(self, pulled: PulledBlob) -> bytes:
        with self._puller.open_blob(pulled) as source:
            content = source.read(pulled.size)
        return content if len(content) == pulled.size else b""


def _is_for_everyone(reference: str, pulled: Pulled) -> bool:
    sides, artifact = pulled.sides, pulled.artifact
    if sides is None:
        return True
    subject = evidence_tag_subject(reference)
    if subject is not None and not (artifact.is_evidence and artifact.subject == subject):
        return False
    return sides.is_single or artifact.digest == sides.admitted
