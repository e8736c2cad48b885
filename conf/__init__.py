"""Recipes and callbacks as Hydra config groups; this file ships them as `lr_plugin.conf`."""
