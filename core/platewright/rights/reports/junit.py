"""A gate report as JUnit XML: a suite for each subject, a case for each rule that was applied to it."""

from __future__ import annotations

import re
from xml.etree import ElementTree as Xml

from platewright.contract.checks import Caught, GateReport, RuleRun

from .ordered import in_order, place_of

__all__ = ["as_junit"]

_UNWRITABLE = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def as_junit(report: GateReport) -> str:
    """The document. What holds up is a failure, what could not run an error; a warning stands in the case's output."""
    caught: dict[tuple[str, str], list[Caught]] = {}
    for one in in_order(report):
        caught.setdefault((one.subject, one.found.rule), []).append(one)
    root = Xml.Element("testsuites", name="platewright check", tests=str(len(report.runs)))
    for subject in dict.fromkeys(run.subject for run in report.runs):
        runs = [run for run in report.runs if run.subject == subject]
        suite = Xml.SubElement(root, "testsuite", name=_plain(subject), tests=str(len(runs)), timestamp=report.made)
        states = [_case(suite, run, caught.get((subject, run.rule), []), report.strict) for run in runs]
        suite.set("failures", str(states.count("failure")))
        suite.set("errors", str(states.count("error")))
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + Xml.tostring(root, encoding="unicode") + "\n"


def _case(suite: Xml.Element, run: RuleRun, caught: list[Caught], strict: bool) -> str:
    case = Xml.SubElement(suite, "testcase", classname=_plain(run.subject), name=run.rule)
    said = _plain("\n".join(f"{place_of(one)}: {one.found.message} {one.found.remedy}".strip() for one in caught))
    if run.outcome == "could not run" or any(one.found.unchecked for one in caught):
        Xml.SubElement(case, "error", type="could not run", message=_plain(run.message or said))
        return "error"
    heavy = [one for one in caught if one.found.stops or (strict and one.found.weight.value == "warn")]
    if heavy:
        Xml.SubElement(
            case, "failure", type=heavy[0].code or run.rule, message=_plain(heavy[0].found.message)
        ).text = said
        return "failure"
    if said:
        Xml.SubElement(case, "system-out").text = said
    return "passed"


def _plain(text: str) -> str:
    """Text without what XML can't hold; names of files come from outside."""
    return _UNWRITABLE.sub("\N{REPLACEMENT CHARACTER}", text)
