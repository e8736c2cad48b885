from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lr_plugin.compare.record import RunRecord

Make = Callable[..., RunRecord]


def make(
    schedule: str,
    rate: float | None,
    seed: int,
    final: float | None,
    **more: Any,  # noqa: ANN401 - any field of a record
) -> RunRecord:
    """Give the record of a run: it finished, or it diverged if it came to nothing."""
    folder = Path(more.pop("folder", f"{schedule}_lr{rate}_seed{seed}"))
    usual = {"status": "diverged" if final is None else "finished", "steps": 100}
    usual |= {"task": "digits", "metric": "val/loss", "mode": "min"}
    return RunRecord(
        folder=folder,
        schedule=schedule,
        learning_rate=rate,
        seed=seed,
        final=final,
        **(usual | more),
    )


@pytest.fixture(scope="session")
def run() -> Make:
    return make
