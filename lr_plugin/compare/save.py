"""Everything that a comparison leaves in its folder."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from lr_plugin.compare.answer import Answer
from lr_plugin.compare.board import write_board
from lr_plugin.compare.data import runs_to_csv, schedules_to_csv, to_json
from lr_plugin.compare.pictures import Picture, pictures
from lr_plugin.compare.report import to_html

__all__ = ["FOLDER", "save"]

# comes first in a listing, and in TensorBoard, which puts '_' before letters
FOLDER: Final = "000__comparison"


def save(answer: Answer, folder: Path) -> None:
    """Write tables for people and for programs, pictures, a report, and a run of TensorBoard.

    Parameters
    ----------
    answer : Answer
        What was found.
    folder : pathlib.Path
        Where; it is made, and files of an earlier comparison are replaced.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "table.md").write_text(answer.markdown(), "utf-8")
    (folder / "table.csv").write_text(schedules_to_csv(answer), "utf-8")
    (folder / "runs.csv").write_text(runs_to_csv(answer), "utf-8")
    (folder / "comparison.json").write_text(to_json(answer), "utf-8")
    drawn = [pictures(page.comparison) for page in answer.pages]
    for name, picture in _named(drawn):
        (folder / f"{name}.png").write_bytes(picture.png)
    (folder / "report.html").write_text(to_html(answer, drawn, folder), "utf-8")
    write_board(answer, drawn, folder)


def _named(drawn: list[list[Picture]]) -> Iterator[tuple[str, Picture]]:
    for number, found in enumerate(drawn, 1):
        for picture in found:
            yield (picture.name if number == 1 else f"{picture.name}_{number}"), picture
