"""`lr-plugin schema`: a JSON schema of recipes, for editors."""

import json
import sys
from argparse import RawDescriptionHelpFormatter
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from lr_plugin.app.line import Parser, say
from lr_plugin.schedule import ScheduleError
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
    try:
        say(_answer(arguments))
    except ScheduleError as error:
        sys.stderr.write(f"lr-plugin schema: {error}\n")
        return 1
    return 0


def _answer(arguments: Sequence[str]) -> str:
    parser = Parser(
        usage="lr-plugin schema [--out FILE]",
        description=_ABOUT,
        formatter_class=RawDescriptionHelpFormatter,
        allow_abbrev=False,
        add_help=False,
    )
    parser.add_argument("--out", metavar="FILE", type=Path, help="write it to a file")
    parser.add_argument("-h", "--help", action="store_true", help="print this")
    options = parser.parse_args(arguments)
    if options.help:
        return parser.format_help()
    text = json.dumps(recipe_schema(), indent=1, ensure_ascii=False)
    if options.out is None:
        return text
    try:
        options.out.write_text(f"{text}\n", encoding="utf-8")
    except OSError as error:
        problem = f"cannot write {str(options.out)!r}: {error.strerror}"
        raise ScheduleError(problem, "--out") from error
    return f"written to {options.out}"
