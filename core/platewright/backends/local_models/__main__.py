"""`python FOLDER SPOOL`: run the worker with an interpreter that does not have Platewright."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path


def _package(folder: Path) -> None:
    """Make the folder that this file lies in known as the package that its modules say they are in."""
    spec = importlib.util.spec_from_file_location(
        "local_models", folder / "__init__.py", submodule_search_locations=[str(folder)]
    )
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["local_models"] = module
    spec.loader.exec_module(module)


if __name__ == "__main__":
    _package(Path(__file__).resolve().parent)
    worker = importlib.import_module("local_models.worker")
    raise SystemExit(worker.main(sys.argv[1:]))
