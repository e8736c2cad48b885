"""The jobs of the sweeps that are measured."""

SCHEDULES = ("constant", "step", "exponential", "warmup_cosine", "wsd", "sgdr")


def words(jobs: int, epochs: int) -> list[str]:
    """Return the overrides for at least so many jobs of the digits, as many for each schedule."""
    seeds = range(-(-jobs // len(SCHEDULES)))
    return [
        f"schedule={','.join(SCHEDULES)}",
        f"seed={','.join(map(str, seeds))}",
        f"trainer.max_epochs={epochs}",
    ]
