"""What the file has to say of tokens and stations, handed to the records at the start and after a reload."""

from collections.abc import Mapping

from broker.config import Config
from broker.config.tokens import TokenEntry
from broker.records import Records, Token

FILE, API = "file", "api"
"""Where a token may come from."""


def provision(config: Config, records: Records) -> None:
    """Let `records` know of the file; what was set by the API goes on to count before it."""
    records.tokens.configure(token_book(config.tokens))
    boots = {station.identity: station.boot for station in config.stations.known}
    records.registrations.configure(boots, config.stations.unknown_boot, boots.keys())


def token_book(tokens: Mapping[str, TokenEntry]) -> dict[str, Token]:
    """The tokens of the file, by id as it is written there."""
    return {one: token_of(one, entry, source=FILE, at=0.0) for one, entry in tokens.items()}


def token_of(one: str, entry: TokenEntry, *, source: str, at: float) -> Token:
    """The token with this id, `at` Unix seconds."""
    return Token(
        id=one,
        type=entry.type,
        status=entry.status,
        expires=None if entry.expires is None else entry.expires.timestamp(),
        parent=entry.parent,
        parent_type=entry.parent_type or None,
        note=entry.note,
        language=entry.language or None,
        language2=entry.language2 or None,
        message=entry.message or None,
        evses=dict(entry.evses),
        priority=entry.priority,
        credit=entry.credit,
        tariff=entry.tariff or None,
        updated_at=at,
        source=source,
    )
