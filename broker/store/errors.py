"""What can go wrong with a store, and which errors mean that nothing can be written now."""

import sqlite3


class StoreError(Exception):
    """The store cannot be opened; the text is for the operator."""


class StoreFailed(Exception):
    """A write was not committed, or a read not done."""


#: What Python and SQLite raise where the change itself cannot be written, on whatever disk.
_OF_THE_CHANGE = (
    sqlite3.DataError,
    sqlite3.IntegrityError,
    sqlite3.InterfaceError,
    sqlite3.ProgrammingError,
    KeyError,
    OverflowError,
    TypeError,
    ValueError,
)
_DAMAGE = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_NOTADB})


def primary_code(error: BaseException) -> int:
    """SQLite's primary result code, 0 where the error has none."""
    code: int = getattr(error, "sqlite_errorcode", None) or 0
    return code & 0xFF


def of_the_medium(error: BaseException) -> bool:
    """Whether the disk, the file, a lock or the memory is at fault, and not what was to be written."""
    return not isinstance(error, _OF_THE_CHANGE)


def of_damage(error: BaseException) -> bool:
    """Whether what is in the file may be damaged, so that it has to be checked before it is trusted again."""
    return primary_code(error) in _DAMAGE


def described(error: BaseException) -> str:
    """What SQLite says, with its own name for it: `database or disk is full (SQLITE_FULL)`."""
    name = getattr(error, "sqlite_errorname", None)
    return f"{error} ({name})" if name else str(error)
