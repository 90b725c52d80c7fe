"""Scopes of the Docker token protocol (distribution, docs/content/spec/auth/scope.md).

`repository:samalba/my-app:pull,push`, several separated by spaces, or the parameter repeated. Pure.

Read as the specification has it: the class in `repository(plugin):…` is deprecated and ignored; a resource
name may hold one ':' (of a host's port). Beyond it: `*` as an action, which `registry:catalog:*` needs.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from pratique.access import ACTIONS
from pratique.errors import BadRequest

TEXT_LIMIT: Final = 16_384
"""Characters of all scopes of a request together."""

SCOPES_LIMIT: Final = 64
"""Resources in one request. docker asks for one per repository that it may mount layers from."""

NAME_LIMIT: Final = 512
"""Characters of a resource name."""

_TYPE: Final = re.compile(r"([a-z0-9]{1,32})(?:\([a-z0-9]{1,32}\))?")
_NAME: Final = re.compile(r"[^\s:\x00-\x1f\x7f]+(?::[^\s:\x00-\x1f\x7f]+)?")
_ACTIONS: Final = re.compile(r"(?:[a-z]{0,32}|\*)(?:,(?:[a-z]{0,32}|\*)){0,15}")


@dataclass(frozen=True, slots=True)
class Scope:
    """A resource and what is to be done with it."""

    type: str
    name: str
    actions: frozenset[str]

    @property
    def repository_actions(self) -> frozenset[str]:
        """The actions as those of a repository: `*` means each of them, unknown ones mean nothing."""
        return frozenset(ACTIONS) if "*" in self.actions else self.actions & ACTIONS.keys()

    def __str__(self) -> str:
        return f"{self.type}:{self.name}:{','.join(sorted(self.actions))}"


def parse_scopes(parameters: Iterable[str]) -> tuple[Scope, ...]:
    """The scopes of a request, each resource once (docker 28 asks for `R:pull R:pull,push`), in their order.

    Raises BadRequest when one is malformed or there are more than the limits allow.
    """
    texts = tuple(parameters)
    if sum(map(len, texts)) > TEXT_LIMIT:
        raise BadRequest(f"the scopes of a request have at most {TEXT_LIMIT} characters together")
    merged: dict[tuple[str, str], frozenset[str]] = {}
    for text in texts:
        for each in filter(None, text.split(" ")):
            scope = _parse(each)
            key = (scope.type, scope.name)
            merged[key] = merged.get(key, frozenset()) | scope.actions
            if len(merged) > SCOPES_LIMIT:
                raise BadRequest(f"a request asks for at most {SCOPES_LIMIT} resources")
    return tuple(Scope(kind, name, actions) for (kind, name), actions in merged.items())


def _parse(text: str) -> Scope:
    head, _, actions = text.rpartition(":")
    kind, _, name = head.partition(":")
    matched = _TYPE.fullmatch(kind)
    if (
        matched is None
        or len(name) > NAME_LIMIT
        or not _NAME.fullmatch(name)
        or not _ACTIONS.fullmatch(actions)
    ):
        raise BadRequest(f"{text[:80]!r} is not a scope; one looks like repository:project/name:pull,push")
    return Scope(matched[1], name, frozenset(filter(None, actions.split(","))))
