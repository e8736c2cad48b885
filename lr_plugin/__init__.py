"""Learning-rate schedules as data, for PyTorch Lightning and Hydra.

Importing this package loads nothing beyond the standard library: Hydra imports it for every
``--help``, and torch takes seconds. The parts are imported where they live: `lr_plugin.schedule`,
`lr_plugin.recipe`, `lr_plugin.callback`.
"""

from pathlib import Path

__version__ = "0.1.0"

# In a source checkout `lr_plugin.conf` lives beside the package, not inside it: look there too.
_root = Path(__file__).resolve().parent.parent
if not (_root / "lr_plugin" / "conf").is_dir() and (_root / "conf" / "__init__.py").is_file():
    __path__.append(str(_root))
