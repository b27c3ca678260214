"""Routes for hosts without a reader of their own: what a file belongs to, drawn mattes, cut plates, exported takes."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from platewright.contract.drawing import MatteOrder
from platewright.contract.errors import RequestError
from platewright.contract.request import ELEMENT_NAME
from platewright.contract.wire import Exported, ExportOrder, MatteFiles, PlateCopies, PlateCopiesAsk, SequenceLook

from . import pictures, sequences
from .answers import answer, body_of
from .parts import Parts, at_desk, speaks
from .picture_routes import Root
from .roots import absolute, below, real_root, under
from .take_routes import Element, Version

__all__ = ["sequence_routes"]

_LOOKING_WITHIN_S = 60.0
_WRITING_WITHIN_S = 3600.0


def sequence_routes(parts: Parts) -> APIRouter:
    """The routes, over the looking process and the slower one beside it."""
    router = APIRouter(tags=["sequences"])

    @router.get("/sequence", summary="What a file is a frame of, and what its header says", **speaks(SequenceLook))
    async def sequence(root: Root, path: Annotated[str, Query(min_length=1, max_length=4096)]) -> Response:
        file = await at_desk(lambda: str(below(real_root(root), path)))
        return answer(await parts.looks.ask(sequences.looked_at, file, within_s=_LOOKING_WITHIN_S))

    @router.post("/mattes", summary="Write a matte that was drawn by hand", **speaks(MatteFiles, MatteOrder))
    async def matte(request: Request) -> Response:
        asked = await body_of(request, MatteOrder)
        if not ELEMENT_NAME.fullmatch(asked.element):
            raise RequestError("that can't be an element's name", code="element_name_invalid", hint="As in rig_left.")

        def checked() -> None:
            root = real_root(asked.root)
            under([root, *map(real_root, asked.roots)], asked.plate, "plate")

        await at_desk(checked)
        return answer(await parts.verifies.ask(sequences.drawn_matte, asked, within_s=_WRITING_WITHIN_S))

    @router.post(
        "/plates/copies",
        summary="Frames of a plate cut to its display window, for hosts that misplace a data window",
        **speaks(PlateCopies, PlateCopiesAsk),
    )
    async def copies(request: Request) -> Response:
        asked = await body_of(request, PlateCopiesAsk)

        def checked() -> PlateCopiesAsk:
            root = real_root(asked.root)
            plate = under([root, *map(real_root, asked.roots)], asked.plate, "plate")
            return replace(asked, root=str(root), plate=plate)

        order = await at_desk(checked)
        return answer(await parts.verifies.ask(sequences.cut_plate, order, within_s=_WRITING_WITHIN_S))

    @router.post(
        "/takes/{element}/{version}/export",
        summary="Copy a take to a folder, or write it over its plate",
        **speaks(Exported, ExportOrder),
    )
    async def export(element: Element, version: Version, root: Root, request: Request) -> Response:
        asked = await body_of(request, ExportOrder)
        base = await at_desk(real_root, root)
        absolute(asked.folder, "folder")
        if asked.what == "comp":
            allowed = await at_desk(lambda: [base, *map(real_root, asked.roots)])
            files = await parts.looks.ask(
                pictures.plate_files, str(base), element, version, asked.plate, within_s=_LOOKING_WITHIN_S
            )
            for file in files:
                await at_desk(under, allowed, file, "plate")
        given = (str(base), element, version, asked)
        return answer(await parts.verifies.ask(sequences.exported, *given, within_s=_WRITING_WITHIN_S))

    return router
