"""Tokens that nobody but an attacker makes. What keys there are matters here, and not where they lie: SQLite."""

import base64
import hashlib
import hmac
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from joserfc import jws
from joserfc.jwk import OKPKey
from tests.conftest import MakeDatabase
from tests.integration.identity.house import House, StillClock, parts_of, refused
from tests.integration.identity.test_tokens import GRANTED

from pratique.clock import SECOND


@pytest.fixture
def house(make_database: MakeDatabase, clock: StillClock) -> House:
    house = House(make_database("sqlite"), clock)
    house.user("admin", is_admin=True)
    return house


def encoded(document: Any) -> str:
    content = document if isinstance(document, bytes) else json.dumps(document).encode()
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def signed(house: House, header: dict[str, Any], payload: dict[str, Any] | bytes) -> str:
    """A token as only the registry can sign it, with contents that it would not write."""
    signing_input = f"{encoded(header)}.{encoded(payload)}"
    key = house.keys.signing().key.get_op_key("sign")
    assert isinstance(key, Ed25519PrivateKey)
    signature = key.sign(signing_input.encode())
    return f"{signing_input}.{encoded(signature)}"


def hs256(header: dict[str, Any], payload: dict[str, Any], secret: bytes) -> str:
    """By hand: libraries refuse to take a public key for a secret, attackers do not."""
    signing_input = f"{encoded(header)}.{encoded(payload)}"
    return f"{signing_input}.{encoded(hmac.digest(secret, signing_input.encode(), hashlib.sha256))}"


def test_no_algorithm_but_one_is_believed(house: House) -> None:
    header, payload = parts_of(house.tokens.issue(house.login(house.user()), GRANTED).token)
    public = house.keys.signing().key
    unsigned = f"{encoded({**header, 'alg': 'none'})}.{encoded(payload)}."
    secrets = (public.as_pem(private=False), base64.urlsafe_b64decode(f"{public.as_dict()['x']}="))
    confused = [hs256({**header, "alg": "HS256"}, payload, secret) for secret in secrets]
    for token in (unsigned, *confused, signed(house, {**header, "alg": "EdDSA"}, payload)):
        assert refused(house, token)


def test_a_key_of_somebody_else_is_not_believed(house: House) -> None:
    header, payload = parts_of(house.tokens.issue(house.login(house.user()), GRANTED).token)
    body = json.dumps(payload).encode()
    stranger = OKPKey.generate_key("Ed25519", private=True)
    theirs = {**header, "kid": stranger.thumbprint(), "jwk": stranger.as_dict(private=False)}
    for claimed in (header, {**header, "kid": stranger.thumbprint()}, theirs):
        assert refused(house, jws.serialize_compact(claimed, body, stranger, algorithms=["Ed25519"]))


@pytest.mark.parametrize(
    "change",
    [
        {"kid": "unknown"},
        {"kid": None},
        {"kid": ["a"]},
        {"typ": "at+jwt"},
        {"crit": ["exp"]},
        {"jku": "https://example.org"},
    ],
    ids=str,
)
def test_a_header_is_exactly_ours(house: House, change: dict[str, Any]) -> None:
    token = house.tokens.issue(house.login(house.user()), GRANTED).token
    header, _ = parts_of(token)
    _, payload, signature = token.split(".")
    assert refused(house, f"{encoded({**header, **change})}.{payload}.{signature}")


def test_a_key_that_stands_twice_is_refused_even_when_signed(house: House) -> None:
    header, payload = parts_of(house.tokens.issue(house.login(house.user()), GRANTED).token)
    body = json.dumps(payload)
    twice = body[:-1] + ', "acct": "user:1"}'
    assert refused(house, signed(house, header, twice.encode()))
    inner = body.replace('"name": "app/shop"', '"name": "app/shop", "name": "app/secret"')
    assert inner != body
    assert refused(house, signed(house, header, inner.encode()))
    assert not refused(house, signed(house, header, body.encode()))


@pytest.mark.parametrize(
    "change",
    [
        {"iss": "somebody"},
        {"aud": "another"},
        {"aud": ["pratique"]},
        {"acct": "user:99"},
        {"acct": "system:0"},
        {"acct": "user:1"},
        {"gen": 2},
        {"gen": 0},
        {"gen": "1"},
        {"exp": 0},
        {"exp": 1e400},
        {"exp": None},
        {"access": {}},
        {"access": [{"type": "repository", "name": "a", "actions": ["pull"], "tier": 9}]},
        {"access": [{"type": "repository", "name": "a", "actions": ["everything"]}]},
        {"access": [{"type": "repository", "name": "a", "actions": "pull"}]},
    ],
    ids=str,
)
def test_claims_that_are_not_right_are_refused_even_when_signed(house: House, change: dict[str, Any]) -> None:
    principal = house.login(house.user())
    house.write(lambda tx: house.accounts.bump(tx, "user:1"))
    header, payload = parts_of(house.tokens.issue(principal, GRANTED).token)
    assert refused(house, signed(house, header, {**payload, **change}))
    missing = {name: value for name, value in payload.items() if name not in change}
    assert refused(house, signed(house, header, missing))


@pytest.mark.parametrize("claim", ["nbf", "iat"])
def test_clocks_may_differ_by_a_minute_and_no_more(house: House, clock: StillClock, claim: str) -> None:
    header, payload = parts_of(house.tokens.issue(house.login(house.user()), GRANTED).token)
    now = clock.now() // SECOND
    assert not refused(house, signed(house, header, {**payload, claim: now + 60}))
    assert refused(house, signed(house, header, {**payload, claim: now + 61}))


@pytest.mark.parametrize(
    "token",
    [
        "",
        ".",
        "..",
        "a.b.c",
        "é.é.é",
        "\udc80",
        "e30.e30.e30",
        "e30.e30",
        "x" * 40_000,
        "W10.e30.",
        "=.=.=",
        "a b.c.d",
    ],
)
def test_what_is_no_token_at_all(house: House, token: str) -> None:
    assert refused(house, token)


def test_a_token_that_was_cut_or_changed_is_refused(house: House) -> None:
    token = house.tokens.issue(house.login(house.user()), GRANTED).token
    header, payload, signature = token.split(".")
    _, claims = parts_of(token)
    grown = encoded({**claims, "acct": "user:1"})
    for forged in (
        f"{header}.{grown}.{signature}",
        f"{header}.{payload}.{signature[:-4]}",
        f"{header}.{payload}.",
        f"{header}.{payload}.{signature}.{signature}",
        f" {token}",
        token + "\n",
    ):
        assert refused(house, forged)
