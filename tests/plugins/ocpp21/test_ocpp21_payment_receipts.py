from plugins.ocpp21.payment.receipts import receipt

SETTLEMENT = {"transactionId": "tx/1", "pspRef": "PSP", "status": "Settled"}


def test_the_url_is_made_of_the_template():
    found = receipt("https://r.example/{identity}/{transactionId}?r={receiptId}", "CP 1", SETTLEMENT)
    assert found["receiptUrl"] == f"https://r.example/CP%201/tx%2F1?r={found['receiptId']}"


def test_a_settlement_has_the_same_receipt_whenever_it_is_told_of_and_another_one_has_another():
    one = receipt("https://r.example/{receiptId}", "CP1", SETTLEMENT)
    assert receipt("https://r.example/{receiptId}", "CP1", {**SETTLEMENT, "status": "Failed"}) == one
    others = [("CP2", SETTLEMENT), ("CP1", {**SETTLEMENT, "pspRef": "X"}), ("CP1", {"pspRef": "PSP"}), ("CP1", {})]
    assert len({receipt("{receiptId}", *other)["receiptId"] for other in others} | {one["receiptId"]}) == 5


def test_a_url_that_is_too_long_is_left_out_and_odd_values_are_empty():
    assert list(receipt("https://r.example/{transactionId}", "CP1", {"transactionId": "x" * 2000})) == ["receiptId"]
    assert (
        receipt("https://r.example/{transactionId}", "CP1", {"transactionId": 5})["receiptUrl"] == "https://r.example/"
    )
