"""The SQL that is compiled."""

import pytest

from broker.store.statements import reads, writes


def test_it_is_compiled_once():
    assert writes() is writes()
    assert reads() is reads()


def test_nothing_comes_back_from_a_write():
    assert not any("RETURNING" in step.sql for steps in writes().values() for step in steps)


def test_what_is_frequent_takes_its_parameters_as_they_are_and_many_rows_at_once():
    for name in ("put_outbox", "drop_outbox", "put_transaction", "put_id", "put_memory"):
        (step,) = writes()[name]
        assert step.pick is None, name
        assert step.many is not None, name


@pytest.mark.parametrize("name", ["put_outbox", "put_transaction", "put_memory", "drop_outbox"])
def test_for_many_rows_it_has_as_many_parameters(name):
    (step,) = writes()[name]
    assert step.many(1).count("?") == step.sql.count("?")
    assert step.many(7).count("?") == 7 * step.sql.count("?")


def test_to_replace_many_rows_stays_to_replace():
    (step,) = writes()["put_memory"]
    assert step.many(2) == (
        "INSERT INTO station_memory (identity, data) VALUES (?, ?), (?, ?)"
        " ON CONFLICT (identity) DO UPDATE SET data = excluded.data"
    )


def test_several_conditions_have_no_form_for_many():
    (step,) = writes()["drop_id"]
    assert step.many is None


def test_parameters_are_brought_into_the_order_of_the_sql():
    (step,) = writes()["attempt"]
    assert step.pick((5, 2, "timeout")) == (2, "timeout", 5)
    move, remove = writes()["bury"]
    assert move.pick((5, "refused", 1.5)) == ("refused", 1.5, 5)
    assert remove.pick((5, "refused", 1.5)) == (5,)


def test_to_forget_a_station_leaves_no_table_out():
    tables = {step.sql.split()[2] for step in writes()["forget_station"]}
    assert tables == {
        "adopted_credential",
        "certificate",
        "charging_profile",
        "charging_transaction",
        "connector",
        "dead_letter",
        "document",
        "local_list",
        "logged_message",
        "meter_value",
        "outbox",
        "registration",
        "reservation",
        "security_event",
        "station",
        "station_event",
        "station_id",
        "station_memory",
        "station_route",
        "station_transaction",
        "variable",
    }
