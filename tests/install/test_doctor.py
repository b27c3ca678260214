"""doctor and the helps tell the truth and change nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest

Checkout = Any  # tests/install/conftest.py has the class; a conftest can't be imported


def test_doctor_says_what_is_missing_before_and_nothing_made_after(checkout: Checkout) -> None:
    before = sorted(checkout.folder.iterdir())
    code, said = checkout.run("doctor", "--json")
    answers = {answer["name"]: answer for answer in json.loads(said)["answers"]}
    assert code == 1
    assert answers["Python"]["met"]
    assert answers["private environment"]["found"] == "not set up yet"
    assert answers["private environment"]["remedy"] == "python3 install/run.py setup"
    assert sorted(path for path in checkout.folder.iterdir()) == before


def test_doctor_names_a_library_that_does_not_load(checkout: Checkout) -> None:
    assert checkout.run("setup")[0] == 0
    code, said = checkout.run("doctor")
    assert code == 1, "the tiny checkout has none of the real libraries"
    assert "MISSING  numpy: ModuleNotFoundError" in said
    assert "ok       private environment" in said


@pytest.mark.parametrize("verb", [[], ["demo"], ["test"], ["setup"], ["doctor"]])
def test_every_help_shows_an_example(checkout: Checkout, verb: list[str]) -> None:
    code, said = checkout.run(*verb, "--help")
    assert code == 0
    assert "example: " in said


def test_an_unknown_flag_is_refused_where_nothing_would_take_it(checkout: Checkout) -> None:
    code, said = checkout.run("setup", "--frsh")
    assert code == 2
    assert "--frsh" in said
    assert not (checkout.folder / ".venv").exists()
