"""Undo with real snapshots: a step is the whole script as it was before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .application import FakeNuke

__all__ = ["UndoStack", "undo_class"]


class UndoStack:
    """The steps that can be undone and redone."""

    def __init__(self, app: FakeNuke) -> None:
        self._app = app
        self.steps: list[tuple[str, Any]] = []
        self.undone: list[tuple[str, Any]] = []
        self.off = 0
        self._depth = 0
        self._name = ""
        self._before: Any = None
        self._changed = False
        self._text_when_off = ""

    def touch(self) -> None:
        """A change is about to happen."""
        if self.off:
            return
        if self._depth:
            self._changed = True
            return
        self._push("change", self._snapshot())

    def begin(self) -> None:
        if self.off:
            raise AssertionError("an undo group inside Undo.disable records nothing in Nuke either")
        if self._depth == 0:
            self._before, self._changed, self._name = self._snapshot(), False, ""
        self._depth += 1

    def name(self, words: str) -> None:
        self._name = words

    def end(self) -> None:
        if self._depth == 0:
            raise RuntimeError("Undo.end without begin")
        self._depth -= 1
        if self._depth == 0 and self._changed:
            self._push(self._name or "group", self._before)

    def cancel(self) -> None:
        if self._depth == 0:
            raise RuntimeError("Undo.cancel without begin")
        self._depth = 0
        self._app.root_node._restore(self._before)

    def disable(self) -> None:
        if self.off == 0:
            self._text_when_off = self._app.script_text()
        self.off += 1

    def enable(self) -> None:
        if self.off == 0:
            raise RuntimeError("Undo.enable without disable")
        self.off -= 1
        if self.off == 0 and self._app.script_text() != self._text_when_off:
            raise AssertionError("what was changed with undo off stays changed: later undo steps would not fit")

    def undo(self) -> None:
        if not self.steps:
            return
        name, before = self.steps.pop()
        self.undone.append((name, self._snapshot()))
        self._app.root_node._restore(before)

    def redo(self) -> None:
        if not self.undone:
            return
        name, after = self.undone.pop()
        self.steps.append((name, self._snapshot()))
        self._app.root_node._restore(after)

    @property
    def is_open(self) -> bool:
        return self._depth > 0

    def _push(self, name: str, before: Any) -> None:
        self.steps.append((name, before))
        self.undone.clear()

    def _snapshot(self) -> Any:
        return self._app.root_node._state()


def undo_class(stack: UndoStack, major: int) -> type:
    """`nuke.Undo`; its calls are static in effect, and `begin` takes a name only in 17.1."""

    class Undo:
        """Groups of changes."""

        @staticmethod
        def begin() -> None:
            stack.begin()

        @staticmethod
        def name(words: str) -> None:
            stack.name(words)

        @staticmethod
        def end() -> None:
            stack.end()

        @staticmethod
        def cancel() -> None:
            stack.cancel()

        @staticmethod
        def disable() -> None:
            stack.disable()

        @staticmethod
        def enable() -> None:
            stack.enable()

        @staticmethod
        def disabled() -> bool:
            return stack.off > 0

        @staticmethod
        def undo() -> None:
            stack.undo()

        @staticmethod
        def redo() -> None:
            stack.redo()

        @staticmethod
        def undoSize() -> int:
            return len(stack.steps)

        def __enter__(self) -> Undo:
            stack.begin()
            return self

        def __exit__(self, *exc: object) -> None:
            stack.end()

    return Undo
