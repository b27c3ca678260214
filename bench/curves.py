"""What a model's curve costs: error in stops after a round trip, per curve, transport and error of the model.

    python bench/curves.py [--peak 40] [--json FILE]

Neutral light from 0.002 to just under the peak, a tenth of a stop around each value that is named, 4,000 steps. Each is
encoded, held to 8 or 16 bits, changed by up to two 8-bit steps where the model errs (+2, -2 and a seeded mixture, the
worst counts), and brought back. `clip` is what a tool does that sends scene-linear light as if it were sRGB.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np

from platewright.contract.curves import ModelCurve
from platewright.imaging.curves import curve_for, decode, encode, stops_off

NEAR = (0.002, 0.02, 0.18, 0.5, 1.0, 4.0, 20.0, 39.0)


def curves(peak: float) -> dict[str, ModelCurve]:
    """The curves that are compared, by name."""
    return {
        "clip to sRGB": ModelCurve("srgb", 1.0, 1.0),
        "sRGB + log knee 0.6": ModelCurve("srgb", peak, 0.6),
        "sRGB + log knee 0.25 (ours)": ModelCurve("srgb", peak, 0.25),
        "the same, gamut to 1.3": ModelCurve("srgb", peak, 0.25, 1.3),
        "ACEScct": curve_for("acescct", peak),
    }


def around(value: float) -> np.ndarray:
    """Light within a twentieth of a stop of a value, `(n, 3)`."""
    ramp = np.exp2(np.linspace(np.log2(value) - 0.05, np.log2(value) + 0.05, 4000))
    return ramp.astype(np.float32).repeat(3).reshape(-1, 3)


def trip(curve: ModelCurve, light: np.ndarray, bits: int, error: Callable[[tuple[int, ...]], np.ndarray]) -> np.ndarray:
    """Encoded, quantised, changed, brought back."""
    top = 2**bits - 1
    codes = np.round(encode(curve, light).astype(np.float64) * top) / top
    codes = np.clip(codes + error(codes.shape), 0, 1)
    return decode(curve, (np.round(codes * top) / top).astype(np.float32))


def errors(noise: float) -> list[Callable[[tuple[int, ...]], np.ndarray]]:
    """The ways in which a model errs by up to `noise`."""
    if not noise:
        return [np.zeros]
    rng = np.random.default_rng(1)
    return [
        lambda shape: np.full(shape, noise),
        lambda shape: np.full(shape, -noise),
        lambda shape: rng.uniform(-noise, noise, shape),
    ]


def main() -> int:
    """Measure and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--peak", type=float, default=40.0)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    near = [value for value in NEAR if value < options.peak * 0.98]
    found: dict[str, dict[str, object]] = {}
    for bits, noise in ((8, 0.0), (16, 0.0), (8, 2 / 255), (16, 2 / 255)):
        what = f"{bits} bits" + (f", model +-{noise * 255:.0f}/255" if noise else "")
        print(f"\n{what}: worst error in stops near each light\n{'':28s}", *(f"{v:>8g}" for v in near), "   median")
        for name, curve in curves(options.peak).items():
            worst, medians = [], []
            for value in near:
                light = around(value)
                tries = [stops_off(light, trip(curve, light, bits, error)) for error in errors(noise)]
                worst.append(max(entry[0] for entry in tries))
                medians.append(tries[-1][1])
            median = float(np.median(medians))
            found[f"{name}, {what}"] = {"worst": dict(zip(map(str, near), worst, strict=True)), "median": median}
            print(f"{name:28s}", *(f"{value:8.3f}" for value in worst), f"{median:9.4f}")
    if options.json:
        options.json.write_text(json.dumps(found, indent=1))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
