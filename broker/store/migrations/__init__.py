"""Alembic's scripts. `broker.store.migrate` runs them; there is no ini file, and logging stays as it is."""
