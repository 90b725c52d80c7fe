"""The rules of signed attributes, which are the same in both formats."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import pytest
from tests.authorities import END, NOW, START, Authority
from tests.notation import (
    AUTHORITY,
    DROP,
    NAME,
    X509,
    cose_time,
    descriptor,
    jws_time,
    notation_signer,
    sign_cose,
    sign_jws,
)

from pratique.clock import DAY
from pratique.trust.notation import Envelope, check_signature, read_cose, read_jws, read_target
from pratique.trust.strict import Unreadable

ARTIFACT: Final = descriptor(f"sha256:{'a' * 64}", 512)
SIGNER: Final = notation_signer(Authority.new().issue_authority("middle"))
SCHEME: Final = f"{NAME}signingScheme"
SIGNED_AT: Final = f"{NAME}signingTime"
AUTHENTIC: Final = f"{NAME}authenticSigningTime"
EXPIRY: Final = f"{NAME}expiry"
PLUGIN: Final = f"{NAME}verificationPlugin"
PLUGIN_VERSION: Final = f"{NAME}verificationPluginMinVersion"
TIMESTAMP: Final = f"{NAME}timestampSignature"
AGENT: Final = f"{NAME}signingAgent"


@dataclass(frozen=True)
class Way:
    """One of the two formats, with the same words for both."""

    sign: Callable[..., bytes]
    read: Callable[[bytes], Envelope]
    time: Callable[[int], Any]
    critical: str | int
    content_type: str | int
    algorithm: str | int
    chain: str | int

    def __call__(self, changes: Mapping[Any, Any] | None = None, **kind: Any) -> Envelope:
        return self.read(self.sign(SIGNER, ARTIFACT, protected=changes, **kind))


JWS: Final = Way(sign_jws, read_jws, jws_time, "crit", "cty", "alg", "x5c")
COSE: Final = Way(sign_cose, read_cose, cose_time, 2, 3, 1, 33)


@pytest.fixture(params=[JWS, COSE], ids=["jws", "cose"])
def way(request: pytest.FixtureRequest) -> Way:
    found: Way = request.param
    return found


@pytest.mark.parametrize(
    ("scheme", "signed", "authentic"), [(X509, NOW, None), (AUTHORITY, None, NOW)], ids=["x509", "authority"]
)
def test_an_envelope_says_what_was_signed(
    way: Way, scheme: str, signed: int | None, authentic: int | None
) -> None:
    envelope = way(scheme=scheme, expiry=END, timestamp=b"token", plugin="com.example")
    check_signature(envelope)
    assert (envelope.scheme, envelope.signing_time, envelope.authentic_time) == (scheme, signed, authentic)
    assert (envelope.expiry, envelope.timestamp, envelope.plugin) == (END, b"token", "com.example")
    assert envelope.chain == SIGNER.chain
    assert envelope.agent == "notation/1.3.0"
    assert read_target(envelope.payload).digest == ARTIFACT["digest"]


def test_nothing_optional_needs_to_be_there(way: Way) -> None:
    envelope = way(header={AGENT: DROP})
    check_signature(envelope)
    assert (envelope.expiry, envelope.timestamp, envelope.plugin, envelope.agent) == (None, None, None, "")


def test_an_unknown_attribute_that_is_not_critical_means_nothing(way: Way) -> None:
    envelope = way({"com.example.ticket": "4711", "com.example.list": [1, {"a": None}, True]})
    check_signature(envelope)
    assert envelope.plugin is None


def test_a_least_version_goes_with_its_plugin(way: Way) -> None:
    critical = [SCHEME, PLUGIN, PLUGIN_VERSION]
    envelope = way({way.critical: critical, PLUGIN_VERSION: "1.2.0"}, plugin="com.example")
    assert envelope.plugin == "com.example 1.2.0"


BOTH: Final = [SCHEME, AUTHENTIC]
REFUSED: Final[dict[str, tuple[dict[str, Any], str]]] = {
    "unknown critical": ({"crit": [SCHEME, "com.example"], "com.example": "x"}, "is not known"),
    "registered critical": ({"crit": [SCHEME, "alg"]}, "is not known"),
    "critical, not there": ({"crit": [SCHEME, EXPIRY]}, "is missing"),
    "critical twice": ({"crit": [SCHEME, SCHEME]}, "critical twice"),
    "nothing critical": ({"crit": []}, "not named critical"),
    "no crit": ({"crit": DROP}, "crit"),
    "crit is a text": ({"crit": SCHEME}, "crit is not an array"),
    "crit of lists": ({"crit": [[SCHEME]]}, "crit is not an array"),
    "signing time critical": ({"crit": [SCHEME, SIGNED_AT]}, "is not known"),
    "expiry not critical": ({EXPIRY: END}, "not named critical"),
    "plugin not critical": ({PLUGIN: "com.example"}, "not named critical"),
    "version of no plugin": (
        {"crit": [SCHEME, PLUGIN_VERSION], PLUGIN_VERSION: "1.0.0"},
        "asked of no plugin",
    ),
    "plugin without a name": ({"crit": [SCHEME, PLUGIN], PLUGIN: ""}, "is not a text"),
    "plugin is a number": ({"crit": [SCHEME, PLUGIN], PLUGIN: 7}, "is not a text"),
    "plugin is null": ({"crit": [SCHEME, PLUGIN], PLUGIN: None}, "is not a text"),
    "no scheme": ({SCHEME: DROP}, "is missing"),
    "unknown scheme": ({SCHEME: "notary.x510"}, "is not known"),
    "scheme is a list": ({SCHEME: [X509]}, "is not known"),
    "no time": ({SIGNED_AT: DROP}, "and not"),
    "time of the other scheme": ({"crit": BOTH, SIGNED_AT: DROP, AUTHENTIC: NOW}, "and not"),
    "times of both schemes": ({"crit": BOTH, AUTHENTIC: NOW}, "and not"),
    "expiry is null": ({"crit": [SCHEME, EXPIRY], EXPIRY: None}, "expiry"),
    "other content type": ({"cty": "application/json"}, "content type"),
    "no content type": ({"cty": DROP}, "cty|content type"),
    "no algorithm": ({"alg": DROP}, "alg"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_not_as_the_specification_wants_it_is_refused(way: Way, case: str) -> None:
    changes, reason = REFUSED[case]
    with pytest.raises(Unreadable, match=reason):
        way(_in_words_of(way, changes))


def test_an_authority_s_time_must_be_critical(way: Way) -> None:
    with pytest.raises(Unreadable, match="authenticSigningTime is not named critical"):
        way({way.critical: [SCHEME]}, scheme=AUTHORITY)


def test_an_authority_s_envelope_has_no_other_time(way: Way) -> None:
    with pytest.raises(Unreadable, match="and not"):
        way({SIGNED_AT: way.time(NOW)}, scheme=AUTHORITY)


def test_a_header_in_two_places_is_refused(way: Way) -> None:
    with pytest.raises(Unreadable, match="in two places"):
        way(header={EXPIRY: "x"}, expiry=NOW + DAY)


@pytest.mark.parametrize("count", [0, 11])
def test_a_chain_of_no_or_too_many_certificates_is_refused(way: Way, count: int) -> None:
    with pytest.raises(Unreadable, match=f"has {count} certificates"):
        way(chain=[SIGNER.certificate] * count)


def test_a_certificate_beyond_its_limit_is_refused(way: Way) -> None:
    der = b"\x30" + b"\0" * 16 * 1024
    content = {JWS: ["MAAA" * 5_462], COSE: [der]}[way]
    with pytest.raises(Unreadable, match="a certificate has more than 16384 bytes"):
        way(header={way.chain: content})


def test_a_timestamp_beyond_its_limit_is_refused(way: Way) -> None:
    with pytest.raises(Unreadable, match="at most 65536"):
        way(timestamp=b"\0" * 65_537)


def test_an_envelope_beyond_its_limit_is_refused(way: Way) -> None:
    with pytest.raises(Unreadable, match="at most 1048576"):
        way.read(b" " * (1024 * 1024 + 1))


@pytest.mark.parametrize("agent", ["", "x" * 1_025, 7, ["notation"]], ids=["empty", "long", "number", "list"])
def test_an_agent_is_a_short_text(way: Way, agent: object) -> None:
    with pytest.raises(Unreadable, match="signingAgent is not a text"):
        way(header={AGENT: agent})


def test_times_of_long_ago_and_far_away_are_read(way: Way) -> None:
    last = 253_402_300_799_000_000
    assert way(expiry=last).expiry == last
    assert way(at=START).signing_time == START


def _in_words_of(way: Way, changes: Mapping[str, Any]) -> dict[Any, Any]:
    """The changes with the format's own labels and times."""
    labels: dict[str, str | int] = {"crit": way.critical, "cty": way.content_type, "alg": way.algorithm}
    moments = (SIGNED_AT, AUTHENTIC, EXPIRY)
    changed: dict[Any, Any] = {}
    for name, value in changes.items():
        as_time = name in moments and isinstance(value, int)
        changed[labels.get(name, name)] = way.time(value) if as_time else value
    if way is COSE and changes.get("crit") == [SCHEME, "alg"]:
        changed[way.critical] = [SCHEME, way.algorithm]
    return changed
