"""What can be written of the tables of `csms`: whole rows, by the table's name; and what happens to transactions."""

from collections.abc import Sequence

from broker.store.ops import Op, Param


def put_row(table: str, keys: Sequence[Param], values: Sequence[Param]) -> Op:
    """A row, in the order of the table's columns; it replaces the one of the same primary key, which is `keys`."""
    return Op((table, *keys), f"put {table}", tuple(values))


def add_row(table: str, number: int, values: Sequence[Param]) -> Op:
    """A row of a table whose rows are numbered; nothing where the same is there already."""
    return Op((table, number), f"put {table}", tuple(values))


def drop_row(table: str, keys: Sequence[Param]) -> Op:
    """The row of this primary key."""
    return Op((table, *keys), f"drop {table}", tuple(keys))


def drop_rows(table: str, identity: str) -> Op:
    """All rows of that station."""
    return Op(None, f"drop all {table}", (identity,))


def blank_token(table: str, keys: Sequence[Param], token: str) -> Op:
    """That token becomes empty in all columns of this row that hold one. Case does not matter."""
    return Op(("blank", table, *keys), f"blank {table}", (token, *keys))


def swap(table: str, keys: Sequence[Param], old: bytes, new: bytes) -> Op:
    """Free-form data in place of what it was made of; nothing where that has been changed in between."""
    return Op(("swap", table, *keys), f"swap {table}", (old, new, *keys))


def put_transaction(identity: Param, transaction_id: Param, values: Sequence[Param]) -> Op:
    """The row of the transaction that this id names now, in the order of its columns; its number is kept."""
    return Op(("transaction", identity, transaction_id), "put transaction", tuple(values))


def happened(what: str, *params: Param) -> Op:
    """A transaction was started or stopped, or was measured: see `transactions`."""
    return Op(None, "happened", (what, *params))
