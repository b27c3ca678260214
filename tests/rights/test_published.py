"""The published schemas are those of the classes that check, and take what these take."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from platewright.contract.mapper import to_json
from platewright.rights.plain_yaml import read_yaml
from platewright.rights.profiles import known_profiles
from platewright.rights.published import published
from platewright.rights.records import KINDS

from .show_folder import approval, card, consent, licence, reference_right, reference_set, statement, waiver

GOOD = {
    "consents": consent(),
    "licences": licence(),
    "models": card(),
    "references": reference_right(),
    "sets": reference_set(),
    "approvals": approval("PW106"),
    "waivers": waiver("PW103"),
    "statements": statement(),
}


def test_the_pages_are_those_that_the_classes_give(root: Path) -> None:
    spec = importlib.util.spec_from_file_location("docs_record_schemas", root / "docs" / "record_schemas.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    there = {path.name: path.read_text(encoding="utf-8") for path in (root / "docs" / "schemas").iterdir()}
    assert there == module.pages(), "write them anew: python3 docs/record_schemas.py"


@pytest.mark.parametrize("kind", KINDS)
def test_another_programs_validator_takes_our_records_and_refuses_what_we_refuse(kind: str) -> None:
    validator = jsonschema_rs.validator_for(published()[kind])
    plain: dict[str, Any] = json.loads(json.dumps(to_json(GOOD[kind])))
    assert validator.is_valid(plain)
    for spoiled in (
        {**plain, "display": "Ada Lovelace"},
        {**plain, "id": 7},
        {**plain, "schema": "org.platewright.other/1"},
        {name: value for name, value in plain.items() if name != "id"},
    ):
        assert not validator.is_valid(spoiled)


def test_the_profiles_that_come_with_it_fit_their_schema() -> None:
    validator = jsonschema_rs.validator_for(published()["profiles"])
    for path in known_profiles().values():
        assert validator.is_valid(read_yaml(path.read_bytes())), path
