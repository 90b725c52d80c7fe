"""The exits of the leak matrix, asked over HTTP: real status codes, HEAD beside GET, reason phrases, `Warning`."""

import http.client
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote, urlsplit

from tests.abuse.exits import Actor, Answer, Depth, Exit
from tests.abuse.theatre import Play
from tests.doors import Client
from tests.houses import Furnished

from pratique.admission.reports.scans import report_id
from pratique.admission.signing_desk import DOCUMENTS
from pratique.oci.digest import digest_of
from pratique.oci.names import fallback_tag_of

SECRET: Final = "package_1"
"""What every artifact of a play is said to contain."""
ELSEWHERE: Final = "package_of_another_scanner"
"""What another scanner says is in it."""


@dataclass(frozen=True)
class Reply:
    """An answer with its status line."""

    status: int
    reason: str
    headers: Mapping[str, str]
    body: bytes

    def document(self) -> Any:
        return json.loads(self.body)


@dataclass
class Asker:
    """Asks a server for what is in a play, as an actor: with a token, as clients do."""

    home: Furnished
    client: Client
    tokens: dict[tuple[str, str, str], str] = field(default_factory=dict)

    def answer(self, play: Play, actor: Actor, way: Exit) -> Answer:
        return ASK[way.name](Asked(self, play, actor))

    def token(self, play: Play, actor: Actor, actions: str, repository: str | None = None) -> str:
        name = repository or play.scene.repository
        key = (actor.name, name, actions)
        if key not in self.tokens:
            who = self.home.credentials(play.cast[actor.name])
            self.tokens[key] = self.client.token(who, f"repository:{name}:{actions}")
        return self.tokens[key]

    def send(self, method: str, path: str, headers: Mapping[str, str]) -> Reply:
        """By a client that keeps the reason phrase."""
        where = urlsplit(str(self.client.http.base_url))
        connection = http.client.HTTPConnection(where.hostname or "", where.port, timeout=30)
        try:
            connection.request(method, path, headers=dict(headers))
            answer = connection.getresponse()
            lower = {name.lower(): value for name, value in answer.getheaders()}
            return Reply(answer.status, answer.reason, lower, answer.read())
        finally:
            connection.close()


@dataclass(frozen=True)
class Asked:
    """One cell."""

    asker: Asker
    play: Play
    actor: Actor

    def v2(self, method: str, what: str, actions: str = "", **headers: str) -> Reply:
        scope = actions or ("pull,push" if self.actor.carries_push else "pull")
        token = self.asker.token(self.play, self.actor, scope)
        name = self.play.scene.repository
        return self.asker.send(method, f"/v2/{name}/{what}", {"authorization": f"Bearer {token}", **headers})

    def api(self, what: str, method: str = "GET", name: str | None = None) -> Any:
        project, _, path = (name or self.play.scene.repository).partition("/")
        where = f"/api/v2.0/projects/{project}/repositories/{quote(quote(path, safe=''), safe='')}/artifacts"
        who = self.asker.home.credentials(self.play.cast[self.actor.name])
        return self.asker.client.ask(method, f"{where}{what}", who)

    def manifest(self, reference: str) -> Answer:
        got = self.v2("GET", f"manifests/{reference}")
        head = self.v2("HEAD", f"manifests/{reference}")
        again = self.v2("GET", f"manifests/{reference}")
        assert (head.status, head.reason) == (got.status, got.reason), (
            "HEAD is never 200 for what GET refuses"
        )
        assert head.headers.get("warning") == got.headers.get("warning")
        assert (again.status, again.body) == (got.status, got.body), "warm as cold"
        found = answer_of(got)
        if found is Answer.OUT:
            assert digest_of(got.body) == head.headers["docker-content-digest"]
            return Answer.OLDER if got.body == self.play.older else Answer.OUT
        return found

    def blob(self, digest: str) -> Answer:
        got = self.v2("GET", f"blobs/{digest}")
        part = self.v2("GET", f"blobs/{digest}", range="bytes=0-3")
        same = self.v2("GET", f"blobs/{digest}", **{"if-none-match": f'"{digest}"'})
        found = answer_of(got)
        if found is Answer.OUT:
            assert digest_of(got.body) == digest
            assert (part.status, part.body) == (206, got.body[:4])
            assert same.status == 304
        else:
            assert part.status == same.status == got.status, "a range or a condition is no way round"
        return found

    def blob_head(self, digest: str) -> Answer:
        found = answer_of(self.v2("HEAD", f"blobs/{digest}", "pull,push" if self.actor.pushes else "pull"))
        # A HEAD has no body to say which of the two it is, and the blob is there.
        return Answer.HIDDEN if found is Answer.MISSING else found

    def referrers(self) -> Answer:
        got = self.v2("GET", f"referrers/{self.play.digest}")
        if got.status != 200:
            return answer_of(got)
        digests = {descriptor["digest"] for descriptor in got.document()["manifests"]}
        assert not digests or digest_of(self.play.evidence[0]) in digests
        return Answer.OUT if digests else Answer.EMPTY

    def tag_list(self) -> Answer:
        got = self.v2("GET", "tags/list")
        if got.status != 200:
            return answer_of(got)
        return Answer.OUT if "1.0" in (got.document()["tags"] or []) else Answer.UNLISTED

    def artifact(self) -> Answer:
        """Of a refused artifact READ learns digest, state and reasons, and nothing of what is in it."""
        got = self.api(f"/{self.play.digest}")
        if got.status_code != 200:
            return Answer.HIDDEN
        document = got.json()
        assert document["digest"] == self.play.digest
        return Answer.OUT if document.get("extra_attrs") else Answer.EMPTY

    def verdict(self) -> Answer:
        got = self.api(f"/{self.play.digest}/verdict")
        if got.status_code != 200:
            return Answer.HIDDEN
        assert got.json()["reasons"]
        return Answer.OUT

    def accessories(self) -> Answer:
        got = self.api(f"/{self.play.digest}/accessories")
        if got.status_code != 200:
            return Answer.HIDDEN
        return Answer.OUT if got.json() else Answer.EMPTY

    def overview(self) -> Answer:
        """What a scan found, beside the artifact."""
        got = self.api(f"/{self.play.digest}?with_scan_overview=true&with_sbom_overview=true")
        if got.status_code != 200:
            return Answer.HIDDEN
        shown = {"scan_overview", "sbom_overview"} & set(got.json())
        assert len(shown) in {0, 2}
        return Answer.OUT if shown else Answer.EMPTY

    def addition(self, name: str) -> Answer:
        return self._told(f"/{self.play.digest}/{name}", SECRET)

    def disagreements(self) -> Answer:
        """What another scanner tells otherwise: it has reported a package that nobody else knows of."""
        return self._told(f"/{self.play.digest}/disagreements", ELSEWHERE)

    def history(self) -> Answer:
        """How an image was built, which its config says; here configs say nothing, which is told like anything else."""
        got = self.api(f"/{self.play.digest}/additions/build_history")
        if got.status_code == 404 and "config that can be read" in got.text:
            return Answer.OUT
        return self._told(f"/{self.play.digest}/additions/build_history", "[]")

    def tags(self) -> Answer:
        got = self.api(f"/{self.play.digest}/tags")
        if got.status_code != 200:
            return Answer.HIDDEN
        return Answer.OUT if got.json() else Answer.EMPTY

    def artifact_list(self) -> Answer:
        """What is refused is in the list, with its state alone."""
        got = self.api("?page_size=100&with_scan_overview=true")
        if got.status_code != 200:
            return Answer.HIDDEN
        (document,) = [each for each in got.json() if each["digest"] == self.play.digest]
        shown = {"extra_attrs", "scan_overview"} & set(document)
        assert len(shown) in {0, 2}
        return Answer.OUT if shown else Answer.EMPTY

    def scan_log(self) -> Answer:
        return self._told(f"/{self.play.digest}/scan/{report_id(self.play.digest)}/log", "1 packages")

    def _told(self, what: str, secret: str) -> Answer:
        """What is inside, or the reasons why it is not told."""
        got = self.api(what)
        if got.status_code == 200:
            assert secret in got.text
            return Answer.OUT
        assert secret not in got.text
        if got.status_code == 403 and got.json()["errors"][0]["code"] == "DENIED":
            assert got.json()["errors"][0]["detail"]["reasons"]
            return Answer.REFUSED
        return Answer.HIDDEN

    def hub(self) -> Answer:
        """The security hub, asked for one project."""
        who = self.asker.home.credentials(self.play.cast[self.actor.name])
        q = f"project_id%3D{self.play.scene.project.id},digest%3D{self.play.digest}"
        got = self.asker.client.ask("GET", f"/api/v2.0/security/vul?q={q}", who)
        if got.status_code != 200:
            return Answer.HIDDEN
        return Answer.OUT if SECRET in got.text else Answer.EMPTY

    def attestations(self) -> Answer:
        """What the registry says of contents, and why it can't: of a refused artifact that speaks of its contents."""
        got = self.api(f"/{self.play.digest}/attestations")
        if got.status_code != 200:
            return Answer.HIDDEN
        return Answer.OUT if got.json() else Answer.EMPTY

    def published(self) -> Answer:
        """What consumers verify the registry's signatures with: as a project that does not exist, to strangers."""
        found = {self._document(file) for file in DOCUMENTS}
        assert len(found) == 1, "all of it, or nothing"
        return found.pop()

    def _document(self, file: str) -> Answer:
        who = self.asker.home.credentials(self.play.cast[self.actor.name])
        project = self.play.scene.project.name
        here, none = (
            self.asker.client.ask("GET", f"/.well-known/pratique/{name}/{file}", who)
            for name in (project, "nowhere")
        )
        if here.status_code != 200:
            assert (here.status_code, _anonymous(here, project)) == (
                none.status_code,
                _anonymous(none, "nowhere"),
            )
            return Answer.HIDDEN
        assert "PRIVATE" not in here.text
        if file == "trustpolicy.json" and not self.play.stage.has_side:
            assert self.play.scene.repository not in here.text, "nothing in it was ever admitted"
        return Answer.OUT


def _anonymous(reply: Any, project: str) -> list[Any]:
    """What an error says, without the name that was asked for and the number of the request."""
    return [(error["code"], error["message"].replace(project, "x")) for error in reply.json()["errors"]]


def answer_of(reply: Reply) -> Answer:
    """A reply of `/v2` as a cell has it; every refusal is looked at closely."""
    if reply.status == 200:
        return Answer.OUT
    if reply.status == 403 and "warning" in reply.headers:
        check_refusal(reply)
        return Answer.REFUSED
    if reply.status == 404 and b"NAME_UNKNOWN" not in reply.body:
        return Answer.MISSING
    assert reply.status in {401, 403, 404}, reply
    return Answer.HIDDEN


def check_refusal(reply: Reply) -> None:
    """gate.md 6, "How a refusal is said"."""
    assert reply.reason != "Forbidden"
    assert len(reply.reason) <= 200
    assert all(" " <= sign <= "~" and sign != '"' for sign in reply.reason)
    warning = reply.headers["warning"]
    assert warning.startswith('299 - "')
    assert len(warning) + len(reply.reason) <= 1_000
    if reply.body:
        (error,) = reply.document()["errors"]
        assert error["code"] == "DENIED"
        assert len(error["message"]) <= 1_000
        assert error["detail"]["reasons"]
        assert len(reply.body) <= 8_000


def _api_artifact(stage: Any, _: Actor, depth: Depth) -> Answer:
    return Answer.OUT if stage.is_admitted or depth >= Depth.INSPECT else Answer.EMPTY


def _api_addition(stage: Any, _: Actor, depth: Depth) -> Answer:
    return Answer.OUT if stage.is_admitted or depth >= Depth.INSPECT else Answer.REFUSED


def _api_hub(stage: Any, actor: Actor, depth: Depth) -> Answer:
    """Nobody asks it who has no account."""
    return Answer.HIDDEN if actor.name == "anonymous" else _api_artifact(stage, actor, depth)


def _api_tags(stage: Any, _: Actor, depth: Depth) -> Answer:
    """As `tags/list`: to READ the tags whose admitted side it is."""
    is_there = depth >= Depth.INSPECT or (stage.has_side and not stage.moved_on)
    return Answer.OUT if is_there else Answer.EMPTY


def _api_verdict(_: Any, __: Actor, ___: Depth) -> Answer:
    """Who may pull may read it."""
    return Answer.OUT


API_EXITS: Final = (
    Exit("API: artifact", _api_artifact, for_people=True),
    Exit("API: verdict", _api_verdict),
    Exit("API: accessories", _api_artifact, for_people=True),
    Exit("API: scan overview", _api_artifact, for_people=True),
    Exit("API: vulnerabilities", _api_addition, for_people=True),
    Exit("API: bill of materials", _api_addition, for_people=True),
    Exit("API: log of a scan", _api_addition, for_people=True),
    Exit("API: security hub", _api_hub, for_people=True),
    Exit("API: attestations", _api_artifact, for_people=True),
    Exit("API: disagreements", _api_addition, for_people=True),
    Exit("API: build history", _api_addition, for_people=True),
    Exit("API: tags of an artifact", _api_tags, for_people=True),
    Exit("API: list of artifacts", _api_artifact, for_people=True),
    Exit("well-known documents", _api_verdict),
)

ASK: Final[Mapping[str, Callable[[Asked], Answer]]] = {
    "manifest by digest": lambda asked: asked.manifest(asked.play.digest),
    "manifest by tag": lambda asked: asked.manifest("1.0"),
    "child of an index by digest": lambda asked: asked.manifest(digest_of(asked.play.child)),
    "index by digest": lambda asked: asked.manifest(digest_of(asked.play.index)),
    "blob": lambda asked: asked.blob(asked.play.layer),
    "blob, HEAD": lambda asked: asked.blob_head(asked.play.layer),
    "config blob": lambda asked: asked.blob(asked.play.config),
    "blob of a child": lambda asked: asked.blob(asked.play.layer_of_child),
    "blob of evidence": lambda asked: asked.blob(asked.play.document),
    "blob in no manifest yet": lambda asked: asked.blob(asked.play.unnamed),
    "blob of another repository": lambda asked: asked.blob(digest_of(b"of another repository")),
    "evidence by digest": lambda asked: asked.manifest(digest_of(asked.play.evidence[0])),
    "evidence tag": lambda asked: asked.manifest(asked.play.evidence_tag("sbom")),
    "evidence tag that is not there": lambda asked: asked.manifest(asked.play.evidence_tag("att")),
    "fallback tag": lambda asked: asked.manifest(fallback_tag_of(asked.play.digest)),
    "referrers": Asked.referrers,
    "tag list": Asked.tag_list,
    "API: artifact": Asked.artifact,
    "API: verdict": Asked.verdict,
    "API: accessories": Asked.accessories,
    "API: scan overview": Asked.overview,
    "API: vulnerabilities": lambda asked: asked.addition("additions/vulnerabilities"),
    "API: bill of materials": lambda asked: asked.addition("additions/sbom"),
    "API: log of a scan": Asked.scan_log,
    "API: security hub": Asked.hub,
    "API: attestations": Asked.attestations,
    "API: disagreements": Asked.disagreements,
    "API: build history": Asked.history,
    "API: tags of an artifact": Asked.tags,
    "API: list of artifacts": Asked.artifact_list,
    "well-known documents": Asked.published,
}

OPERATIONS_ASKED: Final[Mapping[str, str]] = {
    "getArtifact": "API: artifact",
    "listArtifacts": "API: list of artifacts",
    "listAccessories": "API: accessories",
    "getAddition": "API: build history",
    "getVulnerabilitiesAddition": "API: vulnerabilities",
    "getSBOMAddition": "API: bill of materials",
    "getReportLog": "API: log of a scan",
    "listAttestations": "API: attestations",
    "listDisagreements": "API: disagreements",
    "listTags": "API: tags of an artifact",
    "getVerdict": "API: verdict",
    "ListVulnerabilities": "API: security hub",
}
"""The row of each operation that tells of artifacts."""
