"""TLS: what is spoken, and certificates that change under a running server."""

import datetime as dt
import io
import socket
import ssl
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from starlette.types import Receive, Scope, Send
from tests.integration.http.serving import served

from pratique.http.answers import Answer
from pratique.http.tls import Certificate
from pratique.telemetry import open_log


def write_pair(directory: Path, name: str) -> tuple[Path, Path]:
    """A self-signed certificate and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    chain_file, key_file = directory / "chain.pem", directory / "key.pem"
    chain_file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    key_file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return chain_file, key_file


def client_context() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_alpn_protocols(["h2", "http/1.1"])
    return context


def name_of(connection: ssl.SSLSocket) -> str:
    der = connection.getpeercert(binary_form=True)
    assert der is not None
    return x509.load_der_x509_certificate(der).subject.rfc4514_string()


async def hello(scope: Scope, receive: Receive, send: Send) -> None:
    await Answer(200, (), scope["scheme"].encode())(scope, receive, send)


REQUEST = b"GET / HTTP/1.1\r\nhost: x\r\n\r\n"


def test_a_changed_certificate_is_served_and_old_connections_stay(tmp_path: Path) -> None:
    log = io.StringIO()
    certificate = Certificate(*write_pair(tmp_path, "first"), open_log(log))
    with (
        served(hello, certificate=certificate) as address,
        socket.create_connection(address, 10) as plain,
        client_context().wrap_socket(plain) as old,
    ):
        assert old.selected_alpn_protocol() == "http/1.1"
        assert old.version() == "TLSv1.3"
        assert name_of(old) == "CN=first"
        write_pair(tmp_path, "second")
        wait_for(lambda: "tls_reloaded" in log.getvalue())
        with socket.create_connection(address, 10) as other, client_context().wrap_socket(other) as new:
            assert name_of(new) == "CN=second"
        old.sendall(REQUEST)
        assert old.recv(1_000).startswith(b"HTTP/1.1 200 OK")


def test_half_a_pair_is_not_loaded(tmp_path: Path) -> None:
    log = io.StringIO()
    chain, key = write_pair(tmp_path, "first")
    certificate = Certificate(chain, key, open_log(log))
    assert not certificate.refresh()
    other = tmp_path / "other"
    other.mkdir()
    chain.write_bytes(write_pair(other, "second")[0].read_bytes())
    assert not certificate.refresh()
    assert "tls_not_reloaded" in log.getvalue()
    key.unlink()
    assert not certificate.refresh()


def test_nothing_below_version_1_2_is_spoken(tmp_path: Path) -> None:
    certificate = Certificate(*write_pair(tmp_path, "first"), open_log(io.StringIO()))
    context = client_context()
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    assert certificate.context.minimum_version == ssl.TLSVersion.TLSv1_2
    with (
        served(hello, certificate=certificate) as address,
        socket.create_connection(address, 10) as plain,
        context.wrap_socket(plain) as old,
    ):
        assert old.version() == "TLSv1.2"


def wait_for(is_so: Callable[[], bool]) -> None:
    """Wait until the server has ticked: it looks at the files every two seconds."""
    pause = threading.Event()
    for _ in range(100):
        if is_so():
            return
        pause.wait(0.1)
    pytest.fail("it never was so")
