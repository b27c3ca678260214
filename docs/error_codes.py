"""Write docs/error-codes.md from the code: every code an error or a finding can have, as it is raised there.

    python3 docs/error_codes.py          write the page
    python3 docs/error_codes.py --check  say whether it is up to date, by the exit code

Reads the sources and imports nothing of them, so it runs on a bare Python.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "error-codes.md"
CODE = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)+|usage|internal|cancelled|error")
HEAD = """# Error codes

Every error has a code that stays, a sentence, a hint, and the frame where there is one; with `--json` all of them. The
exit code tells the kind. Findings have codes too: they don't stop anything by themselves, and a take's record keeps
them. `…` stands for what the sentence names. Written by `docs/error_codes.py` from the sources.
"""


@dataclass(frozen=True, order=True)
class Said:
    """One place in the code that gives a code: what it is, the sentence and the hint as far as they are fixed."""

    code: str
    kind: str
    sentence: str
    hint: str


def exit_codes(tree: ast.Module) -> dict[str, tuple[int, str]]:
    """Error class to its exit code and default code, from the source of the error tree."""
    found: dict[str, tuple[int, str]] = {"Exception": (1, "")}
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            above = found[ast.unparse(node.bases[0])]
            said = {}
            for part in node.body:
                target = part.targets[0] if isinstance(part, ast.Assign) else getattr(part, "target", None)
                value = getattr(part, "value", None)
                if isinstance(target, ast.Name) and isinstance(value, ast.Constant):
                    said[target.id] = value.value
            found[node.name] = (said.get("exit_code", above[0]), said.get("default_code", above[1]))
    del found["Exception"]
    return found


def text_of(node: ast.expr | None) -> str:
    """A string expression as text, with `…` for what is filled in."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(text_of(part) if isinstance(part, ast.Constant) else "…" for part in node.values)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return text_of(node.left) + text_of(node.right)
    if isinstance(node, ast.Subscript):
        return text_of(node.value)
    return "…" if node is not None else ""


def said_in(tree: ast.Module, classes: set[str]) -> Iterator[Said]:
    """Every code that a module gives: in an error, in a finding, in a call that makes one, in a table of tuples."""
    makers = {
        node.name: ast.unparse(node.returns) for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and node.returns is not None
    }  # fmt: skip
    only = {makers[name] for name in makers if makers[name] in classes}
    kind_of_table = only.pop() if len(only) == 1 else ""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            words = {word.arg: word.value for word in node.keywords}
            texts = [text_of(value) for value in node.args]
            hint = text_of(words.get("hint")) or text_of(words.get("remedy"))
            if "code" in words and name in classes:
                yield Said(text_of(words["code"]), name, texts[0] if texts else "", hint)
            elif name == "Finding" and texts:
                yield Said(texts[0], "finding", texts[2] if len(texts) > 2 else text_of(words.get("message")), hint)
            elif re.search(r"error|finding|could_not|refus|fail|wrong|broken|problem", name, re.IGNORECASE):
                made = makers.get(name, "")
                kind = made if made in classes else ("finding" if made == "Finding" else "")
                yield from _in_call(texts, text_of(words.get("code")), hint, kind)
        elif isinstance(node, ast.Tuple) and len(node.elts) >= 3:
            texts = [text_of(value) for value in node.elts]
            if CODE.fullmatch(texts[0]) and "_" in texts[0] and " " in texts[1]:
                yield Said(texts[0], kind_of_table, texts[1], texts[2])


def _in_call(texts: list[str], code: str, hint: str, kind: str) -> Iterator[Said]:
    codes = [code] if code else [text for text in texts if CODE.fullmatch(text) and "_" in text]
    sentences = [text for text in texts if " " in text]
    if codes:
        yield Said(codes[0], kind, sentences[0] if sentences else "", hint or (sentences[1] if sentences[1:] else ""))


def all_said() -> tuple[dict[str, tuple[int, str]], dict[str, list[Said]]]:
    """The error classes, and code to all that is said with it."""
    classes = exit_codes(ast.parse((ROOT / "core/platewright/contract/errors.py").read_text(encoding="utf-8")))
    found: dict[str, set[Said]] = {}
    sources = [*(ROOT / "core/platewright").glob("**/*.py"), *ROOT.glob("plugin_*/**/*.py")]
    for file in sorted(sources):
        for said in said_in(ast.parse(file.read_text(encoding="utf-8")), set(classes)):
            if CODE.fullmatch(said.code):
                found.setdefault(said.code, set()).add(said)
    return classes, {code: sorted(said) for code, said in sorted(found.items())}


def page() -> str:
    """The whole page."""
    classes, codes = all_said()
    lines = [HEAD, "## By kind\n", "| error | exit | code where nothing finer is said |", "|---|--:|---|"]
    lines += [f"| {name} | {number} | `{default}` |" for name, (number, default) in classes.items()]
    lines += ["", "## By code\n", "| code | exit | it says | what to do |", "|---|--:|---|---|"]
    for code, said in codes.items():
        exits = sorted({str(classes[one.kind][0]) for one in said if one.kind in classes})
        best = max(said, key=lambda one: (bool(one.hint.strip("…")), len(one.sentence.strip("…"))))
        mark = ", ".join(exits) if exits else ("finding" if any(one.kind == "finding" for one in said) else "")
        lines.append(f"| `{code}` | {mark} | {_cell(best.sentence)} | {_cell(best.hint)} |")
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    return re.sub(r"\s+", " ", text).replace("|", "\\|").strip()


def main() -> int:
    """Write or check the page. Returns the exit code."""
    if "--check" in sys.argv:
        current = PAGE.exists() and PAGE.read_text(encoding="utf-8") == page()
        print("up to date" if current else "docs/error-codes.md is behind: python3 docs/error_codes.py")
        return 0 if current else 1
    PAGE.write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
