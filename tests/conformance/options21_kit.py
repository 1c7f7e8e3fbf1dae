"""What the plugins of 2.1 are configured with at the broker of the cases: tariffs, receipts, QR codes.

None of it shows where a case does not ask for it: no tariff is that of everybody.
"""

VAT = [{"type": "VAT", "tax": 20, "stack": 0}]
DRIVER = {
    "tariffId": "driver",
    "currency": "EUR",
    "energy": {"prices": [{"priceKwh": 0.25}], "taxRates": VAT},
    "chargingTime": {"prices": [{"priceMinute": 0.1}], "taxRates": VAT},
    "idleTime": {"prices": [{"priceMinute": 0.1}], "taxRates": VAT},
    "fixedFee": {"prices": [{"priceFixed": 0.5}], "taxRates": VAT},
}
"""As the test tool is configured for the driver (I_109)."""
ENERGY_ONLY = {"tariffId": "energy", "currency": "EUR", "energy": {"prices": [{"priceKwh": 0.5}], "taxRates": VAT}}
CAPPED = {**ENERGY_ONLY, "tariffId": "capped"}
MAX_COST = {"maxCost": 10}
"""Of a transaction by that tariff."""
QR_CODE = "https://pay.example.org/{chargingStationId}/{evse}/{totp}?v={version}"
RECEIPT = "https://receipts.example.org/{receiptId}?tx={transactionId}"

OPTIONS21 = {
    "ocpp201.tariff_cost": {"tariffs": [DRIVER, ENERGY_ONLY, CAPPED]},
    "ocpp21.tariff_cost": {"tariff_limits": {"capped": MAX_COST}},
    "ocpp21.payment": {
        "receipt_url": RECEIPT,
        "web": {"url": QR_CODE, "secret": "a-secret-of-the-tests-for-qr", "length": 12},
    },
}
