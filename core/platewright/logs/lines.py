"""A log record as one line of JSON: when, how bad, who, what, about which job; nothing that is not plain."""

from __future__ import annotations

import contextvars
import json
import logging
import math
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from typing import Any

from .redaction import MASK, redacted

__all__ = ["JsonLines", "about_job"]

_job: contextvars.ContextVar[str] = contextvars.ContextVar("platewright_job", default="")
_OWN = frozenset(logging.LogRecord("", 0, "", 0, "", (), None).__dict__) | {"message", "asctime", "taskName"}
_LONGEST = 4000
_LONGEST_LOOKED_AT = 1 << 16
_SECRET_FIELDS = ("token", "secret", "password", "passphrase", "pin", "authorization", "api_key", "key")


@contextmanager
def about_job(job: str) -> Iterator[None]:
    """Every line that is logged inside is about this job."""
    before = _job.set(job)
    try:
        yield
    finally:
        _job.reset(before)


class JsonLines(logging.Formatter):
    """Formats a record as a line of JSON; every text in it is redacted, so that no caller has to think of it."""

    def __init__(self, process: str) -> None:
        super().__init__()
        self._process = process

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its end."""
        said: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z",
            "level": record.levelname.lower(),
            "process": self._process,
            "pid": record.process,
            "from": record.name,
            "says": _text(record.getMessage()),
        }
        job = getattr(record, "job", "") or _job.get()
        if job:
            said["job"] = _text(str(job))
        for name, value in record.__dict__.items():
            if name not in _OWN and name not in said and name != "job":
                said[name] = MASK if name.lower() in _SECRET_FIELDS else _plain(value)
        if record.exc_info and record.exc_info[0] is not None:
            said["trace"] = _text("".join(traceback.format_exception(*record.exc_info)))
        return json.dumps(said, ensure_ascii=True, allow_nan=False)


def _text(text: str) -> str:
    clean = redacted(text[:_LONGEST_LOOKED_AT].encode("utf-8", "replace").decode())
    return clean if len(clean) <= _LONGEST else clean[: _LONGEST // 2] + " … " + clean[-_LONGEST // 2 :]


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, (bool, int)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    return _text(str(value))
