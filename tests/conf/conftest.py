from collections.abc import Callable, Iterator

import pytest
from hydra import compose, initialize_config_module
from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig

import lr_plugin.app.train  # noqa: F401 - it brings the search path and the resolver


@pytest.fixture(scope="module")
def composed() -> Iterator[Callable[..., DictConfig]]:
    def with_words(*words: str) -> DictConfig:
        config = compose("train", list(words), return_hydra_config=True)
        HydraConfig.instance().set_config(config)
        return config

    with initialize_config_module("lr_plugin.conf.lr_app", version_base="1.3"):
        yield with_words
    HydraConfig.instance().cfg = None
