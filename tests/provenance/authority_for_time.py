"""A time-stamp authority on loopback: OpenSSL behind a few lines of HTTP, with a certificate of its own."""

from __future__ import annotations

import datetime
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID

from platewright.provenance.authority import Issued, issue_intermediate, issue_root

CONFIGURATION = """
[tsa]
default_tsa = one
[one]
serial = {folder}/serial
signer_cert = {folder}/tsa.pem
certs = {folder}/intermediate.pem
signer_key = {folder}/tsa-key.pem
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha384, sha512
accuracy = secs:1
ordering = no
tsa_name = no
ess_cert_id_chain = yes
ess_cert_id_alg = sha256
"""


def _certificate(intermediate: Issued, key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    now = datetime.datetime.now(datetime.UTC)
    usage = x509.KeyUsage(True, False, False, False, False, False, False, False, False)
    issuer_key = intermediate.key.public_key()
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test time")]))
        .issuer_name(intermediate.certificate.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=90))
        .add_extension(x509.BasicConstraints(False, None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key), critical=False)
        .sign(intermediate.key, hashes.SHA256())
    )


@contextmanager
def time_stamp_authority(folder: Path) -> Iterator[tuple[str, Path]]:
    """`(address, root file)` of a running authority; skips where OpenSSL's program is missing."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("OpenSSL's program is not installed")
    now = datetime.datetime.now(datetime.UTC)
    root = issue_root(now)
    intermediate = issue_intermediate(root, now)
    key = ec.generate_private_key(ec.SECP256R1())
    leaf = Issued(_certificate(intermediate, key), key)
    (folder / "root.pem").write_bytes(root.certificate_pem)
    (folder / "intermediate.pem").write_bytes(intermediate.certificate_pem)
    (folder / "tsa.pem").write_bytes(leaf.certificate_pem)
    (folder / "tsa-key.pem").write_bytes(leaf.key_pem)
    (folder / "serial").write_text("01\n")
    (folder / "ts.cnf").write_text(CONFIGURATION.format(folder=folder))

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            (folder / "q.tsq").write_bytes(self.rfile.read(int(self.headers["Content-Length"])))
            command = [str(openssl), "ts", "-reply", "-config", "ts.cnf", "-queryfile", "q.tsq", "-out", "r.tsr"]
            subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=90)
            reply = (folder / "r.tsr").read_bytes()
            self.send_response(200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(reply)))
            self.end_headers()
            self.wfile.write(reply)

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/tsa", folder / "root.pem"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
