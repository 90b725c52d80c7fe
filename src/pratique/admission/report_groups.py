"""Which advisories tell of the same vulnerability (OSV schema, "aliases" and "upstream"; `related` is no alias).

An advisory of a distribution often bundles many vulnerabilities: joined by whatever they share, half a release would
become one finding. So only advisories of one vulnerability are joined by names; a bundle is one finding of its own,
unless each of its vulnerabilities has its own advisory here: then it is another source of theirs.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pratique.advisories import Answer
from pratique.advisories.record import Kind

_JOINING = frozenset({"alias", "upstream"})
_VULNERABILITY = "CVE-"


@dataclass(slots=True)
class Group:
    """Advisories of one vulnerability, with all their names; `head` is the one that is reported."""

    answers: list[Answer]
    names: set[str]

    def head(self, *, is_distribution: bool) -> Answer:
        """Security before notices, what names a fix first, then the distribution's own record, GitHub's for others."""
        return min(self.answers, key=lambda answer: _place(answer, is_distribution=is_distribution))


def groups_of(answers: Iterable[Answer]) -> list[Group]:
    """Every answer in at least one group; the same groups whatever the order."""
    ordered = sorted(answers, key=lambda answer: (answer.id, answer.source))
    singles = [answer for answer in ordered if len(_vulnerabilities(answer)) < 2]
    bundles = [answer for answer in ordered if len(_vulnerabilities(answer)) >= 2]
    by_name: dict[str, Group] = {}
    for answer in singles:
        _join(by_name, answer)
    _attach(by_name, bundles)
    return list({id(group): group for group in by_name.values()}.values())


def names_of(answer: Answer) -> frozenset[str]:
    """What an advisory and its aliases are called."""
    return frozenset((answer.id, *(name for kind, name in answer.names if kind in _JOINING)))


def _vulnerabilities(answer: Answer) -> set[str]:
    return {name for name in names_of(answer) if name.startswith(_VULNERABILITY)}


def _join(by_name: dict[str, Group], answer: Answer) -> None:
    names = set(names_of(answer))
    found = {id(by_name[name]): by_name[name] for name in sorted(names) if name in by_name}
    joined = Group([], names)
    for group in found.values():
        joined.answers += group.answers
        joined.names |= group.names
    joined.answers.append(answer)
    by_name.update(dict.fromkeys(sorted(joined.names), joined))


def _attach(by_name: dict[str, Group], bundles: Sequence[Answer]) -> None:
    """To what names them or is named by them, or to all of their vulnerabilities' own; else they stand alone."""
    apart: list[Answer] = []
    for answer in bundles:
        names = names_of(answer)
        alike = [by_name[name] for name in sorted(names - _vulnerabilities(answer)) if name in by_name]
        own = [by_name[name] for name in sorted(_vulnerabilities(answer)) if name in by_name]
        wanted = alike or (own if len(own) == len(_vulnerabilities(answer)) else [])
        for group in {id(group): group for group in wanted}.values():
            group.answers.append(answer)
            group.names.add(answer.id)
        if not wanted:
            apart.append(answer)
    for answer in apart:
        by_name[answer.id] = Group([answer], set(names_of(answer)))


def _place(answer: Answer, *, is_distribution: bool) -> tuple[bool, bool, bool, str, str]:
    general = answer.id.startswith(("CVE-", "GHSA-"))
    preferred = not general if is_distribution else answer.id.startswith("GHSA-")
    return (
        answer.kind is Kind.INFORMATIONAL,
        not answer.match.fixed,
        not preferred,
        answer.id,
        answer.source,
    )


def related_of(group: Group) -> Iterable[str]:
    """Vulnerabilities that a distribution lists as `related` only (AlmaLinux): names for people, which join nothing."""
    for answer in group.answers:
        if not _vulnerabilities(answer):
            yield from (name for _kind, name in answer.names if name.startswith(_VULNERABILITY))
