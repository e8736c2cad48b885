"""The schedule algebra: pure functions from a step to a number, with NumPy alone."""

from lr_plugin.schedule.base import Curve, Schedule, Shape
from lr_plugin.schedule.chebyshev import Chebyshev
from lr_plugin.schedule.clock import Record
from lr_plugin.schedule.compose import Affine, Clamp, Product, Stretch
from lr_plugin.schedule.data import dump, load
from lr_plugin.schedule.duration import Duration
from lr_plugin.schedule.error import ScheduleError
from lr_plugin.schedule.events import Drop, Scaled
from lr_plugin.schedule.firing import Firing
from lr_plugin.schedule.fit import least_span
from lr_plugin.schedule.identity import identity
from lr_plugin.schedule.inverse import InversePower, InverseSqrt
from lr_plugin.schedule.knots import Knots
from lr_plugin.schedule.moved import Hold, Skip
from lr_plugin.schedule.noise import Noise
from lr_plugin.schedule.phase import Phase
from lr_plugin.schedule.powers import Polynomial, Power, Rex, Sqrt
from lr_plugin.schedule.repeat import Repeat
from lr_plugin.schedule.segment import Segment
from lr_plugin.schedule.sequence import Sequence
from lr_plugin.schedule.shapes import Constant, Cosine, Exponential, Linear
from lr_plugin.schedule.span import Span
from lr_plugin.schedule.timed import ExponentialDecay, Multistep, Step
from lr_plugin.schedule.warps import Tanh, Warp

__all__ = [
    "Affine",
    "Chebyshev",
    "Clamp",
    "Constant",
    "Cosine",
    "Curve",
    "Drop",
    "Duration",
    "Exponential",
    "ExponentialDecay",
    "Firing",
    "Hold",
    "InversePower",
    "InverseSqrt",
    "Knots",
    "Linear",
    "Multistep",
    "Noise",
    "Phase",
    "Polynomial",
    "Power",
    "Product",
    "Record",
    "Repeat",
    "Rex",
    "Scaled",
    "Schedule",
    "ScheduleError",
    "Segment",
    "Sequence",
    "Shape",
    "Skip",
    "Span",
    "Sqrt",
    "Step",
    "Stretch",
    "Tanh",
    "Warp",
    "dump",
    "identity",
    "least_span",
    "load",
]
