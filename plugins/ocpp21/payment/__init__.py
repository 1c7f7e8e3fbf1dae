"""OCPP 2.1, functional block C and E: payment: settlement, web payment, VAT numbers."""
