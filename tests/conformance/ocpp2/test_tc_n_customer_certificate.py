"""N, diagnostics: what a station holds of the customer with a contract certificate."""

from cases201 import case201
from manufacturer_kit import hash_data
from scripted_station_kit import now
from story2_kit import booted


@case201("N_63", "report and clear true, customerCertificate the hash data as configured; the report told")
async def test_tc_n_63_clear_and_report_by_certificate(lab):
    async def tells(payload):
        await station.tells(
            "NotifyCustomerInformation", data="a contract", seqNo=0, generatedAt=now(), requestId=payload["requestId"]
        )

    async with lab.station() as station:
        await booted(station)
        asked = station.answers("CustomerInformation", {"status": "Accepted"}, tells)
        told = await lab.do("customer-information", report=True, clear=True, customerCertificate=hash_data())
        payload = await asked
        number = payload.pop("requestId")
        assert number >= 0
        assert payload == {"report": True, "clear": True, "customerCertificate": hash_data()}
        assert told == {"status": "Accepted", "requestId": number, "complete": True, "data": "a contract"}
