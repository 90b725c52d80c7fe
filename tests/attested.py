"""A house that knows advisories, images in it that were examined, and what the registry says of them."""

import base64
import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from typing import Any, Final

import pytest
from tests.countersigned import blob, body, ours
from tests.databases import KINDS, PostgresqlServer
from tests.houses import Furnished, furnish
from tests.images import dpkg, file
from tests.images import image as layers_of
from tests.osv import import_records, record
from tests.scenes import NUMBERS, Scene

from pratique.admission.attesting import attest_digests, said_about
from pratique.admission.attesting.forms import PREDICATES, Form
from pratique.admission.store.attestations import Attestation
from pratique.advisories.findings import Findings
from pratique.bootstrap.advising import revisions_of
from pratique.db import Tx
from pratique.inventory.recording import Recording
from pratique.jobs import Feed, Worker
from pratique.oci.digest import digest_of
from pratique.registry.pull import known

FORMS: Final = {kind: form for form, kind in PREDICATES.items()}
UBUNTU: Final = 'ID=ubuntu\nVERSION_ID="22.04"\n'
RELEASE: Final = "Ubuntu:22.04:LTS"
PACKAGES: Final = (("openssl", "3.0.2-0ubuntu1"), ("zlib1g", "1:1.2.11"))
CREATED: Final = "2026-06-01T12:00:00Z"


def affected(number: int, package: str, **specific: str) -> dict[str, Any]:
    """A record about every version of a package of Ubuntu; `status` is Ubuntu's word for it."""
    made = record(f"UBUNTU-CVE-2026-{number}", RELEASE, package, upstream=[f"CVE-2026-{number}"])
    made["affected"][0]["ecosystem_specific"] = specific
    return made


KNOWN: Final = {
    "Ubuntu": [affected(1, "openssl", status="needed"), affected(2, "openssl", status="not-affected")]
}


@pytest.fixture(scope="module", params=KINDS)
def knowing_home(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Furnished]:
    """A furnished house with the advisories of `KNOWN`, imported just now."""
    directory = tmp_path_factory.mktemp("knowing")
    with ExitStack() as places:
        url = f"sqlite:///{directory}/pratique.db"
        if request.param == "postgresql":
            server: PostgresqlServer = request.getfixturevalue("running_postgresql")
            url = places.enter_context(server.new_database())
        home = furnish(url, directory / "data", limits={"evidence_size": 16_384})
        places.callback(home.house.close)
        learn(home, KNOWN)
        yield home


def learn(home: Furnished, records: dict[str, list[dict[str, Any]]]) -> None:
    """Import records, as the new state of their sources, and match what is kept anew."""
    directory = home.house.settings.storage.directory
    import_records(
        directory, home.clock.now(), records, directory / "given" / str(next(NUMBERS)), shrinks=True
    )
    findings = Findings(revisions_of(home.house.settings))
    home.house.stores.database.write(lambda tx: findings.refresh(tx, None, findings.answers().revision))


def examined(
    scene: Scene, content: bytes, packages: Sequence[tuple[str, str]] = PACKAGES, system: str = UBUNTU
) -> None:
    """Record what is inside an image, as the examination does."""
    made = layers_of(
        [file("etc/os-release", system), file("var/lib/dpkg/status", dpkg(*packages))], created=CREATED
    )
    digest, at = digest_of(content), scene.home.clock.now()

    def work(tx: Tx) -> None:
        Recording().put(tx, digest, made.contents(), at)
        attest_digests(tx, [digest])

    scene.change(work)


def turn(scene: Scene, **switches: bool) -> None:
    """Turn Harbor's switches of the project."""
    projects = scene.home.house.departments.projects
    asked = {name: "true" if is_on else "false" for name, is_on in switches.items()}
    scene.change(lambda tx: projects.update(tx, scene.home.admin, projects.get(tx, scene.project.id), asked))


def work(home: Furnished) -> None:
    """Run every job that is due, and move the feeds."""
    house = home.house
    handlers = {**house.warehouse.rejudging.handlers(), **house.signing.handlers()}
    feeds = [
        Feed(house.stores.database, "attest", house.signing.attesting.feed.consume),
        Feed(house.stores.database, "countersign", house.signing.feed.consume),
    ]
    Worker(house.stores.database, handlers, home.clock, feeds=feeds).run_pending()


def bundles(scene: Scene, content: bytes) -> dict[Form, list[dict[str, Any]]]:
    """The bundles that the registry attached to an image, by what they say."""
    found: dict[Form, list[dict[str, Any]]] = {}
    for one in ours(scene, content):
        document = body(scene, one)
        kind = document.get("annotations", {}).get("dev.sigstore.bundle.predicateType")
        if kind in FORMS:
            found.setdefault(FORMS[kind], []).append(json.loads(blob(scene, document["layers"][0]["digest"])))
    return found


def statements(scene: Scene, content: bytes) -> dict[Form, bytes]:
    """What is said, of which there is one of each form."""
    said = {}
    for form, found in bundles(scene, content).items():
        (bundle,) = found
        said[form] = base64.b64decode(bundle["dsseEnvelope"]["payload"])
    return said


def predicates(scene: Scene, content: bytes) -> dict[Form, Any]:
    """The predicates of these."""
    return {form: json.loads(said)["predicate"] for form, said in statements(scene, content).items()}


def told(scene: Scene, content: bytes) -> dict[str, Attestation]:
    """The rows, by form."""
    with scene.home.house.stores.database.read() as tx:
        rows = said_about(tx, known(tx, scene.repository).id, digest_of(content))
    return {row.form: row for row in rows}
