"""As much TCL as paths and labels in comps hold: a few commands, quoting, and the words of a script."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import Any

from .expressions import known_at, number_of, value_of
from .facts import FakeNukeUnsupported

__all__ = ["closing", "evaluated", "quoted", "unquoted", "words_of"]


def evaluated(text: str, node: Any) -> str:
    """Text of a knob of a node with its `[commands]` carried out; unknown ones raise. A backslash protects the sign
    behind it."""
    out, at = [], 0
    while at < len(text):
        sign = text[at]
        if sign == "\\" and at + 1 < len(text):
            out.append(text[at + 1])
            at += 2
        elif sign == "[":
            end = closing(text, at)
            out.append(_command(_carried_out(text[at + 1 : end], node), node))
            at = end + 1
        else:
            out.append(sign)
            at += 1
    return "".join(out)


def _carried_out(text: str, node: Any) -> str:
    """A command's words, inner commands carried out first."""
    if "[" not in text or text.startswith("python "):
        return text
    start = text.index("[")
    end = closing(text, start)
    done = _command(_carried_out(text[start + 1 : end], node), node)
    return _carried_out(text[:start] + done + text[end + 1 :], node)


def closing(text: str, start: int) -> int:
    """Where the bracket at `start` is closed."""
    depth = 0
    for at in range(start, len(text)):
        depth += {"[": 1, "]": -1}.get(text[at], 0)
        if depth == 0:
            return at
    raise RuntimeError(f"missing close bracket in {text!r}")


def _command(words: str, node: Any) -> str:
    name, _, rest = words.strip().partition(" ")
    rest = rest.strip()
    if name == "getenv":
        if rest not in os.environ:
            raise RuntimeError(f'no such variable: "{rest}"')
        return os.environ[rest]
    if node is not None and name in ("value", "knob"):
        return _value(rest.strip("{}"), node)
    if node is not None and name == "frame" and not rest:
        return str(node._app.current_frame())
    if node is not None and name == "expr":
        return _plain(value_of(rest.strip("{}"), node._knobs["name"], node._app.current_frame()))
    if name == "format":
        shape, _, given = rest.partition(" ")
        if not re.fullmatch(r"%0?\d*d", shape.strip('"{}')):
            raise FakeNukeUnsupported(f"the TCL command [{words}]")
        return shape.strip('"{}') % int(given)
    if name == "file":
        return _file(rest, words)
    if name == "python" and node is not None and rest.strip("{}") == "nuke.script_directory()":
        return os.path.dirname(str(node._app.root()["name"].value()))
    raise FakeNukeUnsupported(f"the TCL command [{words}]")


def _value(path: str, node: Any) -> str:
    """A knob as text: its own commands carried out, its tokens left."""
    knob, part = known_at(path, node)
    if hasattr(knob, "_tcl"):
        return str(knob._tcl())
    if hasattr(knob, "evaluate"):
        return str(knob.evaluate())
    found = knob.value()
    if isinstance(found, str):
        return found
    return _plain(number_of(knob, node._app.current_frame(), part))


def _file(rest: str, words: str) -> str:
    """`file dirname`, `tail`, `rootname` of one path."""
    what, _, path = rest.partition(" ")
    path = path.strip().strip('"{}')
    if what == "dirname":
        return os.path.dirname(path)
    if what == "tail":
        return os.path.basename(path)
    if what == "rootname":
        return os.path.splitext(path)[0]
    raise FakeNukeUnsupported(f"the TCL command [{words}]")


def _plain(number: float) -> str:
    return str(int(number)) if float(number).is_integer() else repr(float(number))


def quoted(text: str) -> str:
    """A value as one TCL word."""
    if text == "":
        return '""'
    plain = all(sign.isalnum() or sign in "._-+/:%#@,=" for sign in text)
    if plain:
        return text
    escaped = "".join("\\" + sign if sign in '"\\[]$' else sign for sign in text)
    return '"' + escaped.replace("\n", "\\n") + '"'


def unquoted(word: str) -> str:
    """A word's value: quotes with backslashes, or braces as they are."""
    if word.startswith('"') and word.endswith('"') and len(word) > 1:
        out, at, inner = [], 0, word[1:-1]
        while at < len(inner):
            if inner[at] == "\\" and at + 1 < len(inner):
                out.append("\n" if inner[at + 1] == "n" else inner[at + 1])
                at += 2
            else:
                out.append(inner[at])
                at += 1
        return "".join(out)
    return word


def words_of(text: str) -> Iterator[str]:
    """The words of a script, quotes and braces kept on them; a line's end is the word `\\n`."""
    at, size = 0, len(text)
    while at < size:
        sign = text[at]
        if sign == "\n":
            yield "\n"
            at += 1
        elif sign.isspace():
            at += 1
        else:
            end = _word_end(text, at)
            yield text[at:end]
            at = end


def _word_end(text: str, at: int) -> int:
    opening = text[at]
    if opening == '"':
        end = at + 1
        while text[end] != '"':
            end += 2 if text[end] == "\\" else 1
        return end + 1
    if opening == "{":
        depth, end = 0, at
        while True:
            depth += {"{": 1, "}": -1}.get(text[end], 0)
            end += 2 if text[end] == "\\" else 1
            if depth == 0:
                return end
    end = at
    while end < len(text) and not text[end].isspace():
        end += 1
    return end
