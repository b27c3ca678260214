"""The panel's words: one way to translate them, and how states, phases, times and money read.

What is not a widget speaks through `tr` too; the Qt side says once which translator answers.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone
from decimal import Decimal, InvalidOperation

from platewright.contract.jobs import Job, JobState
from platewright.contract.progress import Step
from platewright.contract.takes import Cost

__all__ = ["ago", "duration", "money", "phase", "state_words", "stated_price", "tr", "translate_by"]

_translate: list[Callable[[str], str]] = []


def tr(text: str, **values: object) -> str:
    """The text in the artist's language, with `{name}`s filled in after it was translated."""
    said = _translate[-1](text) if _translate and text else text
    return said.format(**values) if values else said


def translate_by(translate: Callable[[str], str] | None) -> None:
    """Let this answer for every text from now on; None: English."""
    _translate[:] = [translate] if translate is not None else []


def state_words(job: Job) -> str:
    """What a job is doing, in a few words."""
    if job.paused and job.state is JobState.QUEUED:
        return tr("Held back")
    words = {
        JobState.PREPARED: tr("Written down"),
        JobState.WAITING: tr("Waits for a yes"),
        JobState.QUEUED: tr("Queued"),
        JobState.SENDING: tr("Sending"),
        JobState.RUNNING: tr("Working"),
        JobState.COLLECTING: tr("Fetching"),
        JobState.FINISHING: tr("Finishing"),
        JobState.DONE: tr("Done"),
        JobState.CANCELLED: tr("Cancelled"),
        JobState.REFUSED: tr("Refused"),
        JobState.FAILED: tr("Failed"),
        JobState.UNKNOWN: tr("Outcome unknown"),
    }
    return words[job.state]


def phase(step: Step | None) -> str:
    """The phase of the work and how far it is: `Filling, frame 1004, 3 of 20`."""
    if step is None or not step.stage:
        return ""
    stage = {
        "filling": tr("Filling"),
        "extending": tr("Extending"),
        "replacing the sky": tr("Replacing the sky"),
        "learning the lens": tr("Learning the lens"),
        "signing": tr("Signing"),
        "drawing": tr("Drawing"),
        "checking": tr("Checking"),
        "waiting for the backend": tr("Waiting for the generator"),
    }.get(step.stage, step.stage[:40].capitalize())
    if step.total <= 1:
        return stage
    if step.frame is None:
        return tr("{stage}, {done} of {total}", stage=stage, done=step.done, total=step.total)
    return tr(
        "{stage}, frame {frame} ({done} of {total})", stage=stage, frame=step.frame, done=step.done, total=step.total
    )


def duration(seconds: float | None) -> str:
    """A length of time as people say it: `12 s`, `3 min`, `1 h 20 min`; empty for None."""
    if seconds is None or seconds != seconds or seconds < 0:
        return ""
    if seconds < 60:
        return tr("{n} s", n=max(1, round(seconds)))
    minutes = round(seconds / 60)
    if minutes < 60:
        return tr("{n} min", n=minutes)
    return tr("{hours} h {minutes} min", hours=minutes // 60, minutes=minutes % 60)


def ago(stamp: str, now: datetime | None = None) -> str:
    """How long ago a UTC stamp (`2026-01-31T12:00:00Z`) was; the stamp's day when long ago or not a stamp."""
    try:
        then = datetime.fromisoformat(stamp.replace("Z", "+00:00"))
        passed = ((now or datetime.now(timezone.utc)) - then).total_seconds()
    except (ValueError, TypeError):
        return stamp[:10]
    if passed < 45:
        return tr("just now")
    if passed < 86_400:
        return tr("{time} ago", time=duration(passed))
    return stamp[:10]


def money(cost: Cost | None) -> str:
    """An amount as people read it: `free`, `2.50 EUR`; empty for None."""
    if cost is None:
        return ""
    try:
        amount = Decimal(cost.amount)
    except InvalidOperation:
        return cost.currency[:8]
    if amount == 0:
        return tr("free")
    return f"{amount.normalize():f} {cost.currency}" if amount != amount.quantize(Decimal("0.01")) else (
        f"{amount.quantize(Decimal('0.01')):f} {cost.currency}"
    )  # fmt: skip


def stated_price(price: str) -> str:
    """A generator's own sentence about its price, or that it says none."""
    return {"free": tr("free"), "": tr("The engine doesn't know its price yet")}.get(price, price[:200])
