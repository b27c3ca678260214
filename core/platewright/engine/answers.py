"""Answers: the contract's values and errors as HTTP, and a call's body as a value of the contract."""

from __future__ import annotations

from typing import TypeVar

from starlette.requests import Request
from starlette.responses import Response

from platewright.contract.errors import (
    BackendError,
    Cancelled,
    EngineError,
    InputError,
    JobError,
    JobNotFound,
    ManifestError,
    PlatewrightError,
    RefusedError,
    RequestError,
    StorageError,
    TakeConflict,
)
from platewright.contract.mapper import canonical, from_bytes

__all__ = ["answer", "body_of", "refusal", "status_of", "written"]

T = TypeVar("T")

# By code first, where one means something to HTTP; else by the kind of error, the first that fits.
_BY_CODE = {
    "body_malformed": 400,
    "token_refused": 401,
    "host_refused": 403,
    "origin_refused": 403,
    "path_refused": 403,
    "engine_working": 409,
    "route_unknown": 404,
    "job_not_found": 404,
    "take_not_found": 404,
    "not_found": 404,
    "method_not_allowed": 405,
    "body_slow": 408,
    "body_too_large": 413,
    "body_not_json": 415,
    "engine_version": 426,
    "engine_busy": 503,
    "disk_full": 507,
    "quota_full": 507,
}
_BY_KIND: tuple[tuple[type[PlatewrightError], int], ...] = (
    (TakeConflict, 409),
    (JobNotFound, 404),
    (JobError, 409),
    (RefusedError, 409),
    (BackendError, 409),
    (Cancelled, 409),
    (InputError, 422),
    (ManifestError, 422),
    (StorageError, 409),
    (EngineError, 503),
)


def status_of(error: PlatewrightError) -> int:
    """The HTTP status of an error: 4xx what the caller can do something about, 507 a full disk, 500 our mistake."""
    if error.code in _BY_CODE:
        return _BY_CODE[error.code]
    for kind, status in _BY_KIND:
        if isinstance(error, kind):
            return status
    return 500 if error.exit_code in (1, 70) else 422


def answer(value: object) -> Response:
    """A value of the contract as the answer."""
    return written(canonical(value))


def written(data: bytes) -> Response:
    """A value that was written as JSON already."""
    return Response(data, media_type="application/json", headers={"Cache-Control": "no-store"})


def refusal(error: PlatewrightError) -> Response:
    """An error of the tree as the answer."""
    status = status_of(error)
    headers = {"Cache-Control": "no-store"}
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    said = {name: _sayable(value) for name, value in error.as_dict().items()}
    said["exit_code"] = error.exit_code
    body = canonical({"error": said})
    return Response(body, status, media_type="application/json", headers=headers)


async def body_of(request: Request, cls: type[T]) -> T:
    """The call's body as a value of `cls`. Raises RequestError `body_not_json`, `body_malformed`."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise RequestError("the body must be application/json", code="body_not_json")
    data = await request.body()
    try:
        value = from_bytes(cls, data, "body")
        plain = canonical(value)
    except (ManifestError, UnicodeEncodeError) as error:
        raise RequestError(str(error), code="body_malformed", hint="See /openapi.json for the fields.") from error
    if b"\\u0000" in plain:
        raise RequestError("a text can't hold a zero character", code="body_malformed", hint="Take it out.")
    return value


def _sayable(value: object) -> object:
    """Texts that may repeat what a caller sent, without signs that UTF-8 can't hold."""
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value
