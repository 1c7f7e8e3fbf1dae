"""A plugin beside the one that is tested: it sees what that offers to others, and offers something itself."""

from typing import Any, ClassVar

from broker.api import BasePlugin
from broker.testing import Harness


class Neighbour(BasePlugin):
    """Does nothing."""

    name = "neighbour"
    seen: ClassVar[dict[str, Any]] = {}

    def __init__(self, config: Any, context: Any) -> None:
        super().__init__(config, context)
        type(self).seen = self.shared


def beside(plugin: type[BasePlugin], **config: Any) -> tuple[Harness, dict[str, Any]]:
    """The plugin with these options in a real table, and what all plugins share."""
    h = Harness((plugin, config), (Neighbour, {}))
    return h, Neighbour.seen
