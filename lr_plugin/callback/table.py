"""Table: rows of text under one another."""

from collections.abc import Sequence


def table(*rows: Sequence[str]) -> str:
    """Set rows of cells in columns.

    Parameters
    ----------
    *rows : sequence of str
        The heading first; all of the same length.

    Returns
    -------
    str
        One line for each row.

    Examples
    --------
    >>> print(table(("what", "checkpoint", "now"), ("length.lr/0.steps", "100", "200")))
    what               checkpoint  now
    length.lr/0.steps  100         200
    """
    wide = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join("  ".join(map(str.ljust, row, wide)).rstrip() for row in rows)
