"""The exception of the finder."""


class FindError(ValueError):
    """No test of learning rates can be made: what was found, why it cannot be, what helps.

    Examples
    --------
    >>> raise FindError("lowest: 10 is not below highest, which is 1")
    Traceback (most recent call last):
        ...
    lr_plugin.finder.error.FindError: lowest: 10 is not below highest, which is 1
    """
