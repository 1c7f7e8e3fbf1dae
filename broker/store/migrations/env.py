"""Run by Alembic, on the connection and within the transaction of `broker.store.migrate`."""

from alembic import context

from broker.store.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
