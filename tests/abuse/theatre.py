"""Where the leak matrix is played: a project for each stage and visibility, with the same cast and evidence."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.abuse.exits import ACTORS, Actor, Stage
from tests.houses import OCI_INDEX, Furnished
from tests.scenes import NUMBERS, Scene, new_scene, sbom
from tests.signing import Signed
from tests.sigstores import ISSUER, WORKFLOW, Sigstore

from pratique.access import ANONYMOUS, Principal, Role
from pratique.admission.attesting import sbom_of
from pratique.clock import HOUR, Moment
from pratique.db import Tx
from pratique.inventory import Contents
from pratique.oci.digest import Digest, digest_of
from pratique.oci.names import fallback_tag_of
from pratique.policy import State
from pratique.registry import Standing
from pratique.registry.pull import known
from pratique.registry.store import manifests
from pratique.trust.signing import KeyKind, Owner

ROLES = {
    "limited guest": Role.LIMITED_GUEST,
    "guest": Role.GUEST,
    "developer": Role.DEVELOPER,
    "maintainer": Role.MAINTAINER,
    "project admin": Role.PROJECT_ADMIN,
}


@dataclass
class Cast:
    """Who plays the actors. People are the same in every project, robots are each project's own."""

    home: Furnished
    people: dict[str, Principal] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.people = {name: self.home.user(name.replace(" ", "-") + f"-{next(NUMBERS)}") for name in ROLES}
        self.people["a user of no project"] = self.home.user(f"nobody-{next(NUMBERS)}")
        self.people["anonymous"] = ANONYMOUS
        self.people["admin"] = self.home.admin
        elsewhere = self.home.project(f"elsewhere{next(NUMBERS)}").name
        # Where mounts and copies go: nobody but the administrator reads there, so none of them opens another way.
        self.depot = self.home.project(f"depot{next(NUMBERS)}").name
        self.people["robot of another project"] = self.home.robot(
            f"foreign{next(NUMBERS)}", elsewhere, "pull", "push", "examine"
        )

    def enter(self, scene: Scene) -> dict[str, Principal]:
        """The actors of a project, by name."""
        for name, role in ROLES.items():
            self.home.admit(self.people[name], scene.project, role)
        return {actor.name: self._play(actor, scene) for actor in ACTORS}

    def _play(self, actor: Actor, scene: Scene) -> Principal:
        name = actor.name.removesuffix(", token with push")
        kind, _, actions = name.partition(": ")
        if kind == "robot" and actions:
            return scene.robot(*actions.split(", "))
        return self.people[name]


@dataclass
class Play:
    """One stage: what is asked for at the exits."""

    scene: Scene
    stage: Stage
    is_public: bool
    cast: dict[str, Principal]
    image: bytes
    child: bytes
    index: bytes
    evidence: Signed
    older: bytes = b""
    depot: str = ""

    @property
    def digest(self) -> Digest:
        return digest_of(self.image)

    @property
    def layer(self) -> Digest:
        return Digest(json.loads(self.image)["layers"][0]["digest"])

    @property
    def config(self) -> Digest:
        return Digest(json.loads(self.image)["config"]["digest"])

    @property
    def layer_of_child(self) -> Digest:
        return Digest(json.loads(self.child)["layers"][0]["digest"])

    @property
    def document(self) -> Digest:
        return Digest(json.loads(self.evidence[0])["layers"][0]["digest"])

    @property
    def unnamed(self) -> Digest:
        return digest_of(self.unnamed_content)

    @property
    def unnamed_content(self) -> bytes:
        return f"nothing names this in {self.scene.repository}".encode()

    def evidence_tag(self, suffix: str) -> str:
        return f"{fallback_tag_of(self.digest)}.{suffix}"


class Stagehand:
    """Sets a stage up: pushes, signs, and brings things to where the stage says."""

    def __init__(self, home: Furnished, cast: Cast) -> None:
        self._home = home
        self._cast = cast

    def set_up(self, stage: Stage, *, is_public: bool) -> Play:
        is_open = stage.is_open or stage.name.startswith(("open", "contents"))
        scene = new_scene(self._home, "open" if is_open else "signed", public=is_public)
        if stage.name.startswith("contents") and not stage.name.endswith("all was let out"):
            self._ask(scene, prevent_vul="true")
        older = b""
        if stage.moved_on:
            older = scene.image("1.0")
            scene.sign(older)
        # As the first admission and the first SBOM make them; here no job runs.
        self._home.house.signing.keys.ensure(Owner(scene.project.id, scene.project.name), {*KeyKind})
        play = self._push(scene, stage, is_public=is_public, older=older)
        self._bring(play)
        return play

    def _push(self, scene: Scene, stage: Stage, *, is_public: bool, older: bytes) -> Play:
        image, child = scene.image("1.0"), scene.image(None)
        index = scene.index([child])
        evidence = _document(image)
        scene.attach(evidence)
        _have_it_attested(scene, image)
        play = Play(
            scene,
            stage,
            is_public,
            self._cast.enter(scene),
            image,
            child,
            index,
            evidence,
            older,
            self._cast.depot,
        )
        classic = _document(None)
        scene.attach(classic, play.evidence_tag("sbom"))
        scene.index([evidence[0]], fallback_tag_of(play.digest))
        self._home.blob(scene.repository, play.unnamed_content)
        return play

    def _bring(self, play: Play) -> None:
        name = play.stage.name
        if name == "pending":
            self._suspend(play)
        if name.startswith("contents"):
            self._look_into(play)
            return
        if play.stage.is_open or name in {"pending", "never signed", "candidate of an admitted tag"}:
            return
        if "identity" in name or name.startswith("root"):
            self._sign_keyless(play)
            return
        evidence = [] if name.startswith("open turned") else self._sign(play)
        self._take_away(play, evidence)
        if name.endswith("by hand"):
            self._examine(play)

    def _take_away(self, play: Play, evidence: list[Digest]) -> None:
        scene = play.scene
        endings: dict[str, Callable[[], object]] = {
            "key removed": lambda: self._home.distrust(scene.project),
            "key denied in the project": lambda: scene.deny("key", fingerprint=scene.key.fingerprint),
            "artifact denied everywhere": lambda: self._deny_images(play),
            "another kind of signature asked for": lambda: self._ask(scene, enable_content_trust="true"),
            "signature deleted": lambda: _delete(scene, evidence),
            "signature deleted, judged again by hand": lambda: _delete(scene, evidence),
            "open turned signed, nothing is signed": lambda: self._home.turn(scene.project, "signed"),
        }
        endings.get(play.stage.name, lambda: None)()

    def _deny_images(self, play: Play) -> None:
        for content in (play.image, play.child):
            play.scene.deny("digest", everywhere=True, digest=digest_of(content))

    def _sign(self, play: Play) -> list[Digest]:
        scene, key = play.scene, play.scene.key
        if play.stage.name == "lapsed by a date":
            until = Moment(self._home.clock.now() + HOUR)
            key = self._home.trust(scene.project, f"dated-{scene.project.name}", valid_until=until)
        return [scene.sign(play.image, key), scene.sign(play.index, key, media_type=OCI_INDEX)]

    def _sign_keyless(self, play: Play) -> None:
        """With an identity of a Sigstore, that is then taken away as the stage says."""
        scene, name, ours, other = play.scene, play.stage.name, Sigstore(), Sigstore()
        root, who = f"root{next(NUMBERS)}", f"{WORKFLOW}{next(NUMBERS)}"
        scene.sigstore(other, root, ours)
        until = Moment(self._home.clock.now() + HOUR) if "lapsed" in name else None
        scene.trust_identity(root, identity=who, valid_until=until)
        scene.attach(ours.sign(play.image, who)[0])
        scene.attach(ours.sign(play.index, who, OCI_INDEX)[0])
        if name == "identity removed":
            scene.distrust_identity()
        elif name.startswith("root"):
            scene.sigstore(other, root)
        elif name.startswith("identity denied"):
            scene.deny("identity", everywhere=True, issuer=ISSUER, name=who)

    def _ask(self, scene: Scene, **asked: str) -> None:
        projects, number = self._home.house.departments.projects, scene.project.id
        scene.change(lambda tx: projects.update(tx, self._home.admin, projects.get(tx, number), asked))

    def _look_into(self, play: Play) -> None:
        """As the worker does, or does not yet."""
        name, court, at = play.stage.name, self._home.house.court, self._home.clock.now()
        digests = [digest_of(content) for content in (play.image, play.child)]

        def record(tx: Tx) -> None:
            for digest in digests:
                if name.endswith("could not be examined"):
                    court.recording.put_problem(tx, digest, "its layers are no archives", at)
                else:
                    court.recording.put(tx, digest, Contents(None, ()), at)

        if name.endswith("all was let out"):
            self._ask(play.scene, prevent_vul="true")
        elif not name.endswith("not examined yet"):
            play.scene.change(record)
            court.digests.judge(digests)

    def _suspend(self, play: Play) -> None:
        """As a push leaves what must still be read."""

        def work(tx: Tx) -> None:
            for content in (play.image, play.child, play.index):
                found = play.scene.artifact(content)
                standing = Standing(State.PENDING, None, found.standing.generation)
                manifests.set_standing(tx, found.id, standing)

        self._home.house.stores.database.write(work)

    def _examine(self, play: Play) -> None:
        desk, artifact = self._home.house.warehouse.desk, play.scene.artifact(play.image)
        self._home.house.stores.database.write(
            lambda tx: desk.examine(tx, manifests.home_of(tx, artifact), artifact)
        )


def _delete(scene: Scene, evidence: list[Digest]) -> None:
    for digest in evidence:
        scene.delete(digest)


def _document(subject: bytes | None) -> Signed:
    """An SBOM like no other."""
    name = f"document {next(NUMBERS)}"
    content = json.dumps({"spdxVersion": "SPDX-2.3", "SPDXID": "SPDXRef-DOCUMENT", "name": name}).encode()
    return sbom(subject, content)


def _have_it_attested(scene: Scene, content: bytes) -> None:
    """Somebody asks for the SBOM, which is not made: here no job runs."""

    def work(tx: Tx) -> None:
        repository = known(tx, scene.repository)
        sbom_of(tx, repository.id, repository.name, digest_of(content))

    scene.change(work)
