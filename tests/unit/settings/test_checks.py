"""What settings must satisfy together."""

import pytest

from pratique.settings import SettingsInvalid, load
from pratique.settings.checks import host_and_port, is_loopback


@pytest.mark.parametrize("listen", ["127.0.0.1:5000", "localhost:0", "[::1]:5000", "127.9.9.9:80"])
def test_loopback_needs_no_tls(listen: str) -> None:
    assert load(options={"server": {"listen": listen}}).server.listen == listen


@pytest.mark.parametrize("listen", ["0.0.0.0:5000", "[::]:5000", "registry.example.org:443"])
def test_others_need_tls_or_the_word_insecure(listen: str) -> None:
    with pytest.raises(SettingsInvalid, match="insecure_http = true"):
        load(options={"server": {"listen": listen}})
    for allowed in ({"insecure_http": True}, {"tls_cert": "c.pem", "tls_key": "k.pem"}):
        assert load(options={"server": {"listen": listen, **allowed}}).server.listen == listen


@pytest.mark.parametrize(("given", "missing"), [("tls_cert", "tls_key"), ("tls_key", "tls_cert")])
def test_half_of_tls_is_refused(given: str, missing: str) -> None:
    with pytest.raises(SettingsInvalid, match=f"server.{missing}: is missing"):
        load(options={"server": {given: "x.pem"}})


@pytest.mark.parametrize(
    "listen", ["5000", ":5000", "::1:5000", "[::1:5000", "localhost:http", "[h]:1", "h:65536"]
)
def test_what_is_no_address_is_said(listen: str) -> None:
    with pytest.raises(SettingsInvalid, match=r"server\.listen"):
        load(options={"server": {"listen": listen}})


def test_brackets_are_not_part_of_the_host() -> None:
    assert host_and_port("[::1]:5000") == ("::1", 5000)
    assert host_and_port("localhost:0") == ("localhost", 0)


def test_a_name_is_not_believed_to_be_loopback() -> None:
    assert not is_loopback("localhost.example.org")
    assert is_loopback("::1")


@pytest.mark.parametrize(
    "url", ["registry.example.org", "ftp://x", "https://", "https://x/path", "https://u@x", "https://x?q"]
)
def test_an_external_url_is_an_origin(url: str) -> None:
    with pytest.raises(SettingsInvalid, match=r"server\.external_url"):
        load(options={"server": {"external_url": url}})


def test_a_trailing_slash_of_the_external_url_does_no_harm() -> None:
    url = "https://x.example/"
    assert load(options={"server": {"external_url": url}}).server.external_url == url


@pytest.mark.parametrize("url", ["", "tuf.example.org", "ftp://x", "https://", "http://tuf.example.org"])
def test_a_tuf_repository_is_asked_by_tls(url: str) -> None:
    with pytest.raises(SettingsInvalid, match=r"trust\.refresh_from"):
        load(options={"trust": {"refresh_from": url}})


def test_a_mirror_that_was_named_may_do_without_tls() -> None:
    trust = {"refresh_from": "http://mirror.lan:8080/tuf", "private_hosts": ["mirror.lan"]}
    assert load(options={"trust": trust}).trust.refresh_from == trust["refresh_from"]


def test_proxies_are_networks() -> None:
    with pytest.raises(SettingsInvalid, match=r"server\.trusted_proxies"):
        load(environ={"PRATIQUE_SERVER__TRUSTED_PROXIES": "10.0.0.0/24,proxy.local"})


def test_a_credential_without_an_account_is_long() -> None:
    with pytest.raises(SettingsInvalid, match=r"adapter\.credential: has fewer than 32"):
        load(options={"adapter": {"credential": "guess-me"}})
    assert load(options={"adapter": {"credential": "x" * 32}}).adapter.credential
