"""Each check before publish passes what is right, fails what is wrong, and never passes what it could not look at."""

from __future__ import annotations

from dataclasses import replace

import pytest

from platewright.contract.findings import Finding, Severity
from platewright.contract.rules import Weight
from platewright.contract.windows import Box
from platewright.rights.checks.by_records import GATE_RULES
from platewright.rights.checks.check import Check
from platewright.rights.checks.facts import Declared, Disclosed, Evidence, Facts, Pictures, Unknown
from platewright.rights.checks.table import CHECKS, expected, judge, sentinel
from platewright.rights.profiles import policy_for
from platewright.rights.rule_table import RULES
from tests.rights.check_facts import TODAY, a_case, a_picture, a_sequence, clean_take, declared, evidence

POLICY = policy_for(["eu-art50"])
FINAL = {"final": True}
PEOPLE = {"trained": True, "evidence": evidence(source_types=("trainedAlgorithmicMedia",)), "case": a_case(people=True)}


def said(code: str) -> Finding:
    return Finding(code, Severity.ERROR, f"{code} was found", 1003)


UNREAD = Finding("check_could_not_run", Severity.ERROR, "permission denied")
NO_PICTURES = {"pictures": Unknown("the disk is gone")}

# Rule, code that is found, what makes it fail, what makes it impossible to tell.
CASES = [
    ("PW001", "manifest_missing", {"evidence": evidence(state="")}, {"evidence": Unknown("gone")}),
    ("PW001", "record_malformed", {"evidence": evidence(state="", findings=(said("record_malformed"),))}, None),
    ("PW002", "frame_modified", {"evidence": evidence(findings=(said("frame_modified"),))}, {"evidence": Unknown("-")}),
    ("PW002", "ledger_differs", {"evidence": evidence(findings=(said("ledger_differs"),))}, None),
    ("PW002", "never_seen_before", {"evidence": evidence(findings=(said("never_seen_before"),))},
     {"evidence": evidence(findings=(UNREAD,))}),
    ("PW003", "manifest_mismatch", {"evidence": evidence(state="Invalid")}, {"evidence": Unknown("gone")}),
    ("PW003", "certificate_expired", {"evidence": evidence(findings=(said("certificate_expired"),))},
     {"evidence": evidence(state="", findings=(UNREAD,))}),
    ("PW003", "signer_untrusted",
     {"evidence": evidence(state="Valid", findings=(said("signer_untrusted"),)), "trusted_only": True}, None),
    ("PW004", "frame_unlisted", {"evidence": evidence(findings=(said("frame_unlisted"),))}, {"evidence": Unknown("-")}),
    ("PW004", "stamp_differs", {"evidence": evidence(findings=(said("stamp_differs"),))},
     {"evidence": evidence(findings=(UNREAD,))}),
    ("PW004", "element_not_signed", {"evidence": evidence(findings=(said("element_not_signed"),))}, None),
    ("PW001", "file_malformed", {"evidence": evidence(state="", findings=(said("file_malformed"),))}, None),
    ("PW007", "xmp_source_type_missing", {"evidence": evidence(findings=(said("xmp_source_type_missing"),))}, None),
    ("PW007", "xmp_source_type_differs", {"evidence": evidence(findings=(said("xmp_source_type_differs"),))}, None),
    ("PW006", "marks_stripped", {"evidence": evidence(inputs_marked=("plate.1001.exr",))}, {"evidence": Unknown("-")}),
    ("PW007", "source_type_missing", {"evidence": evidence(source_types=())},
     {"evidence": evidence(source_types=(), findings=(UNREAD,))}),
    ("PW007", "source_type_untrue", {"evidence": evidence(source_types=("digitalCapture",))},
     {"evidence": Unknown("-")}),
    ("PW007", "source_type_untrue", {"trained": True}, None),
    ("PW305", "personal_data", {"evidence": evidence(told="ask jane@example.com")},
     {"evidence": Unknown("-"), "pictures": Unknown("-")}),
    ("PW305", "personal_data", {"pictures": a_sequence(f1002={"told": "call +44 20 7946 0000"})}, None),
    ("PW501", "disclosure_missing", FINAL, {**FINAL, "disclosure": Unknown("it can't be read")}),
    ("PW501", "disclosure_outdated", {**FINAL, "disclosure": Disclosed(TODAY, frozenset({"f" * 64}))}, None),
    ("PW502", "disclosure_line_missing", PEOPLE, {**PEOPLE, "disclosure": Unknown("it can't be read")}),
    ("PW504", "platform_asks", PEOPLE, {**PEOPLE, "case": Unknown("the records can't be read")}),
    ("PW601", "frames_missing", {"declared": declared(frames=tuple(range(1001, 1011)))}, NO_PICTURES),
    ("PW601", "frames_extra", {"declared": declared(frames=(1001, 1002))}, None),
    ("PW601", "frames_missing", {"declared": Declared(), "pictures": Pictures((a_picture(1), a_picture(3)))}, None),
    ("PW602", "frame_truncated",
     {"pictures": a_sequence(f1003={"problem": "cut off", "problem_code": "frame_truncated"})}, NO_PICTURES),
    ("PW603", "not_finite", {"pictures": a_sequence(f1004={"nan": 2})}, {"pictures": a_sequence(f1001={"nan": None})}),
    ("PW604", "colour_absent", {"pictures": a_sequence(f1002={"colour": ""})}, NO_PICTURES),
    ("PW604", "colour_differs", {"pictures": a_sequence(f1002={"colour": "srgb_rec709_scene"})}, None),
    ("PW604", "colour_unknown", {"pictures": a_sequence(f1002={"colour": "unknown"})}, None),
    ("PW605", "channels_differ", {"pictures": a_sequence(f1002={"channels": ("R", "G", "B")})}, NO_PICTURES),
    ("PW606", "display_window_differs", {"pictures": a_sequence(f1002={"display_window": Box(0, 0, 97, 64)})},
     {"declared": declared(plate=Unknown("the plate is gone"))}),
    ("PW606", "pixel_aspect_differs", {"pictures": a_sequence(f1002={"pixel_aspect": 2.0})}, None),
    ("PW607", "untouched_differ", {"untouched": (said("untouched_differ"),)},
     {"untouched": Unknown("plate not found")}),
    ("PW608", "compression_lossy", {"pictures": a_sequence(f1002={"compression": "dwaa:45"})}, NO_PICTURES),
    ("PW608", "storage_differs", {"pictures": a_sequence(f1002={"kinds": ("float",) * 4})}, None),
    ("PW609", "clipped_at_one", {"pictures": a_sequence(f1002={"at_one": 0.1})},
     {"pictures": a_sequence(f1001={"nan": None})}),
    ("PW609", "negative_values", {"pictures": a_sequence(f1002={"negative": 0.1})}, None),
    ("PW610", "frame_outlier", {"pictures": a_sequence(f1004={"mean": 0.3})},
     {"pictures": a_sequence(f1001={"nan": None})}),
    ("PW611", "version_taken", {"declared": declared(destination_taken=("rig_v001.1001.exr",))},
     {"declared": declared(destination_taken=Unknown("the folder can't be listed"))}),
    ("PW612", "rate_lost", {"pictures": a_sequence(f1002={"rate": ""})}, {"declared": declared(plate=Unknown("gone"))}),
    ("PW612", "rate_lost", {"pictures": a_sequence(f1002={"rate": "25.000"})}, None),
    ("PW612", "timecode_lost", {"pictures": a_sequence(f1002={"timecode": ""})}, None),
    ("PW613", "colour_said_twice", {"pictures": a_sequence(f1002={"chromaticities": True})}, NO_PICTURES),
]  # fmt: skip


def outcome(facts: Facts, rule: str) -> tuple[str, list[str]]:
    judged = judge(facts, POLICY)
    (run,) = [run for run in judged.runs if run.rule == rule]
    return run.outcome, [one.code for one in judged.caught if one.found.rule == rule]


def test_a_clean_take_passes_every_check_that_there_is() -> None:
    judged = judge(clean_take(), POLICY)
    assert {run.outcome for run in judged.runs} == {"passed"}
    held = {check.rule for check in CHECKS if "take" in check.kinds and check.applies(clean_take())}
    assert {run.rule for run in judged.runs} == held | {rule for rule in GATE_RULES if POLICY.holds(rule)}
    assert judged.caught == ()
    told = Disclosed(TODAY, frozenset({"a" * 64}), {"eu": "Parts of this picture were generated."})
    assert outcome(clean_take(final=True, disclosure=told), "PW501") == ("passed", [])
    assert outcome(clean_take(**PEOPLE, disclosure=told), "PW502") == ("passed", [])


@pytest.mark.parametrize(("rule", "code", "wrong", "untold"), CASES, ids=[f"{case[0]}-{case[1]}" for case in CASES])
def test_what_is_wrong_fails_and_what_could_not_be_looked_at_never_passes(
    rule: str, code: str, wrong: dict[str, object], untold: dict[str, object] | None
) -> None:
    ended, codes = outcome(replace(clean_take(), **wrong), rule)
    assert (ended, codes[:1]) == ("failed", [code])
    if untold is not None:
        assert outcome(replace(clean_take(), **untold), rule)[0] == "could not run"


def test_every_rule_is_decided_by_a_check_or_the_gate_and_each_check_was_asked_all_three_questions() -> None:
    asked = {case[0] for case in CASES if case[3] is not None}
    assert asked == {check.rule for check in CHECKS}
    no_machine = {"PW114"}  # A face detector's advice: Platewright brings no model that could give it.
    assert set(RULES) - no_machine == {check.rule for check in CHECKS} | GATE_RULES | {"PW005"}


def test_the_gates_rules_are_asked_again_and_never_pass_without_records() -> None:
    for untold in (None, Unknown("the records can't be read")):
        judged = judge(clean_take(case=untold), POLICY)
        ended = {run.rule: run.outcome for run in judged.runs}
        assert {ended[rule] for rule in GATE_RULES if POLICY.holds(rule)} == {"could not run"}
    named = judge(clean_take(case=a_case(consents=("consent-gone",))), POLICY)
    assert [run.outcome for run in named.runs if run.rule == "PW101"] == ["failed"]
    assert [one.found.rule for one in named.caught] == ["PW101"]


def test_a_check_that_breaks_is_no_pass() -> None:
    def breaks(facts: Facts) -> list[object]:
        raise RuntimeError("a mistake of ours")

    broken = (Check("PW601", breaks, frozenset({"take"})),)  # type: ignore[arg-type]
    judged = judge(clean_take(), POLICY, checks=broken)
    assert [run.outcome for run in judged.runs if run.rule == "PW601"] == ["could not run"]
    assert "a mistake of ours" in judged.runs[0].message


def test_the_sentinel_fails_when_a_check_is_missing_or_asleep() -> None:
    facts = clean_take()
    wanted = expected(facts, POLICY, records_only=False)
    without = tuple(check for check in CHECKS if check.rule != "PW603")
    judged = sentinel(facts, POLICY, judge(facts, POLICY, checks=without), wanted)
    (found,) = [one for one in judged.caught if one.found.rule == "PW005"]
    assert "PW603: it was never reached" in found.found.message
    assert (found.found.unchecked, found.found.weight, found.found.lifted_by) == (True, Weight.BLOCK, "")
    whole = sentinel(facts, POLICY, judge(facts, POLICY), wanted)
    assert [run.outcome for run in whole.runs if run.rule == "PW005"] == ["passed"]


def test_a_weight_comes_from_the_profiles_and_never_from_the_check() -> None:
    facts = clean_take(untouched=(said("untouched_differ"),))
    (found,) = judge(facts, POLICY).caught
    assert (found.found.weight, found.found.profiles) == (Weight.BLOCK, ("house",))
    assert RULES["PW607"].weight is Weight.WARN
    assert found.found.sources


def test_a_render_is_not_asked_for_a_manifest_but_mixed_versions_are_seen() -> None:
    facts = clean_take(
        subject=replace(clean_take().subject, kind="render"),
        evidence=Evidence(stamp="compositeSynthetic"),
        pictures=a_sequence(f1001={"take": "rig_v001"}, f1002={"take": "rig_v002"}),
    )
    assert "PW001" not in expected(facts, POLICY, records_only=False)
    assert outcome(facts, "PW004") == ("failed", ["versions_mixed"])


@pytest.mark.parametrize("kind", ["render", "delivery"])
def test_what_is_final_needs_a_manifest_and_a_disclosure_that_knows_the_takes_in_it(kind: str) -> None:
    subject = replace(clean_take().subject, kind=kind)
    bare = clean_take(subject=subject, final=True, evidence=Evidence(stamp="compositeSynthetic"))
    assert outcome(bare, "PW001") == ("failed", ["manifest_missing"])
    told = Disclosed(TODAY, frozenset({"a" * 64}), {})
    assert outcome(replace(bare, disclosure=told), "PW501") == ("passed", [])
    assert outcome(replace(bare, disclosure=told, elements=("a" * 64, "b" * 64)), "PW501")[0] == "failed"
    assert outcome(replace(bare, disclosure=told, elements=()), "PW501")[0] == "could not run"
    assert outcome(bare, "PW501") == ("failed", ["disclosure_missing"])


def test_a_delivery_with_a_trained_models_pixels_is_asked_about_where_it_is_uploaded() -> None:
    subject = replace(clean_take().subject, kind="delivery")
    trained = clean_take(subject=subject, trained=True, case=None)
    assert outcome(trained, "PW504") == ("failed", ["platform_asks"])
    assert "PW504" not in expected(replace(trained, trained=False), POLICY, records_only=False)


def test_a_slow_change_of_light_is_no_outlier_and_a_flash_is() -> None:
    fade = {f"f{1001 + i}": {"mean": 0.1 + 0.05 * i} for i in range(8)}
    assert outcome(clean_take(pictures=a_sequence(**fade)), "PW610")[0] == "passed"
    flash = {**fade, "f1005": {"mean": 2.0}}
    judged = judge(clean_take(pictures=a_sequence(**flash)), POLICY)
    assert [one.found.frame for one in judged.caught if one.found.rule == "PW610"] == [1005]


def test_a_thousand_bad_frames_are_told_in_a_bounded_report() -> None:
    bad = Pictures(tuple(a_picture(number, nan=1) for number in range(1000)))
    judged = judge(clean_take(pictures=bad, declared=declared(frames=tuple(range(1000)))), POLICY)
    told = [one for one in judged.caught if one.found.rule == "PW603"]
    assert len(told) == 201
    assert "1000 such things" in told[-1].found.message
