"""A soak: hundreds of jobs on an engine with two workers, while everything that can happen to them happens.

    python bench/soak.py [N] [--seed SEED] [--folder FOLDER] [--postgres]     (N: 500)

Hosts, workers and the engine are killed with signal 9 and stopped, the disk is full for a while, and with --postgres
the jobs are kept on a real server that crashes. In the end every job must be where it belongs, every charge made once,
the ledger whole, and no file and no process left.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from contextlib import nullcontext
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(CHECKOUT / "core"), str(CHECKOUT)]

from tests.jobs.postgres import running_server  # noqa: E402
from tests.soak.driver import into_namespace, small_disk, soak  # noqa: E402


def main() -> int:
    """Soak, and say what came of it; 1 where anything is wrong."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("jobs", type=int, nargs="?", default=500, help="how many (default: 500)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, default=None, help="where to work, kept afterwards")
    parser.add_argument("--postgres", action="store_true", help="on a real server, which crashes too")
    parser.add_argument("--pause", type=float, default=2.0, help="most seconds between two faults (default: 2)")
    options = parser.parse_args()
    if "SOAK_NAMESPACE" not in os.environ:
        words = into_namespace([sys.executable, *sys.argv])
        os.environ["SOAK_NAMESPACE"] = ""
        os.execvp(words[0], words)
    with tempfile.TemporaryDirectory() as scratch, running_server() if options.postgres else nullcontext() as server:
        folder = (options.folder or Path(scratch)).absolute()
        with small_disk(folder, 64 + options.jobs // 4) as disk:
            counted = soak(folder, disk, options.jobs, options.seed, server, (0.3, options.pause))
    print(f"jobs: {dict(counted.kinds)}, ended as {dict(counted.states)}")
    print(f"retried by hand, by why they had failed: {dict(counted.retried)}")
    print(f"what happened: {dict(counted.faults)}")
    print(f"the vendor charged {counted.charges} times; {counted.seconds:.0f} s")
    if not counted.small_disk:
        print("no small disk here (unshare -m): it was never full")
    for problem in counted.wrong:
        print(f"WRONG: {problem}")
    print("every job ended where it belongs, and nothing is left" if not counted.wrong else "not so")
    return 1 if counted.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
