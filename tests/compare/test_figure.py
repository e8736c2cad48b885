from pathlib import Path

from matplotlib.colors import to_hex

from lr_plugin.compare.figure import draw
from lr_plugin.compare.records import RunRecord


def record(folder: Path, schedule: str, seed: int, metrics: str) -> RunRecord:
    folder.mkdir()
    (folder / "metrics.csv").write_text(metrics)
    return RunRecord(
        folder=folder, status="finished", schedule=schedule, seed=seed, setting_hash=schedule
    )


def test_each_setting_has_one_colour_and_seeds_share_it(tmp_path: Path) -> None:
    runs = [
        record(
            tmp_path / f"{name}{seed}",
            name,
            seed,
            f"step,lr,val/loss\n0,{rate},{3 + seed}\n90,{rate},{2 + seed}\n",
        )
        for name, rate in (("wsd", 0.1), ("cosine", 0.2))
        for seed in (0, 1)
    ]
    assert draw(runs, tmp_path / "curves.svg")
    picture = (tmp_path / "curves.svg").read_text()
    # two seeds in two panels, and the legend
    counts = [picture.count(f"stroke: {to_hex(f'C{index}')}") for index in range(3)]
    assert counts == [5, 5, 0]


def test_a_loss_that_is_not_positive_or_missing_is_drawn_too(tmp_path: Path) -> None:
    runs = [
        record(tmp_path / "a", "wsd", 0, "step,lr,loss\n0,0.1,-3\n10,0.2,2\n"),
        record(tmp_path / "b", "cosine", 0, "step,lr/body,lr/head\n0,0.1,1\n10,0.2,2\n"),
    ]
    assert draw(runs, tmp_path / "curves.png")


def test_without_metrics_there_is_no_picture(tmp_path: Path) -> None:
    assert not draw([RunRecord(folder=tmp_path, status="failed")], tmp_path / "curves.png")
    assert not (tmp_path / "curves.png").exists()
