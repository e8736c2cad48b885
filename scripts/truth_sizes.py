"""How much is measured of each problem."""

import numpy as np

SEEDS = 10
WATCHED = 5  # the first of the seeds: signals are kept of these
THIRDS = 16  # rates of a grid: five decades in steps of a factor of 2.15
REPEATS = 3
JUDGED = 600  # training samples that the last training loss is measured on
PROBED = 256  # training samples of the probe's fixed batch
PROBE_STEPS = 40
PROBE_NEXT = 9  # batches after those that a short run was trained on
PROBE = np.geomspace(1e-6, 10.0, 15)
# Steps, least and greatest rate of each range test: ours, and the defaults of two libraries.
SWEEPS = {"ours": (200, 1e-6, 10.0), "lightning": (100, 1e-8, 1.0), "fastai": (100, 1e-7, 10.0)}
# Distances from the best rate, in steps of the grid, at which signals are kept: -3 to 1.3 decades.
KEPT = (-9, -6, -4, -3, -2, -1, 0, 1, 2, 4)
# What following advice would have done: the rate times this, from a fifth of the run on.
FOLLOWED = (0.1, 1 / 3, 3.0, 10.0)
FOLLOWED_FROM = 0.2
