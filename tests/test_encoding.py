import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newscrawl.encoding import Decoded, decode, read_body

TEXT = "Глава администрации города провёл совещание по подготовке к отопительному сезону. Обсудили ремонт теплосетей."
PAGE = f"<html><head><title>Новости</title></head><body><p>{TEXT}</p></body></html>"
HEADLINE = "В парке посадили двести лип"
SINGLE = ["cp1251", "koi8-r", "cp866", "iso8859-5", "mac-cyrillic"]


@pytest.mark.parametrize("encoding", ["utf-8", *SINGLE, "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("meta", ["", "utf-8", "windows-1251", "koi8-r"])
@pytest.mark.parametrize("header", [None, "text/html; charset=utf-8", "text/html; charset=windows-1251", "text/html"])
def test_the_bytes_decide_whatever_is_declared(encoding: str, header: str | None, meta: str) -> None:
    page = PAGE.replace("<head>", f"<head><meta charset={meta}>") if meta else PAGE
    assert decode(page.encode(encoding), header) == (page, encoding)


@pytest.mark.parametrize("encoding", ["utf-8", "cp1251", "koi8-r", "iso8859-5"])
@pytest.mark.parametrize("short", ["Совещание", "О ремонте дорог", "Новости", "Контакты: 5 мая", "ГРАФИК РАБОТЫ"])
def test_a_few_words_are_enough(encoding: str, short: str) -> None:
    assert decode(f"<title>News</title><p>{short}".encode(encoding), "text/html; charset=iso-8859-1")[1] == encoding


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


def test_a_byte_order_mark_may_lie_too() -> None:
    assert decode(b"\xef\xbb\xbf" + PAGE.encode("cp1251"))[0].endswith(PAGE)


def test_utf8_cut_in_the_middle_of_a_letter_is_still_utf8() -> None:
    text, encoding = decode(PAGE.encode()[:-60] + b"\xd0", "text/html; charset=windows-1251")
    assert encoding == "utf-8"
    assert "совещание" in text


@pytest.mark.parametrize("rubbish", [b"\xd0", b"\xff", b"\x90", b"\xe2\x80", b"\xff\xfe\xfd"])
def test_broken_bytes_cost_only_themselves(rubbish: bytes) -> None:
    whole = PAGE.encode()
    at = whole.index("совещание".encode()) + 4
    read = read_body(whole[:at] + rubbish + whole[at:], "text/html; charset=windows-1251")
    assert read.encoding == "utf-8"
    assert read.text.replace("\ufffd", "") == PAGE
    assert read.repairs == {"charset": 1, "broken_bytes": read.text.count("\ufffd")}


@pytest.mark.parametrize("other", ["cp1251", "koi8-r"])
def test_an_include_in_another_encoding_is_read_in_its_own(other: str) -> None:
    head, foot = f"<h1>{HEADLINE}</h1>", f"<footer>{HEADLINE}</footer>"
    for usual, included in (("utf-8", other), (other, "utf-8")):
        body = head.encode(included) + PAGE.encode(usual) * 3 + foot.encode(usual)
        read = read_body(body)
        assert read.text == head + PAGE * 3 + foot
        assert (read.encoding, read.repairs) == (usual, {"mixed_charset": 1})


def test_two_encodings_in_one_line() -> None:
    body = TEXT.encode() + " « Совсем другое » ".encode("cp1251") + TEXT.encode()
    assert read_body(body).text == f"{TEXT} « Совсем другое » {TEXT}"


def test_other_languages_are_no_broken_russian() -> None:
    french = "<p>Le théâtre a été fermé, à côté de la forêt.</p>"
    assert decode(french.encode("latin-1"), "text/html; charset=iso-8859-1") == (french, "cp1252")
    assert decode(french.encode("latin-1"))[0] == french
    assert decode(french.encode() + b"\xff")[0] == french + "\ufffd"
    ukrainian = "<p>Міська рада її підтримала, є рішення.</p>"
    assert decode(ukrainian.encode("cp1251")) == (ukrainian, "cp1251")
    tatar = "<p>Казан шәһәрендә яңа мәктәп ачылды.</p>"
    assert decode(tatar.encode() + b"\xff")[0] == tatar + "\ufffd"


def test_what_was_declared_wrongly_is_counted() -> None:
    assert read_body(PAGE.encode("cp1251"), "text/html; charset=utf-8").repairs == {"charset": 1}
    assert read_body(PAGE.encode("cp1251"), "text/html; charset=windows-1251").repairs == {}
    assert read_body(PAGE.encode(), "text/html; charset=UTF8").repairs == {}
    assert read_body(b"<p>plain", "text/html; charset=windows-1251").repairs == {}


def test_pairs_of_surrogate_references_are_one_character() -> None:
    read = read_body(b"<p>&#xD83D;&#xDE00; &#55357;&#56832; &#xD83D; &#xDE00;&#xD83D;")
    assert (read.text, read.repairs) == ("<p>😀 😀 &#xD83D; &#xDE00;&#xD83D;", {"references": 2})


@pytest.mark.parametrize(
    ("piece", "text"),
    [("a\x01b", "ab"), ("a\x0cb", "a b"), ("a\ufffeb", "ab"), ("a&#1;b", "a b"), ("a&#x1F;b", "a b"), ("a\0b", "ab")],
)
def test_what_xml_does_not_allow_is_left_out(piece: str, text: str) -> None:
    assert read_body(f"<p>{piece} &#10;&#x1F600;".encode()) == Decoded(
        f"<p>{text} &#10;&#x1F600;", "utf-8", {"controls": 1}
    )


def test_a_plain_page_costs_next_to_nothing() -> None:
    body = (PAGE * 400).encode()[:60_000]
    best = min(_seconds(body) for _ in range(5))
    assert best < 0.001


def _seconds(body: bytes) -> float:
    started = time.perf_counter()
    decode(body, "text/html; charset=utf-8")
    return time.perf_counter() - started


@given(st.binary(max_size=2000), st.text(max_size=30))
def test_any_bytes_decode(body: bytes, content_type: str) -> None:
    text, encoding = decode(body, content_type)
    assert isinstance(text, str)
    assert encoding


@given(
    st.lists(st.tuples(st.text(alphabet="абвгдеёжзийк <>n\n«», ", max_size=40), st.sampled_from([*SINGLE, "utf-8"])))
)
def test_mixtures_decode_with_nothing_lost(parts: list[tuple[str, str]]) -> None:
    body = b"".join(text.encode(encoding, "ignore") for text, encoding in parts)
    text = decode(body)[0]
    ascii_of = [sign for sign in body.decode("latin-1") if sign in "<>n\n, "]
    assert [sign for sign in text if sign in "<>n\n, "] == ascii_of
