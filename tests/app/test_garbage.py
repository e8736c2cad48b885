"""The collector passes over modules, and over nothing that a job has left."""

import gc
import subprocess
import sys
from collections.abc import Callable

import pytest

from lr_plugin.app.garbage import paused

PROGRAM = """
import gc, weakref
from lr_plugin.app.garbage import spare_modules

class Job:
    def __init__(self):
        self.itself = self

spare_modules()
job = weakref.ref(Job())
before = gc.get_freeze_count(), job() is None
spare_modules()
after = gc.get_freeze_count() > 0, job() is None
later = weakref.ref(Job())
spare_modules()
gc.collect()
print(*before, *after, later() is None)
"""


def test_what_a_job_left_is_collected_and_what_was_imported_is_passed_over() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True
    )

    assert done.stdout.split() == ["0", "False", "True", "True", "True"]


@pytest.mark.parametrize("change", [gc.enable, gc.disable])
def test_collecting_is_paused_and_goes_on_as_it_was(change: Callable[[], None]) -> None:
    change()
    before = gc.isenabled()
    try:
        with paused():
            within = gc.isenabled()
        after = gc.isenabled()
    finally:
        gc.enable()

    assert (within, after) == (False, before)
