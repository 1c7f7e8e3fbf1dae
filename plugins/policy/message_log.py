"""Policy: keeps the messages of chosen stations in the store, without their secrets, for whoever looks for an error."""

import asyncio
import json
from fnmatch import fnmatchcase

from prometheus_client import CollectorRegistry, Counter
from pydantic import Field

from broker.api import BasePlugin, Context, Event, SessionView, StoreFailed, hookimpl, observe, redacted

#: Actions whose place in the log is remembered; a station can make up any number of names.
REMEMBERED = 10_000
#: Messages, and bytes of them, that wait for a store that does not write. What the broker has to keep for itself waits
#: in the same place, and must not be crowded out by the log.
MOST_WAITING = 10_000
MOST_BYTES = 32 * 1024 * 1024
_CHECK_SECONDS = 1.0
_NOTHING = b"null"


class MessageLog(BasePlugin):
    """Keeps each message with its secrets masked. `retention` of the configuration says for how long."""

    name = "policy.message_log"

    class Config(BasePlugin.Config):
        identities: tuple[str, ...] = ("*",)
        """Whose messages; patterns with `*`."""
        actions: tuple[str, ...] = ("*",)
        """Which messages; patterns with `*`."""
        except_actions: tuple[str, ...] = ()
        """Which messages not, such as `Heartbeat`."""
        payloads: bool = True
        """False keeps who, what and when alone."""
        max_payload: int = Field(default=16_384, ge=0, le=65_536)
        """Bytes of a payload that are kept. Of a longer one `{"cut": its bytes, "text": its beginning}` is."""

    config: Config
    _dropped: Counter

    def __init__(self, config: Config, context: Context) -> None:
        super().__init__(config, context)
        self._wanted: dict[str, bool] = {}
        self._waiting = 0
        self._bytes = 0
        self._checking: asyncio.Task[None] | None = None

    @hookimpl
    def register_metrics(self, registry: CollectorRegistry) -> None:
        """`switchboard_plugin_policy_message_log_dropped_total`: what was not kept, as the disk was behind."""
        self._dropped = self.metrics.counter("dropped", "Messages that were not kept, as the disk was behind")

    @observe()
    def keep(self, session: SessionView, event: Event) -> None:
        """Have one message written down; nobody waits for it."""
        wanted = self._wanted.get(event.action)
        if not (self._decide(event.action) if wanted is None else wanted) or not self._of(session):
            return
        if self._waiting >= MOST_WAITING or self._bytes >= MOST_BYTES:
            self._dropped.inc()
            return
        payload = self._payload(event)
        self._waiting += 1
        self._bytes += len(payload)
        if self._checking is None:
            self._checking = self.spawn(self._check(), name="written")
        change = self.records.messages.add(
            at=event.at,
            identity=session.identity,
            direction=str(event.direction),
            peer=event.peer,
            action=event.action,
            message_id=event.message_id,
            kind=event.kind,
            outcome=event.outcome,
            payload=payload,
        )
        self.records.later(change)

    def _payload(self, event: Event) -> bytes:
        """What is kept of the payload, as JSON."""
        config = self.config
        if not config.payloads:
            return _NOTHING
        malformed = event.kind == "malformed"
        raw = redacted("" if malformed else event.action, event.raw)
        if len(raw) > config.max_payload:
            text = raw[: config.max_payload].decode("utf-8", "ignore")
            return json.dumps({"cut": len(raw), "text": text}, separators=(",", ":")).encode()
        return json.dumps(raw.decode("utf-8", "replace")).encode() if malformed else raw

    async def _check(self) -> None:
        """Wait until what was given is on the disk, as long as there is anything."""
        while self._waiting:
            await asyncio.sleep(_CHECK_SECONDS)
            waiting, size = self._waiting, self._bytes
            try:
                await self.records.commit()  # of nothing: it ends when all that came before is written
            except StoreFailed:
                continue
            self._waiting -= waiting
            self._bytes -= size
        self._checking = None

    def _decide(self, action: str) -> bool:
        wanted = _matches(action, self.config.actions) and not _matches(action, self.config.except_actions)
        if len(self._wanted) < REMEMBERED:
            self._wanted[action] = wanted
        return wanted

    def _of(self, session: SessionView) -> bool:
        """Decided once a session."""
        wanted = session.state.get(self.context.name)
        if wanted is None:
            wanted = session.state[self.context.name] = _matches(session.identity, self.config.identities)
        return bool(wanted)


def _matches(name: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)
