"""Every error has a row of its own, and a 5xx tells nothing."""

import json
from collections.abc import Iterator

import pytest

from pratique import errors
from pratique.errors import PratiqueError
from pratique.http.api.errors import CODES, Unprocessable, UnsupportedMedia, code_of, error_answer
from pratique.http.refusals import MethodNotAllowed


def tree(kind: type[PratiqueError]) -> Iterator[type[PratiqueError]]:
    yield kind
    for each in kind.__subclasses__():
        yield from tree(each)


OF_ROOMS = sorted(
    {kind for kind in tree(PratiqueError) if kind.__module__ == errors.__name__},
    key=str,
)


@pytest.mark.parametrize("kind", OF_ROOMS, ids=str)
def test_every_error_of_the_rooms_has_a_row(kind: type[PratiqueError]) -> None:
    assert kind in CODES


@pytest.mark.parametrize("kind", sorted(tree(PratiqueError), key=str))
def test_every_error_has_a_status(kind: type[PratiqueError]) -> None:
    status, code = code_of(kind)
    assert 400 <= status < 600
    assert code == code.upper()


@pytest.mark.parametrize("error", [errors.Unavailable("disk"), errors.Corrupt("disk"), PratiqueError("disk")])
def test_of_a_5xx_only_the_id_of_the_request_is_said(error: PratiqueError) -> None:
    answer = error_answer(error, "id-1")
    said = json.loads(answer.body)["errors"]
    assert b"disk" not in answer.body
    assert said[0]["detail"] == {"request_id": "id-1"}


def test_what_clients_need_stands_in_headers() -> None:
    assert dict(error_answer(errors.Unauthenticated("x"), "i").headers)["www-authenticate"].startswith(
        "Basic "
    )
    throttled = error_answer(errors.TooManyAttempts("x", retry_after=7), "i")
    assert dict(throttled.headers)["retry-after"] == "7"
    assert dict(error_answer(MethodNotAllowed("PUT", ["GET"]), "i").headers)["allow"] == "GET"
    assert dict(error_answer(errors.Unavailable("x"), "i").headers)["retry-after"]


def test_a_refusal_is_said_in_harbors_shape() -> None:
    answer = error_answer(Unprocessable("page is a number"), "i")
    assert answer.status == 422
    assert json.loads(answer.body) == {
        "errors": [{"code": "UNPROCESSABLE_ENTITY", "message": "page is a number"}]
    }
    assert error_answer(UnsupportedMedia("x"), "i").status == 415
