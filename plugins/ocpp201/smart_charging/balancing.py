"""The part of `ocpp201.smart_charging` that divides what a site can carry among its running transactions.

What a station was told stays in force until it accepts something else, whether it is connected or not. So what it has
accepted counts, and nobody is promised what another one still has. One that has lost its connection cannot give
anything back: the others share what it leaves.
"""

import asyncio
from dataclasses import dataclass, field
from typing import Any

from broker.api import CallFailed, ChargingProfile, Context, SessionView, Transaction, hookimpl
from plugins.ocpp201.smart_charging.config import Site, SmartChargingConfig
from plugins.ocpp201.smart_charging.ev_needs import needs_of
from plugins.ocpp201.smart_charging.holding import status_of
from plugins.ocpp201.smart_charging.members import Members
from plugins.ocpp201.smart_charging.needs import ceiling_of
from plugins.ocpp201.smart_charging.planning import Planning
from plugins.ocpp201.smart_charging.sharing import allowed
from plugins.ocpp201.versions import V2
from plugins.shared import values
from plugins.shared.charging.schedule import first_schedule, schedule_of

_MOST_POINTS = 2_000
Key = tuple[str, str]
"""Identity and transactionId."""


@dataclass(slots=True)
class Picture:
    """The running transactions of a site, in its unit: what they could take, and what they may already."""

    site: Site
    wants: dict[Key, float | None] = field(default_factory=dict)
    promised: dict[Key, float] = field(default_factory=dict)
    away: float = 0.0
    """What stations were promised that cannot be told anything now."""
    running: list[tuple[SessionView, Transaction]] = field(default_factory=list)
    """Those of stations that are connected."""

    def share(self, session: SessionView, transaction: Transaction) -> tuple[float, str]:
        """What this transaction may have now, and the unit."""
        key = (session.identity, transaction.transaction_id)
        wants = {key: None, **self.wants}
        return allowed(max(0.0, self.site.limit - self.away), wants, key, self.promised), self.site.unit


class Balancing(Planning):
    """Plans with the site in view, and sends."""

    def __init__(self, config: SmartChargingConfig, context: Context) -> None:
        super().__init__(config, context)
        self._locks: dict[str, asyncio.Lock] = {}
        self._balancing: set[str] = set()  # sites whose shares are about to be made anew
        self._members = Members(context, config.sites)

    @hookimpl
    async def broker_starting(self) -> None:
        """Learn who belongs to a site and is not connected yet, too."""
        await super().broker_starting()
        await self._members.load(await self.documents.all())

    @hookimpl
    def session_opened(self, session: SessionView) -> None:
        """A station that leaves again counts at its site, whatever it does in the meantime."""
        self._members.note(session)

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
        return self._members.site_of(session.identity, session.tags)

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
        known = await self.known_ceilings(session.identity) if ceilings is None else ceilings
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
            rows = list((await self.held(session)).values())
            most = self._most_of(rows, transaction, picture.site)
            if most is not None:
                picture.promised[(session.identity, transaction.transaction_id)] = most

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
            for session, transaction in picture.running:
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

    async def _picture(self, site: Site) -> Picture:
        picture = Picture(site)
        for identity, session in self._members.at(site).items():
            running = await self.running(identity)
            if not running:
                self._members.idle(identity)
                continue
            known = await self.known_needs(identity)
            rows = await self._profiles_of(identity, session)
            for transaction in running:
                most = self._most_of(rows, transaction, site)
                if session is None and most is not None:
                    picture.away += most
                    continue
                key = (identity, transaction.transaction_id)
                picture.wants[key] = self._wants(known.get(str(transaction.evse)), transaction, site)
                if most is not None:
                    picture.promised[key] = most
                if session is not None:
                    picture.running.append((session, transaction))
        return picture

    def _wants(self, row: dict[str, Any] | None, transaction: Transaction, site: Site) -> float | None:
        """What the EV takes at most; None where it has not told its needs."""
        if row is None or row["transaction"] != transaction.transaction_id:
            return None
        needs = needs_of(row["payload"])
        return None if needs is None else ceiling_of(needs, site.unit, self.config.line_voltage)

    async def _profiles_of(self, identity: str, session: SessionView | None) -> list[ChargingProfile]:
        """In memory where nobody else writes them."""
        if session is not None and session.version in V2:
            return list((await self.held(session)).values())
        return await self.records.charging_profiles.of(identity)

    def _most_of(self, rows: list[ChargingProfile], transaction: Transaction, site: Site) -> float | None:
        """The most that the TxProfile of a transaction allows, in the unit of the site; None where it has none."""
        mine = [row for row in rows if row.purpose == "TxProfile" and row.transaction_id == transaction.transaction_id]
        mine.sort(key=lambda row: row.stack_level)
        read = schedule_of(mine[-1].profile, transaction.evse or 0) if mine else None
        if read is None:
            return None
        told = [
            limit.in_unit(read.unit, site.unit, self.config.line_voltage) for limit in read.limits if limit is not None
        ]
        return max((limit.value for limit in told if limit is not None), default=None)

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
