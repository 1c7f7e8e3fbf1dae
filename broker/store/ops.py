"""What can be written, one small constructor each. An `Op` is data; `statements` knows its SQL."""

import msgspec

from broker.store.rows import OutboxRow, checksum

Param = str | int | float | bytes | None


class Op(msgspec.Struct, frozen=True, gc=False):
    """One change of the store."""

    key: tuple[Param, ...] | None
    """The one row that it is about: of two changes with the same key, only the newer has to be made.

    None: about many rows, or about what others with a key name as well.
    """
    name: str
    params: tuple[Param, ...]


# --- outboxes and dead letters ---------------------------------------------------------------------------------------


def put_outbox(row: OutboxRow) -> Op:
    """A message for an upstream."""
    # str(): an enum's member is not the exact type, and takes the sqlite3 module's slow way.
    params = (
        row.id,
        row.identity,
        row.upstream,
        str(row.version),
        row.action,
        row.key,
        row.ref,
        str(row.kind),
        row.payload,
        row.received_at,
        row.attempts,
        row.error,
        len(row.payload),
        checksum(row),
    )
    return Op(None, "put_outbox", params)


def drop_outbox(id: int) -> Op:  # noqa: A002 - what a row's number is called everywhere
    """The upstream has answered."""
    return Op(("outbox", id), "drop_outbox", (id,))


def attempt(id: int, attempts: int, error: str) -> Op:  # noqa: A002
    """It was sent again, in vain."""
    return Op(("outbox", id), "attempt", (id, attempts, error))


def bury(id: int, reason: str, at: float) -> Op:  # noqa: A002
    """From its outbox to the dead letters."""
    return Op(None, "bury", (id, reason, at))


def bury_all(identity: str, upstream: str, reason: str, at: float) -> Op:
    """A whole outbox to the dead letters."""
    return Op(None, "bury_all", (identity, upstream, reason, at))


def revive(id: int, new_id: int) -> Op:  # noqa: A002
    """From the dead letters to the end of its outbox."""
    return Op(None, "revive", (id, new_id))


def drop_dead(id: int) -> Op:  # noqa: A002
    """A dead letter, for good."""
    return Op(("dead", id), "drop_dead", (id,))


def drop_outboxes(identity: str, upstream: str) -> Op:
    """A whole outbox, for good."""
    return Op(None, "drop_outboxes", (identity, upstream))


# --- what is known of a station --------------------------------------------------------------------------------------


def put_transaction(identity: str, ref: int, data: bytes) -> Op:
    """A transaction, or what has become of it."""
    return Op(("transaction", ref), "put_transaction", (ref, identity, data))


def drop_transaction(ref: int) -> Op:
    """A transaction that nobody will ask for any more."""
    return Op(("transaction", ref), "drop_transaction", (ref,))


def put_id(identity: str, space: str, peer: str, peer_id: int, station_id: int) -> Op:
    """An id that a peer has given, and what the station knows it as."""
    key = ("id", identity, str(space), peer, peer_id)
    return Op(key, "put_id", (identity, str(space), peer, peer_id, station_id))


def drop_id(identity: str, space: str, peer: str, peer_id: int) -> Op:
    """An id that is forgotten."""
    return Op(("id", identity, str(space), peer, peer_id), "drop_id", (identity, str(space), peer, peer_id))


def put_memory(identity: str, data: bytes) -> Op:
    """The station's last boot and statuses."""
    return Op(("memory", identity), "put_memory", (identity, data))


def put_route(identity: str, data: bytes) -> Op:
    """A route that was set while the broker ran."""
    return Op(("route", identity), "put_route", (identity, data))


def drop_route(identity: str) -> Op:
    """Back to the configured route."""
    return Op(("route", identity), "drop_route", (identity,))


def put_credential(identity: str, data: bytes) -> Op:
    """What the station was told to log in with from now on."""
    return Op(("credential", identity), "put_credential", (identity, data))


def drop_credential(identity: str) -> Op:
    """Back to the configured credentials."""
    return Op(("credential", identity), "drop_credential", (identity,))


def forget_station(identity: str) -> Op:
    """Everything of that identity, outboxes, dead letters, route and credentials too."""
    return Op(None, "forget_station", (identity,))


# --- tokens ----------------------------------------------------------------------------------------------------------


def put_token(upstream: str, token_digest: str, data: bytes, until: float) -> Op:
    """What an upstream said of a token, and until when that holds."""
    return Op(("token", upstream, token_digest), "put_token", (upstream, token_digest, data, until))


def drop_token(upstream: str, token_digest: str) -> Op:
    """A token that is not to be known any more."""
    return Op(("token", upstream, token_digest), "drop_token", (upstream, token_digest))


def expire_tokens(before: float) -> Op:
    """All tokens whose time is over at `before`."""
    return Op(None, "expire_tokens", (before,))


# --- the broker ------------------------------------------------------------------------------------------------------


def put_setting(name: str, data: bytes) -> Op:
    """Something that the broker has made up once and keeps, such as a key."""
    return Op(("setting", name), "put_setting", (name, data))


# --- the store's own -------------------------------------------------------------------------------------------------


def reserve_ids(until: int) -> Op:
    """Numbers below `until` may have been given out."""
    return Op(("counter", "ids"), "put_counter", ("ids", until))


def put_probe(data: bytes) -> Op:
    """Something to see whether there is room again."""
    return Op(None, "put_probe", (1, data))


def drop_probe() -> Op:
    """The room back."""
    return Op(None, "drop_probe", (1,))
