"""The disclosure report and the gate report as files, written beside what is published."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from platewright.client.records import read_record
from platewright.contract.checks import CheckAsk, SignedGate
from platewright.contract.disclosure import disclose
from platewright.contract.mapper import canonical

from .refusing import Refused

__all__ = ["folder_of", "write_disclosure", "write_reports"]


def write_reports(instance: Any, folder: Path) -> tuple[Path, Path]:
    """Write `platewright.disclosure.json` and `platewright.gate.json` into a folder. Raises Refused, OSError."""
    signed = instance.data.get("platewrightGate")
    if not isinstance(signed, SignedGate):
        raise Refused("There is nothing to report", "no gate report was made")
    folder.mkdir(parents=True, exist_ok=True)
    disclosure = write_disclosure(signed, folder / "platewright.disclosure.json")
    gate = folder / "platewright.gate.json"
    _write(gate, canonical(signed))
    return disclosure, gate


def write_disclosure(signed: SignedGate, path: Path) -> Path:
    """Write the disclosure report of the takes that a gate report is about."""
    records = []
    for subject in signed.report.subjects:
        if subject.kind == "take":
            element, _, version = subject.name.rpartition("_v")
            records.append(read_record(Path(subject.path), element, int(version)))
    _write(path, canonical(disclose(records)))
    return path


def folder_of(instance: Any) -> Path:
    """Where the reports of an instance go: its staging folder, else beside the first file that was checked."""
    ask = instance.data.get("platewrightAsk")
    given = instance.data.get("stagingDir") or instance.context.data.get("stagingDir")
    if given:
        return Path(given)
    if isinstance(ask, CheckAsk):
        return Path(ask.paths[0]).parent
    raise Refused("There is nowhere to write to", "the instance has no staging folder")


def _write(path: Path, data: bytes) -> None:
    """Whole or not at all."""
    staged = path.with_name(f".{path.name}.{os.getpid()}")
    staged.write_bytes(data)
    os.replace(staged, path)
