import pytest
from pydantic import ValidationError

from plugins.ocpp201.transactions.params import GetTransactionStatus


def test_a_transaction_may_be_named_or_not():
    assert GetTransactionStatus(transactionId="t").transactionId == "t"
    assert GetTransactionStatus().transactionId is None


@pytest.mark.parametrize("wrong", [{"transactionId": ""}, {"transactionId": 5}, {"transaction": "t"}])
def test_wrong_parameters_are_refused(wrong):
    with pytest.raises(ValidationError):
        GetTransactionStatus(**wrong)
