"""What a placement says of itself: the backdrop's words, and the disclosure in the metadata."""

from __future__ import annotations

import re
from typing import Any

from platewright.contract.frames import FrameRange

from .takes import Take

__all__ = ["backdrop_label", "disclosure"]

_WORDS = {"regenerate": "Regenerated", "extend": "Extended", "replace_sky": "Sky replaced"}
_SOURCE_TYPE = "exr/Iptc4xmpExt:DigitalSourceType"
# Both texts are evaluated by the host: nothing that could be a command gets through.
_UNSAFE = re.compile(r"[^A-Za-z0-9 ._:/,()+-]")


def backdrop_label(take: Take) -> str:
    """Operation, take and frames, and what its checks found."""
    record = take.record
    found = [finding for finding in record.findings if finding.severity.value != "note"]
    status = f"{len(found)} to look at" if found else "checked"
    lines = (_WORDS[record.request.operation.kind], take.label, f"{FrameRange.of(take.frames)}, {status}")
    return "\n".join(_plain(line) for line in lines)


def disclosure(take: Take, read: Any) -> str:
    """The lines of a ModifyMetaData: which take, what made it, and what kind of picture it is by its own header."""
    record = take.record
    source_type = read.metadata(_SOURCE_TYPE, take.frames[0])
    values = {
        "take": take.label,
        "operation": record.request.operation.kind,
        "manifest": take.manifest,
        "generator": f"{record.model_card.name} {record.model_card.version}",
        "trained": "yes" if record.model_card.trained else "no",
        "request": record.request_hash,
        "digital_source_type": source_type if isinstance(source_type, str) else "",
    }
    lines = [f'{{set platewright/{name} "{_plain(value)}"}}' for name, value in values.items() if value]
    return "\n".join(lines)


def _plain(text: str) -> str:
    return _UNSAFE.sub("_", text)[:300]
