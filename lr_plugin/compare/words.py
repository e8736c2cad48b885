"""Numbers and lists as people write them."""

from collections.abc import Collection, Iterable, Sequence

__all__ = ["apart", "counted", "extent", "listed", "number", "rate"]


def number(value: float | None) -> str:
    """Return a value with four significant digits, or a dash.

    Examples
    --------
    >>> number(0.97083), number(12345.6), number(-0.0), number(None)
    ('0.9708', '1.235e+04', '0', '-')
    """
    return "-" if value is None else _digits(value, "#.4g")


def _digits(value: float, form: str) -> str:
    return f"{value:{form}}".rstrip(".") if value else "0"


def apart(values: Sequence[float], digits: int, sign: str = "") -> list[str]:
    """Return values with so many significant digits, or more where it takes them to differ.

    Examples
    --------
    >>> apart([1.0, 0.9996, 1.004], 4), apart([0.01, 0.0099996], 3, sign="+")
    (['1.000', '0.9996', '1.004'], ['+0.010000', '+0.0099996'])
    >>> apart([0.5, 0.5], 4), apart([-0.0, -0.00833, 0.0], 3, sign="+")
    (['0.5000', '0.5000'], ['0', '-0.00833', '0'])
    """
    forms = (f"{sign}#.{more}g" for more in range(digits, 9))
    shown = [[_digits(value, form) for value in values] for form in forms]
    return next((each for each in shown if len({*each}) == len({*values})), shown[0])


def rate(value: float | None) -> str:
    """Return a learning rate as people write it, or a dash.

    Examples
    --------
    >>> rate(0.30000), rate(None)
    ('0.3', '-')
    """
    return "-" if value is None else f"{value:g}"


def counted(count: int, noun: str) -> str:
    """Return a count with its noun.

    Examples
    --------
    >>> counted(1, "seed"), counted(10, "seed")
    ('1 seed', '10 seeds')
    """
    return f"{count} {noun}{'s' * (count != 1)}"


def extent(counts: Iterable[int]) -> str:
    """Return the least and the most of some counts, or the one that they all are.

    Examples
    --------
    >>> extent([10, 10]), extent([3, 10, 5])
    ('10', '3 to 10')
    """
    least, *_, most = sorted({*counts}) * 2
    return str(least) if least == most else f"{least} to {most}"


def listed(names: Sequence[str] | Collection[str]) -> str:
    """Return names as they stand in a sentence.

    Examples
    --------
    >>> listed(["step"]), listed(["step", "wsd", "sgdr"])
    ('step', 'step, wsd and sgdr')
    """
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last
