"""The show of planted faults: every fault is found, and none is invented."""

from __future__ import annotations

import pytest

from platewright.contract.checks import CheckAsk, GateReport
from platewright.contract.progress import Silent
from platewright.jobs.check import check
from platewright.provenance.identity import trust_anchors
from platewright.rights.profiles import known_profiles
from platewright.rights.rule_table import RULES
from tests.jobs.faulty_show import FINALS, PLANTED, FaultyShow, Planted, build

NOT_IN_A_TAKE = {"PW005", "PW007", "PW114", "PW611"}
"""Shown by tests of their own: the sentinel, renders without a stamp, destinations; there is no detector of faces."""


@pytest.fixture(scope="module")
def show(tmp_path_factory: pytest.TempPathFactory) -> FaultyShow:
    return build(tmp_path_factory.mktemp("apollo"))


@pytest.fixture(scope="module")
def reports(show: FaultyShow) -> dict[str, GateReport]:
    trust = trust_anchors(show.settings)
    found = {}
    for shot in dict.fromkeys(one.shot for one in PLANTED):
        ask = CheckAsk(
            (str(show.elements(shot)),),
            show=str(show.rights),
            profiles=tuple(known_profiles()),
            final=shot in FINALS,
            disclosure=str(show.disclosure) if shot == "sh110" else "",
        )
        found[shot] = check(ask, Silent(), trust)
    return found


def broken_rules(report: GateReport, subject: str) -> set[str]:
    return {one.found.rule for one in report.findings if one.subject == subject} - {"PW005"}


@pytest.mark.parametrize("one", PLANTED, ids=[one.name for one in PLANTED])
def test_exactly_the_planted_faults_are_found(one: Planted, show: FaultyShow, reports: dict[str, GateReport]) -> None:
    report = reports[one.shot]
    found = broken_rules(report, show.takes[one.name].stem)
    assert found == set(one.rules), [
        (each.found.rule, each.found.message) for each in report.findings if each.subject == show.takes[one.name].stem
    ]


def test_the_show_breaks_every_rule_and_the_list_is_printed(
    show: FaultyShow, reports: dict[str, GateReport], capsys: pytest.CaptureFixture[str]
) -> None:
    planted = {rule for one in PLANTED for rule in one.rules}
    assert planted == set(RULES) - NOT_IN_A_TAKE
    assert len(dict.fromkeys(one.shot for one in PLANTED)) == 12
    faults = sum(len(one.rules) for one in PLANTED)
    assert len(PLANTED) >= 40 and faults >= 60
    with capsys.disabled():
        print(f"\n{len(PLANTED)} takes, {faults} planted faults, all found and no other:")
        for one in PLANTED:
            print(f"  {one.shot} {one.name}: {', '.join(one.rules) or 'clean'}")


def test_a_clean_shot_is_clean_and_a_faulty_one_is_held_up(reports: dict[str, GateReport]) -> None:
    assert (reports["sh010"].exit_code, reports["sh020"].exit_code) == (0, 0)
    assert reports["sh010"].findings == () and reports["sh020"].findings == ()
    held = {shot for shot, report in reports.items() if report.exit_code == 2}
    assert held == {"sh030", "sh040", "sh050", "sh060", "sh070", "sh080", "sh090", "sh100", "sh110", "sh120"}
    for report in reports.values():
        assert report.complete
        assert {run.rule for run in report.runs} >= {"PW001", "PW005", "PW101", "PW607"}
        for one in report.findings:
            assert one.found.message and one.found.sources and one.found.profiles, one
            assert not one.found.stops or one.found.remedy, one
