import math

import numpy as np
import pytest

from lr_plugin.schedule import (
    Affine,
    Clamp,
    Constant,
    Cosine,
    Linear,
    Phase,
    Product,
    Schedule,
    ScheduleError,
    Segment,
    Sequence,
    Span,
    Step,
    Stretch,
    load,
)
from tests.schedule.test_shapes import values

TWO = Sequence(
    phases={
        "up": Phase(schedule=Linear(start_value=0.0, end_value=1.0), duration="4 steps"),
        "down": Phase(schedule=Cosine(), duration="6 steps"),
    }
)
LINEAR = {"kind": "linear"}


def test_a_product_is_the_product_also_where_torchs_chain_is_not() -> None:
    warmup = Linear(start_value=0.1, end_value=1.0)
    floor = Cosine(end_value=0.1)
    product = Product(factors={"warmup": warmup, "decay": floor})
    expected = [a * b for a, b in zip(values(warmup), values(floor), strict=True)]
    assert values(product) == expected


def test_a_product_has_the_phases_and_the_end_of_its_first_factor() -> None:
    product = Product(factors={"two": TWO, "size": Constant(value=0.5)}).over(Span(100))
    assert [segment.name for segment in product.segments()] == ["up", "down"]
    assert product.end() == 10
    assert Product(factors={"size": Constant(), "two": TWO}).over(Span(100)).end() == 100
    assert Product(factors={"size": Constant(), "two": TWO}).over(Span(None)).end() is None


def test_values_that_grow_beyond_all_numbers_are_refused_before_training() -> None:
    with pytest.raises(ScheduleError, match="last step, 1999, is inf"):
        Step(every="1 steps", factor=2).over(Span(2000))


def test_products_with_the_same_factors_in_another_order_differ() -> None:
    factors = {"a": Linear(), "b": Cosine()}
    assert Product(factors=factors) == Product(factors=dict(factors))
    assert Product(factors=factors) != Product(factors=dict(reversed(factors.items())))
    assert Product(factors=factors) != Linear()
    assert Product(factors={"a": Linear()}) != Sequence(phases={"a": Phase(schedule=Linear())})


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0.25, None, [1, 0.75, 0.5, 0.25, 0.25]),
        (None, 0.6, [0.6, 0.6, 0.5, 0.25, 0]),
        (0.25, 0.6, [0.6, 0.6, 0.5, 0.25, 0.25]),
        (0.5, 0.5, [0.5] * 5),
        (-1, 2, [1, 0.75, 0.5, 0.25, 0]),
    ],
)
def test_a_clamp_is_a_floor_a_ceiling_or_both(
    low: float | None, high: float | None, expected: list[float]
) -> None:
    assert values(Clamp(schedule=Linear(), min_value=low, max_value=high), 4) == expected


def test_an_affine_scales_and_shifts() -> None:
    assert values(Affine(schedule=Linear(), scale=2, offset=-0.5), 4) == [1.5, 1, 0.5, 0, -0.5]
    assert values(Affine(schedule=Linear()), 4) == values(Linear(), 4)


@pytest.mark.parametrize(("factor", "step"), [(2, 20), (0.5, 5), (1.25, 13), (0.1, 1)])
def test_a_stretch_makes_absolute_durations_longer_or_shorter(factor: float, step: int) -> None:
    curve = Stretch(schedule=Step(every="10 steps"), factor=factor).over(Span(100))
    assert [curve(step - 1), curve(step)] == [1, 0.1]


def test_a_stretch_leaves_shares_alone_and_reaches_every_unit() -> None:
    phases = {
        name: Phase(schedule=Constant(), duration=duration)
        for name, duration in (
            ("a", "10%"),
            ("b", "2 epochs"),
            ("c", "32 samples"),
            ("d", "5 steps"),
        )
    }
    curve = Stretch(schedule=Sequence(phases=phases), factor=1.5).over(
        Span(100, steps_per_epoch=4, samples_per_step=4)
    )
    assert [segment.start for segment in curve.segments()] == [0, 10, 22, 34]
    assert curve.end() == 42  # 41.5, halves up


@pytest.mark.parametrize(
    "around",
    [
        Clamp(schedule=TWO, min_value=0.1),
        Affine(schedule=TWO, scale=2),
        Stretch(schedule=TWO, factor=1),
        Product(factors={"only": TWO}),
    ],
)
def test_what_stands_around_a_schedule_keeps_its_phases_and_its_end(around: Schedule) -> None:
    curve = around.over(Span(100))
    assert list(curve.segments()) == [Segment("up", 0, 4), Segment("down", 4, 10)]
    assert curve.end() == 10


@pytest.mark.parametrize(
    ("mapping", "problem"),
    [
        (
            {"kind": "product", "factors": {}},
            "s.factors: {} is no mapping of names to parts; write {shape: {kind: cosine}, ...}",
        ),
        ({"kind": "product", "factors": [LINEAR]}, "s.factors: [{'kind': 'linear'}] is no mapping"),
        ({"kind": "product"}, "s.factors: 'product' needs factors; add it with '+s.factors=...'"),
        ({"kind": "product", "factors": {"a": 1}}, "s.factors.a: 1 is not a mapping; write {kind:"),
        (
            {"kind": "product", "factors": {"a": {**LINEAR, "end_value": "x"}}},
            "s.factors.a.end_value: 'x' is not a number",
        ),
        (
            {"kind": "clamp", "schedule": LINEAR},
            "s.min_value: nothing to limit; write min_value or",
        ),
        (
            {"kind": "clamp", "schedule": LINEAR, "min_value": 2, "max_value": 1},
            "s.min_value: 2 is above max_value 1; swap them",
        ),
        (
            {"kind": "clamp", "schedule": LINEAR, "max_value": math.nan},
            "s.max_value: nan is not fi",
        ),
        (
            {"kind": "clamp", "min_value": 0.1},
            "s.schedule: 'clamp' needs schedule; add it with '+s.",
        ),
        (
            {"kind": "clamp", "min_value": 1, "schedule": {"kind": "sin"}},
            "s.schedule.kind: 'sin' is",
        ),
        ({"kind": "affine", "schedule": LINEAR, "scale": "2"}, "s.scale: '2' is not a number"),
        ({"kind": "affine", "schedule": LINEAR, "offset": math.inf}, "s.offset: inf is not finite"),
        ({"kind": "stretch", "schedule": LINEAR}, "s.factor: 'stretch' needs factor; add it with"),
        ({"kind": "stretch", "schedule": LINEAR, "factor": 0}, "s.factor: 0 must be above 0"),
        ({"kind": "stretch", "schedule": LINEAR, "factor": -2}, "s.factor: -2 must be above 0"),
    ],
)
def test_what_cannot_be_composed_is_refused(mapping: dict[str, object], problem: str) -> None:
    with pytest.raises(ScheduleError) as raised:
        load(mapping, key="s")
    assert str(raised.value).startswith(problem)


@pytest.mark.parametrize(
    ("schedule", "key"),
    [
        (Product(factors={"a": Linear(), "b": Step(every="1 epochs")}), "factors.b.every"),
        (Clamp(schedule=Step(every="1 epochs"), min_value=0), "schedule.every"),
        (Affine(schedule=Step(every="1 epochs")), "schedule.every"),
        (Stretch(schedule=Step(every="1 epochs"), factor=2), "schedule.every"),
        (
            Sequence(phases={"a": Phase(schedule=Clamp(schedule=TWO, min_value=0))}),
            "phases.a.schedule.phases",
        ),
    ],
)
def test_an_error_of_a_part_has_its_full_key(schedule: Schedule, key: str) -> None:
    with pytest.raises(ScheduleError) as raised:
        schedule.over(Span(5))
    assert raised.value.key == key


@pytest.mark.parametrize("part", [1, None, "linear", LINEAR, Linear])
def test_parts_in_python_are_schedules(part: object) -> None:
    with pytest.raises(ScheduleError, match=r"^factors\.a: .* is not a Schedule; build it with"):
        Product(factors={"a": part})  # type: ignore[dict-item] # wrong on purpose
    with pytest.raises(ScheduleError, match=r"^schedule: .* is not a Schedule; build it with"):
        Clamp(schedule=part, min_value=0)  # type: ignore[arg-type] # wrong on purpose


def test_a_curve_wants_whole_steps_from_zero_on() -> None:
    curve = Linear().over(Span(4))
    assert list(curve([])) == []
    assert curve(np.int64(1)) == curve(np.array(1)) == curve(np.uint8(1)) == 0.75
    with pytest.raises(ScheduleError, match="step -1 is negative; the first step is 0"):
        curve([0, -1])
    scalar: object = curve(1)
    assert type(scalar) is float
    for wrong in (1.0, [0.5], True, "1", None):
        with pytest.raises(ScheduleError, match="steps are whole numbers, not"):
            curve(wrong)  # type: ignore[arg-type] # wrong on purpose
