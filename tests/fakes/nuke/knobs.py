"""Knobs: typed, with Nuke's errors for what does not fit; their whole state is one immutable value for undo."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from .expressions import value_of
from .facts import FakeNukeUnsupported, KnobFacts
from .tcl import evaluated, quoted
from .values import Format

if TYPE_CHECKING:
    from .nodes import Node

__all__ = ["INVISIBLE", "KNOB_CLASSES", "Knob", "KnobState", "USER_IDS", "WrongThread", "knob_for", "on_main_thread"]

INVISIBLE = 0x400
_FLAGS = {INVISIBLE: "INVISIBLE"}
USER_IDS = {
    "String_Knob": 1, "File_Knob": 2, "Int_Knob": 3, "Boolean_Knob": 6, "Double_Knob": 7, "Tab_Knob": 20,
    "Text_Knob": 26,
}  # fmt: skip


class WrongThread(AssertionError):
    """Nuke was touched from another thread than its main one."""


def on_main_thread() -> None:
    """Fail off the main thread, as Nuke crashes there."""
    if threading.current_thread() is not threading.main_thread():
        raise WrongThread("nuke was called off the main thread")


@dataclass(frozen=True)
class KnobState:
    """All of a knob that a script keeps."""

    text: str
    keys: tuple[tuple[float, float], ...] = ()
    expression: str = ""
    flags: int = 0
    views: tuple[tuple[str, str], ...] = ()


class Knob:
    """One control of a node."""

    def __init__(self, name: str = "", label: str | None = None) -> None:
        self._facts = KnobFacts(name, type(self).__name__, self._first_value())
        self._label = label or ""
        self._node: Node | None = None
        self._state = KnobState(self._facts.default)
        self._user = True
        self._touched = False

    def __getattribute__(self, name: str) -> Any:
        if not name.startswith("_"):
            on_main_thread()
        return super().__getattribute__(name)

    @staticmethod
    def _first_value() -> str:
        return ""

    # What every knob can be asked.

    def name(self) -> str:
        return self._facts.name

    def Class(self) -> str:
        return self._facts.kind

    def node(self) -> Node | None:
        return self._node

    def label(self) -> str:
        return self._label

    def setLabel(self, s: str) -> None:
        self._touch()
        self._label = s

    def setTooltip(self, s: str) -> None:
        _want(s, str, "a string")

    def setFlag(self, f: int) -> None:
        self._put(flags=self._state.flags | f)

    def clearFlag(self, f: int) -> None:
        self._put(flags=self._state.flags & ~f)

    def getFlag(self, f: int) -> bool:
        return bool(self._state.flags & f)

    def setVisible(self, visible: bool) -> None:
        _want(visible, bool, "a bool")
        (self.clearFlag if visible else self.setFlag)(INVISIBLE)

    def visible(self) -> bool:
        return not self._facts.hidden and not self.getFlag(INVISIBLE)

    def value(self) -> Any:
        return self._at(float(self._node._app.current_frame()) if self._node else 1.0)

    def getValue(self) -> Any:
        return self.value()

    def setValue(self, val: Any) -> bool:
        text = self._written(val)
        self._put(text=text, keys=(), expression="")
        return True

    def isAnimated(self) -> bool:
        return bool(self._state.keys or self._state.expression)

    def hasExpression(self, index: int = -1) -> bool:
        return bool(self._state.expression)

    def setExpression(self, expression: str, channel: int = -1, view: str | None = None) -> bool:
        self._put(expression=expression, keys=())
        return True

    def clearAnimated(self) -> bool:
        self._put(keys=(), expression="")
        return True

    def defaultValue(self) -> Any:
        return self._plain(self._facts.default)

    def notDefault(self) -> bool:
        return self._state.text != self._facts.default or self.isAnimated() or bool(self._state.views)

    def toScript(self, quote: bool = False, context: None = None) -> str:
        if self._state.views:
            return "{" + " ".join([self._state.text, *(word for pair in self._state.views for word in pair)]) + "}"
        if self._state.expression:
            return "{{" + self._state.expression + "}}"
        if self._state.keys:
            return "{{curve " + " ".join(f"x{time:g} {value:g}" for time, value in self._state.keys) + "}}"
        return self._script(self._state.text)

    def fromScript(self, s: str) -> bool:
        self._put(**self._from_script(s))
        return True

    # Inside.

    def _touch(self) -> None:
        if self._node is not None:
            self._node._app.touch()

    def _put(self, **changes: Any) -> None:
        self._touch()
        self._touched = True
        self._state = replace(self._state, **changes)
        if self._node is not None and "text" in changes:
            self._node._knob_changed(self)

    def _plain(self, text: str) -> Any:
        return text

    def _at(self, time: float) -> Any:
        """The value at a frame."""
        if not self._state.expression:
            return self._plain(self._state.text)
        return self._of_number(value_of(self._state.expression, self, time))

    def _of_number(self, found: float) -> Any:
        """An expression's number as this kind of knob holds it."""
        raise FakeNukeUnsupported(f"an expression on the {self.Class()} {self.name()}")

    def _written(self, val: Any) -> str:
        return str(_want(val, str, "a string"))

    def _script(self, text: str) -> str:
        return quoted(text)

    def _from_script(self, s: str) -> dict[str, Any]:
        if s.startswith("{{curve ") and s.endswith("}}"):
            words = s[8:-2].split()
            times, values = words[::2], words[1::2]
            keys = tuple((float(t[1:]), float(v)) for t, v in zip(times, values, strict=True))
            return {"text": f"{keys[0][1]:g}", "keys": keys, "expression": ""}
        if s.startswith("{{") and s.endswith("}}"):
            return {"expression": s[2:-2]}
        return {"text": s, "keys": (), "expression": ""}

    def _flag_words(self) -> str:
        return "".join(f" +{word}" for bit, word in _FLAGS.items() if self._state.flags & bit)


def _want(val: Any, kind: type | tuple[type, ...], words: str) -> Any:
    if not isinstance(val, kind) or (isinstance(val, bool) and kind in (str, (int, float))):
        raise TypeError(f"expecting {words}, not {type(val).__name__}")
    return val


class String_Knob(Knob):
    """Plain text."""

    def getText(self) -> str:
        return str(self._state.text)


class EvalString_Knob(String_Knob):
    """Text with TCL in it."""

    def evaluate(self, time: float | None = None) -> str:
        return self._tcl(time)

    def _tcl(self, time: float | None = None) -> str:
        """The text with its commands carried out at a frame; tokens stay."""
        node = self._node
        if node is None:
            return evaluated(self._state.text, None)
        app = node._app
        before, app.now = app.now, app.now if time is None else int(time)
        try:
            return evaluated(self._state.text, node)
        finally:
            app.now = before


class Multiline_Eval_String_Knob(EvalString_Knob):
    """Several lines of it."""


class File_Knob(EvalString_Knob):
    """A path with frame and view tokens; it is not made absolute by asking for it."""

    def evaluate(self, time: float | None = None) -> str:
        text = super().evaluate(time)
        if self._node is None:
            return text
        app = self._node._app
        return app.tokens_filled(text, app.current_frame() if time is None else int(time))

    def fromUserText(self, s: str) -> None:
        raise FakeNukeUnsupported("File_Knob.fromUserText opens the file in ways that are not known")


class Boolean_Knob(Knob):
    """On or off."""

    @staticmethod
    def _first_value() -> str:
        return "false"

    def _plain(self, text: str) -> bool:
        return text in ("true", "1")

    def _written(self, val: Any) -> str:
        if not isinstance(val, (bool, int, float)):
            raise TypeError(f"expecting a bool, not {type(val).__name__}")
        return "true" if val else "false"

    def _of_number(self, found: float) -> bool:
        return found != 0


class Disable_Knob(Boolean_Knob):
    """The disable button."""


class Enumeration_Knob(Knob):
    """One of a list: by its text first, then by its index."""

    def values(self) -> list[str]:
        return list(self._facts.values)

    def numValues(self) -> int:
        return len(self._facts.values)

    def _written(self, val: Any) -> str:
        if isinstance(val, bool) or not isinstance(val, (str, int, float)):
            raise TypeError(f"expecting an entry or its index, not {type(val).__name__}")
        values = self._facts.values
        if not values:  # the list hangs on a colour configuration that the fake has not
            return str(val)
        if isinstance(val, str) and val in values:
            return val
        number = val if not isinstance(val, str) else None
        if number is not None and 0 <= int(number) < len(values):
            return values[int(number)]
        raise TypeError(f"bad value for {self._facts.name}: {val!r} is not one of {', '.join(values)}")

    def _of_number(self, found: float) -> str:
        return self._facts.values[min(max(0, int(found)), len(self._facts.values) - 1)]

    def _from_script(self, s: str) -> dict[str, Any]:
        if not s.startswith("{{") and self._facts.values and s not in self._facts.values:
            raise RuntimeError(f"{self._facts.name}: bad enumeration value {s!r}")
        return super()._from_script(s)


class Array_Knob(Knob):
    """Numbers: one, or several in a row; may be animated."""

    @staticmethod
    def _first_value() -> str:
        return "0"

    def _plain(self, text: str) -> Any:
        numbers = [float(int(word, 16)) if word.startswith("0x") else float(word) for word in text.split()]
        return numbers[0] if len(numbers) == 1 else numbers

    def setValue(self, val: Any, view: str | None = None) -> bool:
        if view is None:
            return super().setValue(val)
        if view not in dict(self._state.views):
            raise FakeNukeUnsupported(f"{self.name()} is not split for the view {view}")
        self._put(views=tuple((name, self._written(val) if name == view else one) for name, one in self._state.views))
        return True

    def splitView(self, view: str) -> None:
        if self._node is None or view not in self._node._app.module.views():
            raise FakeNukeUnsupported(f"the script has no view {view}")
        if self.isAnimated():
            raise FakeNukeUnsupported("splitting an animated knob")
        if view not in dict(self._state.views):
            self._put(views=(*self._state.views, (view, self._state.text)))

    def _in_view(self, view: str) -> Any:
        split = dict(self._state.views)
        return self._plain(split[view]) if view in split else self.value()

    def getValueAt(self, time: float) -> Any:
        return self._at(time)

    def valueAt(self, time: float) -> Any:
        return self._at(time)

    def setValueAt(self, val: float, time: float, chan: int = 0) -> bool:
        _want(val, (int, float), "a number")
        keys = {**dict(self._state.keys), float(time): float(val)}
        self._put(keys=tuple(sorted(keys.items())))
        return True

    def setAnimated(self, chan: int = 0) -> bool:
        now = self.value()
        self._put(keys=((1.0, float(now)),))
        return True

    def _at(self, time: float) -> Any:
        keys = self._state.keys
        if self._state.expression or not keys:
            return super()._at(time)
        before = [key for key in keys if key[0] <= time] or [keys[0]]
        after = [key for key in keys if key[0] >= time] or [keys[-1]]
        (t0, v0), (t1, v1) = before[-1], after[0]
        return v0 if t1 == t0 else v0 + (v1 - v0) * (time - t0) / (t1 - t0)

    def _of_number(self, found: float) -> Any:
        return found

    def _written(self, val: Any) -> str:
        if isinstance(val, (list, tuple)):
            return " ".join(_number(_want(item, (int, float), "a sequence of floats")) for item in val)
        if isinstance(val, bool) or not isinstance(val, (int, float)):
            raise TypeError("expecting a sequence of 1 floats")
        return _number(val)

    def _script(self, text: str) -> str:
        return "{" + text + "}" if " " in text else text

    def _from_script(self, s: str) -> dict[str, Any]:
        words = s.strip("{} ").split()
        named = [place for place, word in enumerate(words) if word.isidentifier()]
        if named and not s.startswith("{{"):
            views = tuple((words[place], words[place + 1]) for place in named)
            return {"text": " ".join(words[: named[0]]), "keys": (), "expression": "", "views": views}
        found = super()._from_script(s)
        if "text" in found:
            found["text"] = found["text"].strip("{} ")
            self._plain(found["text"])
        return found


def _number(value: float) -> str:
    return str(int(value)) if float(value).is_integer() else repr(float(value))


class Int_Knob(Array_Knob):
    """One whole number."""

    def _written(self, val: Any) -> str:
        if isinstance(val, bool) or not isinstance(val, (int, float)):
            raise TypeError("expecting an int")
        return str(int(val))

    def _at(self, time: float) -> Any:
        return int(super()._at(time))


class Format_Knob(Knob):
    """A format; `0` is the project's."""

    def value(self) -> Format:
        text = self._state.text
        if text == "0":
            if self._node is None or self._node.Class() == "Root":
                return Format(2048, 1556, 1.0, "2K_Super_35(full-ap)")
            root = self._node._app.root()["format"].value()
            assert isinstance(root, Format)
            return root
        return Format.parse(text.strip('"'))

    def _written(self, val: Any) -> str:
        if isinstance(val, Format):
            return val.script().strip('"')
        found = self._node._app.format_named(_want(val, str, "a format or its name")) if self._node else None
        if found is None:
            raise TypeError(f"no format {val!r}")
        return str(found.script().strip('"'))


class Obsolete_Knob(Knob):
    """Read from old scripts, of no effect."""

    def setValue(self, val: Any) -> bool:
        raise FakeNukeUnsupported(f"setting the obsolete knob {self.name()}")


class List_Knob(String_Knob):
    """A braced list, one item a line, as metadata changes are written."""

    def _script(self, text: str) -> str:
        return "{\n" + "".join(f"  {line}\n" for line in text.splitlines()) + " }" if text else "{}"

    def _from_script(self, s: str) -> dict[str, Any]:
        inner = s.strip()
        if inner.startswith("{\n") or inner == "{}":
            inner = inner[1:-1]
        return {"text": "\n".join(line.strip() for line in inner.splitlines() if line.strip())}


class Opaque_Knob(Knob):
    """Kept as text."""


class Tab_Knob(Knob):
    """A page of the panel."""


def _numeric(*names: str) -> dict[str, type[Knob]]:
    return {name: type(name, (Array_Knob,), {"__doc__": "Numbers."}) for name in names}


def _textual(*names: str) -> dict[str, type[Knob]]:
    return {name: type(name, (String_Knob,), {"__doc__": "Text."}) for name in names}


KNOB_CLASSES: dict[str, type[Knob]] = {
    **{kind.__name__: kind for kind in (
        String_Knob, EvalString_Knob, Multiline_Eval_String_Knob, File_Knob, Boolean_Knob, Disable_Knob,
        Enumeration_Knob, Array_Knob, Int_Knob, Format_Knob, Obsolete_Knob, Tab_Knob, List_Knob,
    )},
    **_numeric("Double_Knob", "WH_Knob", "XY_Knob", "BBox_Knob", "AColor_Knob", "Color_Knob", "ColorChip_Knob"),
    **_textual("Channel_Knob", "ChannelMask_Knob", "Font_Knob", "MultiView_Knob", "Text_Knob"),
}  # fmt: skip


def knob_for(facts: KnobFacts, node: Node, user: bool = False) -> Knob:
    """The knob of a node as its class has it."""
    kind = KNOB_CLASSES.get(facts.kind, Opaque_Knob)
    knob = kind(facts.name)
    knob._facts, knob._node, knob._user = facts, node, user
    knob._state = KnobState(facts.default)
    return knob
