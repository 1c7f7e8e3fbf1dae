"""What can be read of a frame that the fast parser refuses."""

import pytest

from broker.ocpp import BadFrame
from broker.ocpp.salvage import read_id, recover, split


@pytest.mark.parametrize(
    ("text", "elements"),
    [
        ('[2, "1" ,"A",\n{"a": 1} ]', [b"2", b'"1"', b'"A"', b'{"a": 1}']),
        (' [2,"1","A",{"a":"\\ud800"}] ', [b"2", b'"1"', b'"A"', b'{"a":"\\ud800"}']),
        ('[ 3 , "\\udc00" , {"a": 1.50, "b": ' + "9" * 5_000 + " } ]", None),
        ("[]", []),
    ],
)
def test_an_array_is_split_into_the_text_of_its_elements(text, elements):
    expected = [b"3", b'"\\udc00"', b'{"a": 1.50, "b": ' + b"9" * 5_000 + b" }"] if elements is None else elements
    assert split(text) == expected


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", BadFrame.NOT_JSON),
        ("[2,", BadFrame.NOT_JSON),
        ("[2] x", BadFrame.NOT_JSON),
        ('["\\ud800"] x', BadFrame.NOT_JSON),
        ("[2,NaN]", BadFrame.NOT_JSON),
        ("[2,-Infinity]", BadFrame.NOT_JSON),
        ("{}", BadFrame.NOT_ARRAY),
        ('"x"', BadFrame.NOT_ARRAY),
        ("12", BadFrame.NOT_ARRAY),
        ("[" * 100_000, BadFrame.TOO_DEEP),
    ],
)
def test_what_is_no_array_is_named(text, reason):
    assert split(text) == reason


@pytest.mark.parametrize(
    ("element", "readable"),
    [
        (b'"a"', "a"),
        (b'""', ""),
        (b'"\\u0061"', "a"),
        (b'"\\ud800"', "\\ud800"),
        (b"12", "12"),
        (b"-1.50", "-1.50"),
        (b'"' + b"x" * 255 + b'"', "x" * 255),
        (('"' + "\N{GRINNING FACE}" * 255 + '"').encode(), "\N{GRINNING FACE}" * 255),
        (b'"' + b"\\u0041" * 255 + b'"', "A" * 255),
    ],
)
def test_q11_an_id_is_any_string_or_number(element, readable):
    assert read_id(element) == (readable, element)


@pytest.mark.parametrize(
    "element",
    [b"null", b"true", b"{}", b"[]", b'"' + b"x" * 256 + b'"', b'"' + b"x" * 10_000 + b'"', b"1" * 256, b'"\\q"'],
)
def test_q11_anything_else_is_no_id(element):
    assert read_id(element) is None


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('[2,"' + "x" * 255 + '",', ("2", "x" * 255, b'"' + b"x" * 255 + b'"')),
        ('[2,"7","A",{"transactionId":,}]', ("2", "7", b'"7"')),
        (" [ 3 , 12 , {", ("3", "12", b"12")),
        ('[4,"a\\"b",', ("4", 'a"b', b'"a\\"b"')),
        ("[2,null,", ("2", None, None)),
        ('[2,"\\q",', ("2", None, None)),
        ('[2,"a\nb",', ("2", None, None)),
        ("[2,007,", ("2", None, None)),
        ('[2,"\udcff",', ("2", None, None)),
        ('[2,"' + "x" * 256 + '",', ("2", None, None)),
        ('[2,"unfinished', ("2", None, None)),
        ("[3,{", ("3", None, None)),
        ("[25,", ("", None, None)),
        ("hello", ("", None, None)),
        ("", ("", None, None)),
        ("[9," + '"1"', ("", None, None)),
    ],
)
def test_q17_the_id_is_recovered_where_it_can_be_echoed(text, found):
    assert recover(text) == found


def test_q17_recovery_is_bounded():
    assert recover("[2," + " " * 1_000_000 + '"1"') == ("2", None, None)
    escapes = "\\ud83d\\ude00" * 255
    assert recover(f'[2,"{escapes}",') == ("2", "\N{GRINNING FACE}" * 255, f'"{escapes}"'.encode())
    assert recover('[2,"' + "\\ud83d" * 200_000) == ("2", None, None)
    assert recover('[2,"' + "\\\\" * 1_000_000) == ("2", None, None)
