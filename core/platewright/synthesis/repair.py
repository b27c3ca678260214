"""The built-in generator: what the matte hides is brought in from the frames that saw it, and invented where none did.

Frames are added in order and forgotten as the window passes, so memory does not grow with the shot. For each
target: obey what the artist gave; choose the frames that saw the hidden pixels, align each to the target's
surround and fuse what they show (evidence); carry in what was synthesised before; synthesise the rest once (unseen).

It knows nothing of files, colour management or takes. All pictures are scene-linear, all coordinates the plate's.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from platewright.contract.windows import Box

from .alignment import Surround, surround
from .carried import Canvas
from .choices import Choices
from .depth import bring_in_deep, plane_shows_all
from .draft import Draft, Filled, Wanted
from .evidence import Aligned, Candidates, aligning, bring_in, bring_in_rims
from .laying import Laying
from .motion import Chain, Link
from .moving import MANY
from .parallax import Side, measure, one_plane
from .selection import ENOUGH, choose_sources, samples_of
from .shutter import likeness
from .unseen import choose_reference, smooth_over, synthesised
from .views import View
from .waves import Waves
from .waving import Waving

__all__ = ["Inventor", "Repair", "Settings", "context_of"]

Inventor = Callable[[View, Wanted, Draft], "Canvas | None"]
"""Makes what is open in a frame's draft in another way than the built-in one; None where it leaves it to that."""

RESTLESS = 0.1
"""Share of a region with texture that moves by itself, from which on the frame is named."""
APART = 1.25 / 255
"""How far apart in structure looks are on the mean, in tone space, from which on waves are looked for: grain and what
alignment leaves come to one step of 8 bits, ripples of half a pixel to one and a half."""
SHADY = 4 / 255
"""Difference in tone space beside a region, from which on something of the object is left there: a soft edge of four
8-bit steps is seen in motion, and a still background is told to two."""
MOST_CANVASES = 12
MOST_NEW = 4


@dataclass(frozen=True)
class Settings:
    """How the generator works: see contract.request.Regenerate for context and window."""

    context: int = 0
    window: int = 24
    seed: int = 0
    threads: int = 2
    choices: Choices = field(default_factory=Choices)


@dataclass
class Repair:
    """The generator over one shot. Add frames in order, fill those in the window, forget what has passed.

    given: canvases of the artist's, which go before everything. kept: by frame number, canvases of finished frames of
    an earlier take, which go before what is invented here. lost: frames that could not be tracked from the one
    before. cuts: frames that begin another set-up. restless: frames whose texture moves by itself. waved: frames over
    whose region waves run, which go on behind the matte. shady: by how much a frame is darker beside the region than
    others are there, in tone space. chain: the camera's motion so far. inventor: who is asked first for what nobody
    saw.
    """

    settings: Settings
    given: list[Canvas] = field(default_factory=list)
    kept: dict[int, Canvas] = field(default_factory=dict)
    lost: list[int] = field(default_factory=list)
    cuts: list[int] = field(default_factory=list)
    restless: list[int] = field(default_factory=list)
    waved: list[int] = field(default_factory=list)
    shady: dict[int, float] = field(default_factory=dict)
    chain: Chain = field(default_factory=Chain)
    inventor: Inventor | None = None

    def __post_init__(self) -> None:
        self._views: dict[int, View] = {}
        self._wanted: dict[int, Wanted] = {}
        self._drafts: dict[int, Draft] = {}
        self._canvases: list[Canvas] = []
        self._begin_scene(0)
        self._pool = ThreadPoolExecutor(max(1, self.settings.threads), thread_name_prefix="repair")
        self._tracker = ThreadPoolExecutor(1, thread_name_prefix="track")

    def _begin_scene(self, scene: int) -> None:
        """Forget what the frames before taught about the ones after."""
        self._side, self._deep, self._scene = Side(), False, scene
        self._restless, self._waved, self._waving = False, False, Waving()
        self._played: int | None = None

    def __enter__(self) -> Repair:
        return self

    def __exit__(self, *exc: object) -> None:
        for pool in (self._tracker, self._pool):
            pool.shutdown(wait=True, cancel_futures=True)

    def add(self, view: View, wanted: Wanted) -> None:
        """Take the shot's next frame into the window."""
        self.adding(lambda: (view, wanted))()

    def adding(self, make: Callable[[], tuple[View, Wanted]]) -> Callable[[], None]:
        """Begin to make and track the shot's next frame, beside what is being filled; what is returned takes it into
        the window, and must be called before the frame after it is begun. Raises, there, what `make` raised."""

        def follow() -> tuple[View, Wanted, tuple[npt.NDArray[np.float64] | None, Link]]:
            view, wanted = make()
            return view, wanted, self.chain.follow(view)

        following = self._tracker.submit(follow)

        def take() -> None:
            view, wanted, found = following.result()
            link = self.chain.join(view, found)
            if link is not Link.HELD:
                (self.cuts if link is Link.CUT else self.lost).append(view.number)
            self._views[view.number] = view
            self._wanted[view.number] = wanted

        return take

    def forget(self, number: int) -> None:
        """Drop a frame that no later target will look at."""
        self._views.pop(number, None)
        self._wanted.pop(number, None)
        self._drafts.pop(number, None)
        for passed in [kept for kept in self.kept if kept <= number][:-1]:
            del self.kept[passed]  # the one after it is nearer to every target that is still to come
        self.chain.tracks.forget(number)

    def fill(self, number: int) -> Filled:
        """Fill a frame of the window. Raises SynthesisError where there is nothing at all to copy from."""
        draft = self._draft(number)
        for _ in range(MOST_NEW):
            self._carry_in(number, draft)
            if not draft.open.any():
                break
            self._synthesise_for(number, draft)
        if draft.open.any():
            smooth_over(draft)
        return self._told(number, draft).filled(self._wanted[number])

    def seen(self, number: int) -> Draft:
        """In the place of `fill`: a frame of the window with what other frames saw, and the rest still open."""
        return self._told(number, self._draft(number))

    def _told(self, number: int, draft: Draft) -> Draft:
        """Let a finished draft go, and keep what was noticed in it."""
        self._drafts.pop(number, None)
        if draft.waved:
            self.waved.append(number)
        elif draft.moving > RESTLESS:
            self.restless.append(number)
        if abs(draft.shade) > SHADY:
            self.shady[number] = draft.shade
        return draft

    def _draft(self, number: int) -> Draft:
        """The frame with everything in place that other frames saw; kept until the frame is filled."""
        if number not in self._drafts:
            view, wanted = self._views[number], self._wanted[number]
            if self.chain.scene(number) != self._scene:
                self._begin_scene(self.chain.scene(number))
            self._drafts[number] = self._seen_of(view, wanted)
        return self._drafts[number]

    def _seen_of(self, view: View, wanted: Wanted) -> Draft:
        """The frame with what other frames saw of it."""
        draft = Draft.of(view, wanted, self.settings.choices)
        if not wanted.mask.any() or not self.settings.choices.seen:
            return draft
        draft.played = self._played
        waves = self._waves(view.number) if self._waved else None
        self._bring_in(view, wanted, draft, waves)
        self._waved = waves is not None
        if not self._waved and draft.apart > APART and self._waves(view.number) is not None:
            self._waved = True  # once more, along the waves
            return self._seen_of(view, wanted)
        restless = draft.moving > RESTLESS and not self._deep
        if restless and not self._restless and not self._waved:
            self._restless = True  # once more, now with many to choose from
            return self._seen_of(view, wanted)
        self._restless, self._played = restless, draft.played
        return draft

    def _bring_in(self, view: View, wanted: Wanted, draft: Draft, waves: Waves | None) -> None:
        """Align the frames worth it, and put into the draft what they show, along the waves if there are any."""
        held = surround(view, self._around(wanted))
        chosen = self._chosen(view.number, wanted, draft)
        if held is None or not chosen:
            draft.aligned = False
            return
        found = aligning(held, chosen, wanted.box, self._pool)
        flat = waves is not None or self._is_flat(view.number, wanted)  # while the others align
        kept = found()
        if waves is not None:
            bring_in(view, wanted, held, kept, draft, self._pool, waves=waves)
            draft.waved, self._deep = True, False
        elif not flat:
            self._in_depth(view, wanted, held, kept, draft)
        apart = draft.apart
        if draft.open.any():
            # What no wave leads to, and nobody vouches for in depth, may still be shown by the plane, if only roughly.
            left = replace(wanted, mask=draft.open.copy())
            bring_in(view, left, held, kept, draft, self._pool, flat=not self._deep)
        if self._deep:
            draft.shade, draft.apart = 0.0, apart  # what the plane misplaces is no shadow, nor does it tell of waves
        if kept and not self._deep and draft.open.any():
            bring_in_rims(wanted, held, kept, draft, self._pool)

    def _waves(self, number: int) -> Waves | None:
        """The waves that run over the region, if they prove themselves."""
        choices = self.settings.choices
        if not choices.moving_texture or choices.depth == "on":
            return None
        return self._waving.at(number, self._views, self._wanted, self.chain)

    def _is_flat(self, number: int, wanted: Wanted) -> bool:
        """Whether one plane explains how the points around the hole move: asked first, because it costs nothing."""
        asked = self.settings.choices.depth
        if asked == "auto" and not self._deep:
            # Where the frame before had depth, a few points fewer don't take it away.
            return one_plane(self.chain, number, self._related(number), self._around(wanted))
        return asked == "off"

    def _related(self, number: int) -> list[int]:
        """The other frames of the window that the same motion leads to."""
        return [other for other in self._views if other != number and self.chain.between(number, other) is not None]

    def _in_depth(self, view: View, wanted: Wanted, held: Surround, kept: Aligned, draft: Draft) -> None:
        """Bring in what lies at several depths, if one plane does not explain what is around the hole.

        The pixels are asked whether they disagree with the plane; and only then, which takes far longer, whether depth
        explains them better.
        """
        self._deep = False
        if self.settings.choices.depth == "auto" and plane_shows_all(held, kept):
            return
        around, number = self._around(wanted), view.number
        parallax = measure(self.chain, number, self._related(number), around)
        if parallax is None:
            return
        most = self.settings.window
        self._deep = bring_in_deep(
            view, wanted, around, parallax, self.chain, self._views, most, draft, self._side, self._pool
        )

    def _around(self, wanted: Wanted) -> Box:
        """The box whose pixels hold the alignment: the region with its context."""
        return wanted.box.grown(context_of(wanted.box, self.settings.context))

    def _chosen(self, number: int, wanted: Wanted, draft: Draft) -> Candidates:
        """Which frames to look at; what is found out about them on the way goes into the draft."""
        candidates = []
        for other, view in self._views.items():
            matrix = self.chain.between(number, other) if other != number else None
            if matrix is not None:
                candidates.append((view, matrix))
        box = wanted.box
        middle = ((box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2)
        strength = self.settings.choices.sharpness_match
        numbers = [view.number for view, _ in candidates]
        draft.alike = {other: by**strength for other, by in likeness(self.chain, number, numbers, middle).items()}
        samples = samples_of(wanted.mask, box)
        enough = MANY if self._restless or self._waved else ENOUGH
        return choose_sources(samples, candidates, number, self.settings.window, enough, draft.alike)

    def _carry_in(self, number: int, draft: Draft) -> None:
        """Obey what the artist gave, then fill what is open: from frames that are kept, from earlier syntheses."""
        wanted = self._wanted[number]
        exposure_match = self.settings.choices.exposure_match
        laying = Laying(self._views[number], wanted, self._around(wanted), self.chain, exposure_match)
        for canvas in self.given:
            laying.lay(canvas, draft)
        laying.mix_in(self._kept_near(number), draft)
        for canvas in self._canvases:
            laying.lay(canvas, draft)

    def _kept_near(self, number: int) -> list[Canvas]:
        """The nearest kept frame on either side, the nearer one first; none for a frame that is kept itself."""
        if number in self.kept:
            return [self.kept[number]]
        sides = ([n for n in self.kept if n < number][-1:], [n for n in self.kept if n > number][:1])
        near = sorted((n for side in sides for n in side), key=lambda n: abs(n - number))
        return [self.kept[n] for n in near]

    def _synthesise_for(self, number: int, draft: Draft) -> None:
        """Make a canvas for what is open here, in whichever frame of the window shows the least of it."""
        taken = {canvas.number for canvas in self._canvases}
        seen = self.settings.choices.seen
        reference = choose_reference(
            number, draft.open, self._views, self._wanted, self.chain.between, taken, seen, self.inventor is not None
        )
        base = draft
        if reference != number:
            base = self._draft(reference)
            self._carry_in(reference, base)
            if not base.open.any():
                reference, base = number, draft
        view, wanted = self._views[reference], self._wanted[reference]
        made = None if self.inventor is None else self.inventor(view, wanted, base)
        if made is None:
            made = synthesised(view, wanted, base, self.settings.seed)
        if not seen:
            made = replace(made, blocked=(~made.invented).astype(np.uint8))
        passing = [canvas for canvas in (*self._canvases, made) if not canvas.lasting]
        self._canvases = [canvas for canvas in (*self._canvases, made) if canvas.lasting] + passing[-MOST_CANVASES:]


def context_of(box: Box, asked: int = 0) -> int:
    """How many pixels around a region hold its alignment: as asked, else a third of its size, within reason."""
    return asked or min(320, max(48, max(box.width, box.height) // 3))
