"""Constants of the finder that were fitted, all in one place.

They were fitted on the digits tasks alone (an MLP and a CNN on scikit-learn's digits, SGD and
AdamW, batches of 4 to 256, 220 to 880 steps; the fixtures whose names begin with ``digits`` in
``tests/golden/truth``). ``scripts/bench_find`` measures other tasks too and keeps the two kinds
apart. No constant was fitted on those; but how a grid is read (the centre of its valley, instead of
a parabola's vertex) was changed after a first look at their scores, so that the score of grids
there may be somewhat too good.
"""

from typing import Final

SWEEP_FACTOR: Final = 0.2
"""What the rate at a sweep's minimum is multiplied by, for a constant schedule."""

GRID_FACTOR: Final = 0.3
"""The same for the centre of the valley of a grid of short runs."""

VALLEY_POWER: Final = 4
"""The power of the fall of the log loss that weighs a grid's rates: of 1, 2 and 4, of a parabola's
vertex and of the middle between two equal losses, this had the least mean error."""

LENGTH: Final = 440
"""A training of medium length, in steps: here the schedule alone scales the answer."""

LENGTH_POWER: Final = 0.3
"""How fast the best rate falls with the length of the training; the convex bound says 0.5."""

SMOOTHING: Final = 0.2
"""Standard deviation, in decades of the rate, of the Gaussian that smooths a sweep."""

RISE: Final = 0.69
"""A log loss that is so much above its minimum has diverged (a factor of 2) ..."""

RISE_OF_NOISE: Final = 6.0
"""... if that is also so many standard deviations of the noise of single losses."""

DEPTH_OF_NOISE: Final = 4.0
"""How many standard errors of the smoothed loss a valley must be deep to be one."""

LEAST_FALL: Final = 0.005
"""How far the log loss must fall in a grid's runs to say anything."""

CLOSE: Final = 2.0
"""Repeats whose minima are within this factor agree: confidence is high."""

APART: Final = 5.0
"""Repeats whose minima are further apart than this factor do not: confidence is low."""
