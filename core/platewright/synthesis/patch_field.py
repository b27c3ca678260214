"""One size of the picture with the patch found for every place around the hole, and the two steps that improve it.

Searching finds better patches for the picture as it stands; voting makes the picture that the patches found say.
Taking turns, both converge (Wexler, Shechtman, Irani, Space-time completion of video, 2007). It knows one level;
what goes from level to level stands in `exemplar`.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from .exemplar_search import mean_vote, measure_bias, search, spread_field, squares, strongest_vote
from .membrane import membrane
from .pyramid import Level, usable_centres
from .slices import at_once, in_slices

__all__ = ["PatchField"]

_Floats = npt.NDArray[np.float32]
_Ints = npt.NDArray[np.int32]

_TEXTURE = 3.0  # how much the mean slope around a pixel counts beside its three tones
_TEXTURE_WINDOW = 9  # pixels over which the slope is taken
_FALL, _FIRST_FALL = 2.0, 1.5  # how much less a pixel counts for each pixel that it lies deeper in the hole; the
# coarsest level, where the hole is all guess, keeps more to the smooth estimate it begins with
_TOLL = 0.02  # squared tone that a patch from the picture's other end must fit better than one from here
# A way is free up to the hole's rim and this share of the picture's sides beyond: were the rim's own strip the
# cheapest, smooth areas would repeat it and show stripes.
_NEAR, _DEEP = 0.02, 1.5
_LIGHT = 0.1  # tone; copied patches take on the light of their new place up to about half of this
_SLICE = 4096  # targets worked on in one go; a constant, since a pass sees only its own slice's news
_PLAIN = 3e-3  # variance, that of some 8 eight-bit steps in each tone: what has less is plain
_LEAST_WEIGHT = 1e-3  # what the deepest ones count, against 1 for what is known


class PatchField:
    """A level and its targets: all pixels whose patch touches the hole, each with the centre of the patch it found.

    rows, columns: (N,) int32, the hole's pixels. offsets: (N, 2) int32 as rows and columns, where the strongest vote
    took each of them from; agreement: (N,) float32, that vote's share; both as of the last vote.
    """

    def __init__(self, level: Level, patch: int, coarse: PatchField | None, guess: _Floats | None) -> None:
        """coarse: the next coarser level, done, or None for the coarsest, which begins with a smooth estimate.

        guess: (H, W, 3) float32, a better estimate that the first rounds keep to, NaN where there is none, or None.
        """
        hole = ~level.known
        height, width = hole.shape
        self.patch, self.radius = patch, patch // 2
        self._known = level.known
        self._first_estimate: tuple[_Floats, _Floats, _Floats] | None = None
        self._guess = guess
        self.rows, self.columns = _places(hole)
        self.offsets = np.zeros((len(self.rows), 2), np.int32)
        self.agreement = np.zeros(len(self.rows), np.float32)
        self.usable = usable_centres(level.sources, patch)
        near = np.ones((patch, patch), np.uint8)
        targets = cv2.dilate(hole.astype(np.uint8), near) > 0
        self.ty, self.tx = _places(targets)
        self._open = level.open_ended
        self._open_targets = (cv2.dilate(self._open.astype(np.uint8), near) > 0)[self.ty, self.tx]
        self.index = np.full((height, width), -1, np.int32)
        self.index[self.ty, self.tx] = np.arange(len(self.ty), dtype=np.int32)
        self.sy, self.sx = np.zeros_like(self.ty), np.zeros_like(self.tx)
        self.cost = np.zeros(len(self.ty), np.float32)
        self.trust = np.zeros(len(self.ty), np.float32)
        self._bias = np.zeros((len(self.ty), 3), np.float32)
        pad = ((self.radius, self.radius), (self.radius, self.radius))
        self.picture = np.pad(_start(level, coarse, guess), (*pad, (0, 0)))
        depth = cv2.distanceTransform(hole.astype(np.uint8), cv2.DIST_L2, 3)
        weights = np.maximum((_FALL if coarse else _FIRST_FALL) ** -depth, _LEAST_WEIGHT).astype(np.float32)
        self.weights = np.pad(weights, pad)
        self._confidence = weights[self.ty, self.tx]
        patch_weight = cv2.boxFilter(weights, -1, (patch, patch), normalize=False, borderType=cv2.BORDER_CONSTANT)
        self._patch_weight = patch_weight[self.ty, self.tx]
        self._near = (_DEEP * depth[self.ty, self.tx] + _NEAR * (height + width)).astype(np.float32)
        self._toll = (np.float32(_TOLL / np.sqrt(height + width)) * self._patch_weight).astype(np.float32)

    @property
    def tones(self) -> _Floats:
        """(H, W, 4) float32: the picture as it stands, without its padding, as a view."""
        radius = self.radius
        height, width = self.index.shape
        return self.picture[radius : radius + height, radius : radius + width]

    def start_from(self, coarse: PatchField | None, seed: int, shifts: _Ints | None = None) -> None:
        """Take the coarser level's patches over and let them vote; what has none there begins at random.

        shifts: (H, W, 2) int32, where to copy from to begin with, as rows and columns away; 0 where nobody knows.
        """
        found_y, found_x = _places(self.usable)
        inherited = np.zeros(len(self.ty), np.float32)
        nothing = np.full((1, 1), -1, np.int32), self.sy, self.sx
        index, sy, sx = (coarse.index, coarse.sy, coarse.sx) if coarse else nothing
        spread_field(
            self.ty, self.tx, index, sy.copy(), sx.copy(), self.usable, found_y, found_x, seed, self.sy, self.sx,
            inherited,
        )  # fmt: skip
        if shifts is not None:
            self._shift(shifts)
        if coarse:
            self.trust = inherited
            self.vote(guess=1.0)

    def _shift(self, shifts: _Ints) -> None:
        """Take the patches that lie where the shifts say, where those may be copied; so far off is near then."""
        down, across = shifts[self.ty, self.tx].T
        height, width = self.usable.shape
        sy, sx = self.ty + down, self.tx + across
        taken = (sy >= 0) & (sy < height) & (sx >= 0) & (sx < width)
        taken[taken] = self.usable[sy[taken], sx[taken]]
        self.sy[taken], self.sx[taken] = sy[taken], sx[taken]
        self._near[taken] = np.maximum(self._near, np.abs(down) + np.abs(across))[taken]

    def search(self, reach: int, seed: int) -> None:
        """Look for better patches once down and once up the picture, at random within `reach` pixels."""
        self._pass(True, reach, 2 * seed)
        self._pass(False, reach, 2 * seed + 1)

    def _pass(self, forward: bool, reach: int, seed: int) -> None:
        """One way of a search; the way down comes first and so has to look at the changed picture afresh."""
        sy, sx = self.sy.copy(), self.sx.copy()

        def work(start: int, stop: int) -> None:
            search(
                self.picture, self.weights, self.usable, self.index, self.ty, self.tx, self.sy, self.sx, self._toll,
                self._near, forward, forward, reach, seed, sy, sx, self.cost, self.patch, start, stop,
            )  # fmt: skip

        in_slices(len(self.ty), _SLICE, work)
        self.sy, self.sx = sy, sx

    def weigh_votes(self, tolerance: float) -> None:
        """Give each patch its say: by how near the rim it lies and by how well it fits for its contrast.

        tolerance: the error for its contrast at which a vote has fallen to 1 / e, as a multiple of what three quarters
        of the patches stay below.
        """
        cost = self.error() / (self._contrast() + np.float32(_PLAIN))
        scale = max(float(np.percentile(cost, 75)) * tolerance, 1e-12)
        self.trust = (self._confidence * np.exp(-cost / scale) + 1e-12).astype(np.float32)

        def work(start: int, stop: int) -> None:
            measure_bias(
                self.picture, self.weights, self.ty, self.tx, self.sy, self.sx, self.patch, np.float32(_LIGHT),
                self._bias, start, stop,
            )  # fmt: skip

        in_slices(len(self.ty), _SLICE, work)

    def _contrast(self) -> _Floats:
        """(targets,) float32: the variance of each target's patch as it stands, over all four channels together.

        Measured by it, a patch with an edge in it has the same right to miss as a plain one; else plain patches, which
        fit each other best of all, would vote every edge away. Where a hole has an open side it is the mean of them
        all: no rim on the other side stops an edge there, and what has edges would grow on without end.
        """
        side = (self.patch, self.patch)
        top, left = int(self.ty.min()), int(self.tx.min())  # the padded picture begins a radius before
        bottom, right = int(self.ty.max()) + self.patch, int(self.tx.max()) + self.patch
        y, x = self.ty - top + self.radius, self.tx - left + self.radius
        mean, square = at_once(
            lambda: cv2.boxFilter(self.picture[top:bottom, left:right], -1, side)[y, x],
            lambda: cv2.boxFilter(squares(self.picture, top, bottom, left, right), -1, side)[y, x],
        )
        variance: _Floats = np.maximum(square - np.einsum("tc,tc->t", mean, mean), 0)
        if self._open_targets.any():
            variance[self._open_targets] = variance[self._open_targets].mean()
        return variance

    def error(self) -> _Floats:
        """(targets,) float32: mean squared difference of each target's patch and the one found for it."""
        error: _Floats = self.cost / self._patch_weight
        return error

    def vote(self, pull: float = 0.0, guess: float = 0.0) -> None:
        """Make the hole's pixels the mean of what the patches over them say.

        pull: what the smooth estimate has of every vote in a hole with a rim all around, 0..1. guess: what
        the guess has where there is one, if that is more.
        """
        voted = self.tones[self.rows, self.columns]
        self._mean_vote(self.rows, self.columns, voted)
        if pull > 0 or (guess > 0 and self._guess is not None):
            first, closed, guessed = self._first()
            pulled = np.maximum(np.float32(pull) * closed, np.float32(guess) * guessed)
            voted[:, :3] += pulled * (first[:, :3] - voted[:, :3])
            voted[:, 3:] += np.float32(guess) * guessed * (first[:, 3:] - voted[:, 3:])
        self.tones[self.rows, self.columns] = voted

    def _first(self) -> tuple[_Floats, _Floats, _Floats]:
        """(N, 4) float32: the hole's pixels as guessed, and as the rim and the guess alone would have the others.

        And (N, 1) each: 1 where a rim is all around the hole, 1 where the pixel is guessed.
        """
        if self._first_estimate is None:
            tones = self.tones.copy()
            guessed = np.zeros(self._known.shape, np.bool_)
            if self._guess is not None:
                guessed = ~self._known & np.isfinite(self._guess).all(-1)
                tones[guessed, :3] = self._guess[guessed]
                tones[guessed, 3] = _busyness(tones[..., :3], self._known | guessed)[guessed]
            filled = membrane(tones, self._known | guessed)
            flags = [mask[self.rows, self.columns, None].astype(np.float32) for mask in (~self._open, guessed)]
            self._first_estimate = filled[self.rows, self.columns], flags[0], flags[1]
        return self._first_estimate

    def settle(self, copy_above: float) -> _Floats:
        """The last vote: copy each pixel from where most patches say, which keeps its grain and sharpness.

        copy_above: where less than this share of the votes agree, the copy is mixed with their mean.
        Returns (N,) float32, what the copied pixel has of the result, in the mean of the votes too.
        """
        offsets, agreement = self.offsets, self.agreement
        light = np.zeros((len(self.rows), 3), np.float32)

        def work(start: int, stop: int) -> None:
            strongest_vote(
                self.index, self.sy, self.sx, self.trust, self._bias, self.rows, self.columns, self.patch,
                offsets, agreement, light, start, stop,
            )  # fmt: skip

        in_slices(len(self.rows), _SLICE, work)
        copied = self.tones[self.rows + offsets[:, 0], self.columns + offsets[:, 1]]
        copied[:, :3] += light
        self.vote()
        mean = self.tones[self.rows, self.columns]
        share = np.minimum(agreement / np.float32(copy_above), 1)
        self.tones[self.rows, self.columns] = mean + share[:, None] * (copied - mean)
        held: _Floats = share + (1 - share) * agreement
        return held

    def votes_at(self, rows: _Ints, columns: _Ints) -> tuple[_Floats, npt.NDArray[np.bool_]]:
        """What the patches say about any pixels, known ones too: (N, 3) float32, and (N,) bool where they say any."""
        voted = np.zeros((len(rows), 4), np.float32)
        weight = self._mean_vote(rows, columns, voted)
        return voted[:, :3], weight > 0

    def _mean_vote(self, rows: _Ints, columns: _Ints, voted: _Floats) -> _Floats:
        """Write the mean of the votes into `voted` (N, 4) and return how much trust stands behind each, (N,)."""
        weight = np.zeros(len(rows), np.float32)

        def work(start: int, stop: int) -> None:
            mean_vote(
                self.picture, self.index, self.sy, self.sx, self.trust, self._bias, rows, columns, self.patch, voted,
                weight, start, stop,
            )  # fmt: skip

        in_slices(len(rows), _SLICE, work)
        return weight


def _places(mask: npt.NDArray[np.bool_]) -> tuple[_Ints, _Ints]:
    """Rows and columns of the pixels of a mask."""
    rows, columns = np.nonzero(mask)
    return rows.astype(np.int32), columns.astype(np.int32)


def _start(level: Level, coarse: PatchField | None, guess: _Floats | None) -> _Floats:
    """(H, W, 4) float32: the level with its hole as the coarser one has it, else smooth, else as guessed."""
    hole = ~level.known
    known = np.dstack([level.picture, _busyness(level.picture, level.known)])
    if coarse:
        height, width = hole.shape
        twice = cv2.resize(coarse.tones, None, fx=2, fy=2, interpolation=cv2.INTER_LINEAR)
        np.copyto(known, twice[:height, :width], where=hole[..., None])
        return known
    filled = membrane(known, level.known)
    if guess is not None:
        guessed = hole & np.isfinite(guess).all(-1)
        filled[guessed, :3] = guess[guessed]
    return filled


def _busyness(picture: _Floats, known_pixels: npt.NDArray[np.bool_]) -> _Floats:
    """(H, W) float32: the mean slope around each known pixel, beside its tones a fourth (after Newson et al., 2014).

    Without it flat areas swallow texture, since their patches fit a mean best.
    """
    known = known_pixels.astype(np.float32)
    luma = picture.mean(-1)
    slope = np.zeros_like(luma)
    slope[:, :-1] += np.abs(np.diff(luma, axis=1)) * known[:, :-1] * known[:, 1:]
    slope[:-1] += np.abs(np.diff(luma, axis=0)) * known[:-1] * known[1:]
    window = (_TEXTURE_WINDOW, _TEXTURE_WINDOW)
    share = np.maximum(cv2.boxFilter(known, -1, window), np.float32(1e-6))
    busy: _Floats = np.float32(_TEXTURE) * cv2.boxFilter(slope, -1, window) / share
    return busy
