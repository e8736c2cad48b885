import pickle

import pytest

from lr_plugin.schedule import ScheduleError
from lr_plugin.schedule.error import did_you_mean, within


def test_an_error_is_a_value_error_and_says_where_and_what() -> None:
    error = ScheduleError("-1 is negative", "phases.warmup.duration")
    assert isinstance(error, ValueError)
    assert str(error) == "phases.warmup.duration: -1 is negative"
    assert (error.problem, error.key) == ("-1 is negative", "phases.warmup.duration")


def test_an_error_without_a_place_is_only_the_sentence() -> None:
    assert str(ScheduleError("no")) == "no"


def test_keys_grow_from_the_inside_out() -> None:
    with pytest.raises(ScheduleError, match=r"^a\.b\.c: no$"), within("a"), within("b.c"):
        raise ScheduleError("no")


def test_other_errors_pass_unchanged() -> None:
    with pytest.raises(KeyError, match="other"), within("a"):
        raise KeyError("other")


def test_an_error_can_be_sent_to_another_process() -> None:
    error = ScheduleError("no", "a.b")
    again = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own
    assert (str(again), again.problem, again.key) == ("a.b: no", "no", "a.b")


def test_the_nearest_word_is_suggested_or_else_all_are_listed() -> None:
    assert did_you_mean("cosin", ["linear", "cosine"]) == "; did you mean 'cosine'?"
    assert did_you_mean("xyz", ["linear", "cosine"]) == "; write one of linear, cosine"
