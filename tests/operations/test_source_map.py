"""Where pixels came from, as channels and as shares."""

from __future__ import annotations

import numpy as np

from platewright.operations.source_map import shares_of, source_map
from platewright.synthesis.draft import FROM_FRAMES, FROM_PLATE, SYNTHESISED


def test_the_channels_tell_of_what_changed_and_of_nothing_else() -> None:
    random = np.random.default_rng(3)
    kind = random.integers(0, 4, (40, 61)).astype(np.uint8)
    source = random.integers(990, 1030, kind.shape).astype(np.int32) * (random.random(kind.shape) < 0.8)
    confidence = random.random(kind.shape).astype(np.float32)
    confidence[0, :3] = 0.5 / 255, 1.5 / 255, 1.0  # halves, to the even step
    alpha = np.where(random.random(kind.shape) < 0.7, 1, 0).astype(np.float32)
    alpha[0, :3] = 1
    found = source_map(kind, source.astype(np.int32), confidence, alpha, 1001)
    changed = alpha > 0
    assert (found["source.kind"] == np.where(changed, kind, FROM_PLATE)).all()
    assert (found["source.offset"] == np.where(changed & (source != 0), source - 1001, 0)).all()
    steps = np.where(changed, np.round(confidence * np.float32(255)) / np.float32(255), 0).astype(np.float32)
    assert (found["source.confidence"] == steps).all()
    assert list(found) == ["source.kind", "source.offset", "source.confidence"]


def test_shares_are_of_what_changed() -> None:
    kind = np.array([[FROM_FRAMES, SYNTHESISED], [FROM_FRAMES, FROM_FRAMES]], np.uint8)
    shares = shares_of(kind, np.array([[1.0, 0.25], [0.5, 0.0]], np.float32))
    assert (shares.frames, shares.synthesis) == (0.666667, 0.333333)
    assert shares_of(kind, np.zeros((2, 2), np.float32)).frames == 0
