"""What a show's takes are made of, shot by shot: elements, models, shares, consents, approvals, human work, cost.

Made from the takes' records, the ledger and the rights folder, and from no picture. It names nobody: people and records
stand in it by their ids.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from platewright.contract.decisions import TakeSummary
from platewright.contract.disclosure import DisclosedElement, Disclosure, disclose
from platewright.contract.errors import ManifestError, StorageError
from platewright.contract.money import amount_of, cost
from platewright.contract.rules import RuleFinding
from platewright.contract.takes import Cost, SourceShares, TakeRecord
from platewright.provenance.comp_manifest import source_type_of
from platewright.provenance.header import expected_source_type
from platewright.provenance.identity import trust_anchors
from platewright.provenance.verify import verify_comp
from platewright.rights.model_cards import ModelCardRecord
from platewright.rights.records import Consent, Licence

from .comps import CompPlace, load_comp
from .decisions import summaries
from .desk_settings import DeskSettings
from .places import takes_at
from .rights_book import RightsBook, today
from .rights_gate import judge
from .signed_things import signed_at
from .takes import load

__all__ = ["ReportGroup", "ReportedComp", "ReportedModel", "ReportedTake", "ShowReport", "report_of", "sequence_of"]

_SEQUENCE = re.compile(r"([A-Za-z]*\d+[A-Za-z]?)_")


@dataclass(frozen=True, slots=True)
class ReportedTake:
    """One take: what it says of itself, what was decided about it, and what today's rules say to it.

    human: work of people on its element: takes that were made, notes that were written, frames painted by hand.
    """

    name: str
    record: str
    intent: str
    chosen: bool
    approved_by: str
    element: DisclosedElement
    shares: SourceShares
    human: tuple[int, int, int]
    rules: tuple[RuleFinding, ...]
    content: str = ""
    source_type: str = ""


@dataclass(frozen=True, slots=True)
class ReportedComp:
    """A signed comp: its shot, the takes in it, how much of its frames they cover, and what its signature is worth."""

    name: str
    shot: str
    frames: int
    elements: tuple[str, ...]
    mean: float
    most: float
    source_type: str
    state: str


@dataclass(frozen=True, slots=True)
class ReportGroup:
    """Takes counted together: those of a shot, a sequence or the show. pixels: the largest mean share of an element."""

    kind: str
    name: str
    elements: int
    takes: int
    pixels: float
    synthesis: float
    trained: bool
    models: tuple[str, ...]
    consents: tuple[str, ...]
    approved: int
    stopped: int
    cost: tuple[Cost, ...]


@dataclass(frozen=True, slots=True)
class ReportedModel:
    """A model that was used, by its card on record, or by what the takes say where there is none."""

    name: str
    version: str
    provider: str
    trained: bool
    card: ModelCardRecord | None
    licence: Licence | None


@dataclass(frozen=True, slots=True)
class ShowReport:
    """The whole report. consents: id to how it stands today. takes: those that hosts bring in, or all if asked."""

    made: str
    takes: tuple[ReportedTake, ...]
    groups: tuple[ReportGroup, ...]
    models: tuple[ReportedModel, ...]
    consents: tuple[tuple[str, str], ...]
    disclosure: Disclosure
    schema: str = "org.platewright.report/1"
    comps: tuple[ReportedComp, ...] = ()

    def of_shot(self, shot: str) -> tuple[ReportedTake, ...]:
        """The takes of a shot."""
        return tuple(take for take in self.takes if take.element.shot == shot)


def report_of(
    settings: DeskSettings, roots: Iterable[Path], everything: bool = False, comps: Iterable[Path] = ()
) -> ShowReport:
    """The report of the takes below some roots.

    everything: all versions, not only those that hosts bring in. comps: signed ones, or folders of them. Raises
    StorageError, and what the gate raises.
    """
    found: list[tuple[ReportedTake, TakeRecord]] = []
    books: dict[Path, RightsBook] = {}
    for root in roots:
        of_root = settings.at(str(root))
        folder = of_root.rights.folder
        if folder is not None and folder.is_dir():
            books[folder] = RightsBook(folder)
        all_ = summaries(root, roots=trust_anchors(of_root.identity))
        for take in all_ if everything else [one for one in all_ if one.chosen]:
            try:
                record = load(takes_at(Path(take.record))[0])
            except ManifestError:
                continue
            found.append((_reported(of_root, take, record, all_), record))
    takes = tuple(take for take, _ in found)
    disclosure = disclose(record for _, record in found)
    models, consents = _records(books.values(), [record for _, record in found])
    signed = tuple(_comp(place, settings) for path in comps for place in _comps_at(path))
    return ShowReport(disclosure.made, takes, tuple(_groups(takes)), models, consents, disclosure, comps=signed)


def _comps_at(path: Path) -> list[CompPlace]:
    """The signed comps behind a path. Raises StorageError `comp_not_found`."""
    found = [place for place in signed_at(path) if isinstance(place, CompPlace)]
    if not found:
        raise StorageError(f"there is no signed comp at {path}", code="comp_not_found", hint="Sign it first.")
    return found


def _comp(place: CompPlace, settings: DeskSettings) -> ReportedComp:
    """A comp by its record, and whether its manifest holds; its frames are not read. Raises ManifestError."""
    record = load_comp(place)
    found = verify_comp(place.record, trust_anchors(settings.identity), files=False)
    return ReportedComp(
        record.name,
        record.shot,
        len(record.frames),
        tuple(one.name for one in record.elements),
        round(record.mean, 6),
        round(record.most, 6),
        source_type_of(record.elements),
        found.report.state if found.report and found.passed else "Invalid",
    )


def sequence_of(shot: str) -> str:
    """The sequence in a shot's name: `sq010` of `sq010_0040`; empty where there is none."""
    found = _SEQUENCE.match(shot)
    return found[1] if found else ""


def _reported(
    settings: DeskSettings, take: TakeSummary, record: TakeRecord, all_: tuple[TakeSummary, ...]
) -> ReportedTake:
    same = [one for one in all_ if one.element == take.element]
    element = disclose([record]).elements[0]
    request = record.request
    generator = settings.generator(request.backend)
    return ReportedTake(
        name=f"{take.element}_v{take.version:03d}",
        record=take.record,
        intent=take.intent,
        chosen=take.chosen,
        approved_by=take.approved_by,
        element=element,
        shares=_shares(record),
        human=(len(same), sum(len(one.notes) for one in same), element.anchors_by_hand),
        rules=judge(settings.rights, generator, request, take.intent),
        content=request.rights.content,
        source_type=expected_source_type(request, record.model_card.trained),
    )


def _shares(record: TakeRecord) -> SourceShares:
    """Where the changed pixels of all frames came from."""
    changed = [frame.changed_pixels for frame in record.frames]
    whole = max(1, sum(changed))

    def mean(name: str) -> float:
        total: float = sum(getattr(f.shares, name) * n for f, n in zip(record.frames, changed, strict=True))
        return round(total / whole, 6)

    return SourceShares(mean("frames"), mean("synthesis"), mean("given"), mean("plate"))


def _groups(takes: tuple[ReportedTake, ...]) -> Iterable[ReportGroup]:
    shots = sorted({take.element.shot for take in takes})
    for shot in shots:
        yield _group("shot", shot, [take for take in takes if take.element.shot == shot])
    for sequence in sorted({sequence_of(shot) for shot in shots} - {""}):
        yield _group("sequence", sequence, [take for take in takes if sequence_of(take.element.shot) == sequence])
    for show in sorted({take.element.show for take in takes}):
        yield _group("show", show, [take for take in takes if take.element.show == show])


def _group(kind: str, name: str, takes: list[ReportedTake]) -> ReportGroup:
    spent: dict[str, Decimal] = {}
    for take in takes:
        paid = Cost(take.element.cost, take.element.currency)
        spent[paid.currency] = spent.get(paid.currency, Decimal(0)) + amount_of(paid)
    return ReportGroup(
        kind=kind,
        name=name,
        elements=len({take.element.element for take in takes}),
        takes=len(takes),
        pixels=max((take.element.pixels_mean for take in takes), default=0.0),
        synthesis=max((take.element.synthesis for take in takes), default=0.0),
        trained=any(take.element.trained for take in takes),
        models=tuple(sorted({f"{take.element.model} {take.element.model_version}".strip() for take in takes})),
        consents=tuple(sorted({id_ for take in takes for id_ in take.element.consents})),
        approved=sum(bool(take.approved_by) for take in takes),
        stopped=sum(any(one.stops for one in take.rules) for take in takes),
        cost=tuple(cost(amount, currency) for currency, amount in sorted(spent.items()) if amount),
    )


def _records(
    books: Iterable[RightsBook], takes: list[TakeRecord]
) -> tuple[tuple[ReportedModel, ...], tuple[tuple[str, str], ...]]:
    """The models and the consents that takes name, as they are on record."""
    folders = [book.records() for book in books]
    models: dict[tuple[str, str], ReportedModel] = {}
    consents: dict[str, str] = {}
    for take in takes:
        said, cards = take.model_card, [one for book in folders for one in book.of(ModelCardRecord)]
        card = next((one for one in cards if take.request.backend in one.backends), None)
        licences = (book.find(card.licence, Licence) for book in folders) if card is not None else iter(())
        licence = next((one for one in licences if one is not None), None)
        models[said.name, said.version] = ReportedModel(
            said.name, said.version, said.provider, said.trained, card, licence
        )
        for id_ in take.request.rights.consents:
            record = next((one for one in (book.find(id_, Consent) for book in folders) if one is not None), None)
            consents[id_] = record.standing(today()).replace("_", " ") if record is not None else "not on record"
    return tuple(models[key] for key in sorted(models)), tuple(sorted(consents.items()))
