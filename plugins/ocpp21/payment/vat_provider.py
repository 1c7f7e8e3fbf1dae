"""What a configured service says of a VAT number.

It gets a POST with `{"vatNumber", "evseId", "identity"}` and answers `{"valid": true, "company": {"name", "address1",
"city", "country", ...}}`; of the company, what fits OCPP's AddressType goes on to the station.
"""

from typing import Any

from plugins.shared.json_service import Unavailable

#: AddressType: its members with their lengths.
_ADDRESS = {"name": 50, "address1": 100, "address2": 100, "city": 100, "postalCode": 20, "country": 50}
_NEEDED = ("name", "address1", "city", "country")


def understood(answer: Any) -> dict[str, Any]:
    """`{"valid": bool}`, with `company` where it is complete; raises Unavailable for what is no answer."""
    if not isinstance(answer, dict) or not isinstance(answer.get("valid"), bool):
        raise Unavailable("its answer has no member valid")
    company = answer.get("company")
    address = company if isinstance(company, dict) else {}
    found = {
        name: value[:longest]
        for name, longest in _ADDRESS.items()
        if isinstance(value := address.get(name), str) and value
    }
    complete = all(name in found for name in _NEEDED)
    return {"valid": answer["valid"], "company": found} if complete else {"valid": answer["valid"]}
