"""Attacks on what is known about revoked certificates: another authority of the same name has its own word kept."""

from collections.abc import Iterator
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from tests.authorities import Authority
from tests.databases import Place
from tests.loopback import Loopback, serving
from tests.notation import trust_policy
from tests.revocation_scenes import Revoking, revoking_in, signer_of
from tests.revoking import crl, crl_place
from tests.scenes import new_scene

from pratique.bootstrap.refreshing import build_revocation_round
from pratique.clock import DAY, HOUR
from pratique.telemetry import open_log
from pratique.trust.notation_stores import NewStore

HOST = "127.0.0.1"
NAMED: dict[str, Any] = {"private_hosts": [HOST], "revocation_interval": 3_600}


@pytest.fixture
def web() -> Iterator[Loopback]:
    with serving() as opened:
        yield opened


@pytest.fixture
def revoking(place: Place) -> Iterator[Revoking]:
    with revoking_in(place, trust=NAMED) as made:
        yield made


def run(revoking: Revoking) -> int:
    """A round, and the work that follows; how many lists it kept."""
    done = build_revocation_round(revoking.scene.home.house, open_log()).run()
    revoking.scene.home.work()
    return done.kept


def neighbour_of(revoking: Revoking, web: Loopback) -> Revoking:
    """Another project, whose admin trusts an authority of his own that has the name of the first one."""
    scene, now = new_scene(revoking.scene.home), revoking.now
    scene.home.distrust(scene.project)
    root = Authority.new(start=now - 90 * DAY, end=now + 90 * DAY)
    assert root.certificate.subject == revoking.root.certificate.subject
    pem = root.certificate.public_bytes(Encoding.PEM).decode()
    parties, admin = scene.home.house.warehouse.parties, scene.home.admin
    scene.change(lambda tx: parties.add_store(tx, admin, scene.project, NewStore("acme", "ca", pem)))
    scene.change(lambda tx: parties.set_policy(tx, admin, scene.project, trust_policy().decode()))
    return Revoking(scene, root, signer_of(root, now, crl_place(web.url("/mine.crl", HOST))))


def test_a_list_of_another_authority_of_the_same_name_takes_no_list_s_place(
    revoking: Revoking, web: Loopback
) -> None:
    """Its certificates may name any address, and what comes from there verifies with its key."""
    revoked = signer_of(revoking.root, revoking.now)
    image = revoking.sign(revoked)
    assert revoking.scene.is_let_out(image)
    revoking.put(revoking.list(revoked))
    assert revoking.scene.codes(image) == ["NOT_EXAMINED"]
    revoking.scene.home.work()
    assert revoking.scene.codes(image) == ["REVOKED"]
    neighbour = neighbour_of(revoking, web)
    neighbour.sign()
    now = revoking.now
    web.files["/mine.crl"] = crl(neighbour.root, start=now - HOUR, end=now + DAY, number=99)
    assert run(revoking) == 1
    assert not revoking.scene.is_let_out(image)
    assert revoking.scene.codes(image) == ["REVOKED"]
    assert revoking.put(revoking.list(revoked)).is_new, "and the right one can still be renewed"


def test_of_two_that_are_fetched_neither_takes_the_other_s_place(revoking: Revoking, web: Loopback) -> None:
    named = signer_of(revoking.root, revoking.now, crl_place(web.url("/theirs.crl", HOST)))
    image = revoking.sign(named)
    web.files["/theirs.crl"] = revoking.list(named)
    assert run(revoking) == 1
    assert revoking.scene.codes(image) == ["REVOKED"]
    neighbour = neighbour_of(revoking, web)
    theirs = neighbour.sign()
    now = revoking.now
    web.files["/mine.crl"] = crl(neighbour.root, start=now - HOUR, end=now + DAY, number=99)
    del web.files["/theirs.crl"]
    assert run(revoking) == 1
    assert revoking.scene.codes(image) == ["REVOKED"]
    assert neighbour.scene.is_let_out(theirs)
