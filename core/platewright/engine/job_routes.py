"""Routes of jobs: quote, submit, list, show, and what a person may do with one."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from starlette.responses import Response

from platewright.contract.jobs import Job, Quote, Submission, Unseen
from platewright.contract.wire import By, Decision, JobList, Pause, Priority

from .answers import answer, body_of, written
from .job_lists import JobLists
from .parts import Parts, at_desk, speaks
from .roots import absolute, check_submission

__all__ = ["job_routes"]

_log = logging.getLogger("platewright.engine")

JobId = Annotated[str, Path(min_length=1, max_length=128, pattern=r"^[A-Za-z0-9._-]+$")]


def job_routes(parts: Parts) -> APIRouter:
    """The routes, over a desk."""
    router = APIRouter(tags=["jobs"])
    desk = parts.desk
    lists = JobLists()

    async def changed(verb: str, work: Callable[..., Job], job: str, *given: object) -> Response:
        found = await at_desk(work, job, *given)
        _log.info("a job was changed", extra={"job": job, "verb": verb, "state": found.state.value})
        return answer(found)

    @router.post("/quote", summary="What a submission would cost and do", **speaks(Quote, Submission))
    async def quote(request: Request) -> Response:
        asked = await body_of(request, Submission)
        check_submission(asked)
        return answer(await at_desk(desk.quote, asked))

    @router.post("/estimate", summary="What it would cost, before there are files", **speaks(Quote, Unseen))
    async def estimate(request: Request) -> Response:
        asked = await body_of(request, Unseen)
        absolute(asked.submission.root, "root")
        return answer(await at_desk(desk.estimate, asked))

    @router.post("/jobs", summary="Hand in a request; the same key gives the same job", **speaks(Job, Submission))
    async def submit(request: Request) -> Response:
        asked = await body_of(request, Submission)
        check_submission(asked)
        job = await at_desk(desk.submit, asked)
        _log.info("a job was handed in", extra={"job": job.id, "state": job.state.value})
        return answer(job)

    @router.get("/jobs", summary="The latest jobs, newest first", **speaks(JobList))
    async def jobs(
        open: bool = False,
        root: Annotated[str, Query(max_length=4096)] = "",
        limit: Annotated[int, Query(ge=1, le=1000)] = 200,
        before: Annotated[str, Query(max_length=128)] = "",
    ) -> Response:
        def listed() -> Response:  # long lists are written on the thread too, or they would hold up everybody
            found = desk.jobs(open, root, limit + 1, before)
            return written(lists.write(found[:limit], more=len(found) > limit))

        return await at_desk(listed)

    @router.get("/jobs/{job}", summary="One job as it stands", **speaks(Job))
    async def job(job: JobId) -> Response:
        return answer(await at_desk(desk.job, job))

    @router.post("/jobs/{job}/cancel", summary="Ask it to stop, at the backend too", **speaks(Job, By))
    async def cancel(job: JobId, request: Request) -> Response:
        asked = await body_of(request, By)
        return await changed("cancel", desk.cancel, job, asked.who)

    @router.post("/jobs/{job}/retry", summary="Try it again", **speaks(Job, By))
    async def retry(job: JobId, request: Request) -> Response:
        asked = await body_of(request, By)
        return await changed("retry", desk.retry, job, asked.who)

    @router.post("/jobs/{job}/pause", summary="Hold it back, or let it go on", **speaks(Job, Pause))
    async def pause(job: JobId, request: Request) -> Response:
        asked = await body_of(request, Pause)
        return await changed("pause", desk.pause, job, asked.paused, asked.who)

    @router.post("/jobs/{job}/priority", summary="Give it another place in the queue", **speaks(Job, Priority))
    async def reorder(job: JobId, request: Request) -> Response:
        asked = await body_of(request, Priority)
        return await changed("reorder", desk.reorder, job, asked.priority, asked.who)

    @router.post("/jobs/{job}/approve", summary="Let a waiting job go on", **speaks(Job, Decision))
    async def approve(job: JobId, request: Request) -> Response:
        asked = await body_of(request, Decision)
        return await changed("approve", desk.approve, job, asked.who, asked.note)

    @router.post("/jobs/{job}/refuse", summary="Say no to a waiting job", **speaks(Job, Decision))
    async def refuse(job: JobId, request: Request) -> Response:
        asked = await body_of(request, Decision)
        return await changed("refuse", desk.refuse, job, asked.who, asked.note)

    return router
