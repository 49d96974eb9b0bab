"""How the encoding of a text file is found, and what happens to bytes that do not fit it."""

from __future__ import annotations

import codecs

import pytest

from crmcore.errors import UnreadableFile
from crmcore.integrations.files import open_table, read_columns

WESTERN = "name;city\nJosé García;Málaga\nJürgen Müller;Köln\nZoë Ångström;Malmö\n"
TEXTS = {
    "utf-8": WESTERN,
    "utf-8-sig": WESTERN,
    "utf-16": WESTERN,
    "utf-16-le": WESTERN,
    "utf-16-be": WESTERN,
    "utf-32": WESTERN,
    "utf-32-le": WESTERN,
    "utf-32-be": WESTERN,
    "cp1252": WESTERN,
    "latin-1": WESTERN,
    "mac-roman": WESTERN,
    "cp1250": "name;city\nŁukasz Żółć;Łódź\nJiří Dvořák;Plzeň\n",
    "cp1254": "name;city\nAyşe Yılmaz;İstanbul\nÇağrı Öz;Iğdır\n",
    "shift_jis": "氏名;市\n山田太郎;東京\n鈴木一郎;大阪\n佐藤花子;横浜市\n",
    "euc_jp": "氏名;市\n山田太郎;東京\n鈴木一郎;大阪\n佐藤花子;横浜市\n",
    "gb18030": "姓名;城市\n王伟;北京\n李娜;上海\n张敏;广州市\n",
    "big5": "姓名;城市\n王小明;台北\n李大華;高雄\n",
    "euc_kr": "이름;도시\n김철수;서울\n이영희;부산\n",
    "cp1251": "имя;город\nИван Петров;Москва\nОльга Смирнова;Казань\n",
    "koi8-r": "имя;город\nИван Петров;Москва\nОльга Смирнова;Казань\n",
    "cp1253": "όνομα;πόλη\nΓιώργος Παπαδόπουλος;Αθήνα\nΜαρία;Πάτρα\n",
}


@pytest.mark.parametrize("codec", TEXTS)
def test_the_usual_encodings_are_found(tmp_path, codec):
    """Without a word about the encoding, the text comes out as it was written."""
    path = tmp_path / "people.csv"
    path.write_bytes(TEXTS[codec].encode(codec))
    read = read_columns(path)

    header, *rows = [line.split(";") for line in TEXTS[codec].splitlines()]
    assert dict(zip(header, map(list, zip(*rows, strict=True)), strict=True)) == read.columns


@pytest.mark.parametrize("codec", TEXTS)
def test_an_encoding_can_be_given(tmp_path, codec):
    """What is given is not guessed; a byte order mark goes all the same."""
    path = tmp_path / "people.csv"
    path.write_bytes(TEXTS[codec].encode(codec))
    table = open_table(path, encoding=codec)

    assert tuple(TEXTS[codec].split("\n")[0].split(";")) == table.header
    assert 1.0 == table.guesses.confidence


def test_one_accent_far_into_the_file_is_enough(tmp_path):
    """The first mebibytes are plain ASCII; the guess looks on."""
    path = tmp_path / "people.csv"
    path.write_bytes(b"name,city\n" + b"Ann Lee,Leeds\n" * 200_000 + "José Díaz,Madrid\n".encode("cp1252"))

    assert "José Díaz" == read_columns(path).columns["name"][-1]


def test_a_few_broken_bytes_do_not_make_utf8_something_else(tmp_path):
    """The row with the broken byte is a reject that names line, column and byte; the rest is still UTF-8."""
    path = tmp_path / "people.csv"
    path.write_bytes(b"name,city\n" + "Zoë,Málaga\n".encode() * 20 + b"Jos\xe9,Madrid\n" + "Åsa,Malmö\n".encode())
    read = read_columns(path)

    assert "Åsa" == read.columns["name"][-1]
    assert [(22, "name", "undecodable")] == [(each.line, each.column, each.code) for each in read.rejects]
    assert "0xE9" in read.rejects[0].message


def test_a_wrong_encoding_is_an_error_with_the_first_bad_byte(tmp_path):
    """Told to be UTF-8, but it is not: byte, line and place are named."""
    path = tmp_path / "people.csv"
    path.write_bytes(WESTERN.encode("cp1252"))
    with pytest.raises(UnreadableFile, match="0xE9 on line 2, character 4") as caught:
        open_table(path, encoding="utf-8")

    assert "wrong-encoding" == caught.value.code


@pytest.mark.parametrize("name", ["klingon", "zlib", "rot13", "idna", "unicode_escape", "\0", "base64"])
def test_only_encodings_of_text_files_are_taken(tmp_path, name):
    """Python's registry holds transformations too; they are refused like unknown names."""
    path = tmp_path / "people.csv"
    path.write_bytes(b"a,b\n1,2\n")
    with pytest.raises(UnreadableFile) as caught:
        open_table(path, encoding=name)

    assert "unknown-encoding" == caught.value.code


def test_json_lines_in_utf16_are_read(tmp_path):
    """Encodings are found for JSON as for CSV."""
    path = tmp_path / "people.jsonl"
    path.write_bytes(codecs.BOM_UTF16_LE + '{"name": "Zoë"}\n{"name": "Åsa"}\n'.encode("utf-16-le"))

    assert {"name": ["Zoë", "Åsa"]} == read_columns(path).columns
