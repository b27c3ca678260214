"""The application: all routes behind the door, every error as the error tree's own words, and the OpenAPI document."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.utils import get_openapi
from starlette.exceptions import HTTPException
from starlette.responses import Response

from platewright import __version__
from platewright.contract import checks, deliveries, drawing, recording, reference_sets, repairs, wire
from platewright.contract import jobs as job_words
from platewright.contract.decisions import TakeDecision, TakeSummary
from platewright.contract.errors import InternalError, PlatewrightError, RequestError
from platewright.contract.json_schema import schemas
from platewright.contract.takes import TakeRecord

from .answers import refusal
from .check_routes import check_routes
from .delivery_routes import delivery_routes
from .engine_routes import engine_routes
from .event_routes import event_routes
from .guard import REPORT_HINT, Door, Guard
from .job_routes import job_routes
from .parts import Parts
from .picture_routes import picture_routes
from .record_routes import record_routes
from .sequence_routes import sequence_routes
from .take_routes import take_routes

__all__ = ["PREFIX", "make_app", "make_server_app"]

PREFIX = "/v1"
_TITLE = "Platewright engine"
_SPOKEN: tuple[type, ...] = (
    job_words.Submission, job_words.Unseen, job_words.Quote, job_words.Job, TakeRecord, TakeDecision, TakeSummary,
    wire.Refusal, wire.Health, wire.Backends, wire.JobList, wire.EventPage, wire.By, wire.Pause, wire.Priority,
    wire.Decision, wire.Stop, wire.TakeList, wire.FullFramesAsk, wire.FullFrames,
    wire.VerifyAsk, wire.Verification, wire.Views,
    wire.Costs, wire.Budgets, wire.LedgerState, wire.SequenceLook, wire.MatteFiles, wire.ExportOrder, wire.Exported,
    wire.PlateCopiesAsk, wire.PlateCopies,
    drawing.MatteOrder, checks.CheckAsk, checks.SignedGate, checks.GateVerdict,
    repairs.RepairAsk, repairs.Repaired, recording.RecordDraft, recording.RecordAnswer,
    reference_sets.SetList, reference_sets.SetPictures,
    deliveries.CompAsk, deliveries.SignedComp, deliveries.DeliverAsk, deliveries.Delivered,
)  # fmt: skip


def make_app(parts: Parts) -> FastAPI:
    """The application without its door, for a server that is to be called by nobody but tests and `make_server_app`."""

    @asynccontextmanager
    async def living(app: FastAPI) -> AsyncIterator[None]:
        yield
        parts.bell.stop()

    app = FastAPI(
        title=_TITLE,
        version=__version__,
        openapi_url="/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=living,
    )
    for routes in (
        engine_routes, job_routes, event_routes, take_routes, picture_routes, sequence_routes, check_routes,
        record_routes,
    ):  # fmt: skip
        app.include_router(routes(parts), prefix=PREFIX)
    app.include_router(delivery_routes(parts), prefix=PREFIX)
    app.add_exception_handler(PlatewrightError, _refuse)
    app.add_exception_handler(RequestValidationError, _refuse_words)
    app.add_exception_handler(HTTPException, _refuse_route)
    app.add_exception_handler(Exception, _refuse_ours)
    app.openapi = lambda: _document(app)  # type: ignore[method-assign]
    return app


def make_server_app(parts: Parts, door: Door) -> Guard:
    """The application behind its door."""
    return Guard(make_app(parts), door, frozenset({f"{PREFIX}/health", f"{PREFIX}/stop"}))


def _document(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document, made once; every schema of a body comes from the contract."""
    if app.openapi_schema is None:
        made = get_openapi(title=_TITLE, version=__version__, routes=app.routes)
        parts = made.setdefault("components", {})
        parts["schemas"] = schemas(_SPOKEN)
        parts["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
        made["security"] = [{"token": []}]
        app.openapi_schema = made
    return app.openapi_schema


async def _refuse(request: Request, error: Exception) -> Response:
    assert isinstance(error, PlatewrightError)
    return refusal(error)


async def _refuse_ours(request: Request, error: Exception) -> Response:
    return refusal(InternalError(f"{type(error).__name__} in the engine", hint=REPORT_HINT))


async def _refuse_words(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0] if error.errors() else {}
    place = ".".join(str(part) for part in first.get("loc", ()))
    return refusal(
        RequestError(
            f"{place[:200]}: {str(first.get('msg', 'not valid'))[:300]}",
            code="words_invalid",
            hint="See /openapi.json for what the route takes.",
        )
    )


async def _refuse_route(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code == 405:
        problem = RequestError("the route has no such method", code="method_not_allowed", hint="See /openapi.json.")
    else:
        problem = RequestError("there is no such route", code="route_unknown", hint="See /openapi.json.")
    answer = refusal(problem)
    for name, value in (error.headers or {}).items():
        answer.headers[name] = value
    return answer
