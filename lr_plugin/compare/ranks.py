"""Where each schedule comes in, seed by seed."""

from collections.abc import Mapping, Sequence

from lr_plugin.compare.candidate import Candidate

__all__ = ["ranks"]


def ranks(candidates: Sequence[Candidate]) -> Mapping[str, list[float]]:
    """Return the rank of each schedule on each seed that all of them ran.

    Parameters
    ----------
    candidates : sequence of Candidate
        The schedules.

    Returns
    -------
    mapping of str to list of float
        1 is the best of a seed. Draws share their mean rank, and divergences share the last ones.
        Empty where there are no two schedules, or no seed that all ran.
    """
    from scipy.stats import rankdata

    shared = set.intersection(*(set(one.report) for one in candidates)) if candidates else set()
    if len(candidates) < 2 or not shared:  # noqa: PLR2004 - one has no rank
        return {}
    seeds, costs = sorted(shared), [one.costs for one in candidates]
    found = rankdata([[own[seed] for seed in seeds] for own in costs], axis=0).tolist()
    return {one.name: row for one, row in zip(candidates, found, strict=True)}
