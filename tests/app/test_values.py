"""Numbers of a config: what Lightning would take without a look is refused with its key."""

import pytest
from omegaconf import OmegaConf

from lr_plugin.app.values import ConfigError, check_values

GOOD = [
    *("trainer.max_epochs=3", "trainer.max_epochs=null", "trainer.max_steps=1e3"),
    *("trainer.limit_train_batches=0.5", "trainer.limit_train_batches=3"),
    *("trainer.max_time=00:00:01:00", "trainer.fast_dev_run=true", "trainer.fast_dev_run=2"),
    *("trainer.precision=bf16-mixed", "trainer.devices=auto", "trainer.enable_progress_bar=1"),
    *(
        "trainer._target_=my_pkg.Trainer",
        "trainer._convert_=all",
        "optimizer.lr=1",
        "optimizer.lr=null",
    ),
    *("optimizer.momentum=0.99", "optimizer.momentum=null", "optimizer.momentum=[0.9]"),
    *("trainer.check_val_every_n_epoch=null", "seed=1e3"),
    *("task.batch_size=1", "task.batch_size=null", "task.batch_size.mine=4"),
    *("seed=4294967295", "task.mode=max", "task.monitor=val_error"),
]
RIGHT = "task.batch_size=32"
MOMENTUM = "write optimizer.momentum=0.9"
BAD = {
    "trainer.max_epochs=many": "'many' is not a whole number; write trainer.max_epochs=10",
    "trainer.max_epoch=3": "the Trainer has no 'max_epoch'; did you mean 'max_epochs'?",
    "trainer.max_steps=1.5": "1.5 is not a whole number; write trainer.max_steps=10",
    "trainer.gradient_clip_val=hard": "'hard' is not a finite number of at least 0; write "
    "trainer.gradient_clip_val=1.0",
    "trainer.fast_dev_run=maybe": "'maybe' is not true or false; write trainer.fast_dev_run=true",
    "optimizer.lr=fast": "'fast' is not a finite number of at least 0; write optimizer.lr=0.1",
    "optimizer.lr=-1": "-1 is not a finite number of at least 0; write optimizer.lr=0.1",
    "optimizer.lr=.inf": "inf is not a finite number of at least 0; write optimizer.lr=0.1",
    "seed=-1": "-1 is not a whole number from 0 to 4294967295; write seed=0",
    "seed=null": "None is not a whole number from 0 to 4294967295; write seed=0",
    "seed=0.5": "0.5 is not a whole number from 0 to 4294967295; write seed=0",
    **{
        f"optimizer.momentum={written}": f"{shown} is not a number from 0 to below 1; {MOMENTUM}"
        for written, shown in {"-1": "-1", "1": "1", "abc": "'abc'", "true": "True"}.items()
    },
    "trainer.accumulate_grad_batches=0": "0 is not a whole number above 0; write "
    "trainer.accumulate_grad_batches=1",
    "trainer.check_val_every_n_epoch=-1": "-1 is not a whole number above 0; write "
    "trainer.check_val_every_n_epoch=1",
    "trainer.gradient_clip_val=-1": "-1 is not a finite number of at least 0; write "
    "trainer.gradient_clip_val=1.0",
    "task.model=3": "3 is not a class with its arguments; write "
    "task.model={_target_: my_package.MyModule}",
    "task.data=3": "3 is not a class with its arguments; write "
    "task.data={_target_: my_package.MyData}",
    "trainer.logger=false": "it would be ignored; write logger=csv, or logger=[] for none",
    "trainer.callbacks=3": "it would be ignored; write "
    "+callbacks.mine._target_=my_package.MyCallback",
    "task.mode=maxx": "'maxx' is not min or max; write task.mode=min",
    "task.monitor=null": "None is not the name of a metric; write task.monitor=val/loss",
    "seed=lucky": "'lucky' is not a whole number from 0 to 4294967295; write seed=0",
    **{
        f"task.batch_size={written}": f"{shown} is not a whole number above 0; write {RIGHT}"
        for written, shown in {"0": "0", "-1": "-1", "many": "'many'", "2.0": "2.0"}.items()
    },
}


def check(word: str) -> None:
    cfg = OmegaConf.create({"trainer": {"_target_": "pytorch_lightning.Trainer"}, "seed": 0})
    cfg.merge_with_dotlist([word])
    check_values(cfg)


@pytest.mark.parametrize("word", GOOD)
def test_what_lightning_takes_is_taken(word: str) -> None:
    check(word)


@pytest.mark.parametrize("word", BAD)
def test_a_word_for_a_number_is_refused_with_its_key(word: str) -> None:
    with pytest.raises(ConfigError) as caught:
        check(word)

    assert str(caught.value) == f"{word.partition('=')[0]}: {BAD[word]}"
