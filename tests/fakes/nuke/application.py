"""One running Nuke: the script, the calls of `import nuke`, and what a test may ask beside them."""

from __future__ import annotations

import os
import random
import re
import runpy
import sys
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from .facts import VERSIONS, FakeNukeUnsupported, class_facts
from .knobs import INVISIBLE, KNOB_CLASSES, Knob, knob_for, on_main_thread
from .menus import Menu
from .nodes import NAMED_AS, Group, Node, Root
from .script import read_script, write_script
from .undo import UndoStack, undo_class
from .values import Format

__all__ = ["FakeNuke"]

_TOKEN = re.compile(r"%(0?\d*)d|(#+)")


class FakeNuke:
    """A Nuke of a major version. matte_of: what the Roto of a name draws at a frame, for tests."""

    def __init__(self, major: int = 16, gui: bool = True) -> None:
        self.major, self.GUI = major, gui
        self.NUKE_VERSION_STRING, self.release = VERSIONS[major]
        self.facts = class_facts(major)
        self.is_modified = False
        self.now = 1
        self.said: list[str] = []
        self.answers: list[bool] = []
        self.files_named: list[str] = []
        self.plugin_paths: list[str] = []
        self.on_load: list[Callable[[], object]] = []
        self.menus = {name: Menu(name) for name in ("Nuke", "Nodes", "Pane", "Viewer")}
        self.defaults: dict[str, Any] = {}
        self.formats = [Format(2048, 1556, 1.0, "2K_Super_35(full-ap)"), Format(1920, 1080, 1.0, "HD_1080")]
        self.matte_of: dict[str, Callable[[int], Any]] = {}
        self.rendered: list[tuple[str, int, str]] = []
        self.render_trouble: Callable[[int], None] = lambda frame: None
        self.root_node = Root(self, self.facts["Root"], None)
        self.contexts: list[Group] = [self.root_node]
        self.undo = UndoStack(self)
        self.module = _Module(self)

    # The script.

    def make(self, name: str, group: Group | None = None) -> Node:
        """A new node of a class, unconnected."""
        facts = self.facts.get(name)
        if facts is None or name == "Root":
            raise RuntimeError(f"{name}: Unknown command")
        self.touch()
        parent = group or self.contexts[-1]
        node = (Group if name == "Group" else Node)(self, facts, parent)
        parent._nodes.append(node)
        node.setName(f"{NAMED_AS.get(name, name)}1")
        for knob in node._knobs.values():
            knob._touched = False
        self.apply_defaults(node, list(node._knobs))
        return node

    def apply_defaults(self, node: Node, names: list[str]) -> None:
        """Give new knobs of a node the values that the studio's set-up says."""
        kind = node._facts.name
        for name in names:
            for key in (f"{kind}.{name}", f"{NAMED_AS.get(kind)}.{name}"):
                if key in self.defaults and name in node._knobs:
                    node._knobs[name].fromScript(str(self.defaults[key]))
                    node._knobs[name]._touched = False

    def touch(self) -> None:
        """A change is about to happen: undo and the modified flag want to know."""
        on_main_thread()
        self.undo.touch()
        self.is_modified = True

    def root(self) -> Root:
        """The script's own node."""
        return self.root_node

    def every_node(self) -> Iterator[Node]:
        """All nodes, those in groups too."""
        return self.root_node._all()

    def script_text(self) -> str:
        """The script as it would be saved."""
        return write_script(self)

    def text_of(self, nodes: list[Node]) -> str:
        """Some nodes of one group, as copying them gives."""
        return write_script(self, nodes)

    def paste(self, text: str) -> list[Node]:
        """Nodes from text, into the current group."""
        self.touch()
        return read_script(self, text)

    def clear(self) -> None:
        """An empty script."""
        self.root_node = Root(self, self.facts["Root"], None)
        self.contexts[:] = [self.root_node]
        self.undo.steps.clear()
        self.undo.undone.clear()
        self.is_modified = False

    def open(self, path: str | Path) -> None:
        """Open a script, as the user does: the callbacks run, and what they raise is not caught."""
        self.clear()
        read_script(self, Path(path).read_text(encoding="utf-8"))
        self.root_node["name"].setValue(str(path))
        self.undo.steps.clear()
        self.is_modified = False
        for call in list(self.on_load):
            call()

    def save(self, path: str | Path) -> None:
        """Save it."""
        self.root_node._knobs["name"].setValue(str(path))
        Path(path).write_text(self.script_text(), encoding="utf-8")
        self.is_modified = False

    # Files and pictures.

    def current_frame(self) -> int:
        """The frame that knobs are read at."""
        return self.now

    def tokens_filled(self, text: str, frame: int, view: str = "main") -> str:
        """A path with its frame and view tokens filled in."""

        def fill(match: re.Match[str]) -> str:
            digits = match[1] if match[1] is not None else f"0{len(match[2])}"
            return f"%{digits}d" % frame

        return _TOKEN.sub(fill, text.replace("%V", view).replace("%v", view[:1]))

    def file_at(self, knob: Any, frame: int, view: str = "main") -> Path:
        """The file of a file knob at a frame; relative ones lie under the project's directory."""
        path = self.tokens_filled(knob._tcl(frame), frame, view)
        if not os.path.isabs(path):
            folder: Any = self.root_node._knobs["project_directory"]
            base = folder._tcl() if folder._state.text else os.getcwd()
            path = os.path.join(base, path)
        return Path(path)

    def image(self, node: Node, frame: int | None = None, view: str | None = None) -> Any:
        """The picture of a node at a frame: `pixels.Image`."""
        from .pixels import evaluate

        before, self.now = self.now, self.now if frame is None else frame
        try:
            return evaluate(self, node, self.now, view or "main")
        finally:
            self.now = before

    def render(self, node: Node, first: int, last: int, step: int = 1, views: list[str] | None = None) -> None:
        """What execute does with a Write."""
        from .exr import write_frame

        if node.Class() != "Write":
            raise RuntimeError(f"{node.name()}: is not an executable node")
        for frame in range(first, last + 1, step):
            for view in views or [str(node["views"].value())]:
                self.render_trouble(frame)
                path = write_frame(self, node, frame, view)
                self.rendered.append((node.name(), frame, str(path)))

    # For tests.

    def knob_class(self, name: str) -> type[Knob]:
        """A knob class by name."""
        return KNOB_CLASSES[name]

    def format_named(self, name: str) -> Format | None:
        """A format that was added, by name."""
        return next((one for one in self.formats if one.name() == name), None)

    def randomise(self, nodes: list[Node], rng: random.Random) -> list[str]:
        """Give every knob that nobody has set another legal value, as a studio's defaults may; returns which."""
        changed = []
        for node in nodes:
            for name, knob in list(node._knobs.items()):
                text = _other_value(knob, rng)
                if text is not None and not knob._touched and name not in ("name", "selected", "xpos", "ypos"):
                    knob.fromScript(text)
                    changed.append(f"{node.name()}.{name}")
        return changed

    def studio_defaults(self, kinds: list[str], rng: random.Random) -> int:
        """Set random legal defaults for every knob of some classes, as an unusual studio may; returns how many."""
        for kind in kinds:
            probe = (Group if kind == "Group" else Node)(self, self.facts[kind], None)
            for facts in self.facts[kind].exr_knobs.values():
                probe._knobs[facts.name] = knob_for(facts, probe)
            for name, knob in probe._knobs.items():
                text = _other_value(knob, rng)
                if text is not None and name not in ("name", "selected", "xpos", "ypos", "file_type"):
                    self.defaults[f"{kind}.{name}"] = text
        return len(self.defaults)

    def start(self, folder: Path) -> None:
        """Run a user's folder's init.py, those of the paths it adds, and with a window every menu.py."""
        folders = [str(folder)]
        for place in folders:
            self._run(place, "init.py")
            folders += [path for path in self.plugin_paths if path not in folders]
        for place in folders if self.GUI else ():
            self._run(place, "menu.py")

    @staticmethod
    def _run(folder: str, name: str) -> None:
        file = os.path.join(folder, name)
        if os.path.isfile(file):
            runpy.run_path(file, run_name="init" if name == "init.py" else "menu")


def _other_value(knob: Knob, rng: random.Random) -> str | None:
    kind = knob.Class()
    if kind in ("Boolean_Knob", "Disable_Knob"):
        return rng.choice(["true", "false"])
    if kind == "Enumeration_Knob" and knob._facts.values:
        return rng.choice(knob._facts.values)
    if kind in ("Array_Knob", "Int_Knob", "ColorChip_Knob"):
        return str(rng.randrange(0, 5))
    return None


class _Nodes:
    """`nuke.nodes`: a call for every class."""

    def __init__(self, app: FakeNuke) -> None:
        self._app = app

    def __getattr__(self, name: str) -> Callable[..., Node]:
        if name.startswith("__"):
            raise AttributeError(name)

        def make(**knobs: Any) -> Node:
            inputs = knobs.pop("inputs", [])
            node = self._app.make(name)
            for key, value in knobs.items():
                if key == "name":
                    node.setName(value)
                else:
                    node[key].setValue(value)
            for number, one in enumerate(inputs):
                node.setInput(number, one)
            return node

        return make


class _ProgressTask:
    """The bar that a user can cancel."""

    def __init__(self, name: str = "") -> None:
        on_main_thread()

    def setProgress(self, value: int) -> None:
        if not isinstance(value, int):
            raise TypeError("expecting an int")

    def setMessage(self, text: str) -> None:
        if not isinstance(text, str):
            raise TypeError("expecting a string")

    def isCancelled(self) -> bool:
        return False


class _Module(types.ModuleType):
    """What `import nuke` gives; a name that is not here raises AttributeError."""

    INVISIBLE = INVISIBLE
    INPUTS, HIDDEN_INPUTS, EXPRESSIONS = 1, 2, 4
    ProgressTask = _ProgressTask

    def __init__(self, app: FakeNuke) -> None:
        super().__init__("nuke")
        self._app = app
        self.GUI = app.GUI
        self.NUKE_VERSION_STRING = app.NUKE_VERSION_STRING
        self.NUKE_VERSION_MAJOR, self.NUKE_VERSION_MINOR = app.major, 0
        self.NUKE_VERSION_RELEASE = app.release
        self.env = {"gui": app.GUI, "nc": False, "indie": False, "NukeVersionMajor": app.major}
        self.Undo = undo_class(app.undo, app.major)
        self.nodes = _Nodes(app)
        self.Node, self.Group, self.Root = Node, Group, Root
        for name, kind in KNOB_CLASSES.items():
            setattr(self, name, kind)

    def __getattribute__(self, name: str) -> Any:
        if not name.startswith("_"):
            on_main_thread()
        return super().__getattribute__(name)

    def root(self) -> Root:
        return self._app.root()

    def thisGroup(self) -> Group:
        return self._app.contexts[-1]

    def allNodes(
        self, filter: str | None = None, group: Group | None = None, recurseGroups: bool = False
    ) -> list[Node]:
        within = group or self._app.contexts[-1]
        found = list(within._all()) if recurseGroups else within.nodes()
        return [node for node in found if filter is None or node.Class() == filter]

    def selectedNodes(self, filter: str | None = None) -> list[Node]:
        return [node for node in self.allNodes(filter) if node.isSelected()]

    def selectedNode(self) -> Node:
        found = self.selectedNodes()
        if not found:
            raise ValueError("no node selected")
        return found[-1]

    def toNode(self, name: str) -> Node | None:
        words = name.split(".")
        if words[0] == "root":
            return _below(self._app.root_node, words[1:])
        return _below(self._app.contexts[-1], words) or _below(self._app.root_node, words)

    def delete(self, node: Node) -> None:
        node._alive()
        assert node._parent is not None
        self._app.touch()
        for other in node.dependent():
            other._inputs = [None if one is node else one for one in other._inputs]
        node._parent._nodes.remove(node)

    def execute(
        self, nameOrNode: Node | str, start: int | None = None, end: int | None = None, incr: int = 1,
        views: list[str] | None = None, continueOnError: bool = False,
    ) -> None:  # fmt: skip
        node = self.toNode(nameOrNode) if isinstance(nameOrNode, str) else nameOrNode
        if node is None or start is None or end is None:
            raise RuntimeError("nothing to execute")
        if not all(isinstance(one, int) for one in (start, end, incr)):
            raise TypeError("expecting int frames")
        self._app.render(node, start, end, incr, views)

    def frame(self, f: int | None = None) -> int:
        if f is not None:
            self._app.now = int(f)
        return self._app.now

    def views(self) -> list[str]:
        return str(self._app.root_node["views"].value()).split()

    def thisView(self) -> str:
        return self.views()[0]

    def knobDefault(self, classknob: str, value: str | None = None) -> str | None:
        if value is None:
            return self._app.defaults.get(classknob)
        self._app.defaults[classknob] = value
        return None

    def menu(self, name: str) -> Menu | None:
        if not self._app.GUI:
            raise RuntimeError("no menus without a window")
        return self._app.menus.get(name)

    def pluginAddPath(self, args: str, addToSysPath: bool = True) -> None:
        self._app.plugin_paths.append(args)
        if addToSysPath and args not in sys.path:
            sys.path.insert(0, args)

    def addOnScriptLoad(
        self, call: Callable[[], object], args: tuple[object, ...] = (), kwargs: dict[str, object] | None = None,
        nodeClass: str = "Root",
    ) -> None:  # fmt: skip
        if call not in self._app.on_load:
            self._app.on_load.append(call)

    def removeOnScriptLoad(
        self, call: Callable[[], object], args: tuple[object, ...] = (), kwargs: dict[str, object] | None = None,
        nodeClass: str = "Root",
    ) -> None:  # fmt: skip
        self._app.on_load.remove(call)

    def message(self, prompt: str) -> None:
        self._app.said.append(prompt)

    def ask(self, prompt: str) -> bool:
        if not self._app.answers:
            raise FakeNukeUnsupported(f"nobody answers: {prompt}")
        return self._app.answers.pop(0)

    def getFilename(self, message: str, pattern: str = "*", default: str = "", favorites: str = "") -> str | None:
        return self._app.files_named.pop(0) if self._app.files_named else None

    def tprint(self, value: str, sep: str = " ", end: str = "\n") -> None:
        self._app.said.append(value)

    def scriptSaveAs(self, filename: str, overwrite: int = -1) -> None:
        self._app.save(filename)

    def scriptClear(self) -> None:
        self._app.clear()

    def script_directory(self) -> str:
        return os.path.dirname(str(self._app.root_node["name"].value()))

    def nodePaste(self, s: str) -> Node | None:
        made = self._app.paste(Path(s).read_text(encoding="utf-8"))
        return made[-1] if made else None

    def addFormat(self, s: str) -> Format:
        self._app.formats.append(Format.parse(s))
        return self._app.formats[-1]

    def executeInMainThread(self, call: Callable[..., Any], args: tuple[Any, ...] = (), kwargs: Any = None) -> None:
        raise FakeNukeUnsupported("executeInMainThread: the adapter polls from a timer and needs no threads")


def _below(group: Group, words: list[str]) -> Node | None:
    node: Node | None = group
    for word in words:
        node = node.node(word) if isinstance(node, Group) else None
    return node
