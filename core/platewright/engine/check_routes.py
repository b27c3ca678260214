"""Routes of the check before publish: check and sign, does a report open the gate now, and repairs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from fastapi import APIRouter, Request
from starlette.responses import Response

from platewright.contract.checks import CheckAsk, GateVerdict, SignedGate
from platewright.contract.repairs import RepairAsk, Repaired

from . import checking
from .answers import answer, body_of
from .parts import Parts, at_desk, speaks
from .roots import absolute, real_root, under

__all__ = ["check_routes"]

_WITHIN_S = 4 * 3600.0


def check_routes(parts: Parts) -> APIRouter:
    """The routes, over the process that opens files."""
    router = APIRouter(tags=["publish"])

    @router.post(
        "/check", summary="May this be published: every rule that holds, signed", **speaks(SignedGate, CheckAsk)
    )
    async def check(request: Request) -> Response:
        asked = await body_of(request, CheckAsk)
        return answer(await parts.verifies.ask(checking.check, await at_desk(_placed, asked), within_s=_WITHIN_S))

    @router.post("/gate", summary="Does a signed report open the gate now", **speaks(GateVerdict, SignedGate))
    async def gate(request: Request) -> Response:
        signed = await body_of(request, SignedGate)
        return answer(await parts.verifies.ask(checking.confirm, signed, within_s=_WITHIN_S))

    @router.post(
        "/repair", summary="Put right what can be put right safely; no frame is written", **speaks(Repaired, RepairAsk)
    )
    async def repair(request: Request) -> Response:
        asked = await body_of(request, RepairAsk)
        return answer(await parts.verifies.ask(checking.repair, await at_desk(_inside, asked), within_s=_WITHIN_S))

    return router


def _inside(asked: RepairAsk) -> RepairAsk:
    """Likewise for a repair."""
    roots = [real_root(root) for root in asked.roots]
    return replace(
        asked,
        records=tuple(under(roots, record, "take") for record in asked.records),
        sources=tuple(str(real_root(source)) for source in asked.sources),
        to=under(roots, asked.to, "report") if asked.to else "",
    )


def _placed(asked: CheckAsk) -> CheckAsk:
    """The question with every path by its real folder. Raises RequestError `path_refused`, StorageError."""
    roots = [real_root(root) for root in asked.roots]

    def inside(path: str, what: str) -> str:
        return under(roots, path, what) if path else ""

    if asked.destination:
        absolute(asked.destination, "destination")  # it need not be there yet
    return replace(
        asked,
        paths=tuple(inside(path, "path") for path in asked.paths),
        elements=tuple(replace(use, record=inside(use.record, "take")) for use in asked.elements),
        plate=inside(asked.plate, "plate"),
        show=str(real_root(asked.show)) if asked.show else "",
        disclosure=inside(asked.disclosure, "disclosure report"),
        destination=str(Path(asked.destination)) if asked.destination else "",
    )
