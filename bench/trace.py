"""How surely a stripped picture is traced back to its take: recall, first hit and false alarms for what is done to it.

    python bench/trace.py [--pictures 40]

The pictures are the sample shot's frames and made-up ones that are nothing like each other; unrelated ones, made the
same way, are the false alarms. `first` counts as right within two frames, for neighbours of a slow pan are near twins.
H.264 needs PyAV, which the project does not depend on: `pip install av` in the environment of the bench.
"""

from __future__ import annotations

import argparse
import io
import sys
from collections.abc import Callable
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(CHECKOUT / "core"), str(CHECKOUT)]

import cv2  # noqa: E402
import numpy as np  # noqa: E402

from platewright.jobs.tracing import _proxy  # noqa: E402
from platewright.provenance.fingerprint import NEAR, codes  # noqa: E402
from platewright.provenance.trace import TraceEntry, trace  # noqa: E402

Picture = np.ndarray
NEIGHBOURS = 2


def made_up(seed: int, size: tuple[int, int] = (960, 540)) -> Picture:
    """A picture with shapes at every scale, like no other: octaves of noise under a few discs and bars."""
    rng = np.random.default_rng(seed)
    width, height = size
    total = np.zeros((height, width, 3), np.float32)
    for octave in range(1, 7):
        grid = rng.random((2**octave + 1, 2**octave + 1, 3), dtype=np.float32)
        total += cv2.resize(grid, size, interpolation=cv2.INTER_CUBIC) / octave
    picture = np.ascontiguousarray((255 * (total - total.min()) / np.ptp(total)).astype(np.uint8))
    for _ in range(6):
        colour = tuple(int(one) for one in rng.integers(0, 255, 3))
        at = (int(rng.integers(0, width)), int(rng.integers(0, height)))
        cv2.circle(picture, at, int(rng.integers(20, 160)), colour, -1)
    return picture


def jpeg(picture: Picture, quality: int) -> Picture:
    return cv2.imdecode(cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], cv2.IMREAD_COLOR)


def cropped(picture: Picture, share: float) -> Picture:
    y, x = round(picture.shape[0] * share), round(picture.shape[1] * share)
    return picture[y : picture.shape[0] - y, x : picture.shape[1] - x]


def contrast(picture: Picture) -> Picture:
    shown = picture.astype(np.float32) / 255
    return (255 * np.clip((shown - 0.5) * 1.6 + 0.5, 0, 1)).astype(np.uint8)


def filmed(picture: Picture) -> Picture | None:
    """Through H.264 at CRF 28 and back, by PyAV's own libx264; None where PyAV is not there (`pip install av`)."""
    try:
        import av
    except ImportError:
        return None
    size = (picture.shape[1] // 2 * 2, picture.shape[0] // 2 * 2)
    held = io.BytesIO()
    with av.open(held, "w", format="mp4") as out:
        stream = out.add_stream("libx264", rate=24, options={"crf": "28", "preset": "medium"})
        stream.width, stream.height, stream.pix_fmt = size[0], size[1], "yuv420p"
        shown = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture[: size[1], : size[0]]), format="rgb24")
        for packet in [*stream.encode(shown), *stream.encode(shown), *stream.encode()]:
            out.mux(packet)
    held.seek(0)
    with av.open(held) as back:
        return next(back.decode(video=0)).to_ndarray(format="rgb24")


CHANGES: dict[str, Callable[[Picture], Picture | None]] = {
    "as it is": lambda picture: picture,
    "JPEG quality 50": lambda picture: jpeg(picture, 50),
    "half size": lambda picture: cv2.resize(picture, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA),
    "half size, JPEG 50": lambda picture: jpeg(cv2.resize(picture, None, fx=0.5, fy=0.5), 50),
    "H.264 at CRF 28": filmed,
    "crop 5 % off each side": lambda picture: cropped(picture, 0.05),
    "crop 10 % off each side": lambda picture: cropped(picture, 0.10),
    "strong contrast": contrast,
    "flip left to right": lambda picture: np.ascontiguousarray(picture[:, ::-1]),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pictures", type=int, default=40)
    options = parser.parse_args()
    frames = sorted((CHECKOUT / "sample" / "plate").glob("plate.*.exr"))
    pictures = [(0, place, _proxy(path, "")) for place, path in enumerate(frames)]
    pictures += [(1 + number, 0, made_up(number)) for number in range(options.pictures)]
    entries = [
        TraceEntry(f"{shot:032x}{frame:032x}", codes(picture), f"e{shot}", 1, frame, "m")
        for shot, frame, picture in pictures
    ]
    unrelated = [made_up(10_000 + number) for number in range(options.pictures)]
    print(
        f"{len(frames)} frames of the sample shot and {options.pictures} made-up pictures; near is {NEAR} of 256 bits"
    )
    print(f"{'change':26} {'found':>9} {'first':>9} {'median':>7} {'most':>5} {'false alarms':>13}")
    for name, change in CHANGES.items():
        distances, found, first, asked = [], 0, 0, 0
        for shot, frame, picture in pictures:
            changed = change(picture)
            if changed is None:
                continue
            asked += 1
            candidates = trace("", codes(changed)[:1], entries, most=200).candidates
            own = [one for one in candidates if one.entry.element == f"e{shot}"
                   and abs(one.entry.frame - frame) <= NEIGHBOURS]  # fmt: skip
            found += bool(own)
            first += bool(own) and candidates[0].entry in [one.entry for one in own]
            distances += [min(one.distance or 0 for one in own)] if own else []
        alarms = 0
        for picture in unrelated:
            changed = change(picture)
            alarms += changed is not None and bool(trace("", codes(changed)[:1], entries).candidates)
        if not asked:
            print(f"{name:26} not measured: PyAV is not there")
            continue
        middle, most = (np.median(distances), max(distances)) if distances else (0, 0)
        shown = f"{alarms}/{len(unrelated)}"
        print(f"{name:26} {f'{found}/{asked}':>9} {f'{first}/{asked}':>9} {middle:7.0f} {most:5} {shown:>13}")


if __name__ == "__main__":
    main()
