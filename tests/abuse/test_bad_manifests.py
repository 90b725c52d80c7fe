"""Manifests that are none: one clear error each, and no manifest, tag or blob more than before."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from tests.abuse.raw import Wire, head
from tests.abuse.victim import ADMIN, Victim, running

IMAGE = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
EMPTY = "application/vnd.oci.empty.v1+json"
ZEROS = "sha256:" + "0" * 64
LIMIT = 4 * 2**20


@pytest.fixture(scope="module")
def victim(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Victim]:
    with running(tmp_path_factory.mktemp("manifests")) as found:
        found.blob(b"{}")
        yield found


@pytest.fixture(autouse=True)
def unchanged(victim: Victim) -> Iterator[None]:
    before = victim.state()
    yield
    assert victim.state() == before
    assert victim.is_well()


CONFIG: dict[str, Any] = {
    "mediaType": EMPTY,
    "size": 2,
    "digest": "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
}
GOOD: dict[str, Any] = {"schemaVersion": 2, "mediaType": IMAGE, "config": CONFIG, "layers": []}


def document(**changed: Any) -> bytes:
    return json.dumps({**GOOD, **changed}).encode()


def configured(**changed: Any) -> bytes:
    return document(config={**CONFIG, **changed})


def refused(
    victim: Victim, content: bytes, media_type: str = IMAGE, reference: str = "1.0"
) -> tuple[int, str]:
    reply = victim.ask("PUT", f"/v2/library/app/manifests/{reference}", {"content-type": media_type}, content)
    return reply.status, reply.code()


TEXTS = {
    "nothing": b"",
    "null": b"null",
    "a list": b"[]",
    "open": b'{"schemaVersion": 2',
    "more behind": document() + b"x",
    "a key twice": b'{"schemaVersion": 2, ' + document()[1:],
    "a key twice inside": document().replace(b'"size": 2', b'"size": 2, "size": 2'),
    "deep lists": b"[" * 100_000 + b"]" * 100_000,
    "deep objects": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "deep and open": b"[" * 3_000_000,
    "NaN": document().replace(b'"size": 2', b'"size": NaN'),
    "infinity": document().replace(b'"size": 2', b'"size": -Infinity'),
    "1e400": document().replace(b'"size": 2', b'"size": 1e400'),
    "a huge number": document().replace(b'"size": 2', b'"size": ' + b"9" * 100_000),
    "no UTF-8": b'{"a": "\xff\xfe"}',
    "UTF-16": document().decode().encode("utf-16"),
    "a mark": b"\xef\xbb\xbf" + document(),
    "half a pair": document(annotations={"a": "?"}).replace(b"?", b"\\ud800"),
    "other case": document(Layers=[]),
    "other case of a sign": document(xubject=CONFIG).replace(b"xubject", b"\\u017fubject"),
    "an image and an index": document(manifests=[]),
    "schema 1": document(fsLayers=[]),
    "two sizes": document(layers=[{**CONFIG, "size": 3}]),
    "text as annotations": document(annotations={"a": 1}),
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_a_manifest_that_is_none(victim: Victim, text: bytes) -> None:
    assert refused(victim, text) == (400, "MANIFEST_INVALID")


VALUES: tuple[Any, ...] = (1, -1, 1.5, True, "", "x" * 100_000, [], [1], {}, {"a": 1}, 10**30)
FIELDS: dict[str, tuple[Any, ...]] = {
    "schemaVersion": (None, *VALUES),
    "mediaType": tuple(value for value in VALUES if value != ""),
    "config": (None, *VALUES),
    "layers": tuple(value for value in VALUES if value != []),
    "annotations": tuple(value for value in VALUES if value != {}),
    "subject": VALUES,
    "artifactType": tuple(value for value in VALUES if value != ""),
}


@pytest.mark.parametrize("name", FIELDS)
def test_a_field_of_another_kind(victim: Victim, name: str) -> None:
    wrong = [value for value in FIELDS[name] if not (name == "annotations" and value == {"a": "b"})]
    answers = {repr(value)[:40]: refused(victim, document(**{name: value})) for value in wrong}
    assert answers == dict.fromkeys(answers, (400, "MANIFEST_INVALID"))


@pytest.mark.parametrize(
    "content",
    [
        configured(size=-1),
        configured(size=2.0),
        configured(size="2"),
        configured(size=2**63),
        configured(digest="sha256:x"),
        configured(digest=1),
        configured(mediaType=""),
        configured(mediaType="a/b\r\nset-cookie: c"),
    ],
)
def test_a_descriptor_that_is_none(victim: Victim, content: bytes) -> None:
    status, code = refused(victim, content)
    assert status == 400
    assert code in {"MANIFEST_INVALID", "DIGEST_INVALID"}


@pytest.mark.parametrize("media_type", ["text/plain", INDEX, "a/" + "b" * 5_000, "application/json", "%00"])
def test_a_content_type_that_is_not_the_manifests(victim: Victim, media_type: str) -> None:
    assert refused(victim, document(), media_type) == (400, "MANIFEST_INVALID")


def test_a_manifest_that_is_too_large(victim: Victim) -> None:
    assert refused(victim, document() + b" " * LIMIT) == (413, "SIZE_INVALID")
    with Wire(victim.address) as wire:
        wire.send(head("PUT", "/v2/library/app/manifests/1.0", {**ADMIN, "transfer-encoding": "chunked"}))
        piece = b"10000\r\n" + b" " * 65_536 + b"\r\n"
        wire.send(*[piece] * 65, b"0\r\n\r\n")
        reply = wire.reply()
    assert (reply.status, reply.code()) == (413, "SIZE_INVALID")


def test_a_manifest_that_is_called_something_else(victim: Victim) -> None:
    assert refused(victim, document(), reference=ZEROS) == (400, "DIGEST_INVALID")


def test_a_manifest_of_what_is_not_here(victim: Victim) -> None:
    assert refused(victim, document(layers=[{**CONFIG, "digest": ZEROS}])) == (404, "MANIFEST_BLOB_UNKNOWN")


def test_an_index_without_end(victim: Victim) -> None:
    many = [{"mediaType": IMAGE, "digest": f"sha256:{number:064x}", "size": 1} for number in range(20_000)]
    content = json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": many}).encode()
    assert refused(victim, content, INDEX) == (413, "SIZE_INVALID")


def test_tags_without_end(victim: Victim) -> None:
    many = "&".join(f"tag=t{number}" for number in range(1_000))
    assert refused(victim, document(), reference=f"1.0?{many}") == (414, "SIZE_INVALID")


def test_conditions_without_end(victim: Victim) -> None:
    tags = ", ".join(f'"{number}"' for number in range(5_000))
    reply = victim.ask(
        "PUT", "/v2/library/app/manifests/1.0", {"content-type": IMAGE, "if-match": tags}, document()
    )
    assert (reply.status, reply.code()) == (412, "DENIED")
