"""Both ways between schedules and torch-style schedulers. Importing it loads NumPy, not torch."""

from lr_plugin.interop.lambda_lr import as_function, as_lambda_lr
from lr_plugin.interop.node import Torch

__all__ = ["Torch", "as_function", "as_lambda_lr"]
