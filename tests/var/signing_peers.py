"""Others that signing talks to: a time-stamp authority on this machine, and a token in software."""

from __future__ import annotations

import http.server
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

MODULE = Path("/usr/lib/softhsm/libsofthsm2.so")
PIN = "4711"


def issued(
    common: str, key: Any, by: tuple[x509.Certificate, Any] | None = None, *, stamping: bool = False
) -> x509.Certificate:
    """A certificate for ``key`` that may sign papers, or time stamps; by itself where nobody else issues it."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])
    now = datetime.now(UTC)
    others = ("key_encipherment", "data_encipherment", "key_agreement", "encipher_only", "decipher_only")
    builder = (
        x509.CertificateBuilder(by[0].subject if by else name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=30))
        .add_extension(x509.BasicConstraints(by is None, None), critical=True)
        .add_extension(
            x509.KeyUsage(
                digital_signature=True,
                content_commitment=True,
                key_cert_sign=by is None,
                crl_sign=by is None,
                **dict.fromkeys(others, False),
            ),
            critical=True,
        )
    )
    if stamping:
        builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
    return builder.sign(by[1] if by else key, SHA256())


def pem(one: x509.Certificate) -> bytes:
    return one.public_bytes(Encoding.PEM)


def pem_of_key(key: Any) -> bytes:
    return bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))


@dataclass(frozen=True)
class Stamper:
    """A running time-stamp authority; ``root`` (PEM) is whom to trust, ``asked`` the times it was asked."""

    url: str
    root: bytes
    asked: list[int]


@contextmanager
def stamper(folder: Path) -> Iterator[Stamper]:
    """A time-stamp authority (RFC 3161) on this machine: ``openssl ts`` behind a small HTTP server."""
    if shutil.which("openssl") is None:
        pytest.skip("no openssl here")
    folder.mkdir()
    root_key = ec.generate_private_key(ec.SECP256R1())
    root = issued("Stamp root", root_key)
    key = rsa.generate_private_key(65537, 2048)
    for name, data in (
        ("root.pem", pem(root)),
        ("tsa.pem", pem(issued("Stamps", key, (root, root_key), stamping=True))),
        ("tsa.key", pem_of_key(key)),
        ("serial", b"01\n"),
        (
            "tsa.conf",
            f"[t]\nserial={folder}/serial\ncrypto_device=builtin\nsigner_digest=sha256\ndefault_policy=1.2.3.4.1\n"
            "digests=sha256,sha512\nordering=no\ntsa_name=yes\ness_cert_id_chain=no\n".encode(),
        ),
    ):
        (folder / name).write_bytes(data)
    asked: list[int] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked.append(1)
            (folder / "query").write_bytes(self.rfile.read(int(self.headers["content-length"])))
            command = "openssl ts -reply -config tsa.conf -section t -queryfile query -signer tsa.pem -inkey tsa.key"
            subprocess.run(
                [*command.split(), "-chain", "root.pem", "-out", "reply"], cwd=folder, check=True, capture_output=True
            )
            reply = (folder / "reply").read_bytes()
            self.send_response(200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(reply)))
            self.end_headers()
            self.wfile.write(reply)

        def log_message(self, *_: Any) -> None:
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield Stamper(f"http://127.0.0.1:{server.server_port}/", pem(root), asked)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@dataclass(frozen=True)
class SoftToken:
    """A token in software with an RSA key ``report`` and one of P-256 ``short``; ``certificates`` are theirs (PEM)."""

    label: str
    environment: dict[str, str]
    certificates: dict[str, bytes]


def soft_token(folder: Path) -> SoftToken:
    """A new SoftHSM2 token below ``folder``. The test is skipped where SoftHSM2 or OpenSC is not installed; with
    ``CI=true`` it fails then."""
    for name in ("softhsm2-util", "pkcs11-tool"):
        if shutil.which(name) is None or not MODULE.exists():
            report = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
            report("SoftHSM2 or OpenSC is not installed (Debian: softhsm2, opensc)")
    (folder / "tokens").mkdir(parents=True)
    configuration = folder / "softhsm.conf"
    configuration.write_text(f"directories.tokendir = {folder / 'tokens'}\nobjectstore.backend = file\n")
    environment = {"SOFTHSM2_CONF": str(configuration)}
    label = "touchline"

    def run(*command: str | Path) -> None:
        subprocess.run(command, check=True, capture_output=True, env={**os.environ, **environment})

    run("softhsm2-util", "--init-token", "--free", "--label", label, "--pin", PIN, "--so-pin", "5678")
    certificates = {}
    for number, (name, key) in enumerate(
        (("report", rsa.generate_private_key(65537, 2048)), ("short", ec.generate_private_key(ec.SECP256R1()))), 1
    ):
        certificate = issued(f"Token {name}", key)
        certificates[name] = pem(certificate)
        (folder / "key.pem").write_bytes(pem_of_key(key))
        (folder / "cert.der").write_bytes(certificate.public_bytes(Encoding.DER))
        which = ("--label", name, "--id", f"a{number}", "--pin", PIN)
        run("softhsm2-util", "--import", folder / "key.pem", "--token", label, *which)
        tool = ("pkcs11-tool", "--module", MODULE, "--login", "--token-label", label)
        run(*tool, "--write-object", folder / "cert.der", "--type", "cert", *which)
    (folder / "key.pem").unlink()
    return SoftToken(label, environment, certificates)
