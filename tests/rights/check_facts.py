"""Facts of a clean take and a clean render, by hand, for asking one rule at a time."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from platewright.contract.checks import Subject
from platewright.contract.frames import FrameRange
from platewright.contract.request import Plate, Regenerate, Request
from platewright.contract.rights import Rights
from platewright.contract.windows import Box
from platewright.rights.case import Case, Generator
from platewright.rights.checks.facts import Declared, Evidence, Facts, Picture, Pictures
from platewright.rights.folder import Records
from platewright.rights.profiles import policy_for

WINDOW = Box(0, 0, 96, 64)
TODAY = "2026-11-21"


def a_picture(number: int, **changes: Any) -> Picture:
    """A healthy frame."""
    clean = Picture(
        number=number,
        name=f"rig_v001.{number}.exr",
        channels=("R", "G", "B", "A"),
        kinds=("half",) * 4,
        compression="zips",
        data_window=WINDOW,
        display_window=WINDOW,
        colour="lin_ap1_scene",
        rate="24.000",
        timecode="01:00:00:00",
        nan=0,
        infinite=0,
        negative=0.0,
        at_one=0.0,
        mean=0.18 + 0.0001 * (number % 3),
    )
    return replace(clean, **changes)


def a_sequence(count: int = 8, **by_frame: Any) -> Pictures:
    """Healthy frames from 1001 on; `f1003={...}` changes one."""
    numbers = range(1001, 1001 + count)
    return Pictures(tuple(a_picture(number, **by_frame.get(f"f{number}", {})) for number in numbers))


def a_case(people: bool = False, **rights: Any) -> Case:
    """The clean take's request before no records at all; `people`: somebody is seen in it."""
    if people:
        rights["people"] = ("p-0412",)
    request = Request(
        Regenerate(), "rig", Plate("plate.####.exr", FrameRange.parse("1001-1008")), rights=Rights(**rights)
    )
    generator = Generator("builtin", local=True, trained=False)
    return Case(request, "draft", generator, Records(Path()), policy_for(), date.fromisoformat(TODAY))


def clean_take(**changes: Any) -> Facts:
    """A take with nothing wrong."""
    facts = Facts(
        Subject("rig_v001", "take", "/show/elements/rig/rig_v001.take.json"),
        TODAY,
        generated=True,
        evidence=Evidence(state="Trusted", signer="A Studio", source_types=("compositeSynthetic",)),
        pictures=a_sequence(),
        untouched=(),
        case=a_case(),
        record_hash="a" * 64,
        elements=("a" * 64,),
        declared=Declared(
            frames=tuple(range(1001, 1009)),
            colour="lin_ap1_scene",
            plate=a_picture(1001),
            destination="/show/publish",
        ),
    )
    return replace(facts, **changes)


def declared(**changes: Any) -> Declared:
    """What was declared of the clean take, changed."""
    return replace(clean_take().declared, **changes)


def evidence(**changes: Any) -> Evidence:
    """The clean take's evidence, changed."""
    found = clean_take().evidence
    assert isinstance(found, Evidence)
    return replace(found, **changes)
