"""What every test leaves behind as it found it, and what third parties say in tests that train."""

import logging
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.state import restored

HERE = Path(__file__).parent
TRAINING = [HERE / name for name in ("callback", "finder", "guests", "interop", "peers", "task")]
# What third parties say about themselves, and nothing that our code could cause.
THIRD_PARTY = [
    # Lightning calls a part of torch that torch has since renamed.
    "ignore:`isinstance.treespec, LeafSpec.` is deprecated:FutureWarning",
    # The runs here are tiny on purpose.
    "ignore:The '.*_dataloader' does not have many workers",
    "ignore:The number of training batches .* is smaller than the logging interval",
    "ignore:`max_epochs` was not set",
    "ignore:You're resuming from a checkpoint that ended before the epoch ended",
    "ignore:Checkpoint directory .* exists and is not empty",
    "ignore:`weights_only` was not set",
    "ignore:You are trying to `self.log..` but the `self.trainer` reference is not registered",
]

# The same examples in every run; `scripts/test --slow` tries more.
settings.register_profile("quick", max_examples=30, deadline=None, derandomize=True, database=None)
settings.register_profile("slow", settings.get_profile("quick"), max_examples=200)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))


def trains(path: Path) -> bool:
    return not set(TRAINING).isdisjoint(path.parents)


def covers(path: Path) -> bool:
    """Whether tests of a file have to reach every branch of the pure parts."""
    pure = ("schedule", "advisor", "trigger")
    return path.parent.name in pure or path.stem in ("rule", "test_rule", "test_hostile")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if not covers(item.path):
            item.add_marker("no_cover")  # measuring makes a test take twice as long
        if trains(item.path):
            for warning in reversed(THIRD_PARTY):
                item.add_marker(pytest.mark.filterwarnings(warning), append=False)


@pytest.fixture(autouse=True)
def as_it_was(request: pytest.FixtureRequest) -> Iterator[None]:
    with restored():
        for name in ("pytorch_lightning", "lightning.pytorch", "lightning.fabric"):
            if trains(request.path):
                logging.getLogger(name).setLevel(logging.ERROR)
        yield
