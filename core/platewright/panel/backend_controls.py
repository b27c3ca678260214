"""A generator's own inputs as fields, so that the same rows, bounds and help are made of them as of the table's.

Which there are is known only once the engine has told of its backends; what was typed is kept for each of them.
Standard library only.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from platewright.contract.capabilities import Control

from .field import Choice, Field, Kind, Value

__all__ = ["fields_of_controls", "odd_texts", "text_of", "texts_of", "value_of"]

_KINDS: dict[str, Kind] = {
    "text": "text", "whole": "whole", "number": "number", "yes_no": "switch", "choice": "choice",
}  # fmt: skip
_MOST_DIGITS = 6
_LARGEST = 2.0**31
LONG = 60
"""Characters of a default from which on a text gets several lines, as a prompt has."""


def fields_of_controls(controls: Iterable[Control]) -> tuple[Field, ...]:
    """A field for each input, in the order in which the backend declares them. Their names are the inputs' own."""
    return tuple(_field(one) for one in controls)


def value_of(field: Field, text: str) -> Value:
    """An input's text as its row holds it; the default where it can't be held."""
    if field.kind == "switch":
        return text == "yes"
    if field.kind not in ("whole", "number"):
        return field.checked(text)
    try:
        return field.checked(int(text) if field.kind == "whole" else float(text))
    except (ValueError, OverflowError):
        return field.default


def texts_of(controls: Iterable[Control], kept: Mapping[str, str]) -> dict[str, str]:
    """What a request says of a backend's inputs: those that are kept for it and are not as they began."""
    found = {}
    for one in controls:
        field = _field(one)
        if one.name in kept and value_of(field, kept[one.name]) != field.default:
            found[one.name] = text_of(field, value_of(field, kept[one.name]))
    return found


def odd_texts(controls: Iterable[Control], kept: Mapping[str, str]) -> tuple[tuple[str, str, str], ...]:
    """What is kept for a backend and isn't sent as it stands: `(name, text, text that is held instead)`.

    The last is empty where the backend has no such input: it was declared otherwise when the text was typed or saved.
    """
    fields = {one.name: _field(one) for one in controls}
    found = []
    for name, text in kept.items():
        field = fields.get(name)
        held = "" if field is None else text_of(field, value_of(field, text))
        if field is None or not _same(field, text, held):
            found.append((name, text, held))
    return tuple(found)


def _same(field: Field, text: str, held: str) -> bool:
    if field.kind not in ("whole", "number"):
        return text == held
    try:
        return abs(float(text) - float(held)) <= 0.5 * 10.0**-field.digits
    except ValueError:
        return False


def text_of(field: Field, value: Value) -> str:
    """A row's value as the text that an input is."""
    if field.kind == "switch":
        return "yes" if value is True else "no"
    if field.kind == "number" and isinstance(value, (int, float)):
        return f"{value:.{field.digits}f}".rstrip("0").rstrip(".") if field.digits else f"{value:.0f}"
    return "" if value is None else str(value)


def _field(control: Control) -> Field:
    kind = _KINDS[control.kind] if _is_small(control) else "text"
    long = kind == "text" and ("\n" in control.default or len(control.default) > LONG)
    plain = Field(
        control.name, "generator", "long_text" if long else kind, control.title or control.name, _help(control),
        {"switch": False, "whole": 0, "number": 0.0}.get(kind, control.default), least=control.least, most=control.most,
        step=_step(control), digits=_digits(control), choices=tuple(Choice(one, one) for one in control.choices),
    )  # fmt: skip
    return replace(plain, default=value_of(plain, control.default))


def _is_small(control: Control) -> bool:
    """Whether a spin box holds it: those of Qt and Blender have 32 bits, and a seed may have 64."""
    told = [str(bound) for bound in (control.least, control.most) if bound is not None]
    try:
        return control.kind != "whole" or all(abs(float(text)) < _LARGEST for text in (*told, control.default or "0"))
    except ValueError:
        return True


def _help(control: Control) -> str:
    """What it is, and where it begins."""
    begins = f"It begins as {control.default}." if control.default and len(control.default) <= LONG else ""
    hint = control.hint or f"An input of this generator's own, {control.name}."
    return f"{hint} {begins}".strip()


def _digits(control: Control) -> int:
    """As many as its default, its bounds and a hundredth of its range are written with."""
    if control.kind != "number":
        return 0
    told = [control.default, *(f"{bound:g}" for bound in (control.least, control.most) if bound is not None)]
    written = max(len(text.partition(".")[2]) if "e" not in text.lower() else _MOST_DIGITS for text in told)
    return min(_MOST_DIGITS, max(2, written, 3 if _range(control) <= 1 else 0))


def _step(control: Control) -> float:
    if control.kind != "number":
        return 1
    wide = _range(control)
    return 0.01 if wide <= 1 else 0.1 if wide <= 20 else 1


def _range(control: Control) -> float:
    return control.most - control.least if control.most is not None and control.least is not None else float("inf")
