"""The options of the Core plugin."""

from plugins.shared.boot_policy import BootConfig


class CoreConfig(BootConfig):
    """`ocpp16.core` in the configuration. Which idTags there are stands in `tokens`, which all versions share."""

    accept_unknown: bool = False
    """Accept an idTag that no token names."""
    concurrent_tx: bool = False
    """Refuse a second transaction of an idTag while another connector runs one (ConcurrentTx)."""
