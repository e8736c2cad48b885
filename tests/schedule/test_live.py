"""A run that records events as they happen, and the same run replayed from its whole log."""

from dataclasses import replace

from hypothesis import assume, given, strategies as st

from lr_plugin.schedule import Curve, Firing, ScheduleError
from tests.schedule.strategies import curves, firings, laws


def fits(curve: Curve, log: tuple[Firing, ...]) -> Curve:
    """The curve under a log, or another example."""
    try:
        return curve.schedule.over(replace(curve.span, log=log))
    except ScheduleError:
        assume(False)  # noqa: FBT003 - hypothesis' own word for "not this one"
        raise


@laws
@given(curves(spans=st.integers(0, 60), log=st.just(())), st.lists(firings, max_size=5))
def test_a_replay_gives_the_values_that_were_written_live(
    curve: Curve, happened: list[Firing]
) -> None:
    steps = range(min(curve.span.steps or 0, 80) + 5)
    live = [fits(curve, tuple(f for f in happened if f.step <= step))(step) for step in steps]

    assert list(fits(curve, tuple(happened))(list(steps))) == live


@laws
@given(curves(spans=st.integers(0, 60), log=st.just(())), st.lists(firings, max_size=5))
def test_what_listened_before_an_event_is_the_same_in_the_replay(
    curve: Curve, happened: list[Firing]
) -> None:
    steps = range(min(curve.span.steps or 0, 80) + 5)
    whole = fits(curve, tuple(happened))

    for step in steps:
        so_far = fits(curve, tuple(f for f in happened if f.step <= step))
        live = list(so_far.schedule.listens(step, so_far.span))
        assert list(whole.schedule.listens(step, whole.span)) == live
