"""`platewright inspect`: what a take, a comp or a delivery is, from its manifest and its record."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from platewright.contract.errors import ManifestError
from platewright.contract.frames import FrameRange
from platewright.contract.takes import TakeRecord

from .console import Console
from .options import full_path, use_threads

if TYPE_CHECKING:
    from platewright.jobs.comps import CompPlace
    from platewright.jobs.places import TakePlace
    from platewright.jobs.signed_things import DeliveryPlace
    from platewright.provenance.reading import ManifestReport

__all__ = ["EXAMPLE", "add_options", "run"]

EXAMPLE = """\
  platewright inspect elements/rig_removal/rig_removal_v003.take.json
  platewright inspect elements/rig_removal/rig_removal_v003.1001.exr --sheet sheet.png
  platewright inspect elements/rig_removal --overlay registration.png
"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the verb's options."""
    parser.add_argument("take", metavar="FILE|FOLDER", help="a record, a frame, a folder, or a delivered file")
    parser.add_argument("--sheet", default="", metavar="FILE.png", help="write a contact sheet of the one take")
    parser.add_argument(
        "--overlay",
        default="",
        metavar="FILE.png",
        help="write source map, confidence and registration of the one take",
    )
    parser.add_argument("--plate", default="", metavar="PATTERN", help="where the plate is now (for the pictures)")


def run(options: argparse.Namespace, console: Console) -> int:
    """Say what the takes are. Raises PlatewrightError."""
    from platewright.jobs.places import TakePlace
    from platewright.jobs.signed_things import signed_at
    from platewright.jobs.takes import load

    use_threads(options)
    documents = []
    found = signed_at(Path(full_path(options.take)))
    places = tuple(place for place in found if isinstance(place, TakePlace))
    signed = [_signed(place, console) for place in found if not isinstance(place, TakePlace)]
    for place in places:
        record = load(place)
        manifest = _manifest(place)
        for line in _lines(place, record, manifest):
            console.say(line)
        console.findings(record.findings)
        documents.append(_document(place, record, manifest))
    for name in ("sheet", "overlay"):
        if getattr(options, name):
            _draw(name, places, options, console)
            documents[0][name] = full_path(getattr(options, name))
    console.document({"takes": documents, "signed": signed})
    return 0


def _signed(place: CompPlace | DeliveryPlace, console: Console) -> dict[str, object]:
    """Say what a comp or a delivery is: its manifest, and how much of it was generated. No frame is opened."""
    from platewright.contract.progress import Silent
    from platewright.jobs.signed_things import verify_signed

    from .verify import trusted_roots

    found = verify_signed(place, Silent(), trust=trusted_roots(""), files=False)
    record, manifest = found.record, found.manifest
    console.say(f"{place.name}")
    if record is not None:
        console.say(f"  frames      {len(record.frames)} over {record.plate or 'a plate that was not named'}")
        if record.asked is not None:
            console.say(f"  asked for   {record.asked} alone")
        console.say(f"  made        {record.created} by {record.generator}")
        console.say(f"  generated   {record.mean:.2%} of the picture on average, {record.most:.2%} at most")
        for one in record.elements:
            console.say(f"              {one.name}: {one.mean:.2%}, {one.most:.2%} at most")
    elif found.source_type:
        console.say(f"  XMP says    {found.source_type}")
    for line in _manifest_lines(manifest):
        console.say(line)
    console.findings(found.findings)
    return {"path": str(place.path), "record": record, "manifest": _told(manifest)}


def _manifest(place: TakePlace) -> ManifestReport | None:
    """The manifest's report, or None where there is none that can be read; `verify` says what that means."""
    from platewright.jobs.takes import load_bytes
    from platewright.provenance.reading import read_manifest

    from .verify import trusted_roots

    try:
        return read_manifest(load_bytes(place), place.manifest.read_bytes(), trusted_roots(""))
    except (ManifestError, OSError):
        return None


def _lines(place: TakePlace, record: TakeRecord, manifest: ManifestReport | None) -> Iterator[str]:
    request, card = record.request, record.model_card
    yield f"{place.stem}: {request.operation.kind} of {request.plate.pattern}"
    yield f"  frames      {request.plate.frames} ({len(record.frames)})"
    yield from _base_lines(record)
    yield f"  made        {record.created} by {record.generator}, {card.name} {card.version}"
    yield f"  trained     {'yes: ' + card.training_data if card.trained else 'no, nothing in it was learned from data'}"
    yield from _manifest_lines(manifest)
    yield f"  colour      {record.encoding} -> {record.colour_space}"
    yield f"  format      {record.display_window.width}x{record.display_window.height}, pixel {record.pixel_aspect:g}"
    changed = sum(frame.changed_pixels for frame in record.frames)
    untouched = sum(frame.untouched_pixels for frame in record.frames)
    yield f"  pixels      {changed} changed, {untouched} untouched"
    yield f"  sources     {_sources(record)}"
    yield f"  seed        {request.seed}, take {request.take}"
    measured = [f"{name} {value:.4g}" for name, value in sorted(record.measures.items()) if value is not None]
    for index in range(0, len(measured), 4):
        yield f"  {'' if index else 'measures':<11} " + ", ".join(measured[index : index + 4])
    unsure = [frame for frame in record.frames if frame.confidence < 0.5]
    if unsure:
        yield "  unsure      " + ", ".join(f"{frame.number} ({frame.confidence:.2f})" for frame in unsure)
    yield "  seconds     " + ", ".join(f"{name} {value:.1f}" for name, value in record.timings.items())


def _manifest_lines(manifest: ManifestReport | None) -> Iterator[str]:
    """Who signed, what was done, and from what."""
    if manifest is None:
        yield "  signed      no manifest that can be read"
        return
    yield f"  signed      by {manifest.signer or 'nobody named'}: {manifest.state}"
    for act in manifest.actions:
        kind = f" [{act.source_type}]" if act.source_type else ""
        yield f"              {act.name}{kind} {act.description}".rstrip()
    for part in manifest.inputs:
        yield f"              {part.relationship}: {part.title}{' (signed)' if part.has_manifest else ''}"


def _base_lines(record: TakeRecord) -> Iterator[str]:
    """Which frames were taken over, and from which takes they first came."""
    base = record.request.base
    if base is None:
        return
    made = [frame.number for frame in record.frames if not frame.taken_from]
    again = FrameRange.of(made) if made else "nothing"
    yield f"  base        {record.element}_v{base.version:03d}; made again: {again}"
    for take in sorted({frame.taken_from for frame in record.frames} - {""}):
        frames = FrameRange.of(frame.number for frame in record.frames if frame.taken_from == take)
        yield f"              from {take}: {frames}"


def _sources(record: TakeRecord) -> str:
    """Where the changed pixels came from, weighted by how many each frame has."""
    total = sum(frame.changed_pixels for frame in record.frames)
    if not total:
        return "nothing changed"
    shares = {
        name: sum(getattr(frame.shares, name) * frame.changed_pixels for frame in record.frames) / total
        for name in ("frames", "synthesis", "given", "plate")
    }
    words = {"frames": "other frames", "synthesis": "synthesis", "given": "given pictures", "plate": "the plate itself"}
    return ", ".join(f"{words[name]} {share:.1%}" for name, share in shares.items() if share > 0) or "not recorded"


def _document(place: TakePlace, record: TakeRecord, manifest: ManifestReport | None) -> dict[str, object]:
    return {"path": str(place.record), "pattern": place.pattern, "record": record, "manifest": _told(manifest)}


def _told(manifest: ManifestReport | None) -> dict[str, object] | None:
    """A manifest for programs."""
    if manifest is None:
        return None
    return {
        "state": manifest.state,
        "signer": manifest.signer,
        "issuer": manifest.issuer,
        "time": manifest.time,
        "valid_until": manifest.valid_until,
        "title": manifest.title,
        "failures": manifest.failures,
        "actions": manifest.actions,
        "inputs": manifest.inputs,
    }


def _draw(name: str, places: tuple[TakePlace, ...], options: argparse.Namespace, console: Console) -> None:
    """Write the contact sheet of one take (before, after, where each pixel came from), or what its fill rests on."""
    from platewright.contract.errors import RequestError
    from platewright.jobs.overlays import write_overlay_sheet
    from platewright.jobs.sheets import write_take_sheet

    if len(places) != 1:
        hint = f"Name one, for instance {places[-1].record}." if places else "Name a take."
        raise RequestError(f"--{name} shows one take, and there are {len(places)}", code="take_ambiguous", hint=hint)
    target = Path(full_path(getattr(options, name)))
    plate = full_path(options.plate) if options.plate else ""
    write = write_take_sheet if name == "sheet" else write_overlay_sheet
    with console.working() as report:
        write(places[0], target, report, plate=plate)
    console.say(f"  {name:<11} {target}")
