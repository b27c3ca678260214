"""A host's day on its own bare Python (3.10 to 3.13): no engine, two that start one, one that hangs, one that dies.

python -I -S old_host.py CORE STATE COMMAND PLATE ROOT        (COMMAND: JSON)
"""

import json
import os
import signal
import sys
import time

sys.path.insert(0, sys.argv[1])

from pathlib import Path

from platewright.client.finding import find_endpoint
from platewright.client.messages import Happened, State
from platewright.client.session import Session
from platewright.contract.frames import FrameRange
from platewright.contract.jobs import JobState, Submission
from platewright.contract.request import Plate, Regenerate, Request

STATE, COMMAND, PLATE, ROOT = Path(sys.argv[2]), tuple(json.loads(sys.argv[3])), sys.argv[4], sys.argv[5]


class Host:
    """A session that is drained, and what it heard."""

    def __init__(self):
        self.session = Session("old host", state=STATE, command=COMMAND).open()
        self.events = []

    def ask(self, what, *given):
        return getattr(self.session, what)(*given)

    def until(self, true, seconds=60):
        end = time.monotonic() + seconds
        while not true():
            assert time.monotonic() < end, (self.session.connection, self.events[-3:])
            self.events += [one.event for one in self.session.drain() if isinstance(one, Happened)]
            time.sleep(0.005)

    def value(self, reply):
        self.until(lambda: reply.done)
        assert reply.failure is None, reply.failure
        return reply.value

    def ended(self, job):
        return [event.state for event in self.events if event.job == job and not event.state.is_open]


def submission(seconds):
    request = Request(Regenerate(), "rig", Plate(PLATE, FrameRange.parse("1001-1003")), prompt=str(seconds))
    return Submission(request, ROOT, anew=True, who="ada")


def main():
    hosts = [Host(), Host()]
    assert hosts[0].session.connection is State.ASLEEP
    replies = [host.ask("submit", submission(0.1)) for host in hosts]  # nobody is there: both start one
    jobs = [host.value(reply).id for host, reply in zip(hosts, replies, strict=True)]
    assert len({host.value(host.ask("health")).pid for host in hosts}) == 1
    for host, job in zip(hosts, jobs, strict=True):
        host.until(lambda host=host, job=job: host.ended(job))
    here = hosts[0]

    hung = find_endpoint(STATE).pid
    os.kill(hung, signal.SIGSTOP)
    waits = here.ask("submit", submission(0.1))
    here.until(lambda: here.session.connection is State.HUNG)
    asked = [here.ask("jobs") for _ in range(50)]  # comes back from each, though nobody can answer before SIGCONT
    assert not waits.done and not any(reply.done for reply in asked)
    os.kill(hung, signal.SIGCONT)
    stopped = here.value(waits).id
    here.until(lambda: here.ended(stopped))

    go = Path(ROOT).parent / "go"
    long = here.value(here.ask("submit", submission(f"until {go}"))).id
    here.until(lambda: any(event.job == long and event.state is JobState.RUNNING for event in here.events))
    os.kill(find_endpoint(STATE).pid, signal.SIGKILL)
    go.touch()
    here.until(lambda: here.ended(long), 90)
    assert here.value(here.ask("health")).pid != hung
    numbers = [event.number for event in here.events]
    assert numbers == sorted(set(numbers))
    for host in hosts:
        host.session.close()
    print(json.dumps({
        "version": sys.version_info[:2],
        "ended": [state.value for job in (jobs[0], stopped, long) for state in here.ended(job)],
        "foreign": sorted({name.partition(".")[0] for name in sys.modules} - {*sys.stdlib_module_names, "__main__"}),
    }))  # fmt: skip


if __name__ == "__main__":
    main()
