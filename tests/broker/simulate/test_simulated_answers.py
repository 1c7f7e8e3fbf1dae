"""How a simulated CSMS answers."""

from broker.ocpp import Call, Schemas, Version
from broker.simulate.answers import Answers

FROM_STATION = {
    Version.V16: {"Authorize": {"idTag": "T"}, "StartTransaction": {"idTag": "T"}, "StopTransaction": {"idTag": "T"}},
    Version.V201: {"Authorize": {"idToken": {"idToken": "T"}}, "TransactionEvent": {"idToken": {"idToken": "T"}}},
}
FROM_STATION[Version.V21] = FROM_STATION[Version.V201]


def test_every_answer_is_schema_valid(version):
    answers, schemas, answered = Answers(), Schemas(), 0
    for action in schemas.actions(version):
        call = Call.of(action, FROM_STATION[version].get(action, {}), version=version, origin="station")
        reply = answers.answer(call)
        if reply.is_result:
            answered += 1
            assert schemas.check_result(version, action, reply) is None, action
        else:
            assert reply.code == "NotImplemented"
    assert answered >= 14


def test_a_refused_token_gets_its_status_and_a_transaction_id():
    answers = Answers()
    answers.refused["T"] = "Expired"
    call = Call.of("StartTransaction", {"idTag": "T"}, version=Version.V16, origin="station")
    assert answers.answer(call).payload == {"transactionId": 1, "idTagInfo": {"status": "Expired"}}
