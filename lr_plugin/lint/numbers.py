"""Numbers as they are said, and as they are proposed."""


def shown(value: float) -> str:
    """Write a number for people."""
    return f"{value:.4g}"


def tidy(value: float) -> float:
    """Round a number to what one would write into a YAML file."""
    return float(f"{value:.4g}")
