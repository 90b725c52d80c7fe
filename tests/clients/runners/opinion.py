"""sigstore-go's opinion of bundles, by the program of ours that asks it (`tests/clients/second_opinion`)."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from tests.clients.runners.base import Client


@dataclass(frozen=True)
class Question:
    """Files by their paths. The artifact is a file or a digest; who signed is a key, or an identity and its issuer.

    So many `logs`, `promises` of certificate logs, and services that say when (`times`) must verify.
    """

    bundle: str
    root: str = ""
    artifact: str = ""
    digest: str = ""
    key: str = ""
    identity: str = ""
    issuer: str = ""
    logs: int = 0
    promises: int = 0
    times: int = 0


@dataclass(frozen=True)
class Answer:
    """Its verdict, and why not."""

    verified: bool
    reason: str


class SecondOpinion(Client):
    """Asks sigstore-go, all questions in one run."""

    def ask(self, questions: Sequence[Question]) -> list[Answer]:
        """The answers, in the order of the questions."""
        asked = "".join(f"{json.dumps(asdict(each))}\n" for each in questions)
        said = self.run(stdin=asked).succeeded().out.splitlines()
        answers = [Answer(**json.loads(line)) for line in said]
        assert len(answers) == len(questions), said
        return answers
