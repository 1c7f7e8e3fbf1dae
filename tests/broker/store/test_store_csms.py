"""The tables of what a CSMS has to know, and the way they are looked into."""

import pytest

from broker.store import csms
from broker.store.queries import first_free
from broker.store.schema import metadata


def plan_of(connection, sql):
    return " | ".join(row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}"))


TRANSACTION = "SELECT * FROM charging_transaction WHERE"
METER = "SELECT * FROM meter_value WHERE"


@pytest.mark.parametrize(
    ("sql", "index"),
    [
        (f"{TRANSACTION} identity = 'a' AND transaction_id = 'b' AND epoch = 0", "charging_transaction_id"),
        (f"{TRANSACTION} identity = 'a' AND ended IS 0", "charging_transaction_open"),
        (f"{TRANSACTION} token = 'a' AND ended IS 0", "charging_transaction_token"),
        (
            f"{TRANSACTION} (token = 'a' OR stop_token = 'a') AND ref > 5 ORDER BY ref",
            "charging_transaction_stop_token",
        ),
        (f"{TRANSACTION} updated_at < 5 AND ended IS 1 ORDER BY updated_at", "charging_transaction_updated"),
        (f"{METER} identity = 'a' AND transaction_id = 'b' AND epoch = 0", "meter_value_transaction"),
        (f"{METER} identity = 'a' AND evse < 5 ORDER BY evse DESC, id DESC LIMIT 1", "meter_value_evse"),
        (f"{METER} received_at < 5 ORDER BY received_at LIMIT 1000", "meter_value_received"),
        ("SELECT * FROM security_event WHERE received_at < 5 ORDER BY received_at", "security_event_received"),
        ("SELECT * FROM security_event WHERE identity = 'a'", "security_event_once"),
        ("SELECT * FROM logged_message WHERE identity = 'a' AND at > 5", "logged_message_station"),
        ("SELECT * FROM logged_message WHERE at < 5 ORDER BY at", "logged_message_at"),
        ("SELECT * FROM reservation WHERE updated_at < 5", "reservation_updated"),
        ("DELETE FROM document WHERE identity = 'a'", "document_station"),
    ],
)
def test_what_is_asked_for_is_found_by_an_index(prepared, sql, index):
    found = plan_of(prepared.connection, sql)
    assert f"INDEX {index} " in found
    assert "SCAN" not in found


def test_the_newest_value_of_an_evse_needs_no_sorting(prepared):
    found = plan_of(prepared.connection, f"{METER} identity = 'a' AND evse < 5 ORDER BY evse DESC, id DESC LIMIT 1")
    assert "TEMP B-TREE" not in found


@pytest.mark.parametrize("table", ["charging_transaction", "meter_value", "security_event", "logged_message"])
def test_a_number_is_the_rows_own_and_needs_no_index(prepared, table):
    column = "ref" if table == "charging_transaction" else "id"
    assert "INTEGER PRIMARY KEY" in plan_of(prepared.connection, f"SELECT * FROM {table} WHERE {column} = 1")


@pytest.mark.parametrize(
    ("table", "column"),
    [
        *(("charging_transaction", name) for name in ("token", "stop_token", "parent")),
        *(("reservation", name) for name in ("token", "parent")),
        ("token", "parent"),
    ],
)
def test_tokens_are_compared_without_regard_to_case(prepared, table, column):
    columns = prepared.connection.execute(f"PRAGMA table_info({table})").fetchall()
    values = ["CARD" if row[1] == column else 0 for row in columns]
    prepared.connection.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(values))})", values)
    sql = f"SELECT count(*) FROM {table} WHERE {column} = 'cArd'"
    assert prepared.connection.execute(sql).fetchone() == (1,)


@pytest.mark.parametrize("table", ["charging_transaction", "meter_value", "security_event", "logged_message"])
def test_the_first_free_number_is_behind_all_that_are_in_use(prepared, table):
    columns = prepared.connection.execute(f"PRAGMA table_info({table})").fetchall()
    values = [77 if row[5] else 0 for row in columns]
    prepared.connection.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(values))})", values)
    assert first_free(prepared.connection) == 78


def test_all_of_them_are_listed_and_none_has_the_name_of_another():
    names = [table.name for table in csms.TABLES]
    assert len(set(names)) == len(names) == 15
    assert set(names) < set(metadata.tables)
