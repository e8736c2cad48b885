"""Put `pkg://lr_plugin.conf` on Hydra's search path, by importing this module before `hydra.main`.

With ``hydra.searchpath`` alone Hydra 1.3 finds the recipes but does not list them: ``--help`` omits
them and ``schedule=glob(*)`` launches nothing. Importing this module acts on every Hydra app of the
process, which is why it is never imported for you.
"""

from typing import Final

from hydra.core.config_search_path import ConfigSearchPath
from hydra.core.plugins import Plugins
from hydra.plugins.search_path_plugin import SearchPathPlugin
from typing_extensions import override

__all__ = ["PATH", "RecipeSearchPath"]

PATH: Final = "pkg://lr_plugin.conf"


class RecipeSearchPath(SearchPathPlugin):
    """Append our recipes behind whatever the app itself has, once."""

    @override
    def manipulate_search_path(self, search_path: ConfigSearchPath) -> None:
        if all(item.path != PATH for item in search_path.get_path()):
            search_path.append("lr_plugin", PATH)


Plugins.instance().register(RecipeSearchPath)
