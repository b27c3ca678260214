"""Forms with files, as a server reads them."""

from __future__ import annotations

from email import message_from_bytes

from tests.fakes.hosted import Asked

__all__ = ["form_of"]


def form_of(asked: Asked) -> dict[str, bytes]:
    """The parts of a multipart form by name. Raises AssertionError where it is none."""
    kind = asked.headers["content-type"]
    assert kind.startswith("multipart/form-data"), kind
    found: dict[str, bytes] = {}
    for part in message_from_bytes(f"Content-Type: {kind}\r\n\r\n".encode() + asked.data).get_payload():
        name = part.get_param("name", header="content-disposition")  # type: ignore[union-attr]
        assert isinstance(name, str) and name not in found, name
        found[name] = bytes(part.get_payload(decode=True))  # type: ignore[union-attr,arg-type]
    return found
