"""What can be written of a run without a say in its numbers: where it is run, what it keeps."""

from typing import Final

__all__ = ["DECIDES_NOT", "is_silent"]

# what is kept, printed or logged decides nothing: a finished run stays finished without it
DECIDES_NOT: Final = {
    "callbacks": ("checkpoint", "schedule_monitor"),
    "trainer": (
        *("enable_progress_bar", "enable_model_summary", "enable_checkpointing"),
        *("log_every_n_steps", "profiler", "default_root_dir", "logger"),
    ),
}
"""Parts of a config, by their groups."""

_SILENT: Final = (
    *("data_dir", "run_dir", "threads", "logger", "study"),
    *(f"{group}.{name}" for group, names in DECIDES_NOT.items() for name in names),
    *(f"callbacks/{name}" for name in DECIDES_NOT["callbacks"]),
)


def is_silent(key: str) -> bool:
    """Return whether a key of an override decides nothing.

    Parameters
    ----------
    key : str
        As it is written, with or without ``+`` and ``~``.

    Examples
    --------
    >>> is_silent("threads"), is_silent("+trainer.profiler"), is_silent("trainer.max_epochs")
    (True, True, False)
    """
    plain = key.lstrip("+~")
    return any(plain == name or plain.startswith(f"{name}.") for name in _SILENT)
