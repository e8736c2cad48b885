"""`lr-plugin schema`: a JSON schema of recipes, for editors."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from lr_plugin.app.line import Parser, answered, split_line, writing
from lr_plugin.schedule import ScheduleError
from lr_plugin.schedule.error import within
from lr_plugin.schema import recipe_schema

__all__ = ["main"]

_ABOUT: Final = """\
Print the JSON schema of recipes. Editors that know it complete keys and kinds, show what
they mean, and underline what is misspelt:

  lr-plugin schema --out schedule.schema.json

For one file, in any editor with yaml-language-server, write above its first line

  # yaml-language-server: $schema=schedule.schema.json

or for all of them, in the settings of VS Code with the YAML extension

  "yaml.schemas": {"schedule.schema.json": "conf/schedule/*.yaml"}
"""


def main(arguments: Sequence[str]) -> int:
    """Run the command and return its exit code: 1 if something in the line is wrong.

    Parameters
    ----------
    arguments : sequence of str
        What follows `lr-plugin schema`.
    """
    return answered("schema", _answer, arguments)


def _answer(arguments: Sequence[str]) -> tuple[int, str]:
    parser = Parser("lr-plugin schema [--out FILE]", _ABOUT)
    parser.add_argument("--out", metavar="FILE", type=Path, help="write it to a file")
    options, others = split_line(parser, arguments)
    if options.help:
        return 0, parser.format_help()
    if others:
        raise ScheduleError(f"there is one schema for all recipes; remove {others[0]!r}")
    text = json.dumps(recipe_schema(), indent=1, ensure_ascii=False)
    if options.out is None:
        return 0, text
    with within("--out"), writing(options.out):
        options.out.write_text(f"{text}\n", encoding="utf-8")
    return 0, f"written to {options.out}"
