"""N, diagnostics: what a station holds of a customer, reported and cleared."""

from cases201 import case201
from lab2_kit import VALID
from scripted_station_kit import now
from story2_kit import booted

PERSON = {"idToken": VALID}


async def asked(lab, station, *, status="Accepted", parts=None, report=True, clear=False, **person):
    """CustomerInformation as the operator asks for it; `parts` are what the station then tells."""

    async def tells(payload):
        for number, data in enumerate(parts or ()):
            last = number == len(parts) - 1
            more = {} if last else {"tbc": True}
            await station.tells(
                "NotifyCustomerInformation",
                data=data, seqNo=number, generatedAt=now(), requestId=payload["requestId"], **more,
            )  # fmt: skip

    said = station.answers("CustomerInformation", {"status": status}, tells)
    told = await lab.do("customer-information", report=report, clear=clear, **person)
    payload = await said
    await station.done()
    number = payload.pop("requestId")
    assert number >= 0
    assert payload == {"report": report, "clear": clear, **person}
    assert (told["status"], told["requestId"]) == (status, number)
    return told


async def customer(lab, **more):
    async with lab.station() as station:
        await booted(station)
        told = await asked(lab, station, **more)
        assert await lab.records.local_lists.get(lab.identity) is None, "where there is no list, none is asked for"
        return told


@case201("N_27", "report true, clear false, idToken as configured; the report, in two parts, told to the operator")
async def test_tc_n_27_get_accepted_with_data(lab):
    told = await customer(lab, parts=["came on Monday, ", "left on Tuesday"], **PERSON)
    assert (told["complete"], told["data"]) == (True, "came on Monday, left on Tuesday")


@case201("N_28", "report true, idToken as configured; an empty report told to the operator")
async def test_tc_n_28_get_accepted_without_data(lab):
    told = await customer(lab, parts=[""], **PERSON)
    assert (told["complete"], told["data"]) == (True, "")


@case201("N_29", "report true, idToken as configured; Rejected, and Invalid, told to the operator")
async def test_tc_n_29_get_not_accepted(lab):
    for status in ("Rejected", "Invalid"):
        await customer(lab, status=status, **PERSON)


@case201("N_30", "report and clear true, idToken as configured; the report told to the operator")
async def test_tc_n_30_clear_and_report_with_data(lab):
    told = await customer(lab, clear=True, parts=["came on Monday"], **PERSON)
    assert (told["complete"], told["data"]) == (True, "came on Monday")


@case201("N_31", "report and clear true, idToken as configured; an empty report told to the operator")
async def test_tc_n_31_clear_and_report_without_data(lab):
    told = await customer(lab, clear=True, parts=[""], **PERSON)
    assert (told["complete"], told["data"]) == (True, "")


@case201("N_32", "report false, clear true, idToken as configured; the operator waits for no report")
async def test_tc_n_32_clear_without_report(lab):
    told = await customer(lab, clear=True, report=False, **PERSON)
    assert "data" not in told


@case201("N_62", "report and clear true, customerIdentifier OpenChargeAlliance; the report told to the operator")
async def test_tc_n_62_clear_and_report_by_customer_identifier(lab):
    told = await customer(lab, clear=True, parts=["a member"], customerIdentifier="OpenChargeAlliance")
    assert (told["complete"], told["data"]) == (True, "a member")
