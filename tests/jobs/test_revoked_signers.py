"""A certificate on a local list counts for nothing any more: in manifests, approvals and gate reports, and for signing.

Foreign, expired and revoked signers each have a finding of their own.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key

from platewright.contract.decisions import TakeDecision
from platewright.contract.errors import CheckCouldNotRun, SigningError
from platewright.contract.progress import Silent
from platewright.contract.repairs import RepairAsk
from platewright.jobs.check import confirm, sign_gate
from platewright.jobs.decisions import decide, summaries
from platewright.jobs.repairs import repair
from platewright.jobs.verify import State, verify
from platewright.provenance.identity import load_identity, trust_anchors
from platewright.provenance.revocation import anchors_in, is_revoked, revocations
from platewright.provenance.settings import IdentitySettings
from tests.jobs.honest_take import Honest

MADE: dict[str, Honest] = {}
NOW = datetime.now(timezone.utc)  # noqa: UP017


@pytest.fixture
def honest(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Honest]:
    """A take that is in order; whatever a test does to it, its signer and the lists is undone afterwards."""
    if "one" not in MADE:
        folder = tmp_path_factory.mktemp("revoked")
        MADE["one"] = Honest(folder / "show", folder / "home")
    made = MADE["one"]
    kept = made.folder.parent.with_name("kept")
    shutil.copytree(made.folder.parent, kept)
    yield made
    shutil.rmtree(made.folder.parent)
    kept.rename(made.folder.parent)


def chain(honest: Honest) -> list[x509.Certificate]:
    return x509.load_pem_x509_certificates(load_identity(honest.settings).chain_pem.encode())


def by_certificate(honest: Honest, folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "left.pem").write_bytes(chain(honest)[0].public_bytes(Encoding.PEM))


def by_list(honest: Honest, folder: Path) -> None:
    """An X.509 revocation list, signed by the intermediate that issued the signer."""
    folder.mkdir(parents=True)
    signer, issuer = chain(honest)[:2]
    key = load_pem_private_key((honest.settings.authority / "intermediate.pem").read_bytes(), None)
    entry = x509.RevokedCertificateBuilder().serial_number(signer.serial_number).revocation_date(NOW).build()
    made = x509.CertificateRevocationListBuilder().issuer_name(issuer.subject).last_update(NOW)
    made = made.next_update(NOW + timedelta(days=30)).add_revoked_certificate(entry)
    (folder / "studio.crl").write_bytes(made.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM))  # type: ignore[arg-type]


LISTS = {"a certificate": by_certificate, "a revocation list": by_list}
Revoke = Callable[[Honest, Path], None]


@pytest.mark.parametrize("revoke", LISTS.values(), ids=LISTS)
def test_verify_and_the_gate_say_that_the_signer_is_revoked_and_nothing_else(honest: Honest, revoke: Revoke) -> None:
    assert honest.check().exit_code == 0
    revoke(honest, honest.settings.home / "revoked")
    found = verify(honest.place, Silent(), trust=trust_anchors(honest.settings))
    assert found.state is State.FAILED
    assert [one.code for one in found.findings if one.code.startswith(("signer", "certificate", "manifest"))] == [
        "signer_revoked"
    ]
    report = honest.check()
    assert report.exit_code == 2
    assert {(one.found.rule, one.code) for one in report.findings} == {("PW003", "signer_revoked")}
    assert {(one.found.rule, one.code) for one in honest.check(records_only=True).findings} >= {
        ("PW003", "signer_revoked")
    }


def test_a_list_in_the_shows_own_folder_counts_for_the_show(honest: Honest) -> None:
    by_certificate(honest, honest.folder / "rights" / "revoked")
    assert {(one.found.rule, one.code) for one in honest.check().findings} == {("PW003", "signer_revoked")}
    assert verify(honest.place, Silent(), trust=trust_anchors(honest.settings)).state is State.PASSED


def test_somebody_elses_revocation_changes_nothing(honest: Honest, tmp_path: Path) -> None:
    stranger = load_identity(IdentitySettings(home=tmp_path / "stranger"))
    folder = honest.settings.home / "revoked"
    folder.mkdir()
    (folder / "stranger.pem").write_text(stranger.chain_pem)
    assert honest.check().exit_code == 0
    assert load_identity(honest.settings).fingerprint


def test_nothing_is_signed_with_it_any_more_and_approvals_and_gate_reports_of_it_are_worth_nothing(
    honest: Honest,
) -> None:
    root = honest.folder / "elements"
    decide(root, "rig", 1, TakeDecision("approve", "p-0900"), honest.settings)
    signed = sign_gate(honest.check(), load_identity(honest.settings))
    confirm(signed, trust_anchors(honest.settings))
    by_certificate(honest, honest.settings.home / "revoked")
    with pytest.raises(SigningError) as error:
        load_identity(honest.settings)
    assert error.value.code == "certificate_revoked" and error.value.hint
    roots = trust_anchors(honest.settings)
    with pytest.raises(CheckCouldNotRun) as shut:
        confirm(signed, roots)
    assert shut.value.code == "gate_forged"
    assert all(not one.approved_by for one in summaries(root, roots=roots))
    assert ("PW002", "approval_revoked") in {(one.found.rule, one.code) for one in honest.check().findings}


def test_what_a_revoked_signer_signed_can_be_signed_again_by_a_new_one_from_the_ledger(honest: Honest) -> None:
    by_certificate(honest, honest.settings.home / "revoked")
    trusted = honest.settings.home / "trusted"
    trusted.mkdir(exist_ok=True)
    shutil.copy(honest.settings.authority / "root.pem", trusted / "before.pem")
    shutil.rmtree(honest.settings.authority)
    frames = [path.read_bytes() for path in sorted(honest.place.folder.glob("*.exr"))]
    repair(RepairAsk("stamp", (str(honest.place.record),)), honest.settings)
    assert honest.check().exit_code == 0
    assert [path.read_bytes() for path in sorted(honest.place.folder.glob("*.exr"))] == frames


_EMPTY = b"-----BEGIN %s-----\nAAAA\n-----END %s-----\n"
BROKEN = [b"", b"\xff\xfe", b"no PEM", _EMPTY % (b"CERTIFICATE", b"CERTIFICATE"), _EMPTY % (b"X509 CRL", b"X509 CRL"),
          _EMPTY % (b"PRIVATE KEY", b"PRIVATE KEY")]  # fmt: skip


@pytest.mark.parametrize("data", BROKEN)
def test_a_list_that_can_t_be_read_is_an_error_and_no_empty_list(honest: Honest, data: bytes) -> None:
    folder = honest.settings.home / "revoked"
    folder.mkdir()
    (folder / "broken.pem").write_bytes(data)
    with pytest.raises(SigningError) as error:
        trust_anchors(honest.settings)
    assert error.value.code == "revocations_unreadable" and error.value.hint


def test_lists_and_roots_in_one_text_are_told_apart(honest: Honest) -> None:
    by_certificate(honest, honest.settings.home / "revoked")
    text = trust_anchors(honest.settings)
    lists = revocations([honest.settings.home / "revoked"])
    signer = x509.load_pem_x509_certificates((honest.settings.home / "revoked" / "left.pem").read_bytes())[0]
    assert is_revoked(signer, text) and is_revoked(signer, lists)
    root = x509.load_pem_x509_certificates((honest.settings.authority / "root.pem").read_bytes())
    assert x509.load_pem_x509_certificates(anchors_in(text).encode()) == root
    assert anchors_in(lists) == "" and not is_revoked(root[0], text)
