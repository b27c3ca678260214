"""Menus that a test can look through and press."""

from __future__ import annotations

from collections.abc import Callable

__all__ = ["Menu"]


class Menu:
    """A menu: further menus and commands by name."""

    def __init__(self, name: str) -> None:
        self._name = name
        self.items: dict[str, Menu | tuple[str | Callable[[], object], str]] = {}

    def name(self) -> str:
        return self._name

    def addMenu(self, name: str, icon: str = "", tooltip: str = "", index: int = -1) -> Menu:
        found = self.items.setdefault(name, Menu(name))
        assert isinstance(found, Menu)
        return found

    def addCommand(
        self, name: str, command: str | Callable[[], object] = "", shortcut: str = "", icon: str = "",
        tooltip: str = "", index: int = -1, readonly: bool = False, shortcutContext: int = -1, tag: str = "",
    ) -> None:  # fmt: skip
        self.items[name] = (command, shortcut)

    def addSeparator(self) -> None:
        self.items[f"-{len(self.items)}"] = ("", "")

    def findItem(self, name: str) -> Menu | None:
        found = self.items.get(name)
        return found if isinstance(found, Menu) else None

    def press(self, name: str) -> object:
        """What choosing the entry does."""
        found = self.items[name]
        assert not isinstance(found, Menu)
        command = found[0]
        assert callable(command)
        return command()
