"""The comparison inside TensorBoard, written without torch and without TensorFlow."""

from collections.abc import Sequence
from pathlib import Path
from struct import unpack
from typing import Any, Final

from lr_plugin.compare.answer import Answer
from lr_plugin.compare.page import Page
from lr_plugin.compare.pictures import Picture
from lr_plugin.compare.record import RESULT

__all__ = ["write_board"]

_FILE: Final = "events.out.tfevents.0.comparison"  # one name, so that a new comparison replaces it


def write_board(answer: Answer, drawn: Sequence[Sequence[Picture]], folder: Path) -> None:
    """Write the tables as texts and the pictures as images of one run.

    TensorBoard's own record writer does it: that costs the import of its protocol buffers alone,
    while its EventFileWriter would load TensorFlow where that is installed.

    Parameters
    ----------
    answer : Answer
        What was found.
    drawn : sequence of sequence of Picture
        The pictures of each page.
    folder : pathlib.Path
        The directory of the run in TensorBoard.
    """
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.compat.proto.summary_pb2 import Summary
    from tensorboard.summary.writer.record_writer import RecordWriter

    values = [value for one in zip(answer.pages, drawn, strict=True) for value in _values(*one)]
    # TensorBoard asks for the run that began first, and shows when its values were written
    begin = Event(wall_time=0, file_version="brain.Event:2")
    told = Event(wall_time=_latest(answer), step=0, summary=Summary(value=values))
    with (folder / _FILE).open("wb") as file:
        writer = RecordWriter(file)
        for event in (begin, told):
            writer.write(event.SerializeToString())


def _latest(answer: Answer) -> float:
    runs = [run.folder / RESULT for page in answer.pages for run in page.comparison.runs]
    return max((path.stat().st_mtime for path in runs if path.is_file()), default=0.0)


def _values(page: Page, pictures: Sequence[Picture]) -> list[Any]:
    of = page.comparison.metric.replace("/", "_")
    name = f"{page.comparison.task}_{of}" if page.comparison.task else of
    images = [_image(f"comparison_{name}/{one.name}", one) for one in pictures]
    return [_text(f"comparison_{name}/table", page.markdown()), *images]


def _text(tag: str, markdown: str) -> Any:  # noqa: ANN401 - TensorBoard has no types
    from tensorboard.compat.proto.summary_pb2 import Summary, SummaryMetadata
    from tensorboard.compat.proto.tensor_pb2 import TensorProto

    plugin = SummaryMetadata.PluginData(plugin_name="text")
    return Summary.Value(
        tag=tag,
        metadata=SummaryMetadata(plugin_data=plugin),
        tensor=TensorProto(dtype="DT_STRING", string_val=[markdown.encode()]),
    )


def _image(tag: str, picture: Picture) -> Any:  # noqa: ANN401 - TensorBoard has no types
    from tensorboard.compat.proto.summary_pb2 import Summary

    width, height = unpack(">II", picture.png[16:24])  # where every PNG says it
    image = Summary.Image(
        width=width, height=height, colorspace=4, encoded_image_string=picture.png
    )
    return Summary.Value(tag=tag, image=image)
