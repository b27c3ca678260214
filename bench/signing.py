"""What the proof costs: hashing the frames, signing the take, and verifying it, in milliseconds a frame.

    python bench/signing.py [--frames 100]

Hashing is the floor: whoever wants to prove what is in a file has to read it once.
"""

from __future__ import annotations

import argparse
import secrets
import statistics
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from platewright.contract.frames import FrameRange
from platewright.contract.mapper import canonical
from platewright.contract.request import Matte, Plate, Regenerate, Request
from platewright.contract.takes import FrameRecord, ModelCard, SourceShares, TakeRecord
from platewright.contract.windows import Box
from platewright.imaging.stream import hash_file
from platewright.provenance.identity import load_identity, trust_anchors
from platewright.provenance.manifest import sign_take
from platewright.provenance.merkle import merkle_root
from platewright.provenance.reading import read_manifest
from platewright.provenance.settings import IdentitySettings

SIZE = 1_500_000


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--frames", type=int, default=100)
    count = parser.parse_args().frames
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        names = [root / f"bench_v001.{1001 + i}.exr" for i in range(count)]
        for name in names:
            name.write_bytes(secrets.token_bytes(SIZE))
        settings = replace(IdentitySettings.from_environment(), home=root / "home")
        identity = load_identity(settings)
        begun = time.perf_counter()
        hashes = [hash_file(name) for name in names]
        hashed = time.perf_counter() - begun
        box = Box.of_size(400, 400, 100, 100)
        frames = tuple(
            FrameRecord(1001 + i, file, file, box.grown(1), box, box.area, 1000, shares=SourceShares(frames=1.0))
            for i, file in enumerate(hashes)
        )
        plate = Plate("plate.####.exr", FrameRange.parse(f"1001-{1000 + count}"))
        request = Request(operation=Regenerate(), element="bench", plate=plate, matte=Matte("matte.####.exr"))
        record = TakeRecord(
            "bench", 1, "2026-01-01T00:00:00Z", "bench", request, "0" * 64, "ACEScg", "lin_ap1_scene",
            Box.of_size(1920, 1080), 1.0, frames, merkle_root([file.sha256 for file in hashes]),
            ModelCard("built-in", "0"),
        )  # fmt: skip
        data = canonical(record)
        sign_take(record, data, identity)
        times = []
        for _ in range(9):
            begun = time.perf_counter()
            manifest = sign_take(record, data, identity).manifest
            times.append(time.perf_counter() - begun)
        signed = statistics.median(times)
        begun = time.perf_counter()
        report = read_manifest(data, manifest, trust_anchors(settings))
        read = time.perf_counter() - begun
    each = 1000 / count
    print(f"{count} frames of {SIZE / 1e6:.1f} MB: {report.state}, manifest {len(manifest)} bytes")
    print(f"  hashing   {hashed * each:6.2f} ms a frame")
    print(f"  signing   {signed * each:6.2f} ms a frame ({signed * 1000:.0f} ms in all, the median of 9)")
    print(f"  reading the manifest {read * 1000:.0f} ms in all")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
