"""Each rule of the gate finds what it is there for, and says nothing of a case that is in order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from platewright.contract.errors import ApprovalMissing, RefusedError
from platewright.contract.frames import FrameRange
from platewright.contract.request import Plate, Reference, Regenerate, Request
from platewright.contract.rights import Rights
from platewright.contract.rules import Weight, heaviest
from platewright.rights.case import Case, Generator
from platewright.rights.folder import read_folder
from platewright.rights.gate import approvals_needed, look, refusal, stopping
from platewright.rights.model_cards import DataTerms, TrainingData, TrainingSource
from platewright.rights.profiles import policy_for
from platewright.rights.record_parts import (
    Evidence,
    Grantor,
    Indemnity,
    ModelScope,
    Notice,
    Person,
    Production,
    Review,
    Revocation,
    Scope,
    Suspension,
    Term,
)

from .show_folder import (
    EVIDENCE,
    TODAY,
    WRITTEN,
    approval,
    card,
    consent,
    licence,
    reference_right,
    reference_set,
    rights_folder,
    statement,
    waiver,
)
from .test_profiles import ALL, own_profile

RIGHTS = Rights(
    show="APOLLO",
    shot="sh010",
    consents=("consent-0412",),
    people=("p-0412",),
    uses=("removal",),
    modalities=("body",),
    content="incidental",
)
REQUEST = Request(
    Regenerate(),
    "tattoo",
    Plate("/plates/p.####.exr", FrameRange(((1001, 1004, 1),))),
    references=(Reference("clean_plate", "/plates/c.exr", licence="ref-0007"),),
    prompt="bare skin",
    rights=RIGHTS,
    backend="fake-replay",
)
VENDOR = Generator(
    "fake-replay", hosts=("api.paint.example",), regions=("eu",), trains_on_inputs=False, retains_inputs=False
)
STATED = (statement(), statement("human_contribution"), statement("director_consulted"))


class Show:
    """A show in order; `case(...)` changes one thing of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.records: dict[str, Any] = {
            one.id: one for one in (consent(), licence(), card(), reference_right(), *STATED)
        }
        self.changes: dict[str, Any] = {"intent": "final", "generator": VENDOR}
        self.request = REQUEST
        self.profiles: tuple[str, ...] = ALL
        self.on = TODAY

    def put(self, *records: Any) -> Show:
        self.records |= {one.id: one for one in records}
        return self

    def drop(self, *ids: str) -> Show:
        self.records = {id_: one for id_, one in self.records.items() if id_ not in ids}
        return self

    def rights(self, **changes: Any) -> Show:
        self.request = replace(self.request, rights=replace(self.request.rights, **changes))
        return self

    def ask(self, **changes: Any) -> Show:
        self.request = replace(self.request, **changes)
        return self

    def reference(self, **changes: Any) -> Show:
        return self.ask(references=(replace(self.request.references[0], **changes),))

    def of_set(self, **changes: Any) -> Show:
        """A picture of the show's set instead; changes: of that set."""
        return self.put(reference_set(**changes)).reference(role="identity", of_set="anna@1")

    def generator(self, **changes: Any) -> Show:
        self.changes["generator"] = replace(VENDOR, **changes)
        return self

    def draft(self) -> Show:
        self.changes["intent"] = "draft"
        return self

    def day(self, on: date) -> Show:
        self.on = on
        return self

    def case(self) -> Case:
        folder = rights_folder(self.folder, *self.records.values())
        records, policy = read_folder(folder), policy_for(self.profiles, folder)
        return Case(self.request, records=records, policy=policy, on=self.on, **self.changes)

    def rules(self) -> dict[str, Weight]:
        return {one.rule: one.weight for one in look(self.case())}


@pytest.fixture
def show(tmp_path: Path) -> Show:
    return Show(tmp_path)


def test_a_final_that_is_in_order_passes_every_profile_there_is(show: Show) -> None:
    assert look(show.case()) == ()


def test_what_learned_nothing_and_sends_nothing_needs_no_card(show: Show) -> None:
    show.drop("paint-1", "licence-paint-1").generator(name="builtin", local=True, trained=False)
    assert look(show.case()) == ()


def test_what_learned_nothing_has_no_weights_for_a_card_but_what_it_is_sent_is_judged(show: Show) -> None:
    show.drop("paint-1", "licence-paint-1").generator(trained=False)
    rules = {one.rule for one in look(show.case())}
    assert "PW201" not in rules and "PW302" in rules
    assert "PW201" in {one.rule for one in look(show.generator(trained=True).case())}


def scope(**changes: Any) -> Scope:
    return replace(consent().scope, **changes)


def data(**changes: Any) -> TrainingData:
    return replace(card().training_data, **changes)


def terms(**changes: Any) -> DataTerms:
    return replace(card().data_terms, **changes)


GONE = Revocation(at="2026-11-20")
FAULTS: dict[str, tuple[str, Callable[[Show], Show]]] = {
    "nobody's consent is named": ("PW101", lambda s: s.rights(consents=())),
    "a consent that is not there": ("PW101", lambda s: s.drop("consent-0412")),
    "the consent is another person's": ("PW101", lambda s: s.put(consent(person=Person("p-0999")))),
    "a performer and nobody declared": ("PW101", lambda s: s.rights(content="talent", people=(), consents=())),
    "somebody in a reference": ("PW101", lambda s: s.put(reference_right(people=("p-0555",)))),
    "revoked": ("PW102", lambda s: s.put(consent(revocation=GONE))),
    "a draft": ("PW102", lambda s: s.put(consent(status="draft"))),
    "expired": ("PW102", lambda s: s.put(consent(term=Term("2026-01-01", "2026-11-20")))),
    "not yet": ("PW102", lambda s: s.put(consent(term=Term("2026-12-01", "2027-11-20")))),
    "a strike": ("PW102", lambda s: s.put(consent(suspensions=(Suspension("strike", "2026-11-01"),)))),
    "a clock put back": ("PW102", lambda s: s.day(date(2026, 9, 1))),
    "a consent as the right to a reference, revoked": (
        "PW102",
        lambda s: s.put(consent(id="consent-0500", revocation=GONE)).reference(licence="consent-0500"),
    ),
    "another show": ("PW103", lambda s: s.put(consent(production=Production("GEMINI")))),
    "another shot": ("PW103", lambda s: s.rights(shot="sq900_010")),
    "no shot named": ("PW103", lambda s: s.rights(shot="")),
    "another use": ("PW103", lambda s: s.rights(uses=("de_age",))),
    "a use that is forbidden": ("PW103", lambda s: s.put(consent(scope=scope(prohibited=("removal",))))),
    "another modality": ("PW103", lambda s: s.rights(modalities=("face",))),
    "no modality named": ("PW103", lambda s: s.rights(modalities=())),
    "another territory": ("PW103", lambda s: s.put(consent(territory=("DE",))).rights(territories=("DE", "US"))),
    "no territory named": ("PW103", lambda s: s.put(consent(territory=("DE",)))),
    "no evidence": ("PW104", lambda s: s.put(consent(evidence=()))),
    "evidence that is not there": ("PW104", lambda s: s.put(consent(evidence=(Evidence("0" * 64),)))),
    "a short description": ("PW105", lambda s: s.put(consent(scope=scope(description="As discussed.")))),
    "boiler-plate": (
        "PW105",
        lambda s: s.put(consent(scope=scope(description=f"{WRITTEN} In all media now known or later devised."))),
    ),
    "a deceased person": ("PW106", lambda s: s.put(consent(person=Person("p-0412", living=False)))),
    "a public figure": ("PW106", lambda s: s.put(consent(person=Person("p-0412", public_figure=True)))),
    "a minor on their own word": ("PW107", lambda s: s.put(consent(person=Person("p-0412", minor=True)))),
    "a minor in a sexual use": (
        "PW107",
        lambda s: s.put(
            consent(person=Person("p-0412", minor=True), grantor=Grantor("guardian", "p-0001", EVIDENCE.sha256))
        ).rights(declares=("sexual",)),
    ),
    "a guardian whose word is lost": (
        "PW107",
        lambda s: s.put(consent(person=Person("p-0412", minor=True), grantor=Grantor("guardian", "", "1" * 64))),
    ),
    "a synthetic performer": ("PW108", lambda s: s.rights(declares=("synthetic_performer",))),
    "beyond the script": ("PW109", lambda s: s.rights(declares=("beyond_script",))),
    "short notice": (
        "PW110",
        lambda s: s.put(consent(kind="ebdr", notice=Notice("2026-10-01T09:00:00Z", "2026-10-02T09:00:00Z"))),
    ),
    "no notice": ("PW110", lambda s: s.put(consent(kind="ebdr"))),
    "a model of another production": ("PW111", lambda s: s.put(card(training_data=data(productions=("GEMINI",))))),
    "a model of somebody who did not agree": (
        "PW111",
        lambda s: s.put(card(training_data=data(consents=("consent-0412",)))),
    ),
    "eleven years": ("PW112", lambda s: s.put(consent(term=Term("2026-10-01", "2037-10-01")))),
    "without an end": ("PW112", lambda s: s.put(consent(term=Term("2026-10-01")))),
    "nobody represented them": ("PW113", lambda s: s.put(consent(represented_by="none"))),
    "no card": ("PW201", lambda s: s.drop("paint-1")),
    "two cards": ("PW201", lambda s: s.put(card(id="paint-2"))),
    "a revoked card": ("PW201", lambda s: s.put(card(revocation=GONE))),
    "other weights": ("PW201", lambda s: s.put(card(weights_sha256="2" * 64)).generator(weights_sha256="3" * 64)),
    "unknown weights": ("PW201", lambda s: s.put(card(weights_sha256="2" * 64))),
    "a licence without finals": ("PW202", lambda s: s.put(licence(commercial_final_use="no"))),
    "a licence that does not say": ("PW202", lambda s: s.put(licence(commercial_final_use="unknown"))),
    "no licence": ("PW202", lambda s: s.drop("licence-paint-1")),
    "an expired licence in a draft": ("PW202", lambda s: s.put(licence(term=Term("", "2026-11-01"))).draft()),
    "an adapter without a card": ("PW203", lambda s: s.put(card(adapters=("lora-1",)))),
    "a base of a base without a card": (
        "PW203",
        lambda s: s.put(card(base_models=("b-1",)), card(id="b-1", backends=(), base_models=("b-2",))),
    ),
    "scraped data": ("PW204", lambda s: s.put(card(training_data=TrainingData("", (TrainingSource("scraped"),))))),
    "nobody said what data": ("PW204", lambda s: s.put(card(training_data=TrainingData()))),
    "an old review": ("PW205", lambda s: s.put(licence(review=Review("legal-1", "2026-05-01")))),
    "a review tomorrow": ("PW205", lambda s: s.put(licence(review=Review("legal-1", "2026-11-22")))),
    "another text": ("PW205", lambda s: s.put(licence(text_sha256="4" * 64)).generator(licence_sha256="5" * 64)),
    "a model nobody allowed": ("PW206", lambda s: s.put(card(approved_for=""))),
    "a model that is not on the list": (
        "PW206",
        lambda s: (own_profile(s.folder, models=["other-1"]), s)[1],
    ),
    "an allowance that ran out": ("PW206", lambda s: s.put(card(approval_expires="2026-11-01"))),
    "an adapter on scraped data": (
        "PW207",
        lambda s: s.put(
            card(adapters=("lora-1",)),
            card(id="lora-1", backends=(), training_data=TrainingData("", (TrainingSource("scraped"),))),
        ),
    ),
    "litigation": ("PW208", lambda s: s.put(card(litigation_note="a suit"))),
    "no indemnity": ("PW209", lambda s: s.put(licence(indemnity=Indemnity()))),
    "a reference nobody has a right to": ("PW210", lambda s: s.put(reference_right(rights_class="unowned"))),
    "a reference without a word": ("PW210", lambda s: s.reference(licence="")),
    "a reference with an unknown right": ("PW210", lambda s: s.reference(licence="ref-9")),
    "a reference for another shot": ("PW210", lambda s: s.put(reference_right(shots=("sq9*",)))),
    "a reference whose right was revoked": ("PW210", lambda s: s.put(reference_right(revocation=GONE))),
    "a licensed reference without its licence": ("PW210", lambda s: s.put(reference_right(rights_class="licensed"))),
    "a picture of a set that nobody entered": ("PW210", lambda s: s.reference(role="identity", of_set="anna@1")),
    "a set's name that can't be one": ("PW210", lambda s: s.reference(role="identity", of_set="../anna@1")),
    "a set that was revoked": ("PW210", lambda s: s.of_set(revocation=GONE)),
    "a set for another shot": ("PW210", lambda s: s.of_set(shots=("sq9*",))),
    "a set for another use": ("PW210", lambda s: s.of_set(role="style")),
    "a set by another right": ("PW210", lambda s: s.of_set(right="ref-9")),
    "a stock licence without finals": (
        "PW210",
        lambda s: s.put(licence(id="stock-1", commercial_final_use="no")).reference(licence="stock-1"),
    ),
    "it trains on what it is sent": ("PW301", lambda s: s.put(card(data_terms=terms(trains_on_inputs=True)))),
    "it keeps what it is sent": ("PW301", lambda s: s.put(card(data_terms=terms(retains_inputs=True)))),
    "the vendor says that it trains": ("PW301", lambda s: s.generator(trains_on_inputs=True)),
    "a consumer's endpoint": ("PW302", lambda s: s.put(card(data_terms=terms(tier="consumer")))),
    "an endpoint nobody reviewed": ("PW302", lambda s: s.put(card(review=Review()))),
    "terms nobody knows": (
        "PW302",
        lambda s: s.put(card(data_terms=terms(retains_inputs=None))).generator(retains_inputs=None),
    ),
    "another host": ("PW303", lambda s: s.generator(hosts=("evil.example",))),
    "another region": ("PW303", lambda s: s.generator(regions=("us",))),
    "a host that is not on the list": ("PW303", lambda s: (own_profile(s.folder, hosts=["a.example"]), s)[1]),
    "a region nobody knows": (
        "PW303",
        lambda s: (own_profile(s.folder, regions=["eu"]), s.put(card(regions=())).generator(regions=()))[1],
    ),
    "old terms": ("PW304", lambda s: s.put(card(data_terms=terms(checked_at="2026-06-01")))),
    "an address in the prompt": ("PW305", lambda s: s.ask(prompt="write to ada@example.org")),
    "a number in the prompt": ("PW305", lambda s: s.ask(prompt="call +49 30 1234567")),
    "the consent's text in the prompt": ("PW305", lambda s: s.ask(prompt=f"please: {WRITTEN.upper()}")),
    "a person's id in the prompt": ("PW305", lambda s: s.ask(prompt="the arm of p-0412")),
    "a name for an id": ("PW305", lambda s: s.rights(people=("p-0412", "Ada Lovelace"))),
    "somebody's style": ("PW306", lambda s: s.ask(prompt="skin in the style of a painter")),
    "a name on the list": (
        "PW306",
        lambda s: (own_profile(s.folder, names=["Ada Lovelace"]), s.ask(prompt="like ada lovelace's"))[1],
    ),
    "a key visual": ("PW401", lambda s: s.rights(content="key_visual")),
    "a background": ("PW402", lambda s: s.rights(content="background")),
    "news": ("PW403", lambda s: s.rights(declares=("real_event",))),
    "not reported": ("PW404", lambda s: s.drop("statement-reported-to-studio")),
    "nobody worked on it": ("PW405", lambda s: s.drop("statement-human-contribution")),
    "no word of the director": ("PW406", lambda s: s.drop("statement-director-consulted")),
    "a model for temp": ("PW407", lambda s: s.put(card(approved_for="temp"))),
    "an advertisement": ("PW503", lambda s: s.rights(declares=("synthetic_performer", "advertisement"))),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_found_by_its_rule(show: Show, fault: str) -> None:
    rule, plant = FAULTS[fault]
    found = look(plant(show).case())
    assert rule in {one.rule for one in found}, found
    for one in found:
        assert one.message and one.remedy and one.sources, one
        assert "Lovelace" not in one.message or rule == "PW306"


def test_every_rule_that_the_gate_can_decide_has_a_fault_here() -> None:
    decided = {f"PW1{n:02d}" for n in range(1, 14)} | {f"PW2{n:02d}" for n in range(1, 11)}
    decided |= {f"PW30{n}" for n in range(1, 7)} | {f"PW40{n}" for n in range(1, 8)} | {"PW503"}
    assert {rule for rule, _ in FAULTS.values()} == decided


def test_a_draft_is_freer_than_a_final(show: Show) -> None:
    for plant in ("a licence without finals", "scraped data", "a key visual", "a reference without a word"):
        rule, change = FAULTS[plant]
        assert rule not in change(Show(show.folder / rule)).draft().rules()


def test_a_prominent_background_escalates(show: Show) -> None:
    assert show.rights(content="prominent").rules() == {"PW402": Weight.ESCALATE}


def test_an_approval_with_the_authority_lifts_what_escalates(show: Show) -> None:
    show.rights(declares=("real_event",))
    held = stopping(look(show.case()))
    assert [one.rule for one in held] == ["PW403"]
    assert approvals_needed(held) == held
    error = refusal(held)
    assert isinstance(error, ApprovalMissing) and "legal" in error.hint
    found = look(show.put(approval("PW403")).case())
    assert found[0].lifted_with == "approval-0001" and refusal(found) is None
    assert heaviest(found) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"authority": "runner"},
        {"rules": ("PW106",)},
        {"shots": ("sq9*",)},
        {"models": ("other-*",)},
        {"term": Term("2026-01-01", "2026-11-20")},
        {"revocation": GONE},
        {"reference": Evidence("0" * 64)},
    ],
)
def test_an_approval_that_does_not_cover_it_lifts_nothing(show: Show, changes: dict[str, Any]) -> None:
    show.rights(declares=("real_event",)).put(replace(approval("PW403"), **changes))
    assert isinstance(refusal(look(show.case())), ApprovalMissing)


def test_a_waiver_lifts_what_blocks_and_an_approval_does_not(show: Show) -> None:
    show.rights(shot="sq900_010")
    assert isinstance(refusal(look(show.case())), RefusedError)
    assert refusal(look(show.put(approval("PW103")).case())) is not None
    assert refusal(look(show.put(waiver("PW103")).case())) is None


@pytest.mark.parametrize("fault", ["revoked", "a minor in a sexual use", "it keeps what it is sent"])
def test_what_is_never_waived_is_not_lifted_by_anything(show: Show, fault: str) -> None:
    rule, plant = FAULTS[fault]
    plant(show).put(waiver(rule, authority="legal"), approval(rule))
    found = next(one for one in look(show.case()) if one.rule == rule)
    assert found.stops and found.lifted_by == "" and found.lifted_with == ""


def test_a_block_beside_an_escalation_waits_for_nobody(show: Show) -> None:
    show.rights(declares=("real_event",), consents=())
    held = stopping(look(show.case()))
    assert {one.rule for one in held} == {"PW403", "PW101"}
    assert approvals_needed(held) == ()
    assert refusal(held).code == "rule_blocks"  # type: ignore[union-attr]


def test_training_on_a_person_needs_their_word_for_just_that(show: Show) -> None:
    show.put(
        card(training_data=data(consents=("consent-0412",))),
        consent(model_scope=ModelScope(train_allowed=True)),
    )
    assert look(show.case()) == ()


def test_a_chain_that_bites_its_own_tail_ends(show: Show) -> None:
    show.put(card(base_models=("b-1",)), card(id="b-1", backends=(), base_models=("paint-1",)))
    assert look(show.case()) == ()


def test_a_rule_that_no_profile_holds_is_not_spoken_of(show: Show) -> None:
    show.profiles = ()
    assert look(show.rights(declares=("real_event",)).case()) == ()
