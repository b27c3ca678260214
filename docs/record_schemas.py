"""Write docs/schemas anew from the classes that check the records: python3 docs/record_schemas.py."""

from __future__ import annotations

import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGES = ROOT / "docs" / "schemas"


def pages() -> dict[str, str]:
    """Each schema's text by its file's name."""
    sys.path.insert(0, str(ROOT / "core"))
    from platewright.rights.published import published

    return {f"{kind}.json": json.dumps(schema, indent=1) + "\n" for kind, schema in published().items()}


if __name__ == "__main__":
    PAGES.mkdir(exist_ok=True)
    for name, text in pages().items():
        (PAGES / name).write_text(text, encoding="utf-8")
