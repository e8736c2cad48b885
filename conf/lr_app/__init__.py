"""Configs that only lr_plugin's own commands need, kept out of other apps' way."""
