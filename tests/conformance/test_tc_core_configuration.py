"""Core: configuration keys, the cache, and DataTransfer."""

import json

from cases16 import case
from e2e_kit import TOKEN
from lab_kit import IDENTITY
from story_kit import booted, configured

KEYS = [
    {"key": "MeterValueSampleInterval", "readonly": False, "value": "0"},
    {"key": "NumberOfConnectors", "readonly": True, "value": "2"},
    {"key": "SupportedFeatureProfiles", "readonly": True, "value": "Core,FirmwareManagement,Reservation"},
]


@case("019_1", "GetConfiguration without `key`; all keys told to the operator, and in the book")
async def test_tc_019_1_get_all_configuration(lab):
    async with lab.station() as station:
        await booted(station)
        asked = station.expect("GetConfiguration", {"configurationKey": KEYS})
        told = await lab.do("get-configuration")
        assert await asked == {}
        assert told["configurationKey"] == KEYS
        assert await configured(lab) == {one["key"]: one["value"] for one in KEYS}
        assert {row.variable for row in await lab.records.variables.of(IDENTITY) if row.readonly} == {
            "NumberOfConnectors", "SupportedFeatureProfiles",
        }  # fmt: skip


@case("019_2", "GetConfiguration.key is SupportedFeatureProfiles alone; its value in the book")
async def test_tc_019_2_get_one_key(lab):
    async with lab.station() as station:
        await booted(station)
        asked = station.expect("GetConfiguration", {"configurationKey": KEYS[2:]})
        told = await lab.do("get-configuration", key=["SupportedFeatureProfiles"])
        assert await asked == {"key": ["SupportedFeatureProfiles"]}
        assert told["configurationKey"] == KEYS[2:]
        assert await configured(lab) == {"SupportedFeatureProfiles": "Core,FirmwareManagement,Reservation"}


@case("021", "ChangeConfiguration MeterValueSampleInterval to the text 60; Accepted, in the book")
async def test_tc_021_change_configuration(lab):
    async with lab.station() as station:
        await booted(station)
        asked = station.expect("ChangeConfiguration", {"status": "Accepted"})
        told = await lab.do("change-configuration", key="MeterValueSampleInterval", value=60)
        assert told == {"status": "Accepted"}
        assert await asked == {"key": "MeterValueSampleInterval", "value": "60"}
        assert await configured(lab) == {"MeterValueSampleInterval": "60"}


@case("040_1", "A key that the station does not know can be sent; the operator is told NotSupported")
async def test_tc_040_1_change_configuration_not_supported(lab):
    async with lab.station() as station:
        await booted(station)
        asked = station.expect("ChangeConfiguration", {"status": "NotSupported"})
        payload = {"key": "NoSuchKey", "value": "1"}
        assert await lab.call("ChangeConfiguration", payload) == {"status": "NotSupported"}
        assert await asked == {"key": "NoSuchKey", "value": "1"}
        assert "1" not in (await configured(lab)).values()


@case("040_2", "The value -1 can be sent, by `switchboard do`; the operator is told Rejected, the old value stays")
async def test_tc_040_2_change_configuration_invalid_value(lab):
    async with lab.station() as station:
        await booted(station)
        station.expect("GetConfiguration", {"configurationKey": KEYS[:1]})
        await lab.do("get-configuration", key=["MeterValueSampleInterval"])
        asked = station.expect("ChangeConfiguration", {"status": "Rejected"})
        printed = await lab.cli("do", IDENTITY, "change-configuration", "key=MeterValueSampleInterval", "value=-1")
        assert json.loads(printed) == {"status": "Rejected"}
        assert await asked == {"key": "MeterValueSampleInterval", "value": "-1"}
        assert await configured(lab) == {"MeterValueSampleInterval": "0"}


@case("061", "ClearCache; the operator is told Accepted")
async def test_tc_061_clear_authorization_data_in_cache(lab):
    async with lab.station() as station:
        await booted(station)
        asked = station.expect("ClearCache", {"status": "Accepted"})
        assert await lab.do("clear-cache") == {"status": "Accepted"}
        assert await asked == {}


@case("064", "DataTransfer of a vendor that nobody knows: UnknownVendorId, UnknownMessageId or Rejected")
async def test_tc_064_data_transfer_to_central_system(lab):
    async with lab.station() as station:
        await booted(station)
        told = await station.says("DataTransfer", vendorId="org.example.nobody", messageId="Message", data=TOKEN)
        assert told["status"] in ("UnknownVendorId", "UnknownMessageId", "Rejected")
        assert set(told) == {"status"}
