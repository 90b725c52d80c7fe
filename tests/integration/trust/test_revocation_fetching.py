"""notation's own chains (test/e2e), whose lists are served on loopback: what is asked, what it says."""

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Final

import pytest
from cryptography.x509 import Certificate
from tests.authorities import NOW
from tests.clocks import ManualClock
from tests.loopback import Loopback, serving
from tests.published import VECTORS

from pratique.net import Answer, EveryHost, Outbound
from pratique.trust.certificates import read_pem_certificates
from pratique.trust.notation.revocations import (
    NO_REVOCATIONS,
    RevocationStore,
    Status,
    read_crl,
    status_of,
    store_of,
)
from pratique.trust.notation.standing import standing_of
from pratique.trust.revocation_fetching import Fetched, NotFetched, Question, RevocationFetcher

CONFIG: Final = VECTORS / "notation/config"
LISTS: Final = "http://localhost:10086"
pytestmark = pytest.mark.skipif(not CONFIG.is_dir(), reason="without notation's material")


class Elsewhere(Outbound):
    """A way out on which the port that the chains name is the one where somebody listens."""

    def __init__(self, place: Loopback) -> None:
        super().__init__(allowed=frozenset(("localhost",)), insecure_http=EveryHost(), resolver=_resolve)
        self._place = place

    def get(self, url: str, headers: Mapping[str, str], limit: int) -> Answer:
        if url.startswith(LISTS):
            url = self._place.url(url.removeprefix(LISTS), "localhost")
        return super().get(url, headers, limit)


def _resolve(host: str, _port: int) -> tuple[str, ...]:
    if host != "localhost":
        raise OSError("unknown")
    return ("127.0.0.1",)


def chain(name: str) -> tuple[Certificate, ...]:
    return read_pem_certificates((CONFIG / name).read_text(), 5)


def crl(name: str) -> bytes:
    return (CONFIG / "crl" / name).read_bytes()


@pytest.fixture
def web() -> Iterator[Loopback]:
    with serving() as opened:
        yield opened


def fetched(web: Loopback, of: tuple[Certificate, ...]) -> list[Fetched | NotFetched]:
    """What asking about a chain brings."""
    questions = [Question(one, issuer) for one, issuer in pairwise(of)]
    fetcher = RevocationFetcher(lambda: Elsewhere(web), ManualClock(NOW), ahead=3_600)
    return list(fetcher.fetch(questions, NO_REVOCATIONS))


def known(found: list[Fetched | NotFetched]) -> RevocationStore:
    return store_of(read_crl(one.content) for one in found if isinstance(one, Fetched))


def stands(found: list[Fetched | NotFetched], of: tuple[Certificate, ...]) -> Status:
    return standing_of(of, known(found), NOW, None)


@pytest.mark.parametrize(
    ("leaf", "intermediate", "state"),
    [
        ("leaf.crl", "intermediate.crl", "good"),
        ("leaf_revoked.crl", "intermediate.crl", "revoked"),
        ("leaf.crl", "intermediate_revoked.crl", "revoked"),
        ("leaf_expired.crl", "intermediate.crl", "unavailable"),
        ("intermediate.crl", "leaf.crl", "unavailable"),
    ],
)
def test_their_lists_say_what_their_suite_expects(
    web: Loopback, leaf: str, intermediate: str, state: str
) -> None:
    of = chain("crl/certchain_with_crl.pem")
    web.files.update({"/leaf.crl": crl(leaf), "/intermediate.crl": crl(intermediate)})
    found = fetched(web, of)
    assert stands(found, of).state == state
    assert web.asked == ["/leaf.crl", "/intermediate.crl"]


def test_a_responder_that_nobody_finds_leaves_it_to_the_list(web: Loopback) -> None:
    of = chain("crl/certchain_with_crl.pem")
    web.files.update({"/leaf.crl": crl("leaf.crl"), "/intermediate.crl": crl("intermediate.crl")})
    (failed,) = [one for one in fetched(web, of) if isinstance(one, NotFetched)]
    assert failed.url.startswith("http://localhost.test/ocsp/")
    assert "can't be resolved" in failed.problem


def test_nobody_answers(web: Loopback) -> None:
    of = chain("crl/certchain_with_crl.pem")
    found = fetched(web, of)
    assert {type(one) for one in found} == {NotFetched}
    assert stands(found, of).state == "unavailable"


def test_the_root_is_never_asked_about(web: Loopback) -> None:
    """Alone in its chain, it has nobody above it."""
    root = chain("crl/certchain_with_crl.pem")[-1:]
    assert fetched(web, root) == []
    assert standing_of(root, NO_REVOCATIONS, NOW, None).state == "good"


def test_a_list_serves_every_certificate_that_names_it_even_after_one_it_says_nothing_of(
    web: Loopback,
) -> None:
    leaf, intermediate, root = chain("crl/certchain_with_crl.pem")
    web.files["/leaf.crl"] = crl("leaf.crl")
    asked = [Question(leaf, root), Question(leaf, intermediate), Question(leaf, intermediate)]
    fetcher = RevocationFetcher(lambda: Elsewhere(web), ManualClock(NOW), ahead=3_600)
    found = list(fetcher.fetch(asked, NO_REVOCATIONS))
    assert [type(one) for one in found] == [NotFetched, Fetched]
    assert web.asked == ["/leaf.crl"]
    assert status_of(known(found), leaf, intermediate, NOW).state == "good"
