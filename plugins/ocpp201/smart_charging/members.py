"""Which stations belong to a site, whether they are connected or not.

A station that loses its connection goes on charging as it was told, so it counts until it is back or its transactions
have ended. After a restart those count that have transactions under way in the records.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from broker.api import Context, SessionView
from plugins.ocpp201.smart_charging.config import Site

_KEY = "tags"
"""The document with what only the session of a station would tell: its tags, where they decide on its site."""
_MOST = 50_000
_AT_ONCE = 1_000


class Members:
    """The stations of all sites, by what was heard of them last."""

    def __init__(self, context: Context, sites: Sequence[Site], *, most: int = _MOST) -> None:
        self._context = context
        self._sites = sites
        self._most = most
        self._tags: dict[str, dict[str, str]] = {}  # of everybody at a site, who was there longest ago first
        self._kept: dict[str, dict[str, str]] = {}  # the documents

    async def load(self, kept: Iterable[tuple[str, str, Any]]) -> None:
        """Take what was kept, of all documents, and those that have transactions; once, and before anything else."""
        if not self._sites:
            return
        self._kept = {identity: tags for identity, key, tags in kept if key == _KEY}
        self._tags |= self._kept
        after = 0
        while rows := await self._context.records.transactions.page(open=True, after=after, limit=_AT_ONCE):
            for row in rows:
                if self.site_of(row.identity, {}) is not None:
                    self._tags.setdefault(row.identity, {})
            after = rows[-1].ref
        self._bound()

    def site_of(self, identity: str, tags: Mapping[str, str]) -> Site | None:
        """The first one that fits."""
        return next((each for each in self._sites if each.has(identity, tags)), None)

    def note(self, session: SessionView) -> Site | None:
        """It is connected; the site that it belongs to."""
        identity, site = session.identity, self.site_of(session.identity, session.tags)
        self._tags.pop(identity, None)
        if site is None:
            self._keep(identity, {})
            return None
        self._tags[identity] = dict(session.tags)
        self._keep(identity, self._tags[identity] if site.tags else {})
        self._bound()
        return site

    def at(self, site: Site) -> dict[str, SessionView | None]:
        """The stations of a site by identity; None for those that are not connected now."""
        sessions = {each.identity: each for each in self._context.sessions.all()}
        found: dict[str, SessionView | None] = {
            identity: session for identity, session in sessions.items() if self.note(session) is site
        }
        away = (identity for identity in self._tags if identity not in sessions)
        return found | {each: None for each in away if self.site_of(each, self._tags[each]) is site}

    def idle(self, identity: str) -> None:
        """No transaction of it runs: if it is not connected, it does not count any more."""
        if self._context.sessions.get(identity) is None:
            self._tags.pop(identity, None)
            self._keep(identity, {})

    def _bound(self) -> None:
        while len(self._tags) > self._most:
            identity = next(iter(self._tags))
            self._context.log.warning("%s: more stations at sites than can be kept in mind, so it is not", identity)
            self._tags.pop(identity)
            self._keep(identity, {})

    def _keep(self, identity: str, tags: dict[str, str]) -> None:
        """Beyond the process; nothing where the tags do not matter."""
        if self._kept.get(identity, {}) == tags:
            return
        documents = self._context.documents
        if tags:
            self._kept[identity] = tags
            self._context.records.later(documents.put(identity, _KEY, tags))
        else:
            del self._kept[identity]
            self._context.records.later(documents.drop(identity, _KEY))
