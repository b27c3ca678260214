"""Takes to test with: small, whole and on disk, with frames of random bytes in place of pictures."""

from __future__ import annotations

import hashlib
import random
from dataclasses import replace
from pathlib import Path

from platewright.contract.frames import FrameRange
from platewright.contract.mapper import canonical
from platewright.contract.request import Matte, Operation, Plate, Reference, Regenerate, Request, Rights
from platewright.contract.takes import FileHash, FrameRecord, ModelCard, SourceShares, TakeRecord, file_names
from platewright.contract.windows import Box
from platewright.provenance.identity import Identity
from platewright.provenance.manifest import sign_take
from platewright.provenance.merkle import merkle_root

BUILTIN = ModelCard("builtin", "0.1.0", provider="Platewright")
TRAINED = ModelCard("ExampleDiffusion", "2.1", provider="Example", trained=True, training_data="licensed pictures")
CODE = "ISCC:EED3PCFKTW2MRXRBV7TYIKIH4GHPBIZMU43CBK2F35A5GOXNDMUNOEY"


def file_hash(name: str, data: bytes) -> FileHash:
    return FileHash(name, len(data), hashlib.sha256(data).hexdigest())


def frame_bytes(number: int) -> bytes:
    return random.Random(number).randbytes(3000)


def make_record(
    shares: tuple[SourceShares, ...] = (SourceShares(frames=0.75, synthesis=0.25),) * 4,
    operation: Operation | None = None,
    references: tuple[Reference, ...] = (),
    card: ModelCard = BUILTIN,
    first: int = 1001,
    element: str = "rig_removal",
) -> TakeRecord:
    """A record of as many frames as there are shares, from `first` on."""
    pattern = file_names(element, 3)[0]
    frames = tuple(
        FrameRecord(
            number=number,
            file=file_hash(pattern % number, frame_bytes(number)),
            plate=file_hash(f"plate.{number}.exr", b"plate %d" % number),
            matte=file_hash(f"matte.{number}.exr", b"matte %d" % number),
            patch_window=Box(90, 30, 190, 90),
            changed=Box(100 + index, 40, 164 + index, 72),
            changed_pixels=100 if sum((share.frames, share.synthesis, share.given, share.plate)) else 0,
            untouched_pixels=5000,
            fingerprint=(CODE,),
            shares=share,
        )
        for index, (number, share) in enumerate(zip(range(first, first + len(shares)), shares, strict=True))
    )
    request = Request(
        operation=operation or Regenerate(),
        element=element,
        plate=Plate("/mnt/secret_show/seq/plate.####.exr", FrameRange.of(frame.number for frame in frames)),
        matte=Matte("/mnt/secret_show/roto/matte.####.exr"),
        references=references,
        prompt="a confidential story point",
        seed=2**60,
        rights=Rights(show="secret_show", shot="sh010", consents=("consent-17",), policy="house"),
    )
    return TakeRecord(
        element=element,
        version=3,
        created="2026-01-31T12:00:00Z",
        generator="platewright 0.1.0",
        request=request,
        request_hash="ab" * 32,
        encoding="ACEScg",
        colour_space="ACEScg",
        display_window=Box(0, 0, 1920, 1080),
        pixel_aspect=1.0,
        frames=frames,
        merkle_root=merkle_root([frame.file.sha256 for frame in frames]),
        model_card=card,
        references=tuple((file_hash(f"{item.role}.png", item.role.encode()),) for item in references),
    )


def write_take(folder: Path, record: TakeRecord, identity: Identity) -> Path:
    """The take's files in `folder`; returns the path of its record."""
    folder.mkdir(parents=True, exist_ok=True)
    for frame in record.frames:
        (folder / frame.file.name).write_bytes(frame_bytes(frame.number))
    data = canonical(record)
    path = folder / file_names(record.element, record.version)[1]
    path.write_bytes(data)
    path.with_name(path.name + ".c2pa").write_bytes(sign_take(record, data, identity).manifest)
    return path


def with_frame(record: TakeRecord, index: int, **changes: object) -> TakeRecord:
    """The record with fields of one frame replaced."""
    frames = list(record.frames)
    frames[index] = replace(frames[index], **changes)  # type: ignore[arg-type]
    return replace(record, frames=tuple(frames))
