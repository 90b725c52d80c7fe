"""Every way out of the registry, and what gate.md says is to be had there: by whom, of what, in which state.

The rules are said here a second time, from gate.md sections 4, 5 and 6 alone: nothing of the registry is asked. A cell
of the leak matrix is a stage, a visibility, an exit and an actor.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Final


class Depth(IntEnum):
    """gate.md 5, the tiers."""

    NONE = 0
    READ = 1
    INSPECT = 2
    EXAMINE = 3


class Answer(StrEnum):
    """What there is to be had."""

    OUT = "let out"
    OLDER = "the admitted side of the tag"
    REFUSED = "refused, with the reasons"
    MISSING = "not of this repository"
    HIDDEN = "as if there were no such repository"
    EMPTY = "an empty list"
    UNLISTED = "not in the list"


@dataclass(frozen=True)
class Actor:
    """Somebody who asks. `public`: how deep he reads where the project is public; `carries_push`: by his token."""

    name: str
    private: Depth
    public: Depth
    pushes: bool = False
    inspects: bool = False
    carries_push: bool = False
    is_admin: bool = False

    def depth(self, *, is_public: bool) -> Depth:
        return self.public if is_public else self.private


def _actor(name: str, depth: Depth, **more: bool) -> Actor:
    return Actor(name, depth, max(depth, Depth.READ), **more)


ACTORS: Final = (
    _actor("anonymous", Depth.NONE),
    _actor("a user of no project", Depth.NONE),
    _actor("limited guest", Depth.READ),
    _actor("guest", Depth.READ),
    _actor("developer", Depth.INSPECT, pushes=True),
    _actor("developer, token with push", Depth.INSPECT, pushes=True, carries_push=True),
    _actor("maintainer", Depth.INSPECT, pushes=True),
    _actor("project admin", Depth.INSPECT, pushes=True),
    _actor("admin", Depth.EXAMINE, pushes=True, is_admin=True),
    _actor("robot: pull", Depth.READ),
    Actor("robot: push", Depth.NONE, Depth.INSPECT, pushes=True),
    _actor("robot: pull, push", Depth.INSPECT, pushes=True),
    _actor("robot: pull, push, token with push", Depth.INSPECT, pushes=True, carries_push=True),
    _actor("robot: pull, inspect", Depth.INSPECT, inspects=True),
    _actor("robot: pull, examine", Depth.EXAMINE),
    _actor("robot: pull, delete", Depth.READ),
    _actor("robot of another project", Depth.NONE),
)
"""A robot that may push and not pull reads nothing in a private project; where all may pull it reads as a pusher."""


@dataclass(frozen=True)
class Stage:
    """How an artifact stands. `is_open`: the project's rules ask for nothing; `has_side`: its tag was admitted once."""

    name: str
    is_admitted: bool = False
    is_open: bool = False
    has_side: bool = False
    moved_on: bool = False


STAGES: Final = (
    Stage("pending"),
    Stage("never signed"),
    Stage("admitted", is_admitted=True, has_side=True),
    Stage("lapsed by a date", has_side=True),
    Stage("open turned signed, nothing is signed", has_side=True),
    Stage("key removed", has_side=True),
    Stage("identity removed", has_side=True),
    Stage("identity lapsed by a date", has_side=True),
    Stage("root without its service", has_side=True),
    Stage("key denied in the project", has_side=True),
    Stage("identity denied everywhere", has_side=True),
    Stage("artifact denied everywhere", has_side=True),
    Stage("another kind of signature asked for", has_side=True),
    Stage("signature deleted", has_side=True),
    Stage("signature deleted, judged again by hand", has_side=True),
    Stage("contents: not examined yet"),
    Stage("contents: could not be examined"),
    Stage("contents: examined", is_admitted=True, has_side=True),
    Stage("contents: asked for when all was let out", has_side=True),
    Stage("open", is_admitted=True, is_open=True, has_side=True),
    # The artifact is the refused candidate of a tag whose admitted side is an older one.
    Stage("candidate of an admitted tag", has_side=True, moved_on=True),
)

Rule = Callable[[Stage, Actor, Depth], Answer]


def _manifest(stage: Stage, _: Actor, depth: Depth) -> Answer:
    """Row "manifest by digest", and evidence: exactly as its subject, to the same principals."""
    return Answer.OUT if stage.is_admitted or depth >= Depth.INSPECT else Answer.REFUSED


def _tag(stage: Stage, actor: Actor, depth: Depth) -> Answer:
    """Section 4: the admitted side; the candidate to tokens with push, to `inspect`, or where there is no side."""
    if stage.moved_on:
        return Answer.OUT if actor.carries_push or actor.inspects else Answer.OLDER
    return _manifest(stage, actor, depth)


def _blob(stage: Stage, _: Actor, depth: Depth) -> Answer:
    """Row "blob GET, range, 304"."""
    return Answer.OUT if stage.is_admitted or depth >= Depth.EXAMINE else Answer.REFUSED


def _blob_head(stage: Stage, actor: Actor, depth: Depth) -> Answer:
    """Row "blob HEAD": as GET; 200 for whoever may push here."""
    return Answer.OUT if actor.pushes else _blob(stage, actor, depth)


def _evidence_blob(stage: Stage, actor: Actor, depth: Depth) -> Answer:
    """Row "blob", column INSPECT: 200 for blobs of evidence."""
    return Answer.OUT if depth >= Depth.INSPECT else _blob(stage, actor, depth)


def _unnamed_blob(stage: Stage, _: Actor, depth: Depth) -> Answer:
    """In no manifest yet: refused, but where rules ask for nothing every linked blob is let out."""
    return Answer.OUT if stage.is_open or depth >= Depth.EXAMINE else Answer.REFUSED


def _foreign_blob(_: Stage, __: Actor, ___: Depth) -> Answer:
    """404 if not of this repository."""
    return Answer.MISSING


def _absent_evidence_tag(stage: Stage, _: Actor, depth: Depth) -> Answer:
    """Row "evidence tag": 403 with the subject's reasons, whether or not the tag is there."""
    return Answer.MISSING if stage.is_admitted or depth >= Depth.INSPECT else Answer.REFUSED


def _referrers(stage: Stage, _: Actor, depth: Depth) -> Answer:
    """Row "referrers": of a refused subject 200, empty."""
    return Answer.OUT if stage.is_admitted or depth >= Depth.INSPECT else Answer.EMPTY


def _mount(stage: Stage, actor: Actor, depth: Depth) -> Answer:
    """Row "mount": 202, as if unknown, unless the gate lets this blob out to this principal in the source."""
    return Answer.OUT if _blob(stage, actor, depth) is Answer.OUT else Answer.MISSING


def _copy(stage: Stage, _: Actor, depth: Depth) -> Answer:
    """Row "copy by the API": READ as a pull, INSPECT refused, EXAMINE allowed."""
    return Answer.OUT if stage.is_admitted or depth >= Depth.EXAMINE else Answer.REFUSED


def _listed(stage: Stage, _: Actor, depth: Depth) -> Answer:
    """Row "tags/list, _catalog": to READ only what has an admitted side."""
    return Answer.OUT if stage.has_side or depth >= Depth.INSPECT else Answer.UNLISTED


@dataclass(frozen=True)
class Exit:
    """A way out. `hidden`: what somebody gets who may not read here at all.

    `for_pushers`: pushing suffices. `for_people`: robots of private projects need another permission beside `pull`.
    """

    name: str
    rule: Rule
    hidden: Answer = Answer.HIDDEN
    for_pushers: bool = False
    for_people: bool = False


EXITS: Final = (
    Exit("manifest by digest", _manifest),
    Exit("manifest by tag", _tag),
    Exit("child of an index by digest", _manifest),
    Exit("index by digest", _manifest),
    Exit("blob", _blob),
    Exit("blob, HEAD", _blob_head, for_pushers=True),
    Exit("config blob", _blob),
    Exit("blob of a child", _blob),
    Exit("blob of evidence", _evidence_blob),
    Exit("blob in no manifest yet", _unnamed_blob),
    Exit("blob of another repository", _foreign_blob),
    Exit("evidence by digest", _manifest),
    Exit("evidence tag", _manifest),
    Exit("evidence tag that is not there", _absent_evidence_tag),
    Exit("fallback tag", _manifest),
    Exit("referrers", _referrers),
    Exit("mount from", _mount, Answer.MISSING),
    Exit("mount from anywhere", _mount, Answer.MISSING),
    Exit("copy", _copy),
    Exit("tag list", _listed),
    Exit("catalog", _listed, Answer.UNLISTED),
)


def expected(stage: Stage, actor: Actor, way: Exit, *, is_public: bool) -> Answer:
    """What gate.md says."""
    depth = actor.depth(is_public=is_public)
    if depth is Depth.NONE and not (way.for_pushers and actor.pushes):
        return way.hidden
    if way.for_people and actor.name.startswith("robot") and not is_public:
        return way.hidden
    return way.rule(stage, actor, depth)
