"""Which tables this version of the broker has. A leaf, so that a database of today needs no Alembic to be opened."""

REVISION = "0003"
