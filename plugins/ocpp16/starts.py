"""The StartTransactions that the local CSMS has answered: a retry gets the same transactionId (field-notes Q-38)."""

import secrets
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from hashlib import blake2b
from typing import Any

from broker.api import Transaction
from plugins.shared.values import number

#: Stations, and starts of each, that are remembered.
STATIONS = 20_000
STARTS = 32
#: The largest transactionId: OCPP 1.6 says integer, and stations hold it in 32 bits.
MAX_TRANSACTION_ID = 2**31 - 1


def start_key(payload: Mapping[str, Any]) -> str:
    """The same for two submissions of one StartTransaction, another for another one; holds no idTag, only a digest."""
    get = payload.get
    content = repr((get("connectorId"), get("idTag"), get("meterStart"), get("timestamp"), get("reservationId")))
    return blake2b(content.encode("utf-8", "backslashreplace"), digest_size=12).hexdigest()


class Starts:
    """By station: which start has got which transactionId. What was given before a restart is read from the records."""

    __slots__ = ("_by_station",)

    def __init__(self) -> None:
        self._by_station: OrderedDict[str, dict[str, int]] = OrderedDict()

    def knows(self, identity: str) -> bool:
        """Whether this station's running transactions have been read."""
        return identity in self._by_station

    def learn(self, identity: str, running: Iterable[Transaction]) -> None:
        """What the records say; what was answered meanwhile counts before it."""
        mine = self._of(identity)
        for transaction in running:
            given = number(transaction.transaction_id)
            if transaction.start_key and given is not None:
                mine.setdefault(transaction.start_key, given)

    def number(self, identity: str, key: str) -> int:
        """The transactionId of this start: the one that it has, or a fresh one."""
        mine = self._of(identity)
        given = mine.get(key)
        if given is None:
            given = secrets.randbelow(MAX_TRANSACTION_ID) + 1
            while given in mine.values():
                given = secrets.randbelow(MAX_TRANSACTION_ID) + 1
            self._note(mine, key, given)
        return given

    def given(self, identity: str, key: str, transaction_id: int) -> None:
        """What the station was told in the end: the broker has the last word where two would have the same."""
        if self.knows(identity):
            self._note(self._of(identity), key, transaction_id)

    def _of(self, identity: str) -> dict[str, int]:
        mine = self._by_station.get(identity)
        if mine is None:
            mine = self._by_station[identity] = {}
            if len(self._by_station) > STATIONS:
                self._by_station.popitem(last=False)
        else:
            self._by_station.move_to_end(identity)
        return mine

    @staticmethod
    def _note(mine: dict[str, int], key: str, transaction_id: int) -> None:
        mine.pop(key, None)
        mine[key] = transaction_id
        if len(mine) > STARTS:
            del mine[next(iter(mine))]
