"""The lives of what was asked for by a requestId: one document for each, in the documents of the plugin that asks.

Notifications may overtake the answer to the request, and some belong to requests that an upstream has made, or that
were made before this broker was there: they are kept as well, the latest of each kind.
"""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any
from weakref import WeakValueDictionary

from broker.api import Change, Context, Transfer
from plugins.shared import file_lives as lives
from plugins.shared.file_endpoint import transfer_row
from plugins.shared.file_lives import Course, Life
from plugins.shared.members import life_shown

_MOST = 20
_TAKEN = frozenset({"Accepted", "AcceptedCanceled"})

Edit = Callable[[Life], Life]


class RequestLives:
    """By station, kind and requestId."""

    def __init__(self, context: Context, courses: Mapping[str, Course]) -> None:
        """`courses`: by kind."""
        self._context = context
        self._courses = courses
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._busy: set[tuple[str, str]] = set()
        """Stations with something under way, by kind: whose boots are of interest."""

    async def load(self) -> None:
        """Recall who is in the middle of something."""
        for identity, key, life in await self._context.documents.all():
            kind = key.partition(":")[0]
            if kind in self._courses and not life["ended"]:
                self._busy.add((identity, kind))

    def busy(self, identity: str, kind: str) -> bool:
        """Whether something of this kind is under way."""
        return (identity, kind) in self._busy

    async def of(self, identity: str, kind: str) -> list[Life]:
        """What is known, the newest first."""
        documents = await self._context.documents.of(identity)
        found = [life for key, life in documents.items() if key.partition(":")[0] == kind]
        return sorted(found, key=lambda life: float(life["begun"]), reverse=True)

    async def shown(self, identity: str) -> dict[str, Any]:
        """Everything of a station, as operators see it."""
        return {kind: life_shown(await self.of(identity, kind)) for kind in self._courses}

    async def answered(self, identity: str, kind: str, number: int, answer: str, asked: dict[str, Any]) -> None:
        """A request and the station's answer to it, whoever has made it."""
        now = self._context.clock.now()
        async with self._lock(identity):
            known = await self.of(identity, kind)
            life = _of(known, number)
            if life is None or life["asked"] is not None:  # a number that comes again is another request
                life = lives.begun(None, now)
            life = {**life, "requestId": number, "asked": asked, "answer": answer}
            canceled: list[Life] = []
            if answer not in _TAKEN:
                life = lives.over(life, now)
            elif answer == "AcceptedCanceled":  # the station has given up what it was doing for this one
                canceled = [lives.over(one, now, canceledBy=number) for one in known if _goes_on(one, number)]
            self._keep(identity, kind, known, [*canceled, life])

    async def heard(self, identity: str, kind: str, number: int | None, status: str, **more: Any) -> None:
        """How far a request has come. Without a number it is the newest one's that goes on."""
        now = self._context.clock.now()
        async with self._lock(identity):
            known = await self.of(identity, kind)
            life = _of(known, number) if number is not None else next((one for one in known if not one["ended"]), None)
            if life is None and number is None:
                return
            told = lives.heard(self._courses[kind], life, status, now)
            if told["status"] == status:
                told |= more
            told["ended"] = told["ended"] or "canceledBy" in told
            if number is not None:
                told["requestId"] = number
            if told != life:
                self._keep(identity, kind, known, [told])

    async def edit(self, identity: str, kind: str, which: Callable[[Life], bool], change: Edit) -> None:
        """Change some lives."""
        async with self._lock(identity):
            known = await self.of(identity, kind)
            changed = [told for one in known if which(one) and (told := change(one)) != one]
            if changed:
                self._keep(identity, kind, known, changed)

    async def transferred(self, kind: str, number: int, transfer: Transfer) -> None:
        """The file endpoint has seen the file pass, or not come in time."""
        row = transfer_row(transfer)
        await self.edit(
            transfer.identity,
            kind,
            lambda life: bool(life["requestId"] == number),
            lambda life: lives.transferred(life, row),
        )

    async def booted(self, identity: str, kind: str, version: str) -> None:
        """The station has booted, perhaps in the middle of it."""
        now = self._context.clock.now()
        await self.edit(identity, kind, lambda life: not life["ended"], lambda life: lives.booted(life, version, now))

    def _lock(self, identity: str) -> asyncio.Lock:
        """Documents are read, changed and written: one after another for each station."""
        return self._locks.setdefault(identity, asyncio.Lock())

    def _keep(self, identity: str, kind: str, known: list[Life], changed: list[Life]) -> None:
        """And forget what is too much: first what nobody asked for here, then the oldest."""
        documents = self._context.documents
        by_number = {one["requestId"]: one for one in [*known, *changed]}
        newest = sorted(by_number.values(), key=lambda life: (life["asked"] is None, -float(life["begun"])))
        surplus = [one["requestId"] for one in newest[_MOST:]]
        changes: list[Change] = [documents.drop(identity, f"{kind}:{number}") for number in surplus]
        changes += [
            documents.put(identity, f"{kind}:{one['requestId']}", one)
            for one in changed
            if one["requestId"] not in surplus
        ]
        self._context.records.later(*changes)
        goes_on = any(not one["ended"] for one in newest[:_MOST])
        (self._busy.add if goes_on else self._busy.discard)((identity, kind))


def _of(known: list[Life], number: int) -> Life | None:
    return next((one for one in known if one["requestId"] == number), None)


def _goes_on(life: Life, number: int) -> bool:
    return not life["ended"] and life["requestId"] != number
