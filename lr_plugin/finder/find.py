"""Find a learning rate for a Trainer, a module and its data, and leave no trace of it."""

from typing import TYPE_CHECKING, Any

from lr_plugin.finder.error import FindError
from lr_plugin.finder.plan import Mode, Plan
from lr_plugin.finder.suggestion import Suggestion, suggest

if TYPE_CHECKING:
    from pytorch_lightning import LightningDataModule, LightningModule, Trainer

    from lr_plugin.callback.arguments import Written as Schedule
    from lr_plugin.callback.total import Written as Length


def find_learning_rate(  # noqa: PLR0913 - what a user may set, all but the first two by keyword
    trainer: "Trainer",
    model: "LightningModule",
    *,
    datamodule: "LightningDataModule | None" = None,
    train_dataloaders: Any = None,  # noqa: ANN401 - whatever Lightning takes
    schedule: "Schedule | None" = None,
    total: "Length" = None,
    mode: Mode = "sweep",
    lowest: float = 1e-6,
    highest: float = 10.0,
    steps: int | None = None,
    repeats: int = 3,
    progress: bool = True,
) -> Suggestion:
    """Suggest the learning rate to configure, from short test runs.

    The tests run on copies of the Trainer and the module, with the Trainer's precision,
    accumulation, clipping and limits, without its loggers, checkpoints and callbacks (only those
    that set the accumulation or freeze layers are kept). Random generators and the data are put
    back. What is trained afterwards is bit by bit what it would have been.

    Parameters
    ----------
    trainer : Trainer
        Not fitted yet, of a single process.
    model : LightningModule
        With automatic optimization and one optimizer. Its configured rates matter only as the
        ratios between parameter groups; schedulers that it returns are left aside.
    datamodule, train_dataloaders : optional
        As for `Trainer.fit`.
    schedule : Schedule, mapping, str or Path, optional
        What the training will use, if the Trainer has no `LearningRateScheduler`: an object, its
        data, the name of a recipe or a YAML file. Without either, a constant rate.
    total : int or str, optional
        Length of the training where the Trainer does not know it, in optimizer steps or such as
        ``1e6 samples``.
    mode : {'sweep', 'grid'}
        ``sweep``: three runs of 200 steps whose rate grows, on different data. ``grid``: 15 runs
        of 40 steps at constant rates; about as long, and more reliable.
    lowest, highest : float
        Range of rates.
    steps : int, optional
        Optimizer steps of each run.
    repeats : int
        Sweeps, or fixed batches that the runs of a grid are judged on.
    progress : bool
        Whether to show a progress bar, if there is a terminal to show it in.

    Returns
    -------
    Suggestion
        A rate with its spread and confidence, or a refusal that says why there is none.

    Raises
    ------
    FindError
        If no test can be made; nothing has been changed then, and the message says what helps.
    ScheduleError
        If the schedule or the length cannot be read.
    KeyboardInterrupt
        If the user interrupts; nothing has been changed then either.

    See Also
    --------
    lr_plugin.schedule.bound.peak_ratio : Scales the answer to the schedule.

    Notes
    -----
    ``sweep`` answers with 0.2 times the rate at which the smoothed loss is lowest, ``grid`` with
    0.3 times the centre of the valley of losses; both times the ratio of the schedule's best peak
    rate to that of a constant schedule, by the bound of Defazio et al. [2]_, and a slowly falling
    power of the length (`lr_plugin.finder.scale`). The constants were fitted on the digits tasks
    alone; `lr_plugin.finder.fitted` has them. Range tests are due to Smith [1]_.

    References
    ----------
    .. [1] L. N. Smith, "Cyclical Learning Rates for Training Neural Networks", WACV 2017,
       section 3.3. https://arxiv.org/abs/1506.01186
    .. [2] A. Defazio et al., "Optimal Linear Decay Learning Rate Schedules and Further
       Refinements", 2023, section 2. https://arxiv.org/abs/2310.07831

    Examples
    --------
    >>> from functools import partial
    >>> import torch
    >>> from pytorch_lightning import Trainer
    >>> from lr_plugin.task.digits import DigitsData
    >>> from lr_plugin.task.models import MLP
    >>> from lr_plugin.task.module import Classifier
    >>> net = MLP(inputs=64, hidden=[32], classes=10)
    >>> model = Classifier(net=net, optimizer=partial(torch.optim.SGD, lr=0.1))
    >>> trainer = Trainer(max_epochs=5, accelerator="cpu", logger=False)
    >>> found = find_learning_rate(trainer, model, datamodule=DigitsData(), schedule="cosine")
    >>> 0.01 < found.learning_rate < 10
    True
    """
    from lr_plugin.callback.total import read_total
    from lr_plugin.finder.bench import Bench
    from lr_plugin.finder.rehearsal import check
    from lr_plugin.finder.transfer import factors_of, find_schedule, planned

    plan = Plan(mode=mode, lowest=lowest, highest=highest, steps=steps, repeats=repeats)
    check(trainer, model)
    shape, told = find_schedule(schedule, trainer)
    length = read_total(total) if total is not None or told is None else told
    bench = Bench(trainer, model, _data(datamodule, train_dataloaders))
    try:
        measured = bench.measure(plan, progress=progress)
        factors = factors_of(shape, planned(trainer, measured.copied, length))
    finally:
        bench.put_back()
    return suggest(plan, measured.losses, factors=factors, group_ratios=measured.group_ratios)


def _data(datamodule: object, loaders: object) -> dict[str, Any]:
    if datamodule is not None and loaders is not None:
        raise FindError("both datamodule and train_dataloaders are given; give one of them")
    named = {"datamodule": datamodule, "train_dataloaders": loaders}
    return {name: value for name, value in named.items() if value is not None}
