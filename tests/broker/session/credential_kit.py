"""What the tests of adopted credentials are made of: a store without a disk, and changes."""

from broker.session.grants.adoption import Change
from broker.session.grants.credential_book import CredentialBook
from broker.store import StoreFailed

CP = "CP001"
OLD, NEW, NEWER = "an-old-password-0", "a-new-password-01", "a-newer-password-2"


def password(text=NEW):
    return Change("ChangeConfiguration", password=text)


def profile(wanted, *, slot=False):
    return Change("SetNetworkProfile" if slot else "ChangeConfiguration", security_profile=wanted, slot=slot)


class FakeStore:
    """Stands where `broker.store.Store` stands: keeps rows, fails when told to."""

    def __init__(self, rows=None):
        self.rows = dict(rows or {})
        self.failing = False
        self.writes = 0
        self.gate = None

    async def credentials(self):
        return dict(self.rows)

    def write(self, changes):
        return self._write(changes)

    async def _write(self, changes):
        self.writes += 1
        if self.gate is not None:
            await self.gate.wait()
        if self.failing:
            raise StoreFailed("no space left")
        self.later(changes)

    def later(self, changes):
        for op in changes:
            if op.name == "put_credential":
                self.rows[op.params[0]] = op.params[1]
            else:
                self.rows.pop(op.params[0], None)


def made(store=None, may_enter=lambda identity, wanted, known: ""):
    book = CredentialBook(store if store is not None else FakeStore())
    book.may_enter = may_enter
    return book


async def again(book):
    """The book after a restart, from what was on the disk."""
    other = made(FakeStore(book._store.rows))
    await other.load()
    return other
