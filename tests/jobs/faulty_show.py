"""A show folder of 12 shots and over 40 takes, in which every kind of fault is planted; two shots have none.

Each take lists the rules that it breaks, and no other may be found on it. `build` makes the takes honestly, signed, and
then does to them what a careless or dishonest hand would.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from platewright.contract.disclosure import disclose
from platewright.contract.frames import FrameRange
from platewright.contract.mapper import canonical, to_json
from platewright.contract.progress import Silent
from platewright.contract.request import Matte, Plate, Reference, Regenerate, Request
from platewright.contract.rights import Rights
from platewright.contract.windows import Box
from platewright.jobs.places import TakePlace
from platewright.jobs.rights_book import RightsBook
from platewright.jobs.run import run
from platewright.jobs.takes import TakeStore, load
from platewright.provenance.settings import IdentitySettings
from platewright.rights.model_cards import DataTerms, TrainingData, TrainingSource
from platewright.rights.plain_yaml import write_yaml
from platewright.rights.record_parts import (
    Grantor,
    Indemnity,
    Notice,
    Person,
    Review,
    Revocation,
    Scope,
    Suspension,
    Term,
)
from platewright.rights.records import Record
from tests.jobs.painted_take import Paint, small_plate
from tests.rights.show_folder import EVIDENCE, SIGNED, WRITTEN, card, consent, licence, statement

FRAMES = FrameRange.parse("1001-1008")
PERSON = {"people": ("p-0412",), "uses": ("removal",), "modalities": ("body",)}
MADE: Paint = Paint(trained=True)


@dataclass(frozen=True)
class Planted:
    """One take: where it stands, how it is made, what is done to it afterwards, and the rules that it then breaks."""

    shot: str
    name: str
    rules: tuple[str, ...] = ()
    how: Paint = Paint()
    rights: dict[str, Any] = field(default_factory=dict)
    backend: str = "builtin"
    prompt: str = ""
    references: tuple[Reference, ...] = ()
    after: Callable[[TakePlace, Path], None] = lambda place, plates: None


def _frame(place: TakePlace, number: int = 1003) -> Path:
    return place.frame(number)


def _flip(place: TakePlace, plates: Path) -> None:
    _frame(place).write_bytes(_frame(place).read_bytes().replace(b"a comment", b"another c"))


def _swap(place: TakePlace, plates: Path) -> None:
    one, other = _frame(place, 1003).read_bytes(), _frame(place, 1004).read_bytes()
    _frame(place, 1003).write_bytes(other)
    _frame(place, 1004).write_bytes(one)


def _retime(place: TakePlace, plates: Path) -> None:
    data = {number: _frame(place, number).read_bytes() for number in FRAMES}
    for number in FRAMES:
        _frame(place, number).write_bytes(data[min(number + 1, 1008)])


def _edit_record(place: TakePlace, plates: Path) -> None:
    place.record.write_bytes(place.record.read_bytes().replace(b'"seed":0', b'"seed":7'))


def _other_plate(place: TakePlace, plates: Path) -> None:
    """The plate is another file now, and bears marks that it did not have."""
    path = plates / "plate.1003.exr"
    path.write_bytes(path.read_bytes() + b"\0")
    (plates / "plate.1001.exr.c2pa").write_bytes(b"what an ingest tool signed")


def _consent(id_: str, **changes: Any) -> Record:
    return consent(id=id_, **{"scope": Scope(WRITTEN, ("alteration", "removal"), (), ("body",)), **changes})


def _card(id_: str, **changes: Any) -> Record:
    return card(id=id_, backends=(id_,), **changes)


def _person(id_: str, **changes: Any) -> dict[str, Any]:
    return {**PERSON, "consents": (id_,), **changes}


RECORDS: tuple[Record, ...] = (
    _consent("consent-ok-1"),
    _consent("consent-expired-1", term=Term("2024-01-01", "2025-01-01")),
    _consent("consent-revoked-1", status="revoked", revocation=Revocation(at="2026-10-05")),
    _consent("consent-strike-1", suspensions=(Suspension("strike", "2026-10-10"),)),
    _consent("consent-narrow-1", scope=Scope(WRITTEN, ("alteration",), ("removal",), ("face",), shots=("sh9*",))),
    _consent("consent-proofless-1", evidence=()),
    _consent("consent-vague-1", scope=Scope("Any and all uses in all media now known or hereafter devised, for ever.",
                                            ("removal",), (), ("body",))),
    _consent("consent-late-1", person=Person("p-0412", living=False), kind="deceased"),
    _consent("consent-child-1", person=Person("p-0412", minor=True), term=Term("2026-10-01", "2028-10-01")),
    _consent("consent-hasty-1", kind="ebdr", notice=Notice("2026-10-01T09:00:00Z", "2026-10-01T18:00:00Z")),
    _consent("consent-endless-1", term=Term("2026-10-01", "2046-10-01")),
    _consent("consent-alone-1", represented_by="none", grantor=Grantor()),
    licence(),
    licence(id="licence-nofinal-1", commercial_final_use="no"),
    licence(id="licence-stale-1", review=Review("legal-1", "2025-01-01"), indemnity=Indemnity(False)),
    _card("paint-ok-1"),
    _card("paint-revoked-1", revocation=Revocation(at="2026-10-10")),
    _card("paint-nofinal-1", licence="licence-nofinal-1"),
    _card("paint-chain-1", base_models=("nobody-knows-1",)),
    _card("paint-scraped-1", training_data=TrainingData("", (TrainingSource("scraped"),))),
    _card("paint-stale-1", licence="licence-stale-1"),
    _card("paint-unlisted-1", approved_for="no", litigation_note="Discovery is on."),
    _card("paint-tuned-1", adapters=("adapter-1",)),
    _card("adapter-1", training_data=TrainingData("", (TrainingSource("unknown"),))),
    _card("paint-keeps-1", data_terms=DataTerms("enterprise", True, False, 30, False, "dpa-7", "2026-11-01")),
    _card("paint-consumer-1", data_terms=DataTerms("consumer", False, False, 0, False, "dpa-7", "2026-11-01")),
    _card("paint-abroad-1", hosts=("api.elsewhere.example",)),
    _card("paint-unread-1", data_terms=DataTerms("enterprise", False, False, 0, False, "dpa-7", "2026-01-01")),
    _card("paint-talent-1", training_data=TrainingData("", (TrainingSource("licensed"),), productions=("OTHER",))),
    _card("paint-temp-1", approved_for="temp"),
    statement(elements=("e_*",)),
    statement("human_contribution", elements=("e_*", "x_unreported", "x_nodirector")),
    statement("director_consulted", elements=("e_*", "x_unreported", "x_nohumans")),
)  # fmt: skip

PLANTED: tuple[Planted, ...] = (
    Planted("sh010", "e_clean_a"),
    Planted("sh010", "e_clean_b", how=MADE, backend="paint-ok-1"),
    Planted("sh020", "e_clean_c", rights=_person("consent-ok-1")),
    # Evidence
    Planted("sh030", "e_manifest_gone", ("PW001",), after=lambda place, plates: place.manifest.unlink()),
    Planted("sh030", "e_record_broken", ("PW001",), after=lambda place, plates: place.record.write_bytes(b"{}")),
    Planted("sh030", "e_flipped", ("PW002",), after=_flip),
    Planted("sh030", "e_swapped", ("PW002",), after=_swap),
    Planted("sh030", "e_retimed", ("PW002",), after=_retime),
    Planted("sh030", "e_edited", ("PW002", "PW003"), after=_edit_record),
    Planted("sh040", "e_extra", ("PW004",),
            after=lambda place, plates: place.frame(1009).write_bytes(_frame(place).read_bytes())),
    Planted("sh040", "e_missing", ("PW004", "PW601"), after=lambda place, plates: _frame(place).unlink()),
    Planted("sh040", "e_cut_off", ("PW602",), Paint(cut_off=True)),
    # Pictures
    Planted("sh050", "e_not_finite", ("PW603", "PW613"), Paint(nan=True, chromaticities=True)),
    Planted("sh050", "e_colour_gone", ("PW604", "PW612"), Paint(colour="", rate=False)),
    Planted("sh050", "e_colour_other", ("PW604", "PW609"), Paint(colour="lin_ap1_scene", clip=True, frame=0)),
    Planted("sh050", "e_channels", ("PW605", "PW608"), Paint(channels=("R", "G", "B", "A", "Z"), half=False)),
    Planted("sh050", "e_window", ("PW606",), Paint(aspect=2.0)),
    Planted("sh060", "e_outside", ("PW607", "PW612"), Paint(region=Box(8, 6, 20, 16), timecode=False)),
    Planted("sh060", "e_lossy", ("PW305", "PW608"), Paint(compression="dwaa", comment="mail jane@example.com")),
    Planted("sh060", "e_negative", ("PW609", "PW610"), Paint(value=-0.9)),
    # People
    Planted("sh070", "e_nobody_asked", ("PW101", "PW109", "PW403"),
            rights={**PERSON, "declares": ("beyond_script", "real_event")}),
    Planted("sh070", "e_expired", ("PW101", "PW102"), rights=_person("consent-expired-1")),
    Planted("sh070", "e_revoked", ("PW101", "PW102"), rights=_person("consent-revoked-1")),
    Planted("sh070", "e_strike", ("PW101", "PW102"), rights=_person("consent-strike-1")),
    Planted("sh070", "e_narrow", ("PW103",), rights=_person("consent-narrow-1")),
    Planted("sh080", "e_proofless", ("PW104", "PW106", "PW113"),
            rights={**PERSON, "consents": ("consent-proofless-1", "consent-late-1", "consent-alone-1")}),
    Planted("sh080", "e_vague", ("PW105", "PW112"),
            rights={**PERSON, "consents": ("consent-vague-1", "consent-endless-1")}),
    Planted("sh080", "e_child", ("PW107", "PW110"),
            rights={**PERSON, "consents": ("consent-child-1", "consent-hasty-1")}),
    Planted("sh080", "e_synthetic", ("PW108", "PW502", "PW503", "PW504"), MADE,
            {"declares": ("synthetic_performer", "advertisement")}, "paint-ok-1"),
    # Models and data
    Planted("sh090", "e_no_card", ("PW201", "PW302", "PW303", "PW304"), MADE, backend="paint-nobody-knows"),
    Planted("sh090", "e_chain", ("PW203",), MADE, backend="paint-chain-1"),
    Planted("sh090", "e_tuned", ("PW207",), MADE, backend="paint-tuned-1"),
    Planted("sh090", "e_abroad", ("PW303",), MADE, backend="paint-abroad-1"),
    Planted("sh090", "e_listed", ("PW206", "PW208"), MADE, backend="paint-unlisted-1"),
    Planted("sh090", "e_keeps", ("PW301", "PW302"), MADE, backend="paint-keeps-1"),
    Planted("sh090", "e_consumer", ("PW302",), MADE, backend="paint-consumer-1"),
    Planted("sh090", "e_unread", ("PW304", "PW306"), MADE, backend="paint-unread-1",
            prompt="a street in the style of a living painter"),
    Planted("sh090", "e_talent", ("PW111",), MADE, backend="paint-talent-1"),
    Planted("sh100", "e_stale", ("PW205", "PW209"), MADE, backend="paint-stale-1"),
    Planted("sh100", "x_unreported", ("PW404",), MADE, backend="paint-ok-1"),
    Planted("sh100", "e_plate_changed", ("PW002", "PW006"),
            after=_other_plate),
    # sh110 and sh120 are handed over as finals
    Planted("sh110", "e_final_clean", how=MADE, backend="paint-ok-1"),
    Planted("sh110", "e_final_b", ("PW202", "PW401"), MADE, {"content": "key_visual"}, "paint-nofinal-1"),
    Planted("sh110", "e_final_c", ("PW204", "PW402"), MADE, {"content": "background"}, "paint-scraped-1"),
    Planted("sh110", "e_final_d", ("PW407",), MADE, backend="paint-temp-1"),
    Planted("sh110", "x_nohumans", ("PW404", "PW405"), MADE, backend="paint-ok-1"),
    Planted("sh110", "x_nodirector", ("PW404", "PW406"), MADE, backend="paint-ok-1"),
    Planted("sh110", "e_final_ref", ("PW210",), references=(Reference("anchor", "PLATE", frame=1001),)),
    Planted("sh120", "e_undisclosed", ("PW501",)),
)  # fmt: skip
PROFILE = """\
schema: org.platewright.profile/1
id: apollo
title: Rules of the show
as_of: "2026-11-01"
hosts: [api.paint.example]
rules:
  - {rule: PW303, source: {title: Rules of the show, date: "2026-11-01", known: own}}
"""
FINALS = ("sh110", "sh120")


@dataclass(frozen=True)
class FaultyShow:
    """The show on the disk. rights: its records. takes: each planted take's place. shots: every shot's folder."""

    folder: Path
    rights: Path
    settings: IdentitySettings
    takes: dict[str, TakePlace]

    def elements(self, shot: str) -> Path:
        """The root of a shot's takes."""
        return self.folder / shot / "elements"

    @property
    def disclosure(self) -> Path:
        """The report that goes with sh110."""
        return self.folder / "disclosure.json"


def build(folder: Path) -> FaultyShow:
    """Make it."""
    show = FaultyShow(folder, folder / "rights", IdentitySettings(home=folder / "home"), {})
    _file_records(show)
    for one in PLANTED:
        show.takes[one.name] = _make(show, one)
    _disclose(show)
    for one in PLANTED:
        one.after(show.takes[one.name], folder / one.shot / "plates" / one.name)
    return show


def _file_records(show: FaultyShow) -> None:
    book = RightsBook(show.rights)
    sheet = show.folder / "sheet.pdf"
    sheet.parent.mkdir(parents=True, exist_ok=True)
    sheet.write_bytes(SIGNED)
    for record in RECORDS:
        book.add(write_yaml(to_json(record)), "", "p-0900", [sheet])
    (show.rights / "profiles").mkdir()
    (show.rights / "profiles" / "apollo.yaml").write_text(PROFILE, encoding="utf-8")
    assert (show.rights / "evidence" / EVIDENCE.sha256).is_file()


def _make(show: FaultyShow, one: Planted) -> TakePlace:
    plate, matte = small_plate(show.folder / one.shot / "plates" / one.name)
    rights = Rights(show="APOLLO", shot=one.shot, **one.rights)
    references = tuple(
        Reference(ref.role, plate.replace("####", "1001"), ref.frame, ref.colour_space) for ref in one.references
    )
    request = Request(
        Regenerate(), one.name, Plate(plate, FRAMES), Matte(matte), references, prompt=one.prompt, backend=one.backend,
        rights=rights,
    )  # fmt: skip
    record = run(request, show.elements(one.shot), show.settings, Silent(), operate=one.how)
    return TakeStore(show.elements(one.shot)).place(one.name, record.version)


def _disclose(show: FaultyShow) -> None:
    takes = [load(show.takes[one.name]) for one in PLANTED if one.shot == "sh110"]
    show.disclosure.write_bytes(canonical(disclose(takes)))
