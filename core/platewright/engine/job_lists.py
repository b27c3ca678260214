"""Long lists of jobs, written quickly: what was handed in never changes, so its JSON is made once and kept."""

from __future__ import annotations

import dataclasses
import json
import threading
from collections import OrderedDict
from collections.abc import Sequence

from platewright.contract.jobs import Job, Submission
from platewright.contract.mapper import canonical, to_json

__all__ = ["JobLists"]

_NAMES = tuple(field.name for field in dataclasses.fields(Job) if field.name != "submission")


class JobLists:
    """Writes `JobList`s; keeps the JSON of the last `most` submissions, told apart by being the very same object."""

    def __init__(self, most: int = 4096) -> None:
        self._most = most
        self._kept: OrderedDict[int, tuple[Submission, str]] = OrderedDict()
        self._lock = threading.Lock()

    def write(self, jobs: Sequence[Job], more: bool) -> bytes:
        """The list as the mapper would read it back."""
        texts = ",".join(self._job(job) for job in jobs)
        return f'{{"jobs":[{texts}],"more":{"true" if more else "false"}}}'.encode()

    def _job(self, job: Job) -> str:
        plain = {name: to_json(getattr(job, name)) for name in _NAMES}
        text = json.dumps(plain, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
        return f'{text[:-1]},"submission":{self._submission(job.submission)}}}'

    def _submission(self, submission: Submission) -> str:
        with self._lock:
            kept = self._kept.get(id(submission))
        if kept is not None and kept[0] is submission:
            return kept[1]
        text = canonical(submission).decode()
        with self._lock:
            # The object is kept along with its text, so that its number can't become another's.
            self._kept[id(submission)] = (submission, text)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return text
