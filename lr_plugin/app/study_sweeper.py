"""A Hydra sweeper that runs a study: tune each schedule's learning rate, then report on it."""

import sys
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, cast

from omegaconf import DictConfig, OmegaConf
from typing_extensions import override

from lr_plugin.app.batch import Batch, Job
from lr_plugin.app.protocol import Settings, StudyError, around, grown
from lr_plugin.app.sweeper import GridSweeper, register
from lr_plugin.compare.choose import Choice, choose
from lr_plugin.compare.naming import is_named, shortened
from lr_plugin.compare.record import RunRecord, read_record
from lr_plugin.compare.scale import Scale
from lr_plugin.compare.words import listed

__all__ = ["ProtocolSweeper"]

_RATE: Final = "optimizer.lr"


@dataclass(frozen=True, kw_only=True)
class _Family:
    """What is compared, and the learning rates that are tried for it."""

    name: str
    words: tuple[str, ...]
    rates: tuple[float, ...]
    grows: int

    def jobs(self, rates: Iterable[float], seeds: Iterable[int]) -> list[list[str]]:
        return [
            [*self.words, f"{_RATE}={rate}", f"seed={seed}"] for rate in rates for seed in seeds
        ]


class ProtocolSweeper(GridSweeper):
    """Tune the learning rate of each combination of values, then run fresh seeds at the best.

    What is decided follows from the records alone, so that the same command goes on anywhere.

    Parameters
    ----------
    max_batch_size : int, optional
        Jobs that the launcher is given at a time; all by default.
    params : mapping, optional
        Overrides with several values, as on the command line.
    """

    @override
    def run(self, grid: Sequence[Sequence[str]]) -> None:
        settings = Settings.read(_written(self.batch.config))
        _check(grid, settings)
        shared = set.intersection(*(set(words) for words in grid))
        own = shortened({tuple(words): _varied(words, shared) for words in grid})
        families = [_family(self.batch, words, own[tuple(words)], settings) for words in grid]
        _check_baseline(settings.baseline, [family.name for family in families])
        self.launched: list[Job] = []
        _say(*_announced(families, settings, self.batch.config))
        chosen = self._tuned(families, settings)
        report = [
            job
            for family, choice in chosen.items()
            for job in family.jobs([choice.rate], settings.report_seeds)
        ]
        if report:
            _say("", f"report           {len(report)} runs at the chosen learning rates")
            self._launch(report)

    def _tuned(self, families: Sequence[_Family], settings: Settings) -> dict[_Family, Choice]:
        """Run the tuning seeds until no best rate is at an edge that can be moved."""
        chosen: dict[_Family, Choice] = {}
        waiting = list(families)
        while waiting:
            self._launch(
                [job for one in waiting for job in one.jobs(one.rates, settings.tuning_seeds)]
            )
            found = {family: self._choice(family, settings) for family in waiting}
            waiting = [_wider(one, choice) for one, choice in found.items() if _grows(one, choice)]
            settled = {one: choice for one, choice in found.items() if not _grows(one, choice)}
            chosen |= {one: choice for one, choice in settled.items() if choice is not None}
            _say(*(_told(family, choice) for family, choice in found.items()))
        return chosen

    def _launch(self, overrides: Sequence[Sequence[str]]) -> None:
        jobs = self.batch.plan(overrides)
        known = {job.folder for job in self.launched}
        fresh = [job for job in jobs if job.folder not in known]
        if fresh:
            self.launch(fresh, self.launched)
            self.launched += fresh

    def _choice(self, family: _Family, settings: Settings) -> Choice | None:
        """Choose a rate; None if a run that it takes has not ended with a result."""
        records = {
            rate: self._records(family.jobs([rate], settings.tuning_seeds)) for rate in family.rates
        }
        every = [record for found in records.values() for record in found]
        if not all(record is not None and record.is_result for record in every):
            return None
        return choose(_costs(cast("dict[float, list[RunRecord]]", records)))

    def _records(self, overrides: Sequence[Sequence[str]]) -> list[RunRecord | None]:
        folders = [job.folder for job in self.batch.plan(overrides)]
        return [
            read_record(folder) if (folder / "result.json").is_file() else None
            for folder in folders
        ]


def _written(config: DictConfig) -> dict[str, Any]:
    if "study" not in config:
        raise StudyError(
            "hydra/sweeper=study: there is no study in the config; use lr-plugin study"
        )
    return cast("dict[str, Any]", OmegaConf.to_container(config.study, resolve=True))


def _family(batch: Batch, words: Sequence[str], own: Sequence[str], settings: Settings) -> _Family:
    config = batch.composed(words)
    rates = settings.rates or _around_configured(config)
    return _Family(
        name=" ".join([_schedule(config), *own]),
        words=tuple(word for word in words if not word.startswith((f"{_RATE}=", "study."))),
        rates=rates,
        grows=settings.growth if len(rates) > 1 else 0,
    )


def _varied(words: Sequence[str], shared: Collection[str]) -> list[str]:
    return [word for word in words if word not in shared and not word.startswith("schedule=")]


def _around_configured(config: DictConfig) -> tuple[float, ...]:
    rate = OmegaConf.select(config, _RATE)
    if not isinstance(rate, int | float) or rate <= 0:
        raise StudyError(
            f"a study tunes {_RATE}, and that is {rate!r}; write study.rates=[0.01,0.03,0.1], with "
            "an optimizer that our config makes"
        )
    return around(rate)


def _check(grid: Sequence[Sequence[str]], settings: Settings) -> None:
    words = {word for job in grid for word in job}
    seeds = sorted(word for word in words if word.startswith("seed="))
    if seeds:
        raise StudyError(
            f"{seeds[0]}: a study has seeds of its own; write study.report_seeds=[0,1,2]"
        )
    rates = sorted(word for word in words if word.startswith(f"{_RATE}="))
    if len(rates) > (settings.rates is None):
        raise StudyError(f"{rates[-1]}: a study tunes it; write study.rates=[0.01,0.03,0.1]")


def _check_baseline(written: str | None, families: Sequence[str]) -> None:
    names = list(dict.fromkeys(map(_within_its_task, families)))
    if written is not None and not any(is_named(written, name) for name in names):
        raise StudyError(
            f"study.baseline: {written!r} is not in the study, there are {', '.join(names)}"
        )


def _within_its_task(name: str) -> str:
    # each task is a question of its own, in whose table there is no need to name it
    return " ".join(word for word in name.split(" ") if not word.startswith("task="))


def _schedule(config: DictConfig) -> str:
    return str(OmegaConf.select(config, "hydra.runtime.choices.schedule") or "own")


def _costs(records: Mapping[float, Sequence[RunRecord]]) -> dict[float, list[float]]:
    every = [record for found in records.values() for record in found]
    finals = [one.final for one in every if not one.diverged and one.final is not None]
    scale = Scale.of(every[0].mode, finals)
    return {
        rate: [scale.cost(None if record.diverged else record.final) for record in found]
        for rate, found in records.items()
    }


def _grows(family: _Family, choice: Choice | None) -> bool:
    return choice is not None and choice.edge is not None and family.grows > 0


def _wider(family: _Family, choice: Choice | None) -> _Family:
    assert choice is not None  # noqa: S101 - _grows has said so
    assert choice.edge is not None  # noqa: S101
    return replace(family, rates=grown(family.rates, choice.edge), grows=family.grows - 1)


def _told(family: _Family, choice: Choice | None) -> str:
    if choice is None:
        return f"{family.name}: no rate is chosen, because runs have ended without a result"
    said = f"{family.name}: best {choice.best:g}, taken {choice.rate:g}"
    if choice.edge is None:
        return f"{said} (of {_numbers(family.rates)})"
    more = f"one {'below' if choice.edge == 'lowest' else 'above'} it is tried"
    limit = "study.growth allows no other: what is beyond was not tried"
    return (
        f"{said}, the {choice.edge} of {_numbers(family.rates)}; {more if family.grows else limit}"
    )


def _announced(families: Sequence[_Family], settings: Settings, config: DictConfig) -> list[str]:
    tuning = sum(len(one.rates) for one in families) * len(settings.tuning_seeds)
    more = sum(one.grows for one in families) * len(settings.tuning_seeds)
    report = len(families) * len(settings.report_seeds)
    most = f", at most {tuning + more + report}" if more else ""
    return [
        *(f"to compare       {one.name}, rates {_numbers(one.rates)}" for one in families),
        f"tuning           {tuning} runs: each rate with seeds {_numbers(settings.tuning_seeds)}",
        *(
            [f"                 at most {more} more, where the best rate is an edge"]
            if more
            else []
        ),
        f"report           {report} runs: each with seeds {_numbers(settings.report_seeds)}",
        f"in all           {tuning + report} runs{most}{_length(config)}",
        "",
    ]


def _length(config: DictConfig) -> str:
    known = ((name, config.trainer.get(name)) for name in ("max_steps", "max_epochs", "max_time"))
    told = [f"{name}={length}" for name, length in known if length not in (None, -1)]
    return f", with {listed(told)}" if told else ""


def _numbers(values: Iterable[float]) -> str:
    return " ".join(f"{value:g}" for value in values)


def _say(*lines: str) -> None:
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    sys.stdout.flush()


register(ProtocolSweeper)
