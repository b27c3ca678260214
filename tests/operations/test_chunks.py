"""Chunks for models of clips: legal, in order, each frame made, nothing across a cut."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from platewright.contract.capabilities import Lengths
from platewright.operations.chunk_joins import ChunkJoin, blended_in, measured
from platewright.operations.chunks import chunks_of

KINDS = [Lengths(5, 9, 4, 1), Lengths(5, 81, 4, 1), Lengths(16, 16), Lengths(1, 1), Lengths(2, 25, 1, 0)]


@pytest.mark.parametrize("lengths", KINDS, ids=str)
@given(
    count=st.integers(1, 130), cut=st.integers(0, 130), kept=st.sets(st.integers(1001, 1130), max_size=40),
)  # fmt: skip
def test_every_frame_is_made_in_legal_chunks(lengths: Lengths, count: int, cut: int, kept: set[int]) -> None:
    numbers = range(1001, 1001 + count)
    made = set(numbers) - kept

    def scene(number: int) -> int:
        return int(number >= 1001 + cut)

    chunks = chunks_of(numbers, lengths, made, scene)
    done: set[int] = set()
    for chunk in chunks:
        assert lengths.takes(chunk.length) and len(chunk.order) == chunk.length
        assert sorted(set(chunk.order)) == list(range(len(chunk.numbers)))
        assert len({scene(number) for number in chunk.numbers}) == 1
        assert list(chunk.numbers) == sorted(chunk.numbers)
        shared = chunk.numbers[: chunk.shared]
        assert all(number in done for number in shared)
        assert not done & (set(chunk.numbers[chunk.shared :]) & made), "no frame is made twice but shared ones"
        done |= set(chunk.numbers)
    assert made <= done


def test_chunks_share_frames_and_the_last_one_is_moved_back() -> None:
    chunks = chunks_of(range(1, 51), Lengths(5, 21, 4, 1), set(range(1, 51)))
    assert [(chunk.numbers[0], chunk.numbers[-1], chunk.shared) for chunk in chunks] == [
        (1, 21, 0), (18, 38, 4), (34, 50, 5),
    ]  # fmt: skip
    assert all(len(chunk.numbers) == chunk.length for chunk in chunks)


def test_kept_frames_beside_those_to_be_made_are_shown() -> None:
    (chunk,) = chunks_of(range(1, 21), Lengths(5, 9, 4, 1), {8, 9})
    assert chunk.numbers == (5, 6, 7, 8, 9, 10, 11, 12) or set(chunk.numbers) >= {7, 8, 9, 10}
    assert chunk.length == 9 and chunk.order == (0, 1, 2, 3, 4, 5, 6, 7, 6)


def test_a_chunk_meets_the_one_before_and_its_correction_does_not_add_up() -> None:
    rng = np.random.default_rng(1)
    truth = rng.random((12, 20, 24, 3), np.float32) * np.float32(0.5) + np.float32(0.2)
    made = truth + np.float32(0.06)
    on = np.ones((4, 20, 24), bool)
    off = blended_in(made, truth[:4], on)
    assert off == pytest.approx(0.06 * 255, rel=0.01)
    assert np.abs(made[:5] - truth[:5]).max() < 0.01, "the first frame alone goes on at the level before"
    assert np.abs(made[-1] - truth[-1] - 0.06).max() < 1e-6, "the last is the model's own, held by the ring"


def test_a_step_under_the_plate_s_own_change_is_no_join_and_one_over_it_is() -> None:
    rng = np.random.default_rng(3)
    mask = np.zeros((40, 60), np.float32)
    mask[8:32, 10:50] = 1
    alone, still = np.ones((40, 60), bool), np.eye(3)

    def join(step: float, grain: float, own: np.ndarray = alone) -> ChunkJoin:
        pictures = []
        for place in range(5):
            picture = np.full((40, 60, 3), 0.2, np.float32)
            picture[mask == 0] *= 1 + grain * rng.standard_normal((int((mask == 0).sum()), 3)).astype(np.float32)
            if place >= 1:
                picture[12:28, 16:44] += np.float32(step)
            pictures.append(picture)
        found = measured(pictures, [mask] * 5, own, [None, *[still] * 4], 1)
        return ChunkJoin(1001, *found, 0.0)

    assert join(0.02, 0.0).excess > 1 and join(0.02, 0.0).usual == 0
    assert join(0.002, 0.05).excess < 1 < join(0.002, 0.05).usual
    assert join(0.2, 0.05).excess > 1
    elsewhere = alone.copy()
    elsewhere[10:30, 14:46] = False
    assert join(0.2, 0.0, elsewhere).step < 1e-3, "what another crop shows is not this one's join"


def test_a_mask_that_is_all_rim_is_measured_as_it_is() -> None:
    mask = np.zeros((40, 60), np.float32)
    mask[20:23, 4:56] = 1
    pictures = [np.full((40, 60, 3), 0.2 + 0.1 * (place > 0), np.float32) for place in range(4)]
    step, usual = measured(pictures, [mask] * 4, np.ones((40, 60), bool), [None, *[np.eye(3)] * 3], 1)
    assert step > 5 and usual < 1e-3
