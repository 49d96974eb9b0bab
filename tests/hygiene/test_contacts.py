"""Phones, e-mails and web addresses."""

from __future__ import annotations

import csv
from xml.etree import ElementTree as ET

import pytest

from crmcore.errors import InputError
from crmcore.hygiene import Network, Verdict, clean_email, clean_phone, clean_url, mailbox_key


@pytest.mark.parametrize(
    ("raw", "region", "e164", "verdict"),
    [
        ("+44 20 7946 0018", None, "+442079460018", Verdict.VALID),
        ("0044 20 7946 0018", None, "+442079460018", Verdict.VALID),
        ("020 7946 0018", "GB", "+442079460018", Verdict.VALID),
        ("+49 (0)30 123456", None, "+4930123456", Verdict.VALID),
        ("1-800-FLOWERS", "US", "+18003569377", Verdict.VALID),
        ("tel:+1 415-555-2671", None, "+14155552671", Verdict.VALID),
        ("020 7946 0018 / 020 7946 0019", "GB", "+442079460018", Verdict.DOUBTFUL),
        ("020 7946 0018", None, "", Verdict.DOUBTFUL),
        ("555-1234", "US", "", Verdict.DOUBTFUL),
    ],
)
def test_a_phone_is_read_without_inventing_its_country(raw, region, e164, verdict):
    """E.164 needs a country that was said; without one only the digits are kept."""
    cleaned = clean_phone(raw, region=region)

    assert (cleaned.value.e164, cleaned.verdict) == (e164, verdict)
    assert cleaned.value.digits


@pytest.mark.parametrize("raw", ["0000000", "1234567", "11111111", "call me", "+44 20 7946 0018 123456", "123"])
def test_what_cannot_ring_is_invalid(raw):
    """Runs of digits, words and wrong lengths are no numbers."""
    assert clean_phone(raw, region="GB").verdict is Verdict.INVALID


def test_an_unknown_region_is_an_error_of_the_caller():
    """A region that has no telephones is refused at once."""
    with pytest.raises(InputError, match="ISO 3166"):
        clean_phone("020 7946 0018", region="UK")


@pytest.mark.data
def test_example_numbers_of_every_region_are_valid(data_dir):
    """At least 99 of 100 published example numbers are valid or at least usable."""
    with (data_dir / "phone" / "example_numbers.csv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    cleaned = [(row, clean_phone(f"+{row['country_code']}{row['national_number']}")) for row in rows]
    usable = [row for row, one in cleaned if one.value and one.value.e164]
    valid = [row for row, one in cleaned if one.verdict is Verdict.VALID]

    assert len(rows) > 1000
    assert len(usable) >= 0.99 * len(rows)
    assert len(valid) >= 0.95 * len(rows)  # 41 examples count upwards, as stand-ins do


@pytest.mark.parametrize(
    ("raw", "address", "codes"),
    [
        ("Ada@EXAMPLE.org", "Ada@example.org", []),
        ("mailto:ada@example.org", "ada@example.org", ["repaired"]),
        ("Ada L. <ada@example.org>", "ada@example.org", ["repaired"]),
        ("ada@example.org.", "ada@example.org", ["repaired"]),
        ("ada (at) example (dot) org", "ada@example.org", ["repaired"]),
        ("ada@bücher.example.org", "ada@bücher.example.org", []),
        ("jobs@example.org", "jobs@example.org", ["role-address"]),
        ("ada@mailinator.com", "ada@mailinator.com", ["disposable"]),
        ("ada@x.mailinator.com", "ada@x.mailinator.com", ["disposable"]),
        ("ada@gmial.com", "ada@gmial.com", ["domain-typo"]),
        ("ada@example.con", "ada@example.con", ["domain-typo"]),
        ("ada@example.org; bob@example.org", "ada@example.org", ["several-addresses"]),
    ],
)
def test_an_email_is_repaired_and_doubted_with_reasons(raw, address, codes):
    """What stands around an address goes with a remark; what looks odd stays with a doubt."""
    cleaned = clean_email(raw)

    assert (str(cleaned.value), [reason.code for reason in cleaned.reasons]) == (address, codes)


@pytest.mark.parametrize(
    "raw", ["none@none.com", "x@x.com", "test@example.com", "aaa@aaa.com", "ada@", "@b.org", "ada.example.org"]
)
def test_no_address_and_stand_ins_are_invalid(raw):
    """An address must be one, and somebody's."""
    assert clean_email(raw).verdict is Verdict.INVALID


def test_provider_rules_are_opt_in():
    """The address keeps its dots and tag; only the mailbox key knows what Gmail does with them."""
    email = clean_email("Ada.Love+jobs@googlemail.com").value

    assert email.key == "ada.love+jobs@googlemail.com"
    assert mailbox_key(email) == "adalove@gmail.com"
    assert mailbox_key("ada.love+jobs@example.org") == "ada.love+jobs@example.org"


@pytest.mark.data
def test_the_isemail_addresses_agree_by_category(data_dir):
    """Ordinary addresses pass, and broken ones fail unless the repair makes them whole.

    ISEMAIL_VALID_CATEGORY and ISEMAIL_ERR agree, but for an address right under a top-level domain. What RFC 5321 and 5322
    allow and nobody has (quoted parts, comments, address literals) is refused; no verdict depends on the network.
    """
    disagree = {}
    for test in ET.parse(data_dir / "email" / "isemail_tests.xml").getroot().iter("test"):  # noqa: S314 - our own file
        raw = "".join(chr(ord(c) - 0x2400) if 0x2400 <= ord(c) < 0x2421 else c for c in test.findtext("address") or "")
        value, category = clean_email(raw).value, test.findtext("category")
        if category == "ISEMAIL_VALID_CATEGORY" and value is None:
            disagree[raw] = "refused"
        if category in ("ISEMAIL_ERR", "ISEMAIL_RFC5322") and value is not None and value.address == raw:
            disagree[raw] = "taken as it is"

    assert disagree == {"test@io": "refused"}


PROFILES = {
    "linkedin.com/in/Ada-L": (Network.LINKEDIN, "ada-l"),
    "https://uk.linkedin.com/in/ada-l/en?trk=abc": (Network.LINKEDIN, "ada-l"),
    "http://www.linkedin.com/in/ada%2Dl/": (Network.LINKEDIN, "ada-l"),
    "https://www.linkedin.com/company/acme": (None, ""),
    "github.com/Ada": (Network.GITHUB, "ada"),
    "https://github.com/ada/engine#readme": (Network.GITHUB, "ada"),
    "https://github.com/features": (None, ""),
    "https://twitter.com/Ada": (Network.X, "ada"),
    "x.com/@ada": (Network.X, "ada"),
    "https://mobile.twitter.com/ada/status/1": (Network.X, "ada"),
    "https://notlinkedin.com/in/ada": (None, ""),
}


@pytest.mark.parametrize("raw", PROFILES)
def test_many_spellings_of_a_profile_are_one(raw):
    """A profile is known by its network and id, whatever surrounds it."""
    url = clean_url(raw).value

    assert (url.network, url.profile) == PROFILES[raw]


@pytest.mark.parametrize(
    "raw",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "java\nscript:alert(1)",
        "data:text/html,x",
        "FILE:notes.txt",
        "vbscript:x",
        "foo",
    ],
)
def test_what_a_browser_would_run_is_refused(raw):
    """Only web pages are addresses."""
    assert clean_url(raw).verdict is Verdict.INVALID


def test_a_url_has_one_normal_form():
    """Case of the host, default port, tracking and the closing slash make no difference to the key."""
    one = clean_url("HTTP://WWW.Example.ORG:80/team/?utm_source=x").value
    other = clean_url("https://example.org/team").value

    assert one.key == other.key
    assert str(one) == "http://www.example.org/team/"
