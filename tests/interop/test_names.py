"""A name in a schedule reaches schedulers and nothing else."""

import sys
from pathlib import Path
from types import ModuleType

import pytest
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LambdaLR, LRScheduler

from lr_plugin.interop import Torch
from lr_plugin.schedule import ScheduleError, Span, load


def doubling(optimizer: Optimizer, factor: float) -> LRScheduler:
    return LambdaLR(optimizer, lambda step: factor**step)


def announced(optimizer: Optimizer, factor: float) -> "LRScheduler":
    return doubling(optimizer, factor)


class AdafactorSchedule(LambdaLR):
    """As transformers has it."""


def write_a_file(optimizer: Optimizer, path: str) -> None:
    Path(path).write_text(repr(optimizer), "utf-8")


@pytest.fixture(name="here")
def _here(monkeypatch: pytest.MonkeyPatch) -> str:
    """Make this file loaded under a name of its own, as a user's module is."""
    monkeypatch.setitem(sys.modules, "loaded_by_user", sys.modules[__name__])
    return "loaded_by_user"


def error_of(scheduler: str, **arguments: object) -> ScheduleError:
    with pytest.raises(ScheduleError) as caught:
        Torch(scheduler=scheduler, arguments=arguments).over(Span(3))
    return caught.value


@pytest.mark.parametrize(
    "name",
    [
        "os.system",
        "os.remove",
        "subprocess.run",
        "subprocess.Popen",
        "builtins.exec",
        "builtins.eval",
        "builtins.open",
        "builtins.slice",
        "shutil.rmtree",
        "pathlib.Path",
        "pickle.loads",
        "functools.partial",
        "importlib.import_module",
        "torch.load",
        "torch.optim.SGD",
        "torch.optim.Adam",
        "torch.optim.lr_scheduler.Optimizer",
        "torch.optim.lr_scheduler.partial",
        "torch.optim.lr_scheduler.types",
        "torch.optim.lr_scheduler.math",
        "torch.nn.Linear",
        "lr_plugin.interop.Torch",
    ],
)
def test_what_is_no_scheduler_is_not_called(name: str) -> None:
    assert error_of(name).problem == (
        f"{name!r} is not a scheduler, and was not called; name a class with step() that takes an "
        "optimizer, or a function (optimizer, ...) -> LRScheduler"
    )


def test_a_function_that_promises_no_scheduler_is_not_called(here: str, tmp_path: Path) -> None:
    error = error_of(f"{here}.write_a_file", path=str(tmp_path / "written"))

    assert "was not called" in str(error)
    assert list(tmp_path.iterdir()) == []


def test_naming_a_module_does_not_import_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    harm = tmp_path / "harm"
    source = f"from pathlib import Path\nPath({str(harm)!r}).touch()\n"
    (tmp_path / "not_loaded.py").write_text(source, "utf-8")
    monkeypatch.syspath_prepend(tmp_path)

    error = error_of("not_loaded.Warm")

    assert error.key == "scheduler"
    assert "write 'import not_loaded' in your program if you trust it" in str(error)
    assert not harm.exists()


def test_a_submodule_of_a_library_is_not_imported_either() -> None:
    assert "is in a module that is not loaded" in str(error_of("timm.scheduler.antigravity.fly"))
    assert "antigravity" not in sys.modules


def test_a_loaded_function_that_promises_a_scheduler_is_taken(here: str) -> None:
    for name in ("doubling", "announced"):
        node = Torch(scheduler=f"{here}.{name}", arguments={"factor": 2.0})
        assert node.over(Span(4))(range(4)).tolist() == [1.0, 2.0, 4.0, 8.0]


def test_an_optimizer_around_an_optimizer_is_no_scheduler(third_party: str) -> None:
    assert "is not a scheduler, and was not called" in str(error_of(f"{third_party}.Wrapped"))


def test_the_node_itself_has_to_be_allowed() -> None:
    written = {"kind": "lr_plugin.interop.Torch", "scheduler": "os.system"}

    with pytest.raises(ScheduleError, match=r"schedule\.kind: .* would import code"):
        load(written)


def test_a_hostile_name_inside_the_arguments_is_not_called_either() -> None:
    hostile = {"scheduler": "os.system", "arguments": {"command": "true"}}
    error = error_of("torch.optim.lr_scheduler.SequentialLR", schedulers=[hostile], milestones=[])

    assert error.key == "arguments.schedulers.0.scheduler"
    assert "was not called" in error.problem


def test_a_library_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "timm.scheduler", raising=False)
    monkeypatch.setitem(sys.modules, "timm", None)

    error = error_of("timm.scheduler.CosineLRScheduler", t_initial=3)
    assert error.problem.startswith("'timm.scheduler.CosineLRScheduler' cannot be imported (")
    assert error.problem.endswith("); install it, or name another scheduler")


def test_a_function_of_a_library_needs_the_librarys_name_for_makers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    library = ModuleType("transformers.optimization")
    source = """
from torch.optim.lr_scheduler import LambdaLR
def get_halves(optimizer, last_epoch=-1):
    return LambdaLR(optimizer, lambda step: 0.5**step, last_epoch)
def make_halves(optimizer):
    return get_halves(optimizer)
"""
    exec(source, library.__dict__)  # noqa: S102 - what transformers has, which may not be here
    monkeypatch.setitem(sys.modules, library.__name__, library)

    halves = Torch(scheduler="transformers.optimization.get_halves").over(Span(3))
    assert halves(range(3)).tolist() == [1.0, 0.5, 0.25]
    assert "was not called" in str(error_of("transformers.optimization.make_halves"))


def test_what_only_reports_an_optimizers_own_rate_is_refused(here: str) -> None:
    assert "only reports what Adafactor does" in str(error_of(f"{here}.AdafactorSchedule"))


@pytest.mark.parametrize("name", ["LambdaLR", "MultiplicativeLR"])
def test_a_scheduler_that_takes_a_function_is_refused_with_the_remedy(name: str) -> None:
    error = error_of(f"torch.optim.lr_scheduler.{name}", lr_lambda="math.sqrt")

    assert "takes a function, which is not data; write a function (optimizer, ...)" in str(error)


def test_a_scheduler_that_follows_a_metric_is_refused_with_the_remedy() -> None:
    error = error_of("torch.optim.lr_scheduler.ReduceLROnPlateau")

    assert error.key == "scheduler"
    assert "follows a metric" in error.problem
    assert "{kind: drop, event: plateau}" in error.problem


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("StepLR", "'StepLR' has no module; write 'torch.optim.lr_scheduler.StepLR', say"),
        ("torch.optim.lr_scheduler.StepLr", "'torch.optim.lr_scheduler' has no 'StepLr'; did you "),
        ("torch.optim.lr_scheduler.qqqqq", "has no 'qqqqq'; check the spelling"),
    ],
)
def test_a_misspelt_name_says_what_was_meant(name: str, problem: str) -> None:
    assert problem in str(error_of(name))
