from fractions import Fraction

import pytest

from lr_plugin.schedule import Duration, ScheduleError

UNITS = "steps, epochs, samples, tokens, s, min, h, %"
EXAMPLES = "for example '5%', '500 steps', '2 epochs' or '1e6 samples'"


@pytest.mark.parametrize(
    ("written", "amount", "unit"),
    [
        ("5%", 5, "%"),
        ("5 %", 5, "%"),
        ("33.3%", Fraction(333, 10), "%"),
        ("100 percent", 100, "%"),
        ("500 steps", 500, "steps"),
        ("500steps", 500, "steps"),
        ("1 step", 1, "steps"),
        (" 1  STEP ", 1, "steps"),
        ("1_000_000 steps", 10**6, "steps"),
        ("1e3 steps", 1000, "steps"),
        ("1.5E+2 steps", 150, "steps"),
        ("2.5 epochs", Fraction(5, 2), "epochs"),
        (".5 epoch", Fraction(1, 2), "epochs"),
        ("5. epochs", 5, "epochs"),
        ("1e6 samples", 10**6, "samples"),
        ("1 sample", 1, "samples"),
        ("15e12 tokens", 15 * 10**12, "tokens"),
        ("10 min", 10, "min"),
        ("2 hours", 2, "h"),
        ("1.5 seconds", Fraction(3, 2), "s"),
        ("250 ms", 250, "ms"),
        ("0%", 0, "%"),
        ("-5%", -5, "%"),
        ("+5%", 5, "%"),
        ("1e-9%", Fraction(1, 10**9), "%"),
        ("0.1%", Fraction(1, 10), "%"),
        ("1e15 steps", 10**15, "steps"),
    ],
)
def test_a_duration_is_an_exact_amount_and_a_unit(
    written: str, amount: Fraction | int, unit: str
) -> None:
    assert Duration.parse(written) == Duration(Fraction(amount), unit)


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        (500, "500 has no unit; write '500 steps', '500 epochs' or '500%'"),
        (1, "1 has no unit; write '1 steps', '1 epochs' or '1%'"),
        (0.05, "0.05 has no unit; write '5%' for this share of the run"),
        (2.5, "2.5 has no unit; write '2.5 steps', '2.5 epochs' or '2.5%'"),
        (0, f"0 has no unit; write {EXAMPLES}"),
        (-3, f"-3 has no unit; write {EXAMPLES}"),
        (True, f"True is not a duration; write {EXAMPLES}"),
        (None, f"None is not a duration; write {EXAMPLES}"),
        (float("nan"), f"nan has no unit; write {EXAMPLES}"),
        (float("inf"), f"inf has no unit; write {EXAMPLES}"),
        (["5%"], f"['5%'] is not a duration; write {EXAMPLES}"),
        ("500", "'500' is not a duration; write '500 steps', '500 epochs' or '500%'"),
        ("", f"'' is not a duration; write {EXAMPLES}"),
        ("steps", f"'steps' is not a duration; write {EXAMPLES}"),
        ("five steps", f"'five steps' is not a duration; write {EXAMPLES}"),
        ("5 6 steps", f"'5 6 steps' is not a duration; write {EXAMPLES}"),
        ("5%%", f"'5%%' is not a duration; write {EXAMPLES}"),
        ("1_ steps", f"'1_ steps' is not a duration; write {EXAMPLES}"),
        ("1__0 steps", f"'1__0 steps' is not a duration; write {EXAMPLES}"),
        ("1,5 epochs", f"'1,5 epochs' is not a duration; write {EXAMPLES}"),
        ("1/2 epochs", f"'1/2 epochs' is not a duration; write {EXAMPLES}"),
        ("nan steps", f"'nan steps' is not a duration; write {EXAMPLES}"),
        ("inf steps", f"'inf steps' is not a duration; write {EXAMPLES}"),
        ("٥ steps", f"'٥ steps' is not a duration; write {EXAMPLES}"),  # noqa: RUF001 - another digit
        ("1e100 steps", f"'1e100 steps' is not a duration; write {EXAMPLES}"),
        ("1e999999999 steps", f"'1e999999999 steps' is not a duration; write {EXAMPLES}"),
        ("1e16 steps", "'1e16 steps' is too long; write at most 1e15 steps"),
        ("-1e16 samples", "'-1e16 samples' is too long; write at most 1e15 samples"),
        (f"{'9' * 51} steps", f"'{'9' * 51} steps' is too long; write at most 1e15 steps"),
        ("5 stesp", "'5 stesp' has an unknown unit; did you mean 'steps'?"),
        ("5 epohcs", "'5 epohcs' has an unknown unit; did you mean 'epochs'?"),
        (
            "5 parsecs",
            "'5 parsecs' has an unknown unit; write one of " + UNITS,
        ),
    ],
)
def test_what_is_no_duration_says_what_to_write(written: object, problem: str) -> None:
    with pytest.raises(ScheduleError) as raised:
        Duration.parse(written)
    assert str(raised.value) == problem


@pytest.mark.parametrize("written", ["5%", "0.1%", "500 steps", "2.5 epochs", "1000000 samples"])
def test_a_duration_prints_as_it_is_written(written: str) -> None:
    assert str(Duration.parse(written)) == written


@pytest.mark.parametrize(
    ("written", "milliseconds"),
    [("1 ms", 1), ("1.5 s", 1500), ("2 min", 120_000), ("1 h", 3_600_000), ("5 steps", None)],
)
def test_a_time_of_training_has_milliseconds(written: str, milliseconds: int | None) -> None:
    assert Duration.parse(written).milliseconds == milliseconds
