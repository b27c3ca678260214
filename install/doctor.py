"""`install/run.py doctor`: every requirement, met or not, with how to meet it. Looks, and changes nothing."""

from __future__ import annotations

import json
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass

from console import Problem
from environment import Environment
from machine import check_machine, check_room

__all__ = ["report"]

# What a library is asked inside the environment: that it loads, and the one thing that tells a wrong one.
PROBES = {
    "numpy": "import numpy; print(numpy.__version__)",
    "numba": "import numba; print(numba.__version__, numba.get_num_threads(), 'threads')",
    "OpenImageIO": "import OpenImageIO; print(OpenImageIO.VERSION_STRING)",
    "OpenColorIO": "import PyOpenColorIO; print(PyOpenColorIO.__version__)",
    "OpenCV (the only one here)": "import cv2; cv2.ximgproc.createGuidedFilter; print(cv2.__version__)",
    "C2PA": "import c2pa; print(c2pa.sdk_version())",
    "FastAPI": "import fastapi, uvicorn; print(fastapi.__version__)",
    "Platewright": "import platewright; print(platewright.__version__)",
}


@dataclass(frozen=True)
class Answer:
    """One requirement: its name, whether it is met, what was found, and what to do when it is not met."""

    name: str
    met: bool
    found: str
    remedy: str = ""


def report(environment: Environment, as_json: bool) -> int:
    """Print every answer. Returns 0 when all requirements are met, 1 when one is not."""
    answers = [
        _ask("this machine", check_machine, f"{platform.machine()}, {platform.platform(terse=True)}"),
        _ask("Python", lambda: None, f"{platform.python_version()} ({sys.executable})"),
        _ask("room in the checkout", lambda: check_room(environment.checkout, 0), _free(environment)),
        _state(environment),
    ]
    if environment.python.exists():
        answers += [_probe(environment, name, question) for name, question in PROBES.items()]
    met = all(answer.met for answer in answers)
    if as_json:
        print(json.dumps({"met": met, "answers": [asdict(answer) for answer in answers]}, indent=2))
        return 0 if met else 1
    for answer in answers:
        print(f"{'ok     ' if answer.met else 'MISSING'}  {answer.name}: {answer.found}")
        if answer.remedy:
            print("         " + answer.remedy.replace("\n", "\n         "))
    print("\nNothing is missing." if met else "\nNot everything is there; see above.")
    return 0 if met else 1


def _ask(name: str, check: Callable[[], None], found: str) -> Answer:
    try:
        check()
    except Problem as problem:
        return Answer(name, False, str(problem), problem.remedy)
    return Answer(name, True, found)


def _free(environment: Environment) -> str:
    return f"{shutil.disk_usage(environment.checkout).free / 1e9:.1f} GB free in {environment.checkout}"


def _state(environment: Environment) -> Answer:
    remedy = "python3 install/run.py setup"
    stamp = environment.stamp()
    if not environment.folder.exists():
        return Answer("private environment", False, "not set up yet", remedy)
    if not stamp.checkout:
        return Answer("private environment", False, "not made by this set-up", remedy)
    if stamp.installing:
        return Answer("private environment", False, "its set-up was interrupted", remedy)
    behind = environment.missing(tests=False)
    if behind or not environment.is_usable():
        return Answer("private environment", False, f"behind: {', '.join(behind) or 'moved or another Python'}", remedy)
    tests = "with" if not environment.missing(tests=True) else "without"
    return Answer("private environment", True, f"{environment.folder}, as locked, {tests} what tests need")


def _probe(environment: Environment, name: str, question: str) -> Answer:
    asked = subprocess.run(
        [str(environment.python), "-c", question], env=environment.environ(), text=True, stdin=subprocess.DEVNULL,
        capture_output=True, check=False,
    )  # fmt: skip
    if asked.returncode == 0:
        return Answer(name, True, asked.stdout.strip())
    last = (asked.stderr.strip().splitlines() or ["no answer"])[-1]
    return Answer(name, False, last, "python3 install/run.py setup --fresh")
