"""Tables as Markdown that are tables in a terminal too."""

from collections.abc import Sequence

__all__ = ["markdown"]


def markdown(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    r"""Return a table with aligned columns; the last one is as ragged as its text.

    Parameters
    ----------
    header : sequence of str
        Names of the columns.
    rows : sequence of sequence of str
        Each as long as the header.

    Examples
    --------
    >>> print(markdown(["name", "says"], [["a|b", "increase"], ["head", "keep"]]))
    | name | says |
    |------|------|
    | a\|b | increase |
    | head | keep |
    """
    cells = [[cell.replace("|", "\\|") for cell in row] for row in (header, *rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    widths[-1] = len(cells[0][-1])  # sentences
    first, *others = (f"| {' | '.join(map(str.ljust, row, widths))} |" for row in cells)
    rule = f"|{'|'.join('-' * (width + 2) for width in widths)}|"
    return "\n".join([first, rule, *others])
