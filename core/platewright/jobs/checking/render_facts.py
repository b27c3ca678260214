"""Facts about a render or a delivery: a comp's output, which knows nothing of takes but what its headers kept."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from platewright.contract.checks import CheckAsk, Subject, SubjectKind
from platewright.contract.errors import ManifestError, PlatewrightError
from platewright.contract.progress import Reporter
from platewright.imaging.sequence import Sequence, find_sequence, parse_frames
from platewright.provenance.xmp.files import stated_in
from platewright.rights.checks.facts import Declared, Evidence, Facts, Picture, Pictures, Unknown

from ..comps import comp_at
from ..signed_things import DeliveryPlace
from .destination import taken_in
from .picture_facts import look, surveyed
from .signed_facts import Signed, signed_evidence, unsigned_delivery
from .take_facts import Look

__all__ = ["RenderPlace", "kind_of", "render_facts"]

_MOVIES = frozenset({".mov", ".mp4", ".m4v"})
_DELIVERED = _MOVIES | {".png", ".jpg", ".jpeg", ".tif", ".tiff"}


@dataclass(frozen=True, slots=True)
class RenderPlace:
    """A render by its pattern, or one delivered file."""

    pattern: str
    kind: SubjectKind

    @property
    def name(self) -> str:
        """Its file name."""
        return Path(self.pattern).name

    @property
    def is_movie(self) -> bool:
        """Whether no single picture can be read out of it here."""
        return Path(self.pattern).suffix.lower() in _MOVIES


def kind_of(path: str) -> SubjectKind:
    """A movie, or a picture in a form that is handed over, is a delivery; sequences and EXRs are renders."""
    one = Path(path)
    return "delivery" if one.suffix.lower() in _DELIVERED and one.is_file() else "render"


def render_facts(place: RenderPlace, by: Look, feeding: list[Facts], report: Reporter) -> Facts:
    """Everything about a render or a delivery. feeding: the facts of the takes that feed it. Raises Cancelled."""
    ask = by.ask
    subject = Subject(place.name, place.kind, place.pattern)
    files: Sequence | None = None
    pictures: Pictures | Unknown
    if place.is_movie:
        pictures = Pictures((_movie(place),))
    elif ask.records_only:
        pictures = Unknown("only records were looked at")
    else:
        try:
            files = find_sequence(place.pattern, None, "render")
            pictures = Pictures(surveyed(files.files, report))
        except PlatewrightError as error:
            pictures = Unknown(error.message)
    evidence = _stamps(pictures)
    signed = _signed(place, by, feeding, evidence.stamp, report)
    generated = bool(ask.elements) or bool(evidence.stamp) or (signed is not None and signed.generated)
    return Facts(
        subject,
        by.clock.today,
        final=ask.final,
        generated=generated,
        trained=any(one.trained for one in feeding) or (signed is not None and signed.trained),
        case=next((one.case for one in feeding), None),
        trusted_only=ask.trusted_only,
        evidence=signed.evidence if signed is not None else evidence,
        elements=_elements(signed, feeding),
        disclosure=by.show.disclosure,
        pictures=pictures,
        declared=_declared(ask, place, files),
    )


def _signed(place: RenderPlace, by: Look, feeding: list[Facts], stamp: str, report: Reporter) -> Signed | None:
    """What is signed; None where nothing is and nothing has to be."""
    if place.kind == "delivery":
        found = signed_evidence(DeliveryPlace(Path(place.pattern)), by, feeding, stamp, report)
        return None if unsigned_delivery(found, feeding) and not stamp else found
    comp = comp_at(Path(place.pattern))
    return signed_evidence(comp, by, feeding, stamp, report) if comp is not None else None


def _elements(signed: Signed | None, feeding: list[Facts]) -> tuple[str, ...]:
    """The hashes of the records of all takes that are known to be in it."""
    named = [one.record_hash for one in feeding if one.record_hash]
    return tuple(dict.fromkeys((*(signed.records if signed else ()), *named)))


def _movie(place: RenderPlace) -> Picture:
    """A movie as one picture: whether its boxes are whole is all that is looked at."""
    try:
        with Path(place.pattern).open("rb") as file:
            stated_in(file)
    except ManifestError as error:
        return Picture(1, place.name, problem=error.message, problem_code=error.code)
    except OSError as error:
        what = f"{place.name} can't be read: {error.strerror}"
        return Picture(1, place.name, problem=what, problem_code="file_unreadable")
    return Picture(1, place.name)


def _stamps(pictures: Pictures | Unknown) -> Evidence:
    """What the headers say, where they say it in one voice."""
    if isinstance(pictures, Unknown):
        return Evidence()
    words = {one.source_type for one in pictures.frames if one.source_type}
    return Evidence(stamp=words.pop() if len(words) == 1 else "")


def _declared(ask: CheckAsk, place: RenderPlace, files: Sequence | None) -> Declared:
    names = [path.name for path in files.files.values()] if files else [place.name]
    return Declared(
        frames=parse_frames(ask.frames).numbers if ask.frames else (),
        colour=ask.colour_space,
        channels=ask.channels,
        plate=_plate(ask, files) if place.kind == "render" else None,
        destination=ask.destination,
        destination_taken=taken_in(ask.destination, names),
    )


def _plate(ask: CheckAsk, files: Sequence | None) -> Picture | Unknown | None:
    if not ask.plate:
        return None
    number = files.frames.first if files else 1
    try:
        found = look(find_sequence(ask.plate).path(number), number, pixels=False)
    except PlatewrightError as error:
        return Unknown(error.message)
    return Unknown(found.problem) if found.problem else found
