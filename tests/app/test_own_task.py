import json
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

USER_CONF = Path(__file__).parent / "user_project" / "conf"
Train = Callable[..., CompletedProcess[str]]


def result() -> dict[str, object]:
    return json.loads(Path("run/result.json").read_text())  # type: ignore[no-any-return] # ours


def test_a_module_and_data_of_ones_own_need_no_more_than_their_target(train: Train) -> None:
    ran = train(
        *("task.model._target_=mine.Module", "task.data._target_=mine.Data"),
        *("task.monitor=val_error", "task.mode=min", "trainer.max_epochs=2", "hydra.run.dir=run"),
    )
    assert ran.returncode == 0
    # the batch size of the default task was offered and taken; the rate is the module's own
    assert (result()["steps"], result()["learning_rate"]) == (2, 0.25)


def test_arguments_of_ones_own_classes_are_added(train: Train) -> None:
    ran = train(
        *("task.model._target_=mine.Module", "+task.model.width=1"),
        *("task.data._target_=mine.Data", "+task.data.batch_size=4", "task.monitor=val_error"),
        *("trainer.max_epochs=1", "hydra.run.dir=run"),
    )
    assert (ran.returncode, result()["steps"]) == (0, 5)


def test_an_argument_that_the_class_does_not_have_is_an_error(train: Train) -> None:
    train("task.model._target_=mine.Module", "+task.model.depth=3", "hydra.run.dir=run")
    assert "unexpected keyword argument 'depth'" in str(result()["reason"])


def test_a_task_file_of_ones_own_is_found_and_gets_the_optimizer_that_it_asks_for(
    train: Train,
) -> None:
    ran = train(
        *("--config-dir", str(USER_CONF), "task=mine", "optimizer=adamw", "optimizer.lr=0.02"),
        *("schedule=wsd", "trainer.max_epochs=5", "hydra.run.dir=run"),
    )
    assert ran.returncode == 0
    found = {name: result()[name] for name in ("task", "schedule", "learning_rate", "metric")}
    assert found == {
        "task": "mine",
        "schedule": "wsd",
        "learning_rate": 0.02,
        "metric": "val_error",
    }
