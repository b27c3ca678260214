"""A shot's final comp: its render found, what of it is generated counted, and signed with the takes in it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

import numpy as np

from platewright import __version__
from platewright.contract.comps import COMP_ENDING, CompElement, CompFrame, CompRecord, comp_names
from platewright.contract.deliveries import CompAsk, SignedComp
from platewright.contract.errors import InputError, ManifestError, RequestError, StorageError
from platewright.contract.mapper import MOST_BYTES, canonical, from_bytes
from platewright.contract.progress import Reporter, Step
from platewright.contract.takes import FrameRecord
from platewright.contract.windows import Box
from platewright.imaging import sequence as sequences
from platewright.imaging.stream import hash_file
from platewright.imaging.survey import survey
from platewright.provenance.bound_files import read_plain
from platewright.provenance.comp_manifest import ElementTake, sign_comp, source_type_of, source_types_of
from platewright.provenance.identity import Identity
from platewright.provenance.merkle import merkle_root
from platewright.provenance.names import base_name, is_plain_name
from platewright.provenance.parent import ParentManifest, find_plate_manifest

from .entered_comps import enter_comp
from .pixels import read_patch
from .places import TakePlace, takes_at
from .storage import exists, replace_file, storage_errors
from .takes import load, load_bytes

__all__ = ["CompPlace", "comp_at", "load_comp", "sign_render"]

_NUMBER = re.compile(r"[._]?-?\d+(?=\.[^.]+$)")


@dataclass(frozen=True, slots=True)
class CompPlace:
    """Where a signed comp lies: the path of its record."""

    record: Path

    @property
    def name(self) -> str:
        """As its files begin."""
        return self.record.name.removesuffix(COMP_ENDING)

    @property
    def path(self) -> Path:
        """The record, which stands for all of it."""
        return self.record

    @property
    def manifest(self) -> Path:
        """The manifest beside the record."""
        return self.record.with_name(self.record.name + ".c2pa")


def comp_at(path: Path) -> CompPlace | None:
    """The signed comp behind its record, its manifest, a pattern of its frames or one of them; None where none is."""
    name = path.name.removesuffix(".c2pa")
    if name.endswith(COMP_ENDING):
        return CompPlace(path.with_name(name)) if path.with_name(name).is_file() else None
    for guess in dict.fromkeys((comp_names(name)[1], comp_names(_NUMBER.sub(".#", name))[1])):
        if path.with_name(guess).is_file():
            return CompPlace(path.with_name(guess))
    return None


def load_comp(place: CompPlace) -> CompRecord:
    """A comp's record, as it is on the disk. Raises ManifestError, CheckCouldNotRun."""
    data = read_plain(place.record, MOST_BYTES, "record_missing", "comp")
    record = from_bytes(CompRecord, data, place.record.name)
    if not is_plain_name(record.pattern):
        raise ManifestError("the comp's record names no plain file", code="record_malformed")
    return record


def sign_render(ask: CompAsk, identity: Identity, report: Reporter, *, trust: str) -> SignedComp:
    """Sign a comp's render. Every frame is hashed; pictures are opened only where elements overlap.

    trust: the roots and the lists of revoked certificates that the takes' signers are judged by, as PEM text.

    Raises RequestError `comp_without_elements`, `element_not_in_comp`; InputError where the render is not there;
    StorageError `in_the_way` for one that is signed already; ManifestError, `signer_revoked` for a take by one
    who is; SigningError, Cancelled.
    """
    files = _render(ask)
    first = next(iter(files.files.values()))
    names = comp_names(Path(ask.render).name if not Path(ask.render).is_dir() else _numbered(first.name))
    place = CompPlace(first.with_name(names[1]))
    if exists(place.record) and not ask.replace:
        raise StorageError(
            f"{place.record.name} is there already: this render was signed before",
            code="in_the_way",
            hint="Render it as the next version, or say that it replaces the earlier one.",
        )
    takes = [_take(use.record, trust) for use in ask.elements]
    if not takes:
        raise RequestError(
            "a comp is signed with the takes that are in it, and none was named",
            code="comp_without_elements",
            hint="Name each with --element; a comp without any needs no manifest of ours.",
        )
    record = _record(ask, files, names[0], takes, report)
    data = canonical(record)
    signed = sign_comp(record, data, [take for _, take in takes], identity, plate_manifest=_parent(ask, record, takes))
    before = hash_file(place.record).sha256 if exists(place.record) else ""
    entered = enter_comp((at.folder.parent for at, _ in takes), record, data, signed.manifest, before)
    replace_file(place.manifest, signed.manifest)
    replace_file(place.record, data)  # last, like a take's: what is signed has a record, or isn't there
    return SignedComp(
        str(place.record),
        str(place.manifest),
        len(record.frames),
        record.mean,
        record.most,
        source_type_of(record.elements),
        (*signed.findings, *entered),
    )


def _render(ask: CompAsk) -> sequences.Sequence:
    frames = sequences.parse_frames(ask.frames) if ask.frames else None
    found = sequences.find_sequence(ask.render, frames, "render")
    if frames is None or found.is_still:
        return found
    inside = {number: path for number, path in found.files.items() if number in frozenset(frames.numbers)}
    return sequences.Sequence(found.pattern, inside, False, found.what)


def _take(record: str, trust: str) -> tuple[TakePlace, ElementTake]:
    places = takes_at(Path(record))
    if len(places) != 1:
        raise RequestError(
            f"{record} holds {len(places)} takes, and an element is one",
            code="take_ambiguous",
            hint=f"Name one, for instance {places[-1].record}.",
        )
    place = places[0]
    with storage_errors(place.manifest, "read"):
        manifest = place.manifest.read_bytes()
    return place, ElementTake(load(place), load_bytes(place), manifest, trust)


def _record(
    ask: CompAsk, files: sequences.Sequence, name: str, takes: Sequence[tuple[TakePlace, ElementTake]], report: Reporter
) -> CompRecord:
    numbers = sorted(files.files)
    first = files.files[numbers[0]]
    plates = _plates(ask, takes, numbers)
    frames = []
    for done, number in enumerate(numbers):
        report.step(Step("hashing", done, len(numbers), number))
        shares, together = _shares(takes, number)
        plate = hash_file(plates[number]) if plates else None
        frames.append(CompFrame(number, hash_file(files.files[number]), shares, together, plate))
    elements = tuple(_element(ask, frames, at, *one) for at, one in enumerate(takes))
    rights = takes[0][1].record.request.rights
    return CompRecord(
        name=name,
        pattern=first.name if files.is_still else _numbered(first.name),
        created=f"{datetime.now(timezone.utc):%Y-%m-%dT%H:%M:%SZ}",
        generator=f"platewright {__version__}",
        display_window=survey(first, numbers[0], pixels=False, what="render").part.display_window,
        elements=elements,
        frames=tuple(frames),
        merkle_root=merkle_root([frame.file.sha256 for frame in frames]),
        plate=base_name(ask.plate or takes[0][1].record.request.plate.pattern),
        show=rights.show,
        shot=rights.shot,
        asked=None if files.is_still or not ask.frames else sequences.parse_frames(ask.frames),
    )


def _numbered(name: str) -> str:
    """A frame's name with `%d` in the place of its number."""
    found = re.fullmatch(r"(.*?)(-?\d+)(\.[^.\d][^.]*)", name, re.DOTALL)
    return f"{found[1]}%d{found[3]}" if found else name


def _plates(ask: CompAsk, takes: Sequence[tuple[TakePlace, ElementTake]], numbers: list[int]) -> dict[int, Path]:
    """The plate's files of the comp's frames; none where it was not named and is not where the take found it."""
    pattern = ask.plate or takes[0][1].record.request.plate.pattern
    try:
        found = sequences.find_sequence(pattern)
        return {number: found.path(number) for number in numbers}
    except InputError:
        if ask.plate:
            raise
        return {}


def _parent(ask: CompAsk, record: CompRecord, takes: Sequence[tuple[TakePlace, ElementTake]]) -> ParentManifest | None:
    """The plate's own manifest, where it has one."""
    plate = record.frames[0].plate
    if plate is None:
        return None
    folder = Path(ask.plate or takes[0][1].record.request.plate.pattern).parent
    return find_plate_manifest(folder / plate.name, plate.sha256)


def _shares(takes: Sequence[tuple[TakePlace, ElementTake]], number: int) -> tuple[tuple[float, ...], float]:
    """How much of a frame each take's matte covers, and all of them together."""
    entries = [_entry(take, number) for _, take in takes]
    area = max(1, takes[0][1].record.display_window.area)
    shares = tuple((entry.changed_pixels if entry else 0) / area for entry in entries)
    pairs = zip(takes, entries, strict=True)
    inside = [(place, entry) for (place, _), entry in pairs if entry and entry.changed_pixels]
    boxes = [entry.changed for _, entry in inside]
    apart = all((one & other).is_empty for at, one in enumerate(boxes) for other in boxes[:at])
    covered = sum(shares) if apart else _union(inside, number) / area
    return tuple(min(1.0, share) for share in shares), min(1.0, covered)


def _union(inside: list[tuple[TakePlace, FrameRecord]], number: int) -> int:
    """Pixels that any of the takes changes."""
    whole = Box.around(entry.patch_window for _, entry in inside)
    covered = np.zeros((whole.height, whole.width), bool)
    for place, _ in inside:
        patch = read_patch(place, number)
        here = patch.box & whole
        covered[here.slices_in(whole)] |= patch.alpha[here.slices_in(patch.box)] > 0
    return int(np.count_nonzero(covered))


def _entry(take: ElementTake, number: int) -> FrameRecord | None:
    return next((frame for frame in take.record.frames if frame.number == number), None)


def _element(ask: CompAsk, frames: Sequence[CompFrame], at: int, place: TakePlace, take: ElementTake) -> CompElement:
    shares = [frame.shares[at] for frame in frames]
    if not any(shares):
        raise RequestError(
            f"{take.name} covers nothing in frames {frames[0].number} to {frames[-1].number}",
            code="element_not_in_comp",
            hint="Frames of the render and of the take go by the same numbers; leave the take out if it isn't in it.",
        )
    card = take.record.model_card
    return CompElement(
        name=take.name,
        record=hashlib.sha256(take.record_bytes).hexdigest(),
        manifest=hashlib.sha256(take.manifest).hexdigest(),
        trained=card.trained and any(frame.shares.synthesis > 0 for frame in take.record.frames),
        source_types=source_types_of(take),
        mean=sum(shares) / len(shares),
        most=max(shares),
        node=ask.elements[at].node,
    )
