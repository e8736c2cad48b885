from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
from omegaconf import DictConfig, OmegaConf

from lr_plugin.recipe import load_schedule, read_recipe, recipe_names
from lr_plugin.schedule import Curve, ScheduleError, Sequence, Span, dump, load

Compose = Callable[..., DictConfig]
RECIPES = recipe_names()


def curve(name: str, steps: int) -> Curve:
    return load_schedule(name).over(Span(steps, steps_per_epoch=max(1, steps // 20)))


@pytest.mark.parametrize("name", RECIPES)
def test_the_app_gets_what_plain_python_reads(name: str, composed: Compose) -> None:
    config = composed(f"schedule={name}")
    assert OmegaConf.to_container(config.schedule) == read_recipe(name)


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_is_data_without_interpolation_or_defaults(name: str) -> None:
    written = str(read_recipe(name))
    assert "${" not in written
    assert "defaults" not in read_recipe(name)


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_is_a_sequence_so_that_a_phase_can_be_put_in_front(name: str) -> None:
    schedule = load_schedule(name)
    assert isinstance(schedule, Sequence)
    (first, *_) = read_recipe(name)["phases"]
    before = f"+phases.in_front={{kind: linear, start_value: 0.5, duration: 1%, before: {first}}}"
    longer = load_schedule(name, [before])
    assert next(iter(dump(longer)["phases"])) == "in_front"


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_survives_the_way_to_data_and_back(name: str) -> None:
    schedule = load_schedule(name)
    assert load(dump(schedule)) == schedule


@pytest.mark.parametrize("steps", [1, 7, 1000])
@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_gives_finite_values_from_the_first_step_to_beyond_the_last(
    name: str, steps: int
) -> None:
    try:
        built = curve(name, steps)
    except ScheduleError as error:
        assert steps < 1000, f"{name} does not fit 1000 steps: {error}"  # noqa: PT017 - short runs may not fit
        return
    values = built(np.arange(steps + 10))
    assert np.isfinite(values).all()
    assert values.min() >= 0
    assert values[steps:].tolist() == [values[steps]] * 10


@pytest.mark.parametrize("name", RECIPES)
def test_the_first_step_of_a_recipe_is_not_trained_at_zero(name: str) -> None:
    assert curve(name, 1000)(0) > 0


@pytest.mark.parametrize("name", RECIPES)
def test_the_phases_of_a_recipe_cover_the_run_without_gap_or_overlap(name: str) -> None:
    segments = list(curve(name, 1000).segments())
    assert segments[0].start == 0
    assert segments[-1].stop in (1000, None)
    assert all(before.stop == after.start for before, after in pairwise(segments))
