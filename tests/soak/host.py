"""A host that hands jobs in through a session until each is known to the engine, and may be killed at any moment.

    host.py LIST.json STATE

The list holds submissions with keys of their own, so that handing in again after a kill gives the same jobs.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve()
sys.path[:0] = [str(HERE.parents[2] / "core")]

from platewright.client.session import Session  # noqa: E402
from platewright.contract.jobs import Submission  # noqa: E402
from platewright.contract.mapper import from_json  # noqa: E402


def main() -> None:
    asked = [from_json(Submission, plain) for plain in json.loads(Path(sys.argv[1]).read_text())]
    command = (sys.executable, str(HERE.with_name("engine.py")))
    session = Session("soak", state=Path(sys.argv[2]), command=command, environment=dict(os.environ)).open()
    waiting = {one.key: session.submit(one) for one in asked}
    while waiting:
        session.drain()
        for key, reply in list(waiting.items()):
            if reply.done:
                again = next(one for one in asked if one.key == key)
                waiting.pop(key)
                if reply.failure is not None:
                    print(f"{key}: {reply.failure.code}", file=sys.stderr, flush=True)
                    time.sleep(0.2)
                    waiting[key] = session.submit(again)
        time.sleep(0.01)
    while True:  # as a host does all day; it is killed in the end
        session.drain()
        time.sleep(0.01)


if __name__ == "__main__":
    main()
