"""One root, asked about one signature. Several may be asked; only what one of them said becomes the examination's."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from pratique.clock import Moment
from pratique.policy import Code
from pratique.trust.findings import Findings
from pratique.trust.roots import TrustedRoot
from pratique.trust.strict import Unreadable


@dataclass(frozen=True, slots=True)
class Step:
    """A check made with a root; `message` says what is wrong where it failed."""

    name: str
    section: str
    code: Code
    passed: bool
    message: str


@dataclass(slots=True)
class Trial:
    """What a root says: its checks, the times it vouches for, the marks of what it vouched with.

    `ends` is the first moment from which on it says so no more, where no trusted time keeps it.
    """

    root: TrustedRoot
    steps: list[Step] = field(default_factory=list)
    times: list[Moment] = field(default_factory=list)
    marks: set[str] = field(default_factory=set)
    ends: Moment | None = None

    @property
    def holds(self) -> bool:
        """Whether every check passed."""
        return all(step.passed for step in self.steps)

    @property
    def rank(self) -> tuple[bool, int]:
        """How near it is to holding: of the roots that don't, the one nearest is told of."""
        return self.holds, sum(1 if step.passed else -1 for step in self.steps)

    def check(self, name: str, section: str, code: Code, *, passed: bool, otherwise: str) -> bool:
        """Make a check. Returns `passed`."""
        self.steps.append(Step(name, section, code, passed, "" if passed else otherwise))
        return passed

    @contextmanager
    def tried(self, name: str, section: str, code: Code, *errors: type[Exception]) -> Iterator[None]:
        """A check that what is within raises none of `errors`, nor Unreadable."""
        expected: tuple[type[Exception], ...] = (Unreadable, *errors)
        problem: Exception | None = None
        try:
            yield
        except expected as error:
            problem = error
        self.check(name, section, code, passed=problem is None, otherwise=str(problem))

    def tell(self, found: Findings, *, enforce: bool = True) -> None:
        """Make its checks those of the examination."""
        for step in self.steps:
            found.check(
                step.name,
                step.section,
                step.code,
                passed=step.passed,
                otherwise=f"{step.message} (root {self.root.name})",
                enforce=enforce,
            )
        found.marks.update(self.marks)
