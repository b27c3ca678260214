"""The panel says which rule stops a request, why, and who can lift it, before the button is pressed."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import pytest

from platewright.contract.errors import RequestError
from platewright.contract.jobs import Quote
from platewright.contract.rights import Content, Rights
from platewright.contract.rules import NO_LEGAL_ADVICE, RuleFinding, Weight
from platewright.panel.main_button import MainButton
from platewright.panel.rights_fields import RIGHTS_FIELDS, rights_of, rights_values
from platewright.panel.ruled_button import ruled

MAKE = MainButton("make", "Regenerate", "plate", price="0.12 USD")
BLOCKS = RuleFinding(
    "PW101",
    Weight.BLOCK,
    "p-0412 is seen, and no active consent of theirs is named",
    "Name the consent's id.",
    sources=("House (2026-11-01)",),
    lifted_by="rights manager",
)
ESCALATES = RuleFinding("PW403", Weight.ESCALATE, "content presented as news", "Ask.", lifted_by="legal")
WARNS = RuleFinding("PW304", Weight.WARN, "terms were read long ago")
NOTES = RuleFinding("PW209", Weight.NOTE, "nobody indemnifies")


def test_a_rule_that_blocks_takes_the_button_away_and_says_all_about_it() -> None:
    button = ruled(MAKE, Quote(rules=(BLOCKS, WARNS)))
    assert not button.enabled
    assert "PW101" in button.sentence and "p-0412" in button.sentence
    for words in ("Name the consent's id.", "Rights manager can lift this.", "House (2026-11-01)", NO_LEGAL_ADVICE):
        assert words in button.hint


def test_what_must_be_approved_can_be_handed_in_and_says_by_whom() -> None:
    button = ruled(MAKE, Quote(rules=(ESCALATES,)))
    assert button.enabled and "written approval by legal" in button.hint and "PW403" in button.hint


def test_a_warning_is_told_and_a_note_and_what_is_lifted_keep_quiet() -> None:
    assert "PW304" in ruled(MAKE, Quote(rules=(WARNS,))).hint
    assert ruled(MAKE, Quote(rules=(NOTES,))) == MAKE
    lifted = replace(BLOCKS, lifted_with="waiver-0001")
    assert ruled(MAKE, Quote(rules=(lifted,))).enabled


def test_without_a_quote_or_with_nothing_to_make_nothing_changes() -> None:
    assert ruled(MAKE, None) == MAKE
    stop = MainButton("stop", "Stop the export")
    assert ruled(stop, Quote(rules=(BLOCKS,))) == stop


def test_the_controls_ask_for_rights_and_show_those_of_a_take() -> None:
    rights = Rights(
        "APOLLO", "sh010", ("consent-0412",), "netflix, eu", ("p-0412",), ("removal",), ("body",), (), "talent",
        ("beyond_script",),
    )  # fmt: skip
    values = rights_values(rights)
    assert rights_of(values) == rights
    assert rights_of({one.name: one.default for one in RIGHTS_FIELDS}) == Rights()
    choices = {choice.value for one in RIGHTS_FIELDS for choice in one.choices}
    assert choices == {word or "unsaid" for word in get_args(Content)}


def test_a_word_that_no_rule_knows_is_an_error_and_not_silence() -> None:
    with pytest.raises(RequestError, match="not a word"):
        rights_of({"rights.uses": "removal, paint"})
