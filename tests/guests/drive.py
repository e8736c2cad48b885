"""Run a project's script once for each line on standard input, in one process.

What it does for each is what ``cd FOLDER && python src/train.py WORDS`` does; torch is imported
once.
"""

import io
import json
import os
import runpy
import sys
from contextlib import redirect_stderr, redirect_stdout


def answer(folder: str, *words: str) -> dict[str, object]:
    os.chdir(folder)
    script = "src/train.py"
    sys.argv = [script, *words]
    printed = io.StringIO()
    code: object = 0
    with redirect_stdout(printed), redirect_stderr(printed):
        try:
            runpy.run_path(script, run_name="__main__")
        except SystemExit as end:
            code = end.code
    return {"code": code, "text": printed.getvalue()}


if __name__ == "__main__":
    found = [answer(*line) for line in json.load(sys.stdin)]
    sys.stdout.write(f"\n{json.dumps(found)}\n")
