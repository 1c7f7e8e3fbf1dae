"""What the tables must have for the way they are used."""

import pytest


def plan_of(connection, sql):
    return " | ".join(row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}"))


@pytest.mark.parametrize("table", ["outbox", "dead_letter", "station_transaction"])
def test_a_number_is_the_rows_own_and_needs_no_index(prepared, table):
    column = "ref" if table == "station_transaction" else "id"
    assert "INTEGER PRIMARY KEY" in plan_of(prepared.connection, f"SELECT * FROM {table} WHERE {column} = 1")


def test_a_summary_of_all_outboxes_reads_no_message(prepared):
    sql = prepared.connection.execute("SELECT 1") and (
        "SELECT identity, upstream, count(*), sum(size), min(received_at), min(id) FROM outbox GROUP BY 1, 2"
    )
    assert "COVERING INDEX outbox_order" in plan_of(prepared.connection, sql)


def test_the_next_messages_of_an_outbox_are_found_in_order_without_sorting(prepared):
    found = plan_of(
        prepared.connection,
        "SELECT * FROM outbox WHERE identity = 'a' AND upstream = 'b' AND id > 5 ORDER BY id LIMIT 64",
    )
    assert "INDEX outbox_order (identity=? AND upstream=? AND id>?)" in found
    assert "TEMP B-TREE" not in found


def test_a_number_that_is_gone_may_be_put_again_by_its_owner_only(prepared):
    sql = prepared.connection.execute("SELECT sql FROM sqlite_master WHERE name = 'outbox'").fetchone()[0]
    assert "AUTOINCREMENT" not in sql, "the broker gives out the numbers"
