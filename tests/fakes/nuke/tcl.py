"""As much TCL as paths and labels in comps hold: a few commands, quoting, and the words of a script."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

from .facts import FakeNukeUnsupported

__all__ = ["evaluated", "quoted", "unquoted", "words_of"]


def evaluated(text: str, app: Any) -> str:
    """Text with its `[commands]` carried out; unknown ones raise. A backslash protects the sign behind it."""
    out, at = [], 0
    while at < len(text):
        sign = text[at]
        if sign == "\\" and at + 1 < len(text):
            out.append(text[at + 1])
            at += 2
        elif sign == "[":
            end = _closing(text, at)
            out.append(_command(evaluated_inner(text[at + 1 : end], app), app))
            at = end + 1
        else:
            out.append(sign)
            at += 1
    return "".join(out)


def evaluated_inner(text: str, app: Any) -> str:
    """A command's words, inner commands carried out first; braces protect what is in them."""
    if "[" not in text or text.startswith("python "):
        return text
    start = text.index("[")
    end = _closing(text, start)
    return evaluated_inner(
        text[:start] + _command(evaluated_inner(text[start + 1 : end], app), app) + text[end + 1 :], app
    )


def _closing(text: str, start: int) -> int:
    depth = 0
    for at in range(start, len(text)):
        depth += {"[": 1, "]": -1}.get(text[at], 0)
        if depth == 0:
            return at
    raise RuntimeError(f"missing close bracket in {text!r}")


def _command(words: str, app: Any) -> str:
    name, _, rest = words.strip().partition(" ")
    rest = rest.strip()
    if name == "getenv":
        if rest not in os.environ:
            raise RuntimeError(f'no such variable: "{rest}"')
        return os.environ[rest]
    if name == "value" and rest in ("root.name", "root.project_directory"):
        return str(app.root()[rest.partition(".")[2]].value())
    if name == "file" and rest.startswith("dirname "):
        return os.path.dirname(rest[8:].strip().strip('"{}'))
    if name == "python" and rest.strip("{}") == "nuke.script_directory()":
        return os.path.dirname(str(app.root()["name"].value()))
    raise FakeNukeUnsupported(f"the TCL command [{words}]")


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
