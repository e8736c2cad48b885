"""The jobs of a sweep, by lr-plugin's command."""

from __future__ import annotations

from bench_sweep_plan import jobs, measured

OWN = ("hydra", "matplotlib.pyplot", "lr_plugin.app.train", "lr_plugin.app.training")


def run(count: int, epochs: int) -> None:
    """Run every job, one after another, and the table at the end."""
    from lr_plugin.app.cli import main

    schedules, seeds = (dict.fromkeys(map(str, each)) for each in zip(*jobs(count), strict=True))
    code = main(
        [
            "train",
            "-m",
            f"schedule={','.join(schedules)}",
            f"seed={','.join(seeds)}",
            f"trainer.max_epochs={epochs}",
            "hydra.sweep.dir=sweep",
        ]
    )
    if code:
        raise SystemExit(code)


if __name__ == "__main__":
    measured(run, OWN)
