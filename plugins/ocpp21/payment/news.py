"""News of payments for whoever settles them: an HTTP POST for each, once."""

from collections import OrderedDict
from typing import Any

from broker.api import BasePlugin
from plugins.shared.outlet_config import WebhookConfig
from plugins.shared.webhook import Webhook

_REMEMBERED = 10_000
_KEY = ("type", "identity", "transactionId", "pspRef", "status", "totalCost")


class News:
    """Tells of the end of transactions that were paid directly, and of settlements."""

    def __init__(self, config: WebhookConfig, plugin: BasePlugin) -> None:
        deliveries = plugin.metrics.counter(
            "news", "News of payments: delivered, refused, failed, dropped", ["outcome"]
        )
        self._webhook = Webhook(
            config,
            spawn=lambda coro: plugin.spawn(coro, name="news"),
            count=lambda outcome: deliveries.labels(outcome).inc(),
            log=plugin.log,
        )
        self._told: OrderedDict[tuple[str, ...], None] = OrderedDict()

    def tell(self, news: dict[str, Any]) -> None:
        """Once, also where the station repeats it."""
        key = tuple(str(news.get(name)) for name in _KEY)
        if key in self._told:
            return
        self._told[key] = None
        if len(self._told) > _REMEMBERED:
            self._told.popitem(last=False)
        self._webhook.offer(news)

    async def finish(self) -> None:
        """Deliver what waits, for a moment."""
        await self._webhook.finish(2.0)
