"""Everything that a comparison leaves in its folder."""

from pathlib import Path
from typing import Final

from lr_plugin.compare.answer import Answer
from lr_plugin.compare.data import runs_to_csv, schedules_to_csv, to_json

__all__ = ["FOLDER", "save"]

# comes first in a listing, and in TensorBoard, which puts '_' before letters
FOLDER: Final = "000__comparison"


def save(answer: Answer, folder: Path) -> None:
    """Write tables for people and for programs, pictures, and the report.

    Parameters
    ----------
    answer : Answer
        What was found.
    folder : pathlib.Path
        Where; it is made, and files of an earlier comparison are replaced.
    """
    folder.mkdir(parents=True, exist_ok=True)
    texts = {
        "table.md": answer.markdown(),
        "table.csv": schedules_to_csv(answer),
        "runs.csv": runs_to_csv(answer),
        "comparison.json": to_json(answer),
    }
    for name, text in texts.items():
        (folder / name).write_text(text, "utf-8")
