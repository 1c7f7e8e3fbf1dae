"""Security events over HTTP: one POST with a JSON body for each."""

import aiohttp

from plugins.shared.outlet import Event, GiveUp, Outlet, TryLater
from plugins.shared.outlet_config import WebhookConfig

_AGAIN = frozenset({408, 425, 429})
"""The 4xx that say "later" and not "no" (RFC 9110, 15.5)."""


class Webhook(Outlet):
    """Posts events to one address. Neither the address nor a header is ever in a text of it: they may be secrets."""

    def __init__(self, config: WebhookConfig, **outlet: object) -> None:
        super().__init__(size=config.queue, attempts=config.attempts, **outlet)  # type: ignore[arg-type]
        self._config = config
        self._headers = {name: value.get_secret_value() for name, value in config.headers.items()}
        self._session: aiohttp.ClientSession | None = None

    @property
    def name(self) -> str:
        return "webhook"

    def offer(self, event: Event) -> None:
        """Only the types that the configuration names."""
        if self._config.events == "all" or event["type"] in self._config.events:
            super().offer(event)

    async def send(self, event: Event) -> None:
        """One POST; a redirect is not followed, it could lead anywhere (field-notes S-11)."""
        try:
            async with self._client().post(
                self._config.url.get_secret_value(), json=event, headers=self._headers, allow_redirects=False
            ) as response:
                status = response.status
        except TimeoutError:
            raise TryLater("no answer in time") from None
        except (aiohttp.ClientError, OSError) as error:
            raise TryLater(type(error).__name__) from None
        if 200 <= status < 300:
            return
        if status >= 500 or status in _AGAIN:
            raise TryLater(f"HTTP status {status}")
        raise GiveUp(f"HTTP status {status}")

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _client(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(total=self._config.timeout), cookie_jar=aiohttp.DummyCookieJar()
            )
        return self._session
