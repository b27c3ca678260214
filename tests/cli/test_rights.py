"""`platewright rights`: records go in, are told, revoked and watched, and takes under them are found."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from platewright.contract.errors import ManifestError
from platewright.contract.mapper import to_json
from platewright.contract.rules import NO_LEGAL_ADVICE
from platewright.jobs import rights_book
from platewright.rights.folder import parse_record
from platewright.rights.plain_yaml import read_yaml, write_yaml
from platewright.rights.record_parts import Scope
from platewright.rights.records import KINDS, Record
from tests.cli.conftest import Command
from tests.jobs.small_shot import HEIGHT, WIDTH, SmallShot, write_exr
from tests.rights.show_folder import SIGNED, TODAY, WRITTEN, card, consent, licence

ASKED = ("--show", "APOLLO", "--shot", "sh010", "--consent", "consent-0412", "--person", "p-0412")
HOW = ("--use", "removal", "--modality", "body")


@pytest.fixture(autouse=True)
def _show_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The working folder is a show's, on the day that the records are made for."""
    (tmp_path / "platewright.toml").write_text('[rights]\nprofiles = "sag-aftra"\n')
    (tmp_path / "signed.pdf").write_bytes(SIGNED)
    monkeypatch.setattr(rights_book, "today", lambda: TODAY)
    monkeypatch.setattr("platewright.jobs.rights_gate.today", lambda: TODAY)


def add(command: Command, tmp_path: Path, record: Record, *words: object) -> int:
    file = tmp_path / "given.yaml"
    file.write_bytes(write_yaml(to_json(record)))
    return command("rights", "add", file, "--evidence", tmp_path / "signed.pdf", "--who", "p-0900", *words).code


def make(command: Command, shot: SmallShot, *words: object) -> int:
    plate = ("--plate", shot.plate, "--matte", shot.matte, "--element", "rig")
    return command("regenerate", *plate, *ASKED, *HOW, *words).code


def test_a_record_is_added_shown_and_superseded(command: Command, tmp_path: Path) -> None:
    assert add(command, tmp_path, consent()) == 0
    assert (tmp_path / "rights" / "consents" / "consent-0412.yaml").is_file()
    assert "consents/consent-0412  active, until 2028-10-01" in command("rights", "show").out
    assert WRITTEN in command("rights", "show", "consent-0412").out
    assert add(command, tmp_path, consent()) == 2
    assert add(command, tmp_path, consent(territory=("DE",)), "--replace") == 0
    (shown,) = command("rights", "show", "consent-0412", "--json").json["records"]
    assert shown["record"]["territory"] == ["DE"] and len(shown["record"]["prev_hash"]) == 64


def test_nobody_adds_a_record_without_an_opaque_id(command: Command, tmp_path: Path) -> None:
    file = tmp_path / "given.yaml"
    file.write_bytes(write_yaml(to_json(licence())))
    said = command("rights", "add", file, "--who", "Ada Lovelace")
    assert said.code != 0 and "never a name" in said.err


def test_a_take_needs_its_consent_and_a_revoked_one_flags_it_with_where_it_is_used(
    command: Command, tmp_path: Path, shot: SmallShot
) -> None:
    assert make(command, shot) == 9, "the consent is not on record yet"
    assert add(command, tmp_path, consent()) == 0
    assert make(command, shot) == 0
    assert command("rights", "check", "--out", "elements").code == 0
    for number in shot.frames:
        write_exr(tmp_path / f"comp.{number}.exr", np.ones((HEIGHT, WIDTH, 3), np.float32), ("R", "G", "B"))
    assert command("sign", "comp.####.exr", "--element", "elements/rig/rig_v001.take.json").code == 0
    said = command("rights", "revoke", "consent-0412", "--reason", "withdrawn", "--who", "p-0412", "--out", "elements")
    assert said.code == 0
    assert "rig_v001 (the take hosts bring in, in the comp comp), shot sh010" in said.out and "PW102" in said.out
    checked = command("rights", "check", "--out", "elements", "--json")
    assert checked.code == 6
    assert [take["take"] for take in checked.json["takes"]] == ["rig_v001"]
    assert make(command, shot, "--anew") == 9


def test_a_record_that_was_edited_fails_the_check(command: Command, tmp_path: Path) -> None:
    assert add(command, tmp_path, consent()) == 0
    path = tmp_path / "rights" / "consents" / "consent-0412.yaml"
    path.write_bytes(path.read_bytes().replace(b"2028", b"2088"))
    said = command("rights", "check")
    assert said.code == 6 and "changed after it was entered" in said.out and NO_LEGAL_ADVICE in said.out
    ledger = tmp_path / "rights" / "ledger.jsonl"
    ledger.write_bytes(ledger.read_bytes().replace(b"p-0900", b"p-0901"))
    assert command("rights", "check").code == 7


def test_what_ends_soon_is_told(command: Command, tmp_path: Path) -> None:
    for record in (consent(), licence(), card()):
        assert add(command, tmp_path, record) == 0
    told = command("rights", "expiring", "--days", "100", "--json").json["endings"]
    assert [(one["id"], one["days_left"]) for one in told] == [("paint-1", 70)]
    assert "nothing ends" in command("rights", "expiring", "--days", "3").out
    assert len(command("rights", "expiring", "--days", "4000", "--json").json["endings"]) == 3


def test_the_rules_are_told_with_their_sources(command: Command) -> None:
    said = command("rights", "rules", "--policy", "netflix")
    assert said.code == 0 and NO_LEGAL_ADVICE in said.out
    assert "PW401  block" in said.out and "(2025-11-11)" in said.out
    assert "PW107  block, never waived" in said.out
    assert command("rights", "rules", "--policy", "nobody").code == 2


@pytest.mark.parametrize("kind", KINDS)
def test_a_template_says_every_field_and_is_no_record_until_it_is_filled_in(command: Command, kind: str) -> None:
    text = command("rights", "template", kind).out
    plain = read_yaml(text.encode())
    assert set(plain) | {"prev_hash"} == set(KINDS[kind].__dataclass_fields__)
    with pytest.raises(ManifestError):
        parse_record(kind, text.encode())


def test_a_card_begins_with_what_a_backend_declares_and_leaves_the_rest_open(command: Command) -> None:
    plain = read_yaml(command("rights", "template", "models", "--backend", "mock").out.encode())
    assert plain["backends"] == ["mock"] and plain["data_terms"]["trains_on_inputs"] is False
    assert plain["data_terms"]["retains_inputs"] is None and plain["approved_for"] == ""
    assert command("rights", "template", "models", "--backend", "nobody").code == 2
    assert command("rights", "template", "consents", "--backend", "mock").code == 2


def test_a_quote_tells_the_rule_before_anything_is_asked(command: Command, tmp_path: Path, shot: SmallShot) -> None:
    plate = ("--plate", shot.plate, "--matte", shot.matte, "--element", "rig", "--out", "elements")
    said = command("quote", "regenerate", *plate, *ASKED, *HOW)
    assert said.code == 9 and "PW101 block" in said.out
    vague = consent(scope=Scope("As discussed.", ("removal",), modalities=("body",)))
    assert add(command, tmp_path, vague) == 0
    assert "PW105 block" in command("quote", "regenerate", *plate, *ASKED, *HOW).out
