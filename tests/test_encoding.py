import pytest
from hypothesis import given
from hypothesis import strategies as st

from newscrawl.encoding import decode

TEXT = "Глава администрации города провёл совещание по подготовке к отопительному сезону. Обсудили ремонт теплосетей."
PAGE = f"<html><head><title>Новости</title></head><body><p>{TEXT}</p></body></html>"


@pytest.mark.parametrize("encoding", ["utf-8", "cp1251", "koi8-r", "cp866", "iso8859-5"])
@pytest.mark.parametrize("declared", [None, "text/html; charset=utf-8", "text/html; charset=windows-1251"])
def test_the_bytes_decide_whatever_is_declared(encoding: str, declared: str | None) -> None:
    text, _ = decode(PAGE.encode(encoding), declared)
    assert TEXT in text


def test_a_declaration_settles_what_the_bytes_leave_open() -> None:
    # Too short for statistics, and valid in many encodings.
    assert decode("Ё".encode("koi8-r"), "text/html; charset=koi8-r") == ("Ё", "koi8-r")


def test_meta_counts_when_the_header_is_silent() -> None:
    body = '<meta charset="windows-1251"><p>№ 5</p>'.encode("cp1251")
    assert decode(body) == ('<meta charset="windows-1251"><p>№ 5</p>', "cp1251")


@pytest.mark.parametrize("name", ["uft-8", "base64", "", "х"])
def test_a_name_that_is_no_encoding_is_passed_over(name: str) -> None:
    text, encoding = decode(PAGE.encode("cp1251"), f"text/html; charset={name}")
    assert (encoding, TEXT in text) == ("cp1251", True)


def test_byte_order_mark() -> None:
    assert decode(PAGE.encode("utf-16"))[0] == PAGE
    assert decode(PAGE.encode("utf-8-sig")) == (PAGE, "utf-8")


def test_utf8_cut_in_the_middle_of_a_letter_is_still_utf8() -> None:
    text, encoding = decode(PAGE.encode()[:-60] + b"\xd0", "text/html; charset=windows-1251")
    assert encoding == "utf-8"
    assert "совещание" in text


@given(st.binary(max_size=2000), st.text(max_size=30))
def test_any_bytes_decode(body: bytes, content_type: str) -> None:
    text, encoding = decode(body, content_type)
    assert isinstance(text, str)
    assert encoding
