"""The part of `ocpp201.smart_charging` that divides what a site can carry among its running transactions.

What a station was told stays in force until it accepts something else, whether it is connected or not. So what it has
accepted counts, and nobody is promised what another one still has.
"""

import asyncio
from dataclasses import dataclass
from typing import Any

from broker.api import CallFailed, Context, SessionView, Transaction
from plugins.ocpp201.smart_charging.config import Site, SmartChargingConfig
from plugins.ocpp201.smart_charging.ev_needs import needs_of
from plugins.ocpp201.smart_charging.holding import status_of
from plugins.ocpp201.smart_charging.needs import ceiling_of
from plugins.ocpp201.smart_charging.planning import Planning
from plugins.ocpp201.smart_charging.sharing import allowed
from plugins.shared import values
from plugins.shared.charging.schedule import first_schedule, schedule_of

_MOST_POINTS = 2_000
Key = tuple[str, str]
"""Identity and transactionId."""


@dataclass(slots=True)
class Picture:
    """The running transactions of a site, in its unit: what they could take, and what they may already."""

    site: Site
    wants: dict[Key, float | None]
    promised: dict[Key, float]

    def share(self, session: SessionView, transaction: Transaction) -> tuple[float, str]:
        """What this transaction may have now, and the unit."""
        key = (session.identity, transaction.transaction_id)
        wants = {key: None, **self.wants}
        return allowed(self.site.limit, wants, key, self.promised), self.site.unit


class Balancing(Planning):
    """Plans with the site in view, and sends."""

    def __init__(self, config: SmartChargingConfig, context: Context) -> None:
        super().__init__(config, context)
        self._locks: dict[str, asyncio.Lock] = {}
        self._balancing: set[str] = set()  # sites whose shares are about to be made anew

    def lock_of(self, session: SessionView) -> asyncio.Lock:
        """One schedule at a time: of a site, as its shares hang together, or of a station."""
        site = self.site_of(session)
        locks = session.state if site is None else self._locks
        lock: asyncio.Lock = locks.setdefault(
            f"{self.context.name}.lock" if site is None else self._key_of(site), asyncio.Lock()
        )
        return lock

    def site_of(self, session: SessionView) -> Site | None:
        """The one that the station belongs to."""
        return next((each for each in self.config.sites if each.has(session.identity, session.tags)), None)

    async def plan(
        self,
        session: SessionView,
        transaction: Transaction,
        payload: dict[str, Any],
        *,
        picture: Picture | None = None,
        ceilings: dict[str, tuple[float, str]] | None = None,
    ) -> dict[str, Any] | None:
        """The TxProfile for the EV that has sent `payload`; None where there is nothing to say.

        `ceilings`: of operators, if they are not those that are kept.
        """
        site = self.site_of(session)
        if site is not None and picture is None:
            picture = await self._picture(site)
        known = await self.ceilings(session.identity) if ceilings is None else ceilings
        told = [known[transaction.transaction_id]] if transaction.transaction_id in known else []
        if picture is not None:
            told.append(picture.share(session, transaction))
        situation = await self.situation(session, transaction, payload, told)
        return await self.profile_for(session, transaction, situation)

    async def send(
        self,
        session: SessionView,
        transaction: Transaction,
        *,
        picture: Picture | None = None,
        unless_same: bool = False,
    ) -> None:
        """Plan for an EV that has told its needs, and send; `unless_same`: what the station does not have already."""
        payload = await self.needs_for(session.identity, transaction)
        profile = None
        if payload is not None:
            profile = await self.plan(session, transaction, payload, picture=picture)
        if profile is None or (unless_same and await self._same(session, profile)):
            return
        accepted = await self.deliver(session, transaction.evse or 0, profile)
        if accepted and picture is not None:
            await self._note_promise(picture, session, transaction)

    async def deliver(self, session: SessionView, evse: int, profile: dict[str, Any]) -> bool:
        """Send a profile that nobody waits for; whether the station has accepted it."""
        try:
            status = status_of(await session.call("SetChargingProfile", {"evseId": evse, "chargingProfile": profile}))
        except CallFailed as error:
            self.log.info("%s: a charging profile was not taken: %s", session.identity, type(error).__name__)
            return False
        if status != "Accepted":
            self.log.warning("%s: a charging profile was refused: %.40r", session.identity, status)
        return bool(status == "Accepted")

    async def make_room(self, site: Site, *, but: str = "") -> None:
        """Everybody at a site gets what is theirs now; `but` one, who is next."""
        picture = await self._picture(site)
        for _ in range(2):  # first, who has to make room; then, who can have what others have left
            for session in self._at(site):
                if not await self.known_needs(session.identity):
                    continue
                for transaction in await self.running(session.identity):
                    if transaction.transaction_id != but:
                        await self.send(session, transaction, picture=picture, unless_same=True)

    def balance(self, site: Site) -> None:
        """Soon, once for all that happens at a site meanwhile."""
        key = self._key_of(site)
        if key not in self._balancing:
            self._balancing.add(key)
            self.spawn(self._balanced(site, key), name="charging site")

    async def _balanced(self, site: Site, key: str) -> None:
        async with self._locks.setdefault(key, asyncio.Lock()):
            self._balancing.discard(key)
            await self.make_room(site)

    def _key_of(self, site: Site) -> str:
        return f"site {self.config.sites.index(site)}"

    def _at(self, site: Site) -> list[SessionView]:
        return [each for each in self.sessions.all() if self.site_of(each) is site]

    async def _picture(self, site: Site) -> Picture:
        picture = Picture(site, {}, {})
        for session in self._at(site):
            known = await self.known_needs(session.identity)
            for transaction in await self.running(session.identity):
                row = known.get(str(transaction.evse))
                mine = row is not None and row["transaction"] == transaction.transaction_id
                needs = needs_of(row["payload"]) if row is not None and mine else None
                wants = None if needs is None else ceiling_of(needs, site.unit, self.config.line_voltage)
                picture.wants[(session.identity, transaction.transaction_id)] = wants
                await self._note_promise(picture, session, transaction)
        return picture

    async def _note_promise(self, picture: Picture, session: SessionView, transaction: Transaction) -> None:
        """The most that the TxProfile of a transaction allows; none where it has none."""
        rows = await self.records.charging_profiles.of(session.identity)
        mine = [row for row in rows if row.purpose == "TxProfile" and row.transaction_id == transaction.transaction_id]
        mine.sort(key=lambda row: row.stack_level)
        read = schedule_of(mine[-1].profile, transaction.evse or 0) if mine else None
        if read is None:
            return
        unit, voltage = picture.site.unit, self.config.line_voltage
        told = [limit.in_unit(read.unit, unit, voltage) for limit in read.limits if limit is not None]
        most = max((limit.value for limit in told if limit is not None), default=None)
        if most is not None:
            picture.promised[(session.identity, transaction.transaction_id)] = most

    async def _same(self, session: SessionView, profile: dict[str, Any]) -> bool:
        """Whether the station has this profile already, but for its age and for what is over."""
        row = (await self.held(session)).get(profile["id"])
        ours, new = None if row is None else schedule_of(row.profile, row.evse), schedule_of(profile, 0)
        begin = values.moment((first_schedule(profile) or {}).get("startSchedule"))
        if ours is None or new is None or begin is None or ours.unit != new.unit:
            return False
        start = int(begin)
        points = {start, *(start + each for each in new.starts)}
        moment = ours.next_change(start, start)
        while moment is not None and len(points) < _MOST_POINTS:
            points.add(moment)
            moment = ours.next_change(moment, start)
        return all(ours.at(each, start) == new.at(each, start) for each in points)
