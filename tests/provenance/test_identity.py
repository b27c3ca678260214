"""Signing identities: made once, private, renewed in time, and refused with a reason."""

from __future__ import annotations

import datetime
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from platewright.contract.errors import SigningError
from platewright.contract.mapper import canonical
from platewright.provenance import local_identity
from platewright.provenance.authority import (
    LEAF_DAYS,
    Issued,
    issue_intermediate,
    issue_leaf,
    issue_leaf_for,
    issue_root,
)
from platewright.provenance.identity import IdentitySettings, load_identity, trust_anchors
from platewright.provenance.manifest import sign_take
from platewright.provenance.reading import read_manifest
from tests.provenance.takes import make_record

NOW = datetime.datetime.now(datetime.UTC)


def days(count: float) -> datetime.datetime:
    return NOW + datetime.timedelta(days=count)


def files_in(home: IdentitySettings) -> dict[str, Path]:
    return {path.name: path for path in home.authority.iterdir()}


def test_first_use_makes_a_private_authority(home: IdentitySettings) -> None:
    identity = load_identity(home)
    assert stat.S_IMODE(home.authority.stat().st_mode) == 0o700
    assert set(files_in(home)) == {"root.pem", "root-key.pem", "intermediate.pem", "signer.pem"}
    assert {stat.S_IMODE(path.stat().st_mode) for path in files_in(home).values()} == {0o600}
    assert identity.local and identity.alg == "es256" and identity.organisation == "Platewright local authority"
    assert list(home.home.iterdir()) == [home.authority]


def test_second_use_is_the_same_signer(home: IdentitySettings) -> None:
    assert load_identity(home).fingerprint == load_identity(home).fingerprint


def test_certificates_have_the_extensions_validators_ask_for(home: IdentitySettings) -> None:
    identity = load_identity(home)
    leaf, intermediate = x509.load_pem_x509_certificates(identity.chain_pem.encode())
    root = x509.load_pem_x509_certificate(identity.root_pem.encode())
    leaf.verify_directly_issued_by(intermediate)
    intermediate.verify_directly_issued_by(root)
    constraints = [
        item.extensions.get_extension_for_class(x509.BasicConstraints) for item in (root, intermediate, leaf)
    ]
    assert [(item.critical, item.value.ca, item.value.path_length) for item in constraints] == [
        (True, True, None), (True, True, 0), (True, False, None)
    ]  # fmt: skip
    usage = leaf.extensions.get_extension_for_class(x509.KeyUsage)
    assert usage.critical and usage.value.digital_signature and not usage.value.key_cert_sign
    purpose = leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert [item.dotted_string for item in purpose] == ["1.3.6.1.5.5.7.3.4"]
    authority_key = leaf.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value
    subject_key = intermediate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    assert authority_key.key_identifier == subject_key.digest


def test_certificates_name_no_machine_and_no_person(home: IdentitySettings) -> None:
    identity = load_identity(home)
    for certificate in x509.load_pem_x509_certificates((identity.chain_pem + identity.root_pem).encode()):
        assert {part.value for part in certificate.subject} <= {
            "ZZ", "Platewright local authority", "Platewright root", "Platewright intermediate", "Platewright signer"
        }  # fmt: skip


def test_text_form_of_an_identity_hides_the_key(home: IdentitySettings) -> None:
    identity = load_identity(home)
    assert identity.key_pem is not None
    assert "PRIVATE" not in repr(identity) and "PRIVATE" not in str(identity)


def test_processes_that_start_at_once_agree_on_one_authority(tmp_path: Path, root: Path) -> None:
    program = (
        "import sys, time; from pathlib import Path\n"
        "from platewright.provenance.identity import IdentitySettings, load_identity\n"
        "while not Path(sys.argv[2]).exists(): time.sleep(0.001)\n"
        "print(load_identity(IdentitySettings(home=Path(sys.argv[1]))).fingerprint)"
    )
    start = tmp_path / "start"
    command = [sys.executable, "-c", program, str(tmp_path / "home"), str(start)]
    environment = {**os.environ, "PYTHONPATH": str(root / "core")}
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) for _ in range(4)]
    start.touch()
    answers = [process.communicate(timeout=120)[0].strip() for process in processes]
    assert [process.returncode for process in processes] == [0] * 4
    assert len(set(answers)) == 1 and len(answers[0]) == 64
    assert [path.name for path in (tmp_path / "home").iterdir()] == ["identity"]


def test_loser_of_a_race_takes_the_winners_authority(home: IdentitySettings) -> None:
    winner = load_identity(home)
    local_identity._make(home.authority, NOW)
    assert load_identity(home).fingerprint == winner.fingerprint
    assert list(home.home.iterdir()) == [home.authority]


def signer_at(home: IdentitySettings, when: datetime.datetime) -> x509.Certificate:
    return local_identity.local_signer(home.authority, home.trusted, when)[0][0]


def test_signer_is_renewed_long_before_its_end_under_the_same_root(home: IdentitySettings) -> None:
    first, root_before = load_identity(home), (home.authority / "root.pem").read_bytes()
    assert signer_at(home, days(LEAF_DAYS / 2 - 5)).fingerprint(HASH).hex() == first.fingerprint
    renewed = signer_at(home, days(LEAF_DAYS / 2 + 5))
    assert renewed.fingerprint(HASH).hex() != first.fingerprint
    assert renewed.not_valid_after_utc > days(LEAF_DAYS)
    assert (home.authority / "root.pem").read_bytes() == root_before
    assert {stat.S_IMODE(path.stat().st_mode) for path in files_in(home).values()} == {0o600}


def test_intermediate_is_renewed_before_it_would_cut_a_signer_short(home: IdentitySettings) -> None:
    load_identity(home)
    before = (home.authority / "intermediate.pem").read_bytes()
    signer = signer_at(home, days(1500))
    assert (home.authority / "intermediate.pem").read_bytes() != before
    assert signer.not_valid_after_utc > days(1500 + LEAF_DAYS - 1)


def test_root_near_its_end_is_replaced_and_stays_trusted(home: IdentitySettings) -> None:
    load_identity(home)
    old_root = (home.authority / "root.pem").read_text()
    signer_at(home, days(3300))
    new_root = (home.authority / "root.pem").read_text()
    assert new_root != old_root
    anchors = trust_anchors(home)
    assert old_root in anchors and new_root in anchors


def test_valid_signer_is_still_used_where_it_can_not_be_renewed(
    home: IdentitySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = load_identity(home)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(local_identity, "_write", full)
    assert signer_at(home, days(600)).fingerprint(HASH).hex() == first.fingerprint
    with pytest.raises(SigningError) as refusal:
        signer_at(home, days(900))
    assert refusal.value.code == "identity_unwritable"


@pytest.mark.skipif(os.name == "nt", reason="file modes are of POSIX systems")
def test_key_that_others_can_read_is_not_used(home: IdentitySettings) -> None:
    load_identity(home)
    (home.authority / "signer.pem").chmod(0o644)
    with pytest.raises(SigningError) as refusal:
        load_identity(home)
    assert refusal.value.code == "key_exposed" and "chmod 600" in refusal.value.hint


@pytest.mark.parametrize("damage", [b"", b"garbage", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"])
def test_damaged_authority_is_told_and_not_silently_replaced(home: IdentitySettings, damage: bytes) -> None:
    load_identity(home)
    (home.authority / "signer.pem").write_bytes(damage)
    with pytest.raises(SigningError) as refusal:
        load_identity(home)
    assert refusal.value.code == "identity_damaged" and "Move" in refusal.value.hint


def test_home_that_is_a_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("not a folder")
    with pytest.raises(SigningError) as refusal:
        load_identity(IdentitySettings(home=tmp_path / "home"))
    assert refusal.value.code == "identity_unwritable"


# A studio's own certificate.

HASH = hashes.SHA256()


class Studio:
    """A studio's authority with files, as its security people would hand them over."""

    def __init__(self, folder: Path, now: datetime.datetime = NOW) -> None:
        self.folder = folder
        self.root = issue_root(now)
        self.intermediate = issue_intermediate(self.root, now)
        self.leaf = issue_leaf(self.intermediate, now)
        self.chain = self.write("chain.pem", self.leaf, self.intermediate, self.root)
        self.key = folder / "key.pem"
        self.key.write_bytes(self.leaf.key_pem)
        self.key.chmod(0o600)

    def write(self, name: str, *issued: Issued) -> Path:
        path = self.folder / name
        path.write_bytes(b"".join(item.certificate_pem for item in issued))
        return path

    def settings(self, **changes: object) -> IdentitySettings:
        fields = {"home": self.folder / "home", "chain_file": self.chain, "key_file": self.key}
        return IdentitySettings(**{**fields, **changes})  # type: ignore[arg-type]


def signs(settings: IdentitySettings) -> str:
    """The state of a manifest signed with these settings, read with their own trust."""
    record = make_record()
    data = canonical(record)
    manifest = sign_take(record, data, load_identity(settings)).manifest
    return read_manifest(data, manifest, trust_anchors(settings)).state


def test_studio_certificate_signs_and_makes_no_local_authority(tmp_path: Path) -> None:
    studio = Studio(tmp_path)
    assert signs(studio.settings()) == "Trusted"
    assert not (tmp_path / "home").exists()


def test_chain_without_its_root_signs(tmp_path: Path) -> None:
    studio = Studio(tmp_path)
    settings = studio.settings(chain_file=studio.write("short.pem", studio.leaf, studio.intermediate))
    assert signs(settings) == "Trusted"


def test_another_machine_trusts_the_studio_by_its_root_file(tmp_path: Path, settings: IdentitySettings) -> None:
    studio, record = Studio(tmp_path), make_record()
    data = canonical(record)
    manifest = sign_take(record, data, load_identity(studio.settings())).manifest
    assert read_manifest(data, manifest, trust_anchors(settings)).state == "Valid"
    other = IdentitySettings(home=settings.home, trust_file=studio.write("root.pem", studio.root))
    assert read_manifest(data, manifest, trust_anchors(other)).state == "Trusted"


def test_locked_key_opens_with_the_passphrase_from_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    studio = Studio(tmp_path)
    locked = BestAvailableEncryption(b"open sesame")
    studio.key.write_bytes(studio.leaf.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, locked))
    for wrong in ("", "wrong"):
        monkeypatch.setenv("STUDIO_PIN", wrong)
        with pytest.raises(SigningError) as refusal:
            load_identity(studio.settings(pin_variable="STUDIO_PIN"))
        assert refusal.value.code == "key_locked" and "STUDIO_PIN" in refusal.value.hint
    monkeypatch.setenv("STUDIO_PIN", "open sesame")
    assert signs(studio.settings(pin_variable="STUDIO_PIN")) == "Trusted"


@pytest.mark.parametrize(
    ("issued", "code"), [(days(-LEAF_DAYS - 1), "certificate_expired"), (days(2), "certificate_not_yet_valid")]
)
def test_certificate_out_of_its_time_is_refused(tmp_path: Path, issued: datetime.datetime, code: str) -> None:
    with pytest.raises(SigningError) as refusal:
        load_identity(Studio(tmp_path, issued).settings())
    assert refusal.value.code == code and refusal.value.hint


def test_world_readable_studio_key_is_refused(tmp_path: Path) -> None:
    studio = Studio(tmp_path)
    studio.key.chmod(0o604)
    with pytest.raises(SigningError) as refusal:
        load_identity(studio.settings())
    assert refusal.value.code == "key_exposed"


def test_key_of_another_certificate_is_refused(tmp_path: Path) -> None:
    studio = Studio(tmp_path)
    studio.key.write_bytes(issue_leaf(studio.intermediate, NOW).key_pem)
    with pytest.raises(SigningError) as refusal:
        load_identity(studio.settings())
    assert refusal.value.code == "key_mismatch"


@pytest.mark.parametrize(
    ("missing", "code"),
    [({"chain_file": None}, "certificate_unreadable"), ({"key_file": None}, "key_unreadable"),
     ({"chain_file": Path("/nowhere.pem")}, "certificate_unreadable"),
     ({"key_file": Path("/nowhere.pem")}, "key_unreadable")],
)  # fmt: skip
def test_half_a_studio_identity_is_told(tmp_path: Path, missing: dict[str, object], code: str) -> None:
    with pytest.raises(SigningError) as refusal:
        load_identity(Studio(tmp_path).settings(**missing))
    assert refusal.value.code == code and refusal.value.hint


def test_garbage_in_place_of_certificate_or_key_is_told(tmp_path: Path) -> None:
    studio = Studio(tmp_path)
    garbage = tmp_path / "garbage.pem"
    garbage.write_bytes(os.urandom(500))
    garbage.chmod(0o600)
    with pytest.raises(SigningError) as certificate:
        load_identity(studio.settings(chain_file=garbage))
    with pytest.raises(SigningError) as key:
        load_identity(studio.settings(key_file=garbage))
    assert (certificate.value.code, key.value.code) == ("certificate_unreadable", "key_unreadable")


def test_environment_names_everything_but_the_pin(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PLATEWRIGHT_HOME", str(tmp_path))
    monkeypatch.setenv("PLATEWRIGHT_SIGN_CHAIN", "/keys/chain.pem")
    monkeypatch.setenv("PLATEWRIGHT_TSA_URL", "http://tsa.example/")
    monkeypatch.setenv("PLATEWRIGHT_PIN", "1234")
    settings = IdentitySettings.from_environment()
    assert (settings.home, settings.chain_file, settings.tsa_url) == (
        tmp_path, Path("/keys/chain.pem"), "http://tsa.example/"
    )  # fmt: skip
    assert settings.pin() == "1234" and "1234" not in repr(settings)


def test_default_home_follows_xdg(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", "/data/of/user")
    assert IdentitySettings().home == Path("/data/of/user/platewright")
    monkeypatch.delenv("XDG_DATA_HOME")
    monkeypatch.setenv("HOME", "/home/of/user")
    assert IdentitySettings().home == Path("/home/of/user/.local/share/platewright")


# A key on a PKCS#11 token.


def soft_token(folder: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A SoftHSM token named `studio` with the PIN 1234; returns its library's path, or skips."""
    pytest.importorskip("pkcs11", reason="python-pkcs11 is not installed")
    places = (
        "/usr/lib/softhsm/libsofthsm2.so",
        "/usr/lib64/softhsm/libsofthsm2.so",
        "/usr/local/lib/softhsm/libsofthsm2.so",
    )
    library = next((place for place in places if Path(place).exists()), "")
    if not library:
        pytest.skip("SoftHSM is not installed (apt-get install softhsm2)")
    (folder / "tokens").mkdir()
    (folder / "softhsm.conf").write_text(f"directories.tokendir = {folder / 'tokens'}\nlog.level = ERROR\n")
    monkeypatch.setenv("SOFTHSM2_CONF", str(folder / "softhsm.conf"))
    command = ["softhsm2-util", "--init-token", "--free", "--label", "studio", "--pin", "1234", "--so-pin", "5678"]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    return library


def test_key_on_a_token_signs_and_never_leaves_it(tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    library = soft_token(tmp_path, monkeypatch)
    # The library reads its settings once a process, so all of it runs in one of its own.
    program = tmp_path / "on_token.py"
    program.write_text(ON_TOKEN)
    environment = {**os.environ, "PYTHONPATH": f"{root / 'core'}:{root}", "PLATEWRIGHT_PIN": "1234"}
    done = subprocess.run(
        [sys.executable, str(program), library, str(tmp_path)],
        capture_output=True, text=True, env=environment, timeout=120,
    )  # fmt: skip
    assert done.stdout.splitlines() == ["Trusted None", "key_mismatch", "token_failed", "token_failed"], done.stderr


ON_TOKEN = """
import os, sys
from dataclasses import replace
from pathlib import Path
import pkcs11
from pkcs11.util.ec import encode_ec_public_key, encode_named_curve_parameters
from cryptography.hazmat.primitives.serialization import load_der_public_key
from platewright.contract.errors import SigningError
from platewright.contract.mapper import canonical
from platewright.provenance.authority import issue_leaf_for
from platewright.provenance.identity import load_identity, trust_anchors
from platewright.provenance.manifest import sign_take
from platewright.provenance.reading import read_manifest
from tests.provenance.takes import make_record
from tests.provenance.test_identity import NOW, Studio
from cryptography.hazmat.primitives.serialization import Encoding

library, folder = sys.argv[1], Path(sys.argv[2])
studio = Studio(folder)
with pkcs11.lib(library).get_token(token_label="studio").open(user_pin="1234", rw=True) as session:
    parameters = session.create_domain_parameters(
        pkcs11.KeyType.EC, {pkcs11.Attribute.EC_PARAMS: encode_named_curve_parameters("secp256r1")}, local=True)
    public, _ = parameters.generate_keypair(label="signer", store=True)
    leaf = issue_leaf_for(load_der_public_key(encode_ec_public_key(public)), studio.intermediate, NOW)
chain = folder / "token-chain.pem"
chain.write_bytes(leaf.public_bytes(Encoding.PEM) + studio.intermediate.certificate_pem + studio.root.certificate_pem)
settings = studio.settings(
    chain_file=chain, key_file=None, pkcs11_module=library, pkcs11_token="studio", pkcs11_label="signer")
record = make_record()
data = canonical(record)
identity = load_identity(settings)
manifest = sign_take(record, data, identity).manifest
print(read_manifest(data, manifest, trust_anchors(settings)).state, identity.key_pem)

def refused(settings):
    try:
        load_identity(settings)
    except SigningError as error:
        print(error.code)

refused(replace(settings, chain_file=studio.chain))
refused(replace(settings, pkcs11_label="nobody"))
os.environ["PLATEWRIGHT_PIN"] = "0000"
refused(settings)
"""


def test_token_without_its_library_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pkcs11", None)
    with pytest.raises(SigningError) as refusal:
        load_identity(Studio(tmp_path).settings(key_file=None, pkcs11_module="/nowhere.so"))
    assert refusal.value.code == "token_failed" and "pip install" in refusal.value.hint


def test_leaf_for_a_foreign_key_carries_that_key() -> None:
    root = issue_root(NOW)
    intermediate = issue_intermediate(root, NOW)
    key = ec.generate_private_key(ec.SECP256R1())
    leaf = issue_leaf_for(key.public_key(), intermediate, NOW)
    assert leaf.public_key() == key.public_key()
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    assert load_pem_private_key(pem, None).public_key() == leaf.public_key()
