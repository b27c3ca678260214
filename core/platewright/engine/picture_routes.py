"""Routes of pictures: any frame below a named root, and a take's frames, small and through the show's view."""

from __future__ import annotations

from pathlib import Path as FilePath
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query
from starlette.responses import Response

from platewright.contract.request import ELEMENT_NAME
from platewright.contract.wire import Views

from . import pictures
from .answers import answer
from .parts import FAILURES, Parts, at_desk, speaks
from .pictures import Look, Shown, What
from .roots import below, real_root, under

__all__ = ["picture_routes"]

_WITHIN_S = 60.0
_IMAGE = {"schema": {"type": "string", "format": "binary"}}
_SAYS = {200: {"description": "the picture", "content": {"image/jpeg": _IMAGE, "image/png": _IMAGE}}, **FAILURES}

Root = Annotated[str, Query(min_length=1, max_length=4096, description="a full path that files are looked for below")]
Name = Annotated[str, Query(max_length=200)]
Width = Annotated[int, Query(ge=8, le=8192)]
Exposure = Annotated[float, Query(ge=-20, le=20, description="stops")]
Format = Literal["jpeg", "png"]


def picture_routes(parts: Parts) -> APIRouter:
    """The routes, over the looking process and the pictures kept."""
    router = APIRouter(tags=["pictures"])

    @router.get("/views", summary="The displays and views of the colour configuration", **speaks(Views))
    async def views() -> Response:
        return answer(await parts.looks.ask(pictures.views, within_s=_WITHIN_S))

    @router.get(
        "/picture",
        summary="One frame of a file below a root, as people see it",
        responses=_SAYS,
        response_model=None,
        response_class=Response,
    )
    async def picture(
        root: Root,
        path: Annotated[str, Query(min_length=1, max_length=4096, description="below the root, with /")],
        width: Width = 256,
        display: Name = "",
        view: Name = "",
        colour_space: Name = "",
        layer: Name = "",
        channel: Name = "",
        exposure: Exposure = 0.0,
        format: Format = "jpeg",
    ) -> Response:
        look = Look(width, display, view, colour_space, layer, channel, exposure, format)
        base = await at_desk(real_root, root)
        file = await at_desk(lambda: str(below(base, path)))
        key = await _key(parts, look, file)
        return await _give(parts, look, key, pictures.file_picture, str(base), path, look)

    @router.get(
        "/takes/{element}/{version}/picture",
        summary="One frame of a take: over its plate, the plate, the patch, its matte, or where its pixels come from",
        responses=_SAYS,
        response_model=None,
        response_class=Response,
    )
    async def take_picture(
        element: Annotated[str, Path(pattern=f"^{ELEMENT_NAME.pattern}$")],
        version: Annotated[int, Path(ge=1, le=999_999_999)],
        root: Root,
        frame: Annotated[int, Query(ge=-999_999_999, le=999_999_999)],
        what: What = "composite",
        roots: Annotated[list[str], Query(max_length=32, description="roots that the plate may lie below")] = [],  # noqa: B006
        plate: Annotated[str, Query(max_length=4096, description="where the plate is now")] = "",
        width: Width = 256,
        display: Name = "",
        view: Name = "",
        exposure: Exposure = 0.0,
        format: Format = "jpeg",
    ) -> Response:
        look = Look(width, display, view, exposure=exposure, format=format)
        base = await at_desk(real_root, root)
        asked = (str(base), element, version, frame, what)
        files = await parts.looks.ask(pictures.take_files, *asked, plate, within_s=_WITHIN_S)
        allowed = await at_desk(lambda: [base, *map(real_root, roots)])
        for file in files:
            await at_desk(under, allowed, file, "plate or patch")
        key = await _key(parts, look, *files, *map(str, asked))
        return await _give(parts, look, key, pictures.take_picture, *asked, look, plate, tuple(map(str, allowed)))

    return router


async def _key(parts: Parts, look: Look, *depends: str) -> str:
    """The kept picture's name: by its files as they are now, the way it is looked at, and the colour configuration."""

    def made() -> str:
        states = [parts.kept.state_of(FilePath(text)) if text.startswith("/") else text for text in depends]
        return parts.kept.key(look, list(states), parts.health().ocio)

    return await at_desk(made)


async def _give(parts: Parts, look: Look, key: str, work: object, *given: object) -> Response:
    data = await at_desk(parts.kept.get, key)
    headers = {"Cache-Control": "private, max-age=60", "ETag": f'"{key[:32]}"'}
    if data is None:
        shown: Shown = await parts.looks.ask(work, *given, within_s=_WITHIN_S)  # type: ignore[arg-type]
        data = shown.data
        await at_desk(parts.kept.put, key, data)
        headers["Platewright-View"] = shown.view.encode("latin-1", "replace").decode("latin-1")
    return Response(data, media_type=f"image/{look.format}", headers=headers)
