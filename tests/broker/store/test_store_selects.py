"""SQL for the conditions that are asked for."""

import pytest
from store_kit import opened

from broker.store import changes
from broker.store.selects import count_sql, select_sql, tables_with


def test_the_same_question_is_compiled_once():
    question = ("connector", ("identity =",), (), ("evse",), True)
    assert select_sql(*question) is select_sql(*question)
    assert count_sql("connector", "identity") is count_sql("connector", "identity")


@pytest.mark.parametrize(
    ("where", "sql"),
    [
        ((), "FROM token"),
        (("key =",), 'WHERE token."key" = ?'),
        (("key !=", "status <="), 'WHERE token."key" != ? AND token.status <= ?'),
        (("key|parent =",), 'WHERE token."key" = ? OR token.parent = ?'),
        (("expires,updated_at >=",), "WHERE coalesce(token.expires, token.updated_at) >= ?"),
    ],
)
def test_conditions_become_sql(where, sql):
    assert sql in " ".join(select_sql("token", where, (), (), False).split())


def test_a_constant_needs_no_parameter():
    sql = select_sql("charging_transaction", ("ended is false", "ref >"), ("ref",), (), False)
    assert "ended IS 0" in sql
    assert sql.count("?") == 1


@pytest.mark.parametrize("condition", ["nothing =", "key like", "key"])
def test_what_is_no_condition_is_a_mistake(condition):
    with pytest.raises((KeyError, AttributeError)):
        select_sql("token", (condition,), (), (), False)


async def test_rows_columns_order_and_limit(url):
    async with opened(url) as store:
        for number in range(6):
            values = (f"CP{number % 2}", number, 1, "s", "", "", "", "", None, float(number))
            store.later([changes.put_row("connector", values[:3], values)])
        assert await store.select("connector", [("identity =", "CP1")], columns=("evse",), order=("evse",)) == [
            (1,),
            (3,),
            (5,),
        ]
        assert await store.select("connector", columns=("evse",), order=("identity", "-evse"), limit=4) == [
            (4,),
            (2,),
            (0,),
            (5,),
        ]
        (row,) = await store.select("connector", [("evse >=", 5), ("changed_at <", 9.0)])
        assert row == ("CP1", 5, 1, "s", "", "", "", "", None, 5.0)
        assert await store.counts("identity", "CP0") == {"connector": 3}
        assert await store.counts("identity", "CP9") == {}


def test_tables_are_known_by_their_columns():
    assert {"outbox", "station_memory", "registration", "meter_value"} <= set(tables_with("identity"))
    assert "token" not in tables_with("identity")
    assert tables_with("stop_token") == ["charging_transaction"]
