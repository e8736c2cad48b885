"""Recipes and callbacks as Hydra config groups; this file makes the folder ship as `lr_plugin.conf`."""
