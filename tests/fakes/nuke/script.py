"""Scripts as text, both ways: the stack machine of .nk files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .facts import MASK_INPUT
from .knobs import KNOB_CLASSES, USER_IDS, Knob
from .nodes import Group, Node, Root
from .tcl import unquoted, words_of

if TYPE_CHECKING:
    from .application import FakeNuke

__all__ = ["read_script", "write_script"]

_ALWAYS = ("name", "xpos", "ypos")
_NEVER = ("indicators",)
_FLAG_BITS = {"INVISIBLE": 0x400}


def write_script(app: FakeNuke, nodes: list[Node] | None = None) -> str:
    """The whole script, or only some nodes of one group (as copying does)."""
    lines = [f"#! FakeNuke{app.NUKE_VERSION_STRING} -nx", f"version {app.NUKE_VERSION_STRING.replace('v', ' v')}"]
    if nodes is None:
        lines += ["Root {", " inputs 0", *_body(app.root_node), "}"]
    _graph(lines, app.root_node._nodes if nodes is None else nodes, [0])
    return "\n".join(lines) + "\n"


def _graph(lines: list[str], nodes: list[Node], count: list[int]) -> None:
    names: dict[Node, str] = {}
    for node in _in_order(nodes):
        inputs = [one if one in names else None for one in node._inputs]
        for one in reversed(inputs):
            lines.append(f"push ${names[one]}" if one is not None else "push 0")
        lines.append(f"{node._facts.name} {{")
        if len(inputs) != 1:
            lines.append(f" inputs {_inputs(node, len(inputs))}")
        lines += [*_body(node), "}"]
        if isinstance(node, Group):
            _graph(lines, node._nodes, count)
            lines.append("end_group")
        count[0] += 1
        names[node] = f"N{count[0]:x}"
        lines.append(f"set {names[node]} [stack 0]")


def _inputs(node: Node, number: int) -> str:
    mask = MASK_INPUT.get(node._facts.name)
    return f"{mask}+1" if mask is not None and number == mask + 1 else str(number)


def _in_order(nodes: list[Node]) -> list[Node]:
    """Inputs before what they feed, else as they were made."""
    ordered: list[Node] = []

    def add(node: Node) -> None:
        if node in ordered or node not in nodes:
            return
        for one in node._inputs:
            if one is not None:
                add(one)
        ordered.append(node)

    for node in nodes:
        add(node)
    return ordered


def _body(node: Node) -> list[str]:
    lines = []
    for name, knob in node._knobs.items():
        if name in _NEVER or knob._facts.kind == "Obsolete_Knob":
            continue
        if name in _ALWAYS or knob.notDefault():
            lines.append(f" {_name(name)} {knob.toScript()}")
    for knob in node._user.values():
        number = USER_IDS[knob._facts.kind]
        label = f" l {_name(knob._label)}" if knob._label else ""
        lines.append(f" addUserKnob {{{number} {knob._facts.name}{label}{knob._flag_words()}}}")
        if knob._facts.kind != "Tab_Knob":
            lines.append(f" {knob._facts.name} {knob.toScript()}")
    return lines


def _name(text: str) -> str:
    return f'"{text}"' if " " in text else text


def read_script(app: FakeNuke, text: str) -> list[Node]:
    """Read a script into the current group; returns the nodes made. Unknown classes and knobs raise as Nuke tells."""
    words = [word for line in text.splitlines(keepends=True) if not line.startswith("#") for word in [line]]
    return _Reader(app, "".join(words)).run()


class _Reader:
    """One reading: the stack, the names set, the groups open."""

    def __init__(self, app: FakeNuke, text: str) -> None:
        self._app = app
        self._words = [word for word in words_of(text) if word != "\n"]
        self._stacks: list[list[Node | None]] = [[]]
        self._set: dict[str, Node | None] = {"cut_paste_input": None}
        self._groups: list[Group] = [app.contexts[-1]]
        self._made: list[Node] = []

    def run(self) -> list[Node]:
        at = 0
        while at < len(self._words):
            at = self._command(at)
        return self._made

    def _command(self, at: int) -> int:
        word = self._words[at]
        if word == "version":
            return at + 3
        if word in ("define_window_layout_xml", "add_layer"):
            return at + 2
        if word == "set":
            self._set[self._words[at + 1]] = self._stacks[-1][-1] if self._stacks[-1] else None
            return at + (4 if self._words[at + 2] == "[stack" else 3)
        if word == "push":
            name = self._words[at + 1]
            self._stacks[-1].append(None if name == "0" else self._set[name.removeprefix("$")])
            return at + 2
        if word == "end_group":
            self._groups.pop()
            self._stacks.pop()
            return at + 1
        self._node(word, self._words[at + 1])
        return at + 2

    def _node(self, name: str, block: str) -> None:
        words = [word for word in words_of(block[1:-1]) if word != "\n"]
        pairs = list(zip(words[::2], words[1::2], strict=True))
        wanted = next((value for key, value in pairs if key == "inputs"), "1")
        node: Node
        if name == "Root":
            node = self._app.root_node
        else:
            node = self._app.make(name, self._groups[-1])
            stack = self._stacks[-1]
            most = sum(int(part) for part in wanted.split("+"))
            found = [stack.pop() if stack else None for _ in range(most)]
            while found and found[-1] is None:
                found.pop()
            node._inputs = found
        for key, value in pairs:
            if key != "inputs":
                _set_knob(self._app, node, unquoted(key), value)
        if isinstance(node, Root):
            return
        self._made.append(node)
        self._stacks[-1].append(node)
        if isinstance(node, Group):
            self._groups.append(node)
            self._stacks.append([])


def _set_knob(app: FakeNuke, node: Node, name: str, value: str) -> None:
    if name == "addUserKnob":
        _add_user_knob(node, value)
        return
    knob = node.knob(name)
    if knob is None:
        raise RuntimeError(f"{node.Class()}: no such knob: {name}")
    text = value if value.startswith("{") else unquoted(value)
    if name == "name" and not isinstance(node, Root):
        node.setName(text)
    else:
        knob.fromScript(text)


def _add_user_knob(node: Node, value: str) -> None:
    words = [word for word in words_of(value[1:-1]) if word != "\n"]
    kind = next(kind for kind, number in USER_IDS.items() if number == int(words[0]))
    knob: Knob = KNOB_CLASSES[kind](unquoted(words[1]))
    if "l" in words[2:]:
        knob._label = unquoted(words[words.index("l", 2) + 1])
    flags = 0
    for word in words[2:]:
        if word.startswith("+"):
            flags |= _FLAG_BITS[word[1:]]
    knob.setFlag(flags)
    knob._node = node
    node._user[knob._facts.name] = knob
