# SPDX-License-Identifier: GPL-3.0-or-later
"""Platewright for artists' scripts: `import platewright.blender`.

    import platewright.blender as pw
    take = pw.extend(scene=bpy.context.scene, left=200, right=200, element="wide")
    pw.place(take)

Here, unlike in the panel, calls wait: until the take is there, or until something is to be said, which is raised.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any, TypeVar

import bpy

from platewright.contract.errors import JobError, PlatewrightError, RequestError
from platewright.contract.frames import FrameRange
from platewright.contract.jobs import JobState
from platewright.contract.money import amount_of
from platewright.contract.request import Base, Extend, Matte
from platewright.contract.takes import Cost
from platewright.panel.asking import reference_defaults
from platewright.panel.field import Value

from . import pump
from .again import going_on
from .camera import pads_for_size
from .landing import find_plate, land, layers_of
from .mattes import Source, matte_of_alpha
from .placing import Placed
from .plates import HostPlate, plate_of_background, plate_of_clip, plate_of_node
from .preparing import Prepared, folder_for_elements, prepare
from .takes import Take, load
from .waiting import Waiting, forget

__all__ = ["again", "extend", "place", "plate", "regenerate", "replace_sky"]

_SLICE_S = 0.02
T = TypeVar("T")


def plate(scene: Any = None, *, node: str = "", camera: Any = None, clip: Any = None) -> HostPlate:
    """The plate of a compositor node, of a camera's background or of a clip; else the scene's first one.

    Raises RequestError `nothing_selected` and as `plates.plate_of_image`.
    """
    from .compat import compositor_tree

    owner = scene or bpy.context.scene
    if clip is not None:
        return plate_of_clip(clip)
    if camera is not None:
        return plate_of_background(camera.data)
    tree = compositor_tree(owner)
    if node:
        if tree is None or node not in tree.nodes:
            raise RequestError(f"there is no node {node[:80]}", code="nothing_selected", hint="Check its name.")
        return plate_of_node(tree.nodes[node])
    for one in tree.nodes if tree is not None else ():
        if one.bl_idname in ("CompositorNodeImage", "CompositorNodeMovieClip") and "platewright" not in one:
            return plate_of_node(one)
    if owner.camera is not None:
        return plate_of_background(owner.camera.data)
    raise RequestError("the scene has no plate", code="nothing_selected", hint="Name its node, camera or clip.")


def extend(
    scene: Any = None, *, left: int = 0, right: int = 0, top: int = 0, bottom: int = 0,
    size: tuple[int, int] | None = None, of: HostPlate | None = None, camera: Any = None, element: str = "extension",
    into: str = "scene", **fields: Value,
) -> Take:  # fmt: skip
    """Grow a plate outward, by pixels on each side or to a size; waits for the take. Sums are made even.

    camera: the object whose background is the plate, where that is not the scene's comp. into: where `place` puts it:
    `scene`, a linked copy with an extended camera, or `comp`. fields: any control by its
    name in the panel's table, with `__` for a point, as in `operation__grain=False`, `host__root="//elements"`. With a
    `backend`: `inputs={"steps": 20}` for its own inputs, `accept_cost="2.50 USD"` for the most that it may cost.
    Raises PlatewrightError.
    """
    owner = scene or bpy.context.scene
    found = of or plate(owner, camera=camera)
    if size is not None:
        pads = pads_for_size(*found.size, *size)
        left, right, top, bottom = pads.left, pads.right, pads.top, pads.bottom
    sides: dict[str, Value] = {"left": left, "right": right, "top": top, "bottom": bottom}
    values = {f"operation.pads.{side}": pixels for side, pixels in sides.items()}
    return _made("extend", owner, found, element, {**values, **_named(fields)}, None, into, camera)


def regenerate(
    scene: Any = None, *, mask: Any = None, objects: tuple[str, ...] = (), matte: str = "", of: HostPlate | None = None,
    element: str = "regenerated", references: Sequence[Mapping[str, Value]] = (), **fields: Value,
) -> Take:  # fmt: skip
    """Fill what a mask, objects seen by the camera or matte files (`matte.####.exr`) cover; waits for the take.

    Without any of them the plate's own alpha is the matte. references: each `{"pattern": "//clean.####.exr", "role":
    "clean_plate", "licence": "own"}`; roles and words as in the panel. fields: as in `extend`. Raises PlatewrightError.
    """
    owner = scene or bpy.context.scene
    found = of or plate(owner)
    source: Source | Matte
    if matte:
        source = Matte(bpy.path.abspath(matte))
    elif mask is not None or objects:
        source = Source(mask=mask, scene=owner, objects=tuple(objects))
    else:
        source = matte_of_alpha(found)
    return _made("regenerate", owner, found, element, _named(fields), source, "comp", cards=_cards(references))


def replace_sky(
    scene: Any = None, *, sky: str = "", sun: tuple[float, float] | None = None, of: HostPlate | None = None,
    element: str = "sky", licence: str = "", **fields: Value,
) -> Take:  # fmt: skip
    """Put another sky behind the foreground: a picture, or a computed one by the sun's (azimuth, elevation) in degrees;
    with neither, the `backend` that is named paints it from the `prompt`.

    licence: what allows the picture's use. fields: as in `extend`. Waits for the take. Raises PlatewrightError.
    """
    owner = scene or bpy.context.scene
    values = _named(fields)
    if sun is not None:
        values |= {"sky.from": "formula", "sky.azimuth": float(sun[0]), "sky.elevation": float(sun[1])}
    elif sky or values.get("backend", "builtin") == "builtin":
        values |= {"sky.from": "picture", "sky.picture": sky}
    else:
        values |= {"sky.from": "model"}
    return _made(
        "replace_sky", owner, of or plate(owner), element, values, None, "comp", cards=_cards(({"licence": licence},))
    )


def again(
    take: Take | str, scene: Any = None, *, frames: str = "", mask: Any = None, matte: str = "",
    of: HostPlate | None = None, **fields: Value,
) -> Take:  # fmt: skip
    """Make some frames of a take again ("1007-1009"), or what a smaller mask or matte covers in it; waits for the take.

    All else is the take's own, to the bit. of: its plate; else it is looked for in the scene. fields: as in `extend`, a
    seed for another invention; generator, prompt and settings are the take's where none is named. Raises
    PlatewrightError.
    """
    owner, earlier = scene or bpy.context.scene, load(take) if isinstance(take, str) else take
    then = earlier.record.request
    found = _in_place(of or find_plate(owner, then.plate.pattern), earlier.root)
    part = mask is not None or bool(matte)
    values = {**_named(fields), "element": then.element, "host.root": earlier.root}
    turned = any(name.startswith("operation.") for name in values)
    if isinstance(then.operation, Extend):
        values |= {f"operation.pads.{side}": getattr(then.operation.pads, side) for side in asdict(then.operation.pads)}
    values = {"backend": then.backend, "prompt": then.prompt, **values}
    inputs = _inputs(values) if "inputs" in values else {then.backend: dict(then.controls)}
    cost = values.pop("accept_cost", "")
    prepared = prepare(then.operation.kind, values, found, owner, inputs=inputs)
    operation = prepared.asked.operation if turned else then.operation
    prepared = _accepting(prepared, str(cost or ""))
    base = Base(earlier.record.version, FrameRange.parse(frames) if frames else None, region=part)
    prepared = replace(prepared, asked=replace(prepared.asked, base=base, operation=operation))
    prepared = going_on(prepared, earlier)
    source: Source | Matte | None = prepared.matte
    if part:
        source = Source(mask=mask) if mask is not None else Matte(bpy.path.abspath(matte))
    return _waited(owner, prepared, source)


def place(
    take: Take | str, scene: Any = None, *, into: str = "comp", layer: str = "picture", camera: Any = None,
) -> Placed | None:  # fmt: skip
    """Place a take, or one by its record's file, on the plate it was made from; waits for its full frames.

    into: `scene` puts an extension into a linked copy with an extended camera, made from the scene's own or from
    `camera`. Returns None where an older version was placed and now shows this one. Raises PlatewrightError.
    """
    found = load(take) if isinstance(take, str) else take
    owner = scene or bpy.context.scene
    pattern = found.record.request.plate.pattern
    name = camera.name if camera is not None else ""
    _in_place(find_plate(owner, pattern, camera=name), found.root)
    landed: list[Placed | None] = []
    record = found.record
    kind = record.request.operation.kind
    wanted = Waiting("", record.element, found.root, pattern, kind, into, layer, camera=name)
    flow = pump.flow()
    before = len(flow.troubles)
    flow.fetch(found, layers_of(found, owner, into, layer), lambda: landed.append(land(found, owner, wanted)))
    return _waited_for(landed, before)


def _in_place(found: HostPlate, root: str) -> HostPlate:
    """The plate as Blender shows it in the right place, which one with overscan is not before it was cut."""
    if not found.misplaced:
        return found
    flow, shown = pump.flow(), list[HostPlate]()
    before = len(flow.troubles)
    flow.cut(found, root, shown.append)
    return _waited_for(shown, before)


def _waited_for(came: list[T], before: int) -> T:
    """What comes, or the trouble that does after the first `before` ones."""
    flow = pump.flow()
    while not came:
        _turn()
        if any(one.code for one in flow.troubles[before:]):
            wrong = next(one for one in flow.troubles[before:] if one.code)
            raise PlatewrightError(wrong.text, code=wrong.code, hint=wrong.hint)
    return came[0]


def _made(
    operation: str, scene: Any, found: HostPlate, element: str, values: dict[str, Value], source: Source | Matte | None,
    into: str, camera: Any = None, cards: tuple[dict[str, Value], ...] = (),
) -> Take:  # fmt: skip
    given = {**values, "element": element}
    found = _in_place(found, folder_for_elements(str(given.get("host.root") or "")))
    cost, inputs = given.pop("accept_cost", ""), _inputs(given)
    prepared = prepare(operation, given, found, scene, into=into, camera=camera, cards=cards, inputs=inputs)
    return _waited(scene, _accepting(prepared, str(cost or "")), source)


def _inputs(given: dict[str, Any]) -> dict[str, dict[str, str]]:
    """The generator's own inputs, taken out of the words."""
    found = given.pop("inputs", None) or {}
    return {str(given.get("backend", "builtin")): {str(name): str(text) for name, text in found.items()}}


def _accepting(prepared: Prepared, cost: str) -> Prepared:
    """A script looks at no price: what it accepts it says, and what costs more waits for a person. Raises RequestError
    `amount_invalid`."""
    accepted = None
    if cost:
        plain = cost.replace(" ", "")
        accepted = Cost(plain[:-3], plain[-3:])
        amount_of(accepted)
    return replace(prepared, asked=replace(prepared.asked, accept_cost=accepted), accepted=True)


def _waited(scene: Any, prepared: Prepared, source: Source | Matte | None) -> Take:
    """Send it, and wait for its take. Raises JobError where it made none, and what stopped it before."""
    flow = pump.flow()
    known, before = set(flow.sent), len(flow.troubles)
    flow.begin(scene, prepared, source)
    while True:
        _turn()
        for job in [flow.sent[key] for key in flow.sent if key not in known]:
            view = flow.link.jobs.get(job)
            if view is None:
                continue
            if view.take:
                forget(job)
                return load(view.take)
            if not view.state.is_open or view.state in (JobState.WAITING, JobState.UNKNOWN):
                text = view.text or "; ".join(view.waits_for) or f"the job is {view.state.value}"
                raise JobError(text, code="job_made_nothing", hint=view.hint)
        if any(one.code for one in flow.troubles[before:]):
            wrong = next(one for one in flow.troubles[before:] if one.code)
            raise PlatewrightError(wrong.text, code=wrong.code, hint=wrong.hint)


def _cards(references: Sequence[Mapping[str, Value]]) -> tuple[dict[str, Value], ...]:
    """Cards as the panel has them. Raises RequestError `reference_missing` for a word that no card has."""
    made = []
    for one in references:
        card = {**reference_defaults(), **{f"references.{name}": value for name, value in one.items()}}
        unknown = sorted(set(card) - set(reference_defaults()))
        if unknown:
            raise RequestError(
                f"a reference has no word '{unknown[0].partition('.')[2][:40]}'",
                code="reference_missing",
                hint=f"It has {', '.join(name.partition('.')[2] for name in reference_defaults())}.",
            )
        picture = card["references.pattern"]
        if isinstance(picture, str) and picture:
            card["references.pattern"] = os.path.normpath(bpy.path.abspath(picture))
        made.append(card)
    return tuple(made)


def _turn() -> None:
    pump.tick()
    time.sleep(_SLICE_S)


def _named(fields: dict[str, Value]) -> dict[str, Value]:
    named = {name.replace("__", "."): value for name, value in fields.items()}
    frames = named.pop("frames", None)
    if frames:
        named["host.frames"] = str(FrameRange.parse(str(frames)))
    root = named.pop("root", None)
    return {**named, "host.root": root} if root else named
