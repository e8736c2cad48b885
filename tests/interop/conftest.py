"""A module of schedulers that is loaded, as a user's own is."""

import importlib.util
import sys
from pathlib import Path

import pytest

# What third parties say about themselves, and nothing that our code could cause.
THIRD_PARTY = [
    # Lightning calls a part of torch that torch has since renamed.
    "ignore:`isinstance.treespec, LeafSpec.` is deprecated:FutureWarning",
    # The runs here are tiny on purpose.
    "ignore:The '.*_dataloader' does not have many workers",
    "ignore:The number of training batches .* is smaller than the logging interval",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            for warning in reversed(THIRD_PARTY):
                item.add_marker(pytest.mark.filterwarnings(warning), append=False)


@pytest.fixture
def third_party(monkeypatch: pytest.MonkeyPatch) -> str:
    """Name of the loaded module of `third_party.py`."""
    path = Path(__file__).with_name("third_party.py")
    spec = importlib.util.spec_from_file_location("third_party", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "third_party", module)
    spec.loader.exec_module(module)
    return "third_party"
