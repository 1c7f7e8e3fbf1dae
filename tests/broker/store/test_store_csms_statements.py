"""The SQL for the rows of what a CSMS has to know."""

import pytest

from broker.store import csms, statements
from broker.store.csms_statements import writes


def test_every_change_of_the_broker_is_among_them():
    assert set(statements.writes()) < set(writes())


@pytest.mark.parametrize("table", [table.name for table in csms.TABLES])
def test_many_rows_are_put_with_one_statement(table):
    (step,) = writes()[f"put {table}"]
    columns = len(next(one for one in csms.TABLES if one.name == table).columns)
    assert step.many is not None
    assert step.many(3).count("?") == 3 * columns
    assert step.pick is None, "the columns stand in the order of the parameters"


@pytest.mark.parametrize("table", ["meter_value", "charging_transaction", "security_event", "logged_message"])
def test_many_numbered_rows_are_dropped_with_one_statement(table):
    (step,) = writes()[f"drop {table}"]
    assert step.many(3).count("?") == 3


def test_all_that_is_said_here_can_be_run(prepared):
    for name in set(writes()) - set(statements.writes()) - {"happened"}:
        for step in writes()[name]:
            prepared.connection.execute(f"EXPLAIN {step.sql}", [1] * step.sql.count("?"))


def test_it_is_what_a_database_is_opened_with(prepared):
    assert prepared.writes is writes()
