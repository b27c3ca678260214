"""What vendors' published schemas say of a request, reduced by hand to what is sent: JSON Schema, one file a vendor."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs

__all__ = ["check"]


@cache
def _schemas(vendor: str) -> dict[str, Any]:
    path = Path(__file__).parent / "schemas_of_vendors" / f"{vendor}.json"
    found: dict[str, Any] = json.loads(path.read_text())
    return {name: jsonschema_rs.validator_for(schema) for name, schema in found.items()}


def check(vendor: str, name: str, body: Any) -> None:
    """Raises AssertionError where a request is not as the vendor says it has to be."""
    wrong = [f"{list(one.instance_path)}: {one.message[:200]}" for one in _schemas(vendor)[name].iter_errors(body)]
    assert not wrong, wrong
