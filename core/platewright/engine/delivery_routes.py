"""Routes that sign a comp's render, and put manifests into what is handed over, in the process that opens files."""

from __future__ import annotations

from dataclasses import replace

from fastapi import APIRouter, Request
from starlette.responses import Response

from platewright.contract.deliveries import CompAsk, DeliverAsk, Delivered, SignedComp
from platewright.contract.progress import Silent
from platewright.jobs import comps, delivering
from platewright.provenance.identity import load_identity
from platewright.settings.layers import load_settings

from .answers import answer, body_of
from .checking import trust_at
from .parts import Parts, at_desk, speaks
from .roots import real_root, under

__all__ = ["deliver", "delivery_routes", "sign"]

_WITHIN_S = 4 * 3600.0


def delivery_routes(parts: Parts) -> APIRouter:
    """The routes, over the process that opens files."""
    router = APIRouter(tags=["publish"])

    @router.post("/comps", summary="Sign a comp's render with the takes in it", **speaks(SignedComp, CompAsk))
    async def sign_comp(request: Request) -> Response:
        asked = await at_desk(_placed_comp, await body_of(request, CompAsk))
        return answer(await parts.verifies.ask(sign, asked, within_s=_WITHIN_S))

    @router.post("/deliveries", summary="Hand a file over with its manifest inside", **speaks(Delivered, DeliverAsk))
    async def hand_over(request: Request) -> Response:
        asked = await at_desk(_placed_delivery, await body_of(request, DeliverAsk))
        return answer(await parts.verifies.ask(deliver, asked, within_s=_WITHIN_S))

    return router


def sign(asked: CompAsk) -> SignedComp:
    """Sign a render, as the process does it that opens files. Raises as `sign_render`."""
    trust = trust_at(asked.render, *(use.record for use in asked.elements))
    return comps.sign_render(asked, load_identity(load_settings().signing()), Silent(), trust=trust)


def deliver(asked: DeliverAsk) -> Delivered:
    """Hand a file over, as the process does it that opens files. Raises as `deliver` of jobs."""
    identity = load_identity(load_settings().signing())
    return delivering.deliver(asked, identity, trust=trust_at(asked.source, asked.file))


def _placed_comp(asked: CompAsk) -> CompAsk:
    """The question with every path by its real folder. Raises RequestError `path_refused`, StorageError."""
    roots = [real_root(root) for root in asked.roots]
    return replace(
        asked,
        render=under(roots, asked.render, "render"),
        elements=tuple(replace(use, record=under(roots, use.record, "take")) for use in asked.elements),
        plate=under(roots, asked.plate, "plate") if asked.plate else "",
    )


def _placed_delivery(asked: DeliverAsk) -> DeliverAsk:
    roots = [real_root(root) for root in asked.roots]
    return replace(
        asked,
        file=under(roots, asked.file, "file"),
        source=under(roots, asked.source, "source"),
        to=under(roots, asked.to, "target") if asked.to else "",
    )
