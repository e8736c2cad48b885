"""A module of schedulers that is loaded, as a user's own is."""

import importlib.util
import sys
from pathlib import Path

import pytest


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
