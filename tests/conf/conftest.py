from collections.abc import Callable, Iterator
from functools import cache

import pytest
from hydra import compose, initialize_config_module
from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig

import lr_plugin.app.train  # noqa: F401 - it brings the search path and the resolver


@pytest.fixture(scope="module")
def composed() -> Iterator[Callable[..., DictConfig]]:
    @cache  # several tests look at one config
    def config_of(*words: str) -> DictConfig:
        return compose("train", list(words), return_hydra_config=True)

    def with_words(*words: str) -> DictConfig:
        config = config_of(*words)
        HydraConfig.instance().set_config(config)
        return config

    with initialize_config_module("lr_plugin.conf.lr_app", version_base="1.3"):
        yield with_words
    HydraConfig.instance().cfg = None
