"""The page .github/COMING_FROM.md as data: its tables, and what is written in their cells."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

PAGE = Path(__file__).parents[2] / ".github" / "COMING_FROM.md"
SECTIONS = {
    "torch": "torch",
    "timm": "timm",
    "transformers": "transformers",
    "Keras": "keras",
    "optax": "optax",
    "fastai": "fastai",
    "scikit-learn": "sklearn",
    "MXNet and d2l": "mxnet",
    "mmengine": "mmengine",
    "fvcore": "fvcore",
    "ignite": "ignite",
    "pytorch_optimizer": "pytorch_optimizer",
}
TEXT = PAGE.read_text("utf-8")


@dataclass(frozen=True)
class Row:
    """One row of a system's table."""

    system: str
    theirs: str
    steps: int | None
    ours: dict[str, Any]
    remark: str

    def __str__(self) -> str:
        return f"{self.system}: {self.theirs}"


def sections() -> dict[str, str]:
    """The text under each heading."""
    parts = re.split(r"(?m)^## (.*)$", TEXT)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def cells(text: str) -> Iterator[list[str]]:
    """The cells of each row of the tables in a text, without their headings."""
    for line in text.splitlines():
        if line.startswith("| ") and not line.startswith(("| Theirs", "| What")):
            yield [cell.strip() for cell in line.strip("|").split("|")]


def rows() -> list[Row]:
    """All rows that name another system's scheduler."""
    return [
        row(system, *written)
        for heading, system in SECTIONS.items()
        for written in cells(sections()[heading])
    ]


def row(system: str, theirs: str, steps: str, ours: str, remark: str) -> Row:
    """One row, read from the text of its cells."""
    length = None if steps == "any" else int(steps)
    return Row(system, theirs.strip("`"), length, yaml.safe_load(ours.strip("`")), remark)


def called(written: str) -> Any:  # noqa: ANN401 - a call, or a list of them
    """A call in Python's words as data, like those of the index but without the modules."""
    return _plain(ast.parse(written, mode="eval").body)


def _plain(node: ast.expr) -> Any:  # noqa: ANN401 - any plain data
    if isinstance(node, ast.Call):
        arguments = {str(word.arg): _plain(word.value) for word in node.keywords}
        return {"call": ast.unparse(node.func), "arguments": arguments}
    if isinstance(node, ast.List):
        return [_plain(part) for part in node.elts]
    return ast.literal_eval(node)


def without_modules(written: Any) -> Any:  # noqa: ANN401 - any plain data
    """What the index has for a call, with the last part of its dotted names."""
    if isinstance(written, list):
        return [without_modules(part) for part in written]
    if isinstance(written, dict) and "call" in written:
        arguments = {k: without_modules(v) for k, v in written["arguments"].items()}
        return {"call": written["call"].rpartition(".")[2], "arguments": arguments}
    if isinstance(written, dict):  # JSON has no keys but text
        return {int(k) if k.isdigit() else k: without_modules(v) for k, v in written.items()}
    return written
