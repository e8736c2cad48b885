"""Defects of other packages' schedules that are functions, or are told the step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from unittest.mock import Mock

from parity_cases import locate
from parity_defects import Finding, error_of
from parity_defects_optimizers import RISE, run
from parity_drive import prepare
from torch.nn import Linear
from torch.nn.functional import mse_loss

if TYPE_CHECKING:
    from collections.abc import Callable


def exact_sum_is_wanted() -> Finding:
    """Look whether shares that sum to one but for rounding are accepted."""
    combine = locate("fastai.callback.schedule.combine_scheds")
    flat = locate("fastai.callback.schedule.SchedNo")(1, 1)
    error = error_of(lambda: combine([0.3, 0.6, 0.1], [flat] * 3))
    return Finding(
        "18",
        "fastai",
        "shares of .3, .6 and .1 fail the test that they sum to 1",
        "combine_scheds([.3, .6, .1], ...)",
        "accepted",
        error,
        confirmed="AssertionError" in error,
    )


def equal_cycles_divide_by_zero() -> Finding:
    """Look whether restarts of equal length can be asked for."""
    error = error_of(lambda: learner().fit_sgdr(2, 1, lr_max=1.0, cycle_mult=1))
    return Finding(
        "18",
        "fastai",
        "restarts of equal length divide by zero",
        "Learner.fit_sgdr(2, 1, cycle_mult=1)",
        "two cycles",
        error,
        confirmed="ZeroDivision" in error,
    )


def start_epoch_is_ignored() -> Finding:
    """Look whether flat-then-cosine starts at the epoch it is told."""
    taught = learner()
    taught.fit = Mock()
    taught.fit_flat_cos(3, lr=1.0, start_epoch=2)
    started = taught.fit.call_args.kwargs["start_epoch"]
    return Finding(
        "18",
        "fastai",
        "fit_flat_cos ignores start_epoch",
        "Learner.fit_flat_cos(3, start_epoch=2) calls fit with",
        2,
        started,
        confirmed=started == 0,
    )


def learner() -> Any:  # noqa: ANN401 - fastai is not typed
    """Return a learner with one weight and nothing to learn from."""
    locate("fastai.callback.schedule.ParamScheduler")  # its module adds fit_sgdr and fit_flat_cos
    empty = locate("fastai.data.core.DataLoaders")([], [])
    return locate("fastai.learner.Learner")(empty, Linear(1, 1), mse_loss, lr=1.0)


def end_of_run_is_undefined() -> Finding:
    """Look what four classes say at the end of the run."""
    ends: dict[str, Callable[[], Any]] = {
        "Constant": lambda: fvcore("Constant", 1.0)(1.0),
        "Step": lambda: fvcore("Step", 4, [1.0, 0.5])(1.0),
        "PolynomialDecay (where = 1.1)": lambda: fvcore("PolynomialDecay", 1.0, 0.9)(1.1),
        "Cosine (where = 2)": lambda: fvcore("Cosine", 1.0, 0.0)(2.0),
    }
    observed = {name: error_of(end) or f"{end():.6g}" for name, end in ends.items()}
    return Finding(
        "20",
        "fvcore",
        "at the end of the run each class fails in its own way or rises again",
        "where = 1 (or as stated)",
        "hold the last value",
        observed,
        confirmed="RuntimeError" in observed["Constant"] and "IndexError" in observed["Step"],
    )


def fvcore(kind: str, *given: object) -> Callable[[float], Any]:
    """Build one of fvcore's classes."""
    made: Callable[[float], Any] = locate(f"fvcore.common.param_scheduler.{kind}ParamScheduler")(
        *given
    )
    return made


def restart_at_zero() -> Finding:
    """Look whether every restart starts at the peak, although its step comes from a logarithm."""
    prepare("", "timm")
    call = "timm.scheduler.CosineLRScheduler"
    values = run(call, 1212, "timm", t_initial=10, cycle_mul=3.0, cycle_limit=9)
    return Finding(
        "21",
        "timm",
        "the learning rate is 0 at a restart",
        "CosineLRScheduler(t_initial=10, cycle_mul=3, cycle_limit=9), steps 1209 to 1211",
        "step 1210 at 1",
        values[1209:],
        confirmed=values[1210] < RISE,
    )


def shrinking_cycles_fail() -> Finding:
    """Look whether shrinking cycles can be asked for after their limit."""
    prepare("", "timm")
    call = "timm.scheduler.CosineLRScheduler"
    error = error_of(lambda: run(call, 18, "timm", t_initial=8, cycle_mul=0.5, cycle_limit=3))
    return Finding(
        "21b",
        "timm",
        "cycles that get shorter raise an error after their limit",
        "CosineLRScheduler(t_initial=8, cycle_mul=.5, cycle_limit=3), step 16",
        "hold lr_min",
        error,
        confirmed="math domain" in error,
    )


def keras_restart_at_zero() -> Finding:
    """Look whether every restart of Keras starts at the peak."""
    prepare("keras", "")
    call = "keras.optimizers.schedules.CosineDecayRestarts"
    one = locate("keras.ops.cast")(1.0, "float32")  # Keras' default; 64-bit floats get it right
    values = run(call, 13, "count", initial_learning_rate=one, first_decay_steps=5, t_mul=1.2)
    return Finding(
        "21c",
        "keras",
        "the learning rate is 0 at a restart",
        "CosineDecayRestarts(1, first_decay_steps=5, t_mul=1.2) in 32-bit floats, steps 10 to 12",
        "step 11 at 1",
        values[10:],
        confirmed=values[11] < RISE,
    )


def mxnet_forgets_its_floor() -> Finding:
    """Look whether a schedule that is first asked after its end knows its end."""
    prepare("", "mxnet")
    schedule = locate("mxnet.lr_scheduler.CosineScheduler")(10, base_lr=1.0, final_lr=0.1)
    first = float(schedule(12))
    return Finding(
        "2.1",
        "mxnet",
        "a scheduler that is first asked after its end gives the base learning rate",
        "CosineScheduler(10, base_lr=1, final_lr=.1)(12), the first call",
        0.1,
        first,
        confirmed=first == 1,
    )


CHECKS: tuple[Callable[[], Finding], ...] = (
    exact_sum_is_wanted,
    equal_cycles_divide_by_zero,
    start_epoch_is_ignored,
    end_of_run_is_undefined,
    restart_at_zero,
    shrinking_cycles_fail,
    keras_restart_at_zero,
    mxnet_forgets_its_floor,
)
