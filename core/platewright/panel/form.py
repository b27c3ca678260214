"""The controls' values: one set for each operation, references beside them, and what of it is to be seen now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from platewright.contract.capabilities import Control
from platewright.contract.request import Extend, Reference, Regenerate, ReplaceSky, Request

from .asked import Asked, Placing
from .asking import asked_of, defaults_of, placing_of, reference_defaults, rivals_of, with_inputs
from .backend_controls import fields_of_controls, odd_texts, text_of, value_of
from .field import Field, Value
from .fields import FIELDS, OPERATIONS, field_named, fields_of
from .kept_values import OF_THE_SHOT, KeptValues
from .presets import check_preset, odd_words, preset_words
from .rights_fields import rights_values

__all__ = ["Form", "card_of", "values_of"]

_KINDS = tuple(choice.value for choice in OPERATIONS)
_MOST_REFERENCES = 16


class Form:
    """What is typed, for each operation. pinned: the artist chose the operation, so the selection doesn't.

    kept: where remembered values and presets are. controls_of: the inputs of its own that a backend has, by its
    name; what was typed into them is kept for each backend, whatever the operation.
    """

    def __init__(self, kept: KeptValues) -> None:
        self.kept = kept
        self.operation = kept.operation
        self.pinned = False
        self._values = {kind: {**defaults_of(kind), **kept.values(kind)} for kind in _KINDS}
        self._references: dict[str, list[dict[str, Value]]] = {kind: [] for kind in _KINDS}
        self.capabilities: frozenset[str] = frozenset()
        self.controls_of: Mapping[str, tuple[Control, ...]] = {}
        self._inputs = kept.inputs

    @property
    def values(self) -> Mapping[str, Value]:
        """The chosen operation's values by field name."""
        return self._values[self.operation]

    @property
    def references(self) -> list[dict[str, Value]]:
        """The chosen operation's references, each a table of values."""
        return self._references[self.operation]

    def choose(self, operation: str, pinned: bool = True) -> None:
        """Show an operation's controls."""
        if operation in _KINDS:
            self.operation = operation
            self.pinned = pinned

    def follow(self, has_matte: bool, placed: str) -> None:
        """Follow the selection: a take's own operation, a matte means regenerating, a bare plate the others."""
        if self.pinned:
            return
        if placed in _KINDS:
            self.operation = placed
        elif has_matte and self.operation == "extend":
            self.operation = "regenerate"
        elif not has_matte and self.operation == "regenerate":
            last = self.kept.operation
            self.operation = last if last != "regenerate" else "extend"

    def put(self, name: str, value: object) -> Value:
        """Set a control; returns what it holds now, within its bounds. A folder and a name count for all alike."""
        kept = field_named(name).checked(value)
        shared = name.startswith(("host.root", "rights.", "submission.who", "host.handles", "host.frames"))
        for kind in _KINDS if shared else (self.operation,):
            self._values[kind][name] = kept
        return kept

    def put_all(self, values: Mapping[str, object]) -> None:
        """Set many, of a preset or a take."""
        for name, value in values.items():
            self.put(name, value)

    def save_preset(self, name: str) -> str:
        """Save the controls and the chosen backend's inputs. Returns its name. Raises RequestError, StorageError."""
        return self.kept.save(self.operation, name, self.values, self._inputs.get(self._backend, {}))

    def use_preset(self, name: str) -> str:
        """Put a preset in; returns what is to be said of it. Raises RequestError `preset_backend_gone`."""
        preset, before = self.kept.preset(self.operation, name), self._backend
        check_preset(name, preset, self.controls_of)
        self.put_all(preset.values)
        if preset.inputs is not None:
            self._inputs[self._backend] = dict(preset.inputs)
        return preset_words(name, preset, before, self.controls_of)

    def odd_inputs(self, backend: str = "") -> str:
        """What is kept for a backend and not sent as it stands, as a sentence. Empty: the chosen one."""
        name = backend or self._backend
        return odd_words(self.controls_of[name], self._inputs.get(name, {})) if name in self.controls_of else ""

    def forget_odd_inputs(self, backend: str = "") -> None:
        """Keep no longer what the backend can't take as it stands."""
        name = backend or self._backend
        for odd, _, _ in odd_texts(self.controls_of.get(name, ()), self._inputs.get(name, {})):
            del self._inputs[name][odd]

    def reset(self) -> None:
        """All controls of the operation as they began; the folder, the show and the name stay."""
        stay = {name: self.values[name] for name in OF_THE_SHOT}
        self._inputs.pop(self._backend, None)
        self._values[self.operation] = {**defaults_of(self.operation), **stay}
        self._references[self.operation] = []

    def add_reference(self) -> None:
        """One more, empty."""
        if len(self.references) < _MOST_REFERENCES:
            self.references.append(reference_defaults())

    def remove_reference(self, index: int) -> None:
        """Take one away."""
        if 0 <= index < len(self.references):
            self.references.pop(index)

    def add_anchor(self, anchor: Reference) -> None:
        """A picture for a frame of the plate, in place of another one for the same frame."""
        same = ("anchor", anchor.frame)
        kept = [one for one in self.references if (one["references.role"], one["references.frame"]) != same]
        self._references[self.operation] = [*kept, card_of(anchor)]

    def add_set(self, named: str, pictures: Iterable[Reference]) -> None:
        """A reference set's pictures as references, in place of another version of the same set."""
        name = named.partition("@")[0]
        kept = [one for one in self.references if str(one.get("references.of_set", "")).partition("@")[0] != name]
        self._references[self.operation] = [*kept, *map(card_of, pictures)]

    def remove_set(self, named: str) -> None:
        """Take a set's pictures away."""
        self._references[self.operation] = [one for one in self.references if one.get("references.of_set", "") != named]

    def put_reference(self, index: int, name: str, value: object) -> Value:
        """Set a control of a reference."""
        kept, card = field_named(name).checked(value), self.references[index]
        if name == "references.pattern" and kept != card[name]:
            card.pop("references.of_set", None)  # another picture is none of the set's
        card[name] = kept
        return kept

    def backends(self) -> tuple[str, ...]:
        """The names of the generators that are to make it: the chosen one, then those of the bake-off."""
        return (self._backend, *(one.backend for one in rivals_of(self.values)))

    def inputs(self, backend: str = "") -> tuple[tuple[Field, Value], ...]:
        """A backend's own inputs with what they hold, in the order in which it declares them. Empty: the chosen one."""
        name = backend or self._backend
        kept = self._inputs.get(name, {})
        return tuple(
            (field, value_of(field, kept[field.name]) if field.name in kept else field.default)
            for field in fields_of_controls(self.controls_of.get(name, ()))
        )

    def put_input(self, name: str, value: object, backend: str = "") -> Value:
        """Set an input of a backend's own; returns what it holds now, within its bounds. Empty: the chosen one."""
        owner = backend or self._backend
        field = next(one for one in fields_of_controls(self.controls_of.get(owner, ())) if one.name == name)
        held = field.checked(value)
        self._inputs.setdefault(owner, {})[name] = text_of(field, held)
        return held

    def shown(self) -> tuple[Field, ...]:
        """The fields to be seen now, in their order."""
        return tuple(
            one for one in fields_of(self.operation) if one.shown(self.operation, self.values, self.capabilities)
        )

    def asked(self) -> Asked:
        """What the controls ask for. Raises RequestError with what is missing."""
        asked = asked_of(self.operation, self.values, tuple(self.references))
        return with_inputs(asked, self.controls_of, self._inputs)

    def placing(self) -> Placing:
        """How a take is to be placed now, as the controls say."""
        return placing_of({**defaults_of(self.operation), **self.values})

    def go_on_from(
        self, element: str, version: int, root: str = "", how: str = "frames", request: Request | None = None
    ) -> None:
        """Let the next take go on from an earlier one of an element.

        request: what that one was asked with, where it is known: its own generator alone can make parts of it again.
        """
        if request is not None:
            self.put_all({"backend": request.backend, "prompt": request.prompt or self.values["prompt"]})
            self._inputs[request.backend] = dict(request.controls)
        wanted: dict[str, Value] = {"element": element, "base.how": how, "base.version": version}
        self.put_all({**wanted, **({"host.root": root} if root else {})})

    def copy(self, request: Request, root: str = "") -> None:
        """Copy a take's settings, its operation too."""
        values, references = values_of(request)
        self.choose(request.operation.kind)
        self.put_all(values)
        if root:
            self.put("host.root", root)
        self._references[self.operation] = references
        self._inputs[request.backend] = dict(request.controls)

    def remember(self) -> None:
        """Keep what is remembered for the next session."""
        self.kept.remember(self.operation, self.values, self._inputs)

    @property
    def _backend(self) -> str:
        return str(self.values["backend"])


def values_of(request: Request) -> tuple[dict[str, Value], list[dict[str, Value]]]:
    """A request's settings as the controls hold them: the other way of `asked_of`."""
    operation = request.operation
    values: dict[str, Value] = {
        "element": request.element, "prompt": request.prompt, "seed": request.seed, "backend": request.backend,
        "host.also": "",
        "host.frames": str(request.plate.frames), "plate.colour_space": request.plate.colour_space,
        "plate.layer": request.plate.layer, "operation.window": operation.window, "operation.grain": operation.grain,
        **rights_values(request.rights),
    }  # fmt: skip
    box = request.region
    values["region"] = "" if box is None else f"{box.x0} {box.y0} {box.x1} {box.y1}"
    if request.matte is not None:
        for name in ("channel", "invert", "grow", "feather"):
            values[f"matte.{name}"] = getattr(request.matte, name)
    if isinstance(operation, (Regenerate, Extend)):
        values["operation.context"] = operation.context
        values.update({one.name: getattr(operation, one.name.partition(".")[2]) for one in FIELDS
                       if one.group == "choices" and operation.kind in one.operations})  # fmt: skip
        values["base.how"] = "all"  # a copy is made whole
    if isinstance(operation, Extend):
        values["operation.grow_display"] = operation.grow_display
        for side in ("left", "right", "top", "bottom"):
            values[f"operation.pads.{side}"] = getattr(operation.pads, side)
    if isinstance(operation, ReplaceSky):
        values.update(_sky_values(operation))
        if not operation.sky and not request.references_for("sky"):
            values["sky.from"] = "model"
    for one in request.references:
        if one.role == "sky":
            values["sky.picture"] = one.pattern
    return values, [card_of(one) for one in request.references]


def card_of(one: Reference) -> dict[str, Value]:
    """A reference as its controls hold it; a sky's picture stands among the values."""
    card: dict[str, Value] = {
        "references.colour_space": one.colour_space, "references.licence": one.licence,
        "references.source_type": one.source_type, "references.of_set": one.of_set,
    }  # fmt: skip
    if one.role != "sky":
        card.update({"references.role": one.role, "references.pattern": one.pattern, "references.frame": one.frame})
    return {**reference_defaults(), **card}


def _sky_values(sky: ReplaceSky) -> dict[str, Value]:
    values: dict[str, Value] = {
        f"operation.{name}": getattr(sky, name) for name in ("relight", "haze", "horizon", "field_of_view", "form")
    }
    values["sky.from"] = "formula" if sky.sky else "picture"
    for part in sky.sky.partition(":")[2].split(","):
        name, _, said = part.partition("=")
        pairs = zip(("azimuth", "elevation"), said.split("/"), strict=False) if name == "sun" else ((name, said),)
        for word, number in pairs:
            try:
                values[f"sky.{field_named(f'sky.{word}').name.partition('.')[2]}"] = float(number)
            except (KeyError, ValueError):
                continue
    return values
