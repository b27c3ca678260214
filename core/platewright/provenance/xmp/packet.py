"""An XMP packet with the IPTC digital source type in it: ours set, every other byte kept as it was.

A packet comes from outside. It is read by an event parser that follows nothing, refuses document types and entities,
and is bounded; it is changed as text, at the places that the parser names, because writing it anew from a tree would
rename prefixes and lose what the tree does not hold.
Source: XMP Specification part 1 (ISO 16684-1), IPTC Photo Metadata Standard (Digital Source Type).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from xml.parsers import expat
from xml.sax.saxutils import quoteattr

from platewright.contract.errors import ManifestError

__all__ = ["MOST_PACKET_BYTES", "source_type_in", "with_source_type"]

MOST_PACKET_BYTES = 4 * 1024 * 1024
_EXT = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_NAME = "DigitalSourceType"
_DEEPEST = 64
_SEPARATOR = "\n"

_FRESH = (
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
    '<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="Platewright">\n'
    f'<rdf:RDF xmlns:rdf="{_RDF}">\n'
    "</rdf:RDF>\n</x:xmpmeta>\n"
    '<?xpacket end="w"?>'
).encode()


def source_type_in(packet: bytes) -> str:
    """The digital source type's address that a packet states; empty where it states none.

    Raises ManifestError `xmp_malformed` for what is no XMP, or states several.
    """
    return _read(packet).value if packet.strip() else ""


def with_source_type(packet: bytes, address: str) -> bytes:
    """The packet with that digital source type and no other; all else in it as it was. An empty packet gives a new one.

    Raises ManifestError `xmp_malformed`.
    """
    packet = packet if packet.strip(b"\0 \t\r\n") else _FRESH
    found = _read(packet)
    if found.value == address:
        return packet
    for start, end, put in sorted(found.cuts, reverse=True):
        packet = packet[:start] + put + packet[end:]
    found = _read(packet)
    prefix = found.prefix + ":" if found.prefix else ""
    about = f"{prefix}about={quoteattr(found.about)}"
    ours = f'<{prefix}Description {about} xmlns:Iptc4xmpExt="{_EXT}" Iptc4xmpExt:{_NAME}={quoteattr(address)}/>\n'
    changed = packet[: found.end] + ours.encode() + packet[found.end :]
    if _read(changed).value != address:
        raise _malformed("it can't be changed")
    return changed


@dataclass
class _Found:
    """What a packet holds. value: the type stated. cuts: `(start, end, put)` in bytes that take it out. end: where the
    RDF ends. prefix: of RDF's names. about: what the packet is about, mostly empty.
    """

    value: str = ""
    cuts: list[tuple[int, int, bytes]] = field(default_factory=list)
    end: int = -1
    prefix: str = "rdf"
    about: str = ""
    stated: int = 0


class _Reader:
    """Follows the packet's events, with where they stand in its bytes."""

    def __init__(self, packet: bytes) -> None:
        self.found = _Found()
        self._packet = packet
        self._depth = 0
        self._began = -1
        self._inside = 0
        self._text: list[str] = []
        self._parser = expat.ParserCreate("UTF-8", _SEPARATOR)
        self._parser.namespace_prefixes = True
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._characters
        self._parser.StartDoctypeDeclHandler = self._doctype

    def read(self) -> _Found:
        """Raises ManifestError `xmp_malformed`."""
        try:
            self._parser.Parse(self._packet, True)
        except expat.ExpatError as error:
            raise _malformed(str(error)) from error
        if self.found.end < 0:
            raise _malformed("it holds no RDF")
        if self.found.stated > 1:
            raise _malformed("it states several digital source types")
        return self.found

    def _doctype(self, *given: object) -> None:
        raise _malformed("it brings a document type along")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise _malformed("it is nested too deeply")
        space, local, prefix = _parts(name)
        here = self._parser.CurrentByteIndex
        if (space, local) == (_RDF, "RDF"):
            self.found.prefix = prefix
        if (space, local) == (_RDF, "Description"):
            about = [value for key, value in attributes.items() if _parts(key)[:2] == (_RDF, "about")]
            self.found.about = self.found.about or (about[0] if about else "")
            self._stated_by_attribute(attributes, here)
        if self._inside:
            self._inside += 1
        elif (space, local) == (_EXT, _NAME):
            self._began, self._inside, self._text = here, 1, []

    def _stated_by_attribute(self, attributes: dict[str, str], here: int) -> None:
        for key, value in attributes.items():
            space, local, prefix = _parts(key)
            if (space, local) != (_EXT, _NAME):
                continue
            tag = self._packet[here : self._packet.index(b">", here)]
            written = re.search(rb"\s" + re.escape(f"{prefix}:{_NAME}".encode()) + rb"\s*=\s*(\"[^\"]*\"|'[^']*')", tag)
            if written is None:
                raise _malformed("its digital source type is written in a way of its own")
            self._state(value, here + written.start(), here + written.end())

    def _end(self, name: str) -> None:
        self._depth -= 1
        here = self._parser.CurrentByteIndex
        if self._inside:
            self._inside -= 1
            if not self._inside:
                close = self._packet.find(b">", here) + 1
                self._state("".join(self._text).strip(), self._began, close)
        if _parts(name)[:2] == (_RDF, "RDF"):
            if not self._packet.startswith(b"</", here):
                raise _malformed("its RDF is empty and closed at once")
            self.found.end = here

    def _characters(self, text: str) -> None:
        if self._inside:
            self._text.append(text)

    def _state(self, value: str, start: int, end: int) -> None:
        self.found.stated += 1
        self.found.value = value[:1024]
        self.found.cuts.append((start, end, b""))


def _read(packet: bytes) -> _Found:
    if len(packet) > MOST_PACKET_BYTES:
        raise _malformed("it is too large")
    return _Reader(packet.rstrip(b"\0")).read()


def _parts(name: str) -> tuple[str, str, str]:
    """Namespace, local name and prefix of a name as the parser gives it."""
    parts = name.split(_SEPARATOR)
    if len(parts) == 3:
        return parts[0], parts[1], parts[2]
    return (parts[0], parts[1], "") if len(parts) == 2 else ("", name, "")


def _malformed(why: str) -> ManifestError:
    return ManifestError(
        f"the file's XMP can't be read: {why}"[:300],
        code="xmp_malformed",
        hint="Write the file again, or take its XMP out with a metadata tool; nothing was changed.",
    )
