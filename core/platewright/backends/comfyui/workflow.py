"""A ComfyUI workflow as data: which of its nodes we fill, what an artist may set, and the graph of one send.

A workflow is ComfyUI's own "API format" (Workflow > Export (API)). What Platewright fills is marked in it, by the title
of a node or, where a text can stand, by its value:

    PLATEWRIGHT_PLATE, PLATEWRIGHT_MATTE     a Load Image and a Load Image (as Mask) node
    PLATEWRIGHT_REFERENCE_1, _2, …           Load Image nodes
    PLATEWRIGHT_PROMPT, PLATEWRIGHT_SEED     a node with a text, one with a seed; the prompt may stand inside a text
    PLATEWRIGHT_WIDTH, _HEIGHT, _FRAMES      numbers
    PLATEWRIGHT_OUTPUT                       the Save Image node; not needed where there is only one
    PLATEWRIGHT_CONTROL Strength             every value of this node becomes an input in the panel

Beside `NAME.json` may lie `NAME.toml`, which says what the graph does not: see `shape`.
"""

from __future__ import annotations

import copy
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from platewright.contract.capabilities import Control
from platewright.contract.errors import RequestError

__all__ = ["UPLOAD", "Graph", "Workflow", "load_workflow"]

Graph = dict[str, dict[str, Any]]
UPLOAD = "platewright-upload:"
"""Stands in a prepared graph before the name of one of the send's own files, until the server has named it."""
_MARK = "PLATEWRIGHT_"
_CONTROL = re.compile(r"PLATEWRIGHT_CONTROL[ _:]+(?P<title>.{1,60})")
_OUTPUTS = ("SaveImage", "SaveImageAdvanced", "PreviewImage")
_SEEDS = ("seed", "noise_seed", "value")
_TEXTS = ("text", "value", "string", "prompt")
_MOST_BYTES = 4_000_000


@dataclass(frozen=True)
class Workflow:
    """A workflow, looked through. output: the id of the node whose pictures are the result.

    controls: what may be set; each belongs to a node and an input, in `places`. references: how many it takes.
    """

    name: str
    graph: Graph
    output: str
    controls: tuple[Control, ...]
    places: dict[str, tuple[str, str]]
    references: int
    prompt: bool
    seed: bool
    matte: bool

    def filled(self, words: dict[str, Any]) -> Graph:
        """The graph of one send; its own files stand there as UPLOAD names. words: see declared.words_of."""
        graph = copy.deepcopy(self.graph)
        for name, (node, entry) in self.places.items():
            graph[node]["inputs"][entry] = _typed(self.graph[node]["inputs"][entry], words["controls"][name])
        for node, part in list(graph.items()):
            _fill(graph, node, part, words)
        return graph


def load_workflow(path: Path) -> Workflow:
    """Read a workflow. Raises RequestError `workflow_invalid` with what is wrong with it."""
    name = path.stem
    try:
        data = path.read_bytes()
        graph = json.loads(data) if len(data) <= _MOST_BYTES else None
    except (OSError, ValueError, RecursionError) as error:
        raise _invalid(name, f"it can't be read: {type(error).__name__}") from error
    if not isinstance(graph, dict) or "nodes" in graph or not graph:
        raise _invalid(name, "it is not in the API format", "Export it with Workflow > Export (API).")
    for node, part in graph.items():
        if not isinstance(part, dict) or not isinstance(part.get("inputs"), dict) or "class_type" not in part:
            raise _invalid(name, f"its node {str(node)[:40]} has no class_type and inputs")
    marks = {mark for part in graph.values() for mark in _marks(part)}
    if f"{_MARK}PLATE" not in marks:
        raise _invalid(name, "no node is marked PLATEWRIGHT_PLATE", "Give the Load Image node of the plate that title.")
    controls, places = _controls(graph)
    numbered = [re.fullmatch(rf"{_MARK}REFERENCE_(\d{{1,2}})", mark) for mark in marks]
    numbers = sorted(int(match[1]) for match in numbered if match)
    if numbers != list(range(1, len(numbers) + 1)):
        raise _invalid(name, "its references are not numbered 1, 2, 3")
    return Workflow(
        name, graph, _output(name, graph), controls, places, len(numbers),
        f"{_MARK}PROMPT" in marks, f"{_MARK}SEED" in marks, f"{_MARK}MATTE" in marks,
    )  # fmt: skip


def _title_of(part: dict[str, Any]) -> str:
    """A node's title."""
    return str((part.get("_meta") or {}).get("title", "")).strip()


def _marks(part: dict[str, Any]) -> set[str]:
    """The marks on a node: its title, and what stands in its texts."""
    found = {_title_of(part)} if _title_of(part).startswith(_MARK) else set()
    for value in part["inputs"].values():
        if isinstance(value, str):
            found |= set(re.findall(rf"{_MARK}[A-Z]+(?:_\d+)?", value))
    return found


def _output(name: str, graph: Graph) -> str:
    titled = [node for node, part in graph.items() if _title_of(part) == f"{_MARK}OUTPUT"]
    saving = titled or [node for node, part in graph.items() if part["class_type"] in _OUTPUTS]
    if len(saving) != 1:
        raise _invalid(name, f"{len(saving)} nodes save pictures", "Give one of them the title PLATEWRIGHT_OUTPUT.")
    return saving[0]


def _controls(graph: Graph) -> tuple[tuple[Control, ...], dict[str, tuple[str, str]]]:
    """Every value of the nodes that are titled as controls."""
    controls, places = list[Control](), dict[str, tuple[str, str]]()
    for node, part in sorted(graph.items()):
        match = _CONTROL.fullmatch(_title_of(part))
        values = {name: value for name, value in part["inputs"].items() if not isinstance(value, (list, dict))}
        if match is None:
            continue
        for entry, value in values.items():
            if isinstance(value, str) and _MARK in value:
                continue
            title = match["title"] if len(values) == 1 else f"{match['title']}: {entry.replace('_', ' ')}"
            name = re.sub(r"[^a-z0-9]+", "_", title.lower()).strip("_")
            while name in places:
                name += "_2"
            places[name] = (node, entry)
            controls.append(_control(name, title, value))
    return tuple(controls), places


def _control(name: str, title: str, value: Any) -> Control:
    if isinstance(value, bool):
        return Control(name, title, "yes_no", "yes" if value else "no")
    if isinstance(value, int):
        return Control(name, title, "whole", str(value))
    if isinstance(value, float):
        return Control(name, title, "number", repr(value))
    return Control(name, title, "text", str(value))


def _typed(was: Any, text: str) -> Any:
    """A control's text as the kind of value that stands in the graph."""
    if isinstance(was, bool):
        return text == "yes"
    if isinstance(was, int):
        return int(text)
    return float(text) if isinstance(was, float) else text


def _fill(graph: Graph, node: str, part: dict[str, Any], words: dict[str, Any]) -> None:
    """Fill one node by its title and its texts."""
    inputs, title = part["inputs"], _title_of(part)
    known = {"SEED": words["seed"], "WIDTH": words["width"], "HEIGHT": words["height"], "FRAMES": words["frames"]}
    if title == f"{_MARK}PROMPT":
        inputs[next((name for name in _TEXTS if isinstance(inputs.get(name), str)), _TEXTS[0])] = words["prompt"]
    for mark, value in known.items():
        if title == f"{_MARK}{mark}":
            inputs[next((name for name in (*_SEEDS, mark.lower()) if name in inputs), "value")] = value
    for name, value in inputs.items():
        if isinstance(value, str) and value.startswith(_MARK) and value[len(_MARK) :] in known:
            inputs[name] = known[value[len(_MARK) :]]
        elif isinstance(value, str) and f"{_MARK}PROMPT" in value:
            inputs[name] = value.replace(f"{_MARK}PROMPT", words["prompt"])
    for role in _marks(part):
        if match := re.fullmatch(rf"{_MARK}(PLATE|MATTE|REFERENCE_(\d+))", role):
            _load(graph, node, match[1], match[2], words["frames"])


def _load(graph: Graph, node: str, role: str, number: str | None, frames: int) -> None:
    """Let a node load the send's pictures: as they are for one, by a chain of plain nodes for a clip."""
    if number:
        graph[node]["inputs"]["image"] = f"{UPLOAD}picture_{int(number) - 1:02d}.png"
        return
    stem = "frame" if role == "PLATE" else "mask"
    if frames == 1:
        graph[node]["inputs"]["image"] = f"{UPLOAD}{stem}_0000.png"
        return
    for n in range(frames):
        graph[f"{node}:{n}"] = _node("LoadImage", image=f"{UPLOAD}{stem}_{n:04d}.png")
    last = f"{node}:0"
    for n in range(1, frames):
        joined = f"{node}:to{n}"
        graph[joined] = _node("ImageBatch", image1=[last, 0], image2=[f"{node}:{n}", 0])
        last = joined
    if role == "PLATE":
        graph[node] = graph.pop(last)
    else:
        graph[node] = _node("ImageToMask", image=[last, 0], channel="red")


def _node(kind: str, **inputs: Any) -> dict[str, Any]:
    return {"class_type": kind, "inputs": inputs}


def _invalid(name: str, why: str, hint: str = "") -> RequestError:
    return RequestError(
        f"the workflow '{name[:80]}' can't be used: {why}",
        code="workflow_invalid",
        hint=hint or "Export it anew with Workflow > Export (API).",
    )
