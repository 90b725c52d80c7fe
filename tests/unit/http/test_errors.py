"""One table from errors to statuses and codes, without gaps."""

import json
from collections.abc import Iterator

import pytest

from pratique import errors
from pratique.http import refusals
from pratique.http.v2.errors import CODES, TABLE, UNKNOWN, answer_to, error_body, status_and_code

ID = "some-request"


def tree(root: type[errors.PratiqueError]) -> Iterator[type[errors.PratiqueError]]:
    for kind in root.__subclasses__():
        yield kind
        yield from tree(kind)


def reached(kind: type[errors.PratiqueError]) -> bool:
    return any(each in TABLE for each in kind.__mro__)


def test_every_error_is_in_the_table() -> None:
    ours = [kind for kind in tree(errors.PratiqueError) if kind.__module__.startswith("pratique.")]
    assert len(ours) >= 25
    assert [kind.__name__ for kind in ours if not reached(kind)] == []


def test_only_the_codes_of_the_specification() -> None:
    assert len(CODES) == 14
    for status, code in TABLE.values():
        assert code in CODES if status < 500 else code == UNKNOWN


def test_the_nearest_row_counts() -> None:
    class Further(errors.Quarantined):
        pass

    assert status_and_code(Further("no", {}, phrase="no")) == (403, "DENIED")
    assert status_and_code(errors.PratiqueError("?")) == (500, UNKNOWN)


def test_a_5xx_says_the_id_and_nothing_else() -> None:
    for problem in (errors.Unavailable("disk /secret is full"), errors.Corrupt("x", {"path": "/secret"})):
        answer = answer_to(problem, ID)
        document = json.loads(answer.body)
        assert document == {
            "errors": [
                {"code": UNKNOWN, "message": f"request {ID} failed", "detail": {"request_id": ID}},
            ]
        }


@pytest.mark.parametrize("sign", ["\x1b", "\u202e", "\u2066", "\x00", "\r\n", "\u200b"])
def test_control_and_bidirectional_characters_never_pass(sign: str) -> None:
    problem = errors.NotFound(f"a{sign}b", {f"k{sign}": [f"x{sign}y", {"z": sign}]})
    document = json.loads(answer_to(problem, ID).body)
    text = json.dumps(document, ensure_ascii=False)
    assert not any(each in text for each in sign)


def test_a_refusal_of_the_gate() -> None:
    problem = errors.Quarantined("why; do this", {"state": "QUARANTINED"}, phrase="SIGNATURE_MISSING: why")
    answer = answer_to(problem, ID)
    headers = dict(answer.headers)
    assert (answer.status, answer.reason) == (403, "SIGNATURE_MISSING: why")
    assert headers["warning"] == '299 - "why; do this"'
    assert json.loads(answer.body)["errors"][0]["detail"] == {"state": "QUARANTINED"}


def test_headers_that_belong_to_a_refusal() -> None:
    def headers(problem: errors.PratiqueError) -> dict[str, str]:
        return dict(answer_to(problem, ID).headers)

    assert headers(refusals.Challenge("log in", "Bearer x"))["www-authenticate"] == "Bearer x"
    assert headers(errors.TooManyAttempts("slow", retry_after=7))["retry-after"] == "7"
    assert headers(errors.Unavailable("full"))["retry-after"] == "5"
    assert headers(refusals.MethodNotAllowed("POST", ("GET", "HEAD")))["allow"] == "GET, HEAD"
    assert headers(errors.RangeInvalid("no", offset=10))["range"] == "0-9"


def test_bodies_are_ascii_and_lengths_are_bytes() -> None:
    body = error_body("DENIED", "grün", {})
    assert body.isascii()
    start = answer_to(errors.Forbidden("grün"), ID).start()
    assert (b"content-length", str(len(answer_to(errors.Forbidden("grün"), ID).body)).encode()) in start[
        "headers"
    ]
