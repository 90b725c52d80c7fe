"""Which addresses count as public, and what is done about names."""

import pytest

from pratique.errors import Invalid, Unavailable
from pratique.net.addresses import ADDRESS_LIMIT, addresses_of, is_public


@pytest.mark.parametrize("address", ["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "8.8.8.8"])
def test_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "0.0.0.0",  # noqa: S104  nothing is bound
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "fe80::1",
        "fe80::1%eth0",
        "fd00:ec2::254",
        "ff02::1",
        "::ffff:169.254.169.254",
        "::ffff:10.0.0.1",
        "64:ff9b::a9fe:a9fe",
        "2002:a9fe:a9fe::1",
        "::127.0.0.1",
        "no address",
    ],
)
def test_not_public(address: str) -> None:
    assert not is_public(address)


def test_one_private_address_among_public_ones_refuses() -> None:
    found = ("93.184.215.14", "10.0.0.1")
    with pytest.raises(Invalid, match=r"10\.0\.0\.1, which is not public"):
        addresses_of("example.com", 443, allowed=False, resolver=lambda *_asked: found)
    assert addresses_of("example.com", 443, allowed=True, resolver=lambda *_asked: found) == found


def test_a_name_that_is_nowhere() -> None:
    def unknown(host: str, port: int) -> tuple[str, ...]:
        raise OSError(f"no {host}:{port}")

    with pytest.raises(Unavailable):
        addresses_of("example.com", 443, allowed=True, resolver=unknown)
    with pytest.raises(Unavailable):
        addresses_of("example.com", 443, allowed=True, resolver=lambda *_asked: ())


def test_a_name_that_is_everywhere() -> None:
    many = tuple(f"8.8.8.{number}" for number in range(ADDRESS_LIMIT + 1))
    with pytest.raises(Invalid):
        addresses_of("example.com", 443, allowed=True, resolver=lambda *_asked: many)
