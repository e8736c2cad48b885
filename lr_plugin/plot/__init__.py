"""What a curve looks like: a line of text, a table, a figure and a page."""

from lr_plugin.plot.drawing import figure, panels
from lr_plugin.plot.page import page
from lr_plugin.plot.sampling import Unit, sample
from lr_plugin.plot.text import sparkline, table

__all__ = ["Unit", "figure", "page", "panels", "sample", "sparkline", "table"]
