"""What two runs have in common, as hashes of the part of their configs that decides the numbers."""

import hashlib
import json
from typing import Any, Final, cast

from omegaconf import DictConfig, OmegaConf

from lr_plugin.compare.silent import DECIDES_NOT

__all__ = ["config_hash", "decisive", "digest", "hashes"]

_DECIDES: Final = ("task", "optimizer", "schedule", "callbacks", "trainer", "ckpt_path", "branch")
_ELSEWHERE: Final = {"run_dir": "", "data_dir": ""}
_RATE: Final = "optimizer.lr"


def digest(content: dict[str, Any]) -> str:
    """Return the SHA-256 of a mapping of plain values; the order of keys counts.

    Examples
    --------
    >>> digest({"lr": 0.1}) == digest({"lr": 0.10})
    True
    """
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()


def config_hash(cfg: DictConfig) -> str:
    """Return the hash of all that decides a run.

    Parameters
    ----------
    cfg : omegaconf.DictConfig
        The composed config of a run.
    """
    return _hash_of_all(_movable(cfg))


def hashes(cfg: DictConfig) -> dict[str, str]:
    """Return the hashes of a run: of all that decides it, and without what repetitions vary.

    Parameters
    ----------
    cfg : omegaconf.DictConfig
        The composed config of a run.

    Returns
    -------
    dict of str to str
        ``config_hash`` of everything, ``setting_hash`` without the seed, ``family_hash`` without
        the seed and the learning rate: what is compared, each at a learning rate of its own.
    """
    rest = _movable(cfg)
    config = _hash_of_all(rest)
    # replaced wherever they are, by interpolation too; one after another, since copying takes long
    OmegaConf.update(rest, "seed", 0)
    setting = digest(decisive(rest))
    if OmegaConf.select(rest, _RATE) is not None:
        OmegaConf.update(rest, _RATE, 1.0)
    return {"config_hash": config, "setting_hash": setting, "family_hash": digest(decisive(rest))}


def _movable(cfg: DictConfig) -> DictConfig:
    """Return a copy that does not know where it is run."""
    copy = OmegaConf.masked_copy(cfg, [str(key) for key in cfg if key != "hydra"])
    OmegaConf.set_struct(copy, value=False)
    for key, value in _ELSEWHERE.items():
        OmegaConf.update(copy, key, value)
    return copy


def _hash_of_all(cfg: DictConfig) -> str:
    return digest({**decisive(cfg), "seed": cfg.seed})


def decisive(cfg: DictConfig, *, resolve: bool = True) -> dict[str, Any]:
    """Return what decides the numbers, beside the seed, as plain values.

    Parameters
    ----------
    cfg : omegaconf.DictConfig
        The composed config of a run.
    resolve : bool, default True
        Whether interpolations are replaced by what they stand for.
    """
    content = cast("dict[str, Any]", OmegaConf.to_container(cfg, resolve=resolve))
    return {key: _without(content[key], key) for key in _DECIDES if key in content}


def _without(node: Any, group: str) -> Any:  # noqa: ANN401 - a group can be any value
    left_out = DECIDES_NOT.get(group, ())
    if not isinstance(node, dict) or not left_out:
        return node
    return {k: v for k, v in node.items() if k not in left_out and not _only_advises(v)}


def _only_advises(callback: Any) -> bool:  # noqa: ANN401 - any value of a config
    return isinstance(callback, dict) and callback.get("act") in {"off", "suggest"}
