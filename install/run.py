"""Set up Platewright in this checkout and run it: `python3 install/run.py demo`, `test`, `setup` or `doctor`.

This file only asks whether the Python that runs it is new enough, in words that Python 2 can read too; everything
else is in commands.py beside it. Nothing outside the standard library is needed.
"""

import os
import sys

OLDEST = (3, 11)

if sys.version_info < OLDEST:
    newer = [
        "python3.%d" % minor
        for minor in range(14, OLDEST[1] - 1, -1)
        if any(os.access(os.path.join(folder, "python3.%d" % minor), os.X_OK) for folder in os.get_exec_path())
    ] if hasattr(os, "get_exec_path") else []
    said = "Platewright needs Python 3.11 or newer; this is %d.%d.\n" % tuple(sys.version_info[:2])
    if newer:
        said += "There is one here: %s %s\n" % (newer[0], " ".join(sys.argv))
    else:
        said += (
            "Debian 12, Ubuntu 24.04 and later have it as python3. On Ubuntu 22.04:\n"
            "    sudo apt install python3.11 python3.11-venv\n"
            "    python3.11 %s\n" % " ".join(sys.argv)
        )
    sys.stderr.write(said)
    sys.exit(69)

if sys.platform == "win32":
    sys.stderr.write("This version of Platewright runs on Linux; under WSL 2, Debian and Ubuntu work.\n")
    sys.exit(69)

from commands import main  # noqa: E402

sys.exit(main(sys.argv[1:]))
