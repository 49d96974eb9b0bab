"""A letter says what the offer says, in the words and formats handed in, and runs nothing."""

from datetime import UTC, date, datetime
from decimal import Decimal
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from crmcore.errors import InputError
from crmcore.hiring.letters import ENGLISH, Formats, LetterTemplate, offer_fields
from crmcore.model import ContactRecord, Money, PayPeriod, PersonName
from crmcore.model.hiring import EmploymentType, term
from tests.hiring.test_offering import JOB, sent


def template(text: str, **more: object) -> LetterTemplate:
    """Return a template."""
    return LetterTemplate.model_validate({"key": "offer", "subject": "Your offer", "text": text, **more})


class Visible(HTMLParser):
    """Collects what a reader of HTML sees, and the tags that there are."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.seen, self.tags = [], []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, tuple(attrs)))

    def handle_data(self, data):
        self.seen.append(data)


def test_a_letter_of_an_offer_says_its_terms():
    """Names, pay, days and whatever else was agreed; what was not agreed is left out with its section."""
    bonus = term("bonus", Money(amount="5000", currency="EUR"))
    change = sent(
        starts_on="2026-05-01",
        expires_at=datetime(2026, 3, 29, 22, 30, tzinfo=UTC),
        employment="full_time",
        more=[
            bonus,
            term("car", Money(amount=300, currency="EUR"), period="month"),
            term("holiday", 30),
            term("moves", value=False),
        ],
    )
    contact = ContactRecord(id="c-a-1", name=PersonName(given="Ada", family="Lovelace", prefix="Dr"))
    fields = offer_fields(change.offer, contact, job=JOB, today=date(2026, 3, 1), more={"signer": "Eva"})
    letter = template(
        "{{today}}\n\nDear {{formal_name}},\n\n{{title}}, {{employment}}: {{pay}} {{period}} from {{starts_on}}.\n"
        "{{#bonus}}\nFor signing: {{bonus}}.\n{{/bonus}}\n"
        "{{#shares}}\nShares: {{shares}}.\n{{/shares}}\n"
        "{{^shares}}\nNo shares.\n{{/shares}}\n"
        "{{#moves}}We pay the move.{{/moves}}{{^moves}}You move yourself.{{/moves}}\n"
        "A car for {{car}}, {{holiday}} days off. Answer until {{expires_at}}.\n{{signer}}",
        optional=["shares"],
    ).write(fields, formats=Formats(zone="Europe/Berlin"))

    assert letter.text == (
        "1 March 2026\n\nDear Dr Ada Lovelace,\n\nEngineer, full time: EUR 70,000.00 a year from 1 May 2026.\n"
        "For signing: EUR 5,000.00.\nNo shares.\nYou move yourself.\n"
        "A car for EUR 300.00 a month, 30 days off. Answer until 30 March 2026, 00:30 (Europe/Berlin).\nEva"
    )


def test_all_that_is_missing_is_said_at_once():
    """Unknown and empty fields, in the order of the letter, wherever they stand; a known one may be empty in a section."""
    letter = template(
        "{{name}} {{starts_on}} {{#location}}{{location}}{{/location}} {{#nowhere}}{{elsewhere}}{{/nowhere}}",
        subject="{{title}}",
        html="<p>{{signer}}</p>",
    )
    fields = {"title": "", "name": "Ada", "starts_on": None, "location": None, "signer": None}

    assert ("title", "starts_on", "nowhere", "elsewhere", "signer") == letter.missing(fields)
    with pytest.raises(
        InputError, match="lacks 5 fields: 'title' has no value; 'starts_on' has no value; 'nowhere' is"
    ):
        letter.write(fields)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("Dear {{name", r"line 1, column 6: expected \{\{field"),
        ("{{ name.given }}", "expected"),
        ("{{name.__class__}}", "expected"),
        ("{{{name}}}", "expected"),
        ("{{&name}}", "expected"),
        ("{{>other}}", "expected"),
        ("{{=<% %>=}}", "expected"),
        ("{{name|upper}}", "expected"),
        ("{{ 7*7 }}", "expected"),
        ("a\nb {{}}", "line 2, column 3"),
        ("{{#bonus}}yes", r"section 'bonus' is not closed; write \{\{/bonus\}\} after it"),
        ("{{/bonus}}", "no section 'bonus' to close"),
        ("{{#a}}{{#b}}{{/a}}{{/b}}", "no section 'a' to close; 'b' is still open"),
        ("".join(f"{{{{#a{n}}}}}" for n in range(30)), "more than 20 sections"),
    ],
)
def test_what_is_no_field_is_refused_with_its_place(text, why):
    """Nothing is guessed, and nothing of another template language runs."""
    with pytest.raises(ValidationError, match=why):
        template(text)


@pytest.mark.parametrize("evil", ["{{pay}}", "{{#pay}}", "{% for x in y %}", "${pay}", "{pay.__class__}", "%(pay)s"])
def test_what_a_field_holds_is_not_read_for_fields(evil):
    """It is written as it is."""
    assert f"Dear {evil}," == template("Dear {{name}},").write({"name": evil}).text


def test_values_are_escaped_and_cannot_become_tags():
    """In HTML of its own, and in that made of the text; quotes too."""
    evil = "<img src=x onerror='alert(1)'>&\"</p><script>"
    own = template("{{name}}", html="<p>Dear <b>{{name}}</b></p>").write({"name": evil})
    made = template("Dear {{name}}").write({"name": evil})

    for page in (own.html, made.html):
        visible = Visible(page)
        assert evil in "".join(visible.seen)
        assert {"img", "script"}.isdisjoint(tag for tag, _ in visible.tags)
    assert own.text == evil


@pytest.mark.parametrize(
    "page",
    [
        '<a title="{{name}}">x</a>',
        "<a title={{name}}>x</a>",
        '<a href="https://example.org/{{name}}">x</a>',
        "<{{name}}>",
        "</{{name}}>",
        "<b {{name}}>x</b>",
        "<b{{#name}} title='x'{{/name}}>x</b>",
        "<style>{{name}}</style>",
        "<style>{{#name}}</style>{{/name}}{{name}}",
        "<!-- {{name}} -->",
        "{{#name}}<!--{{/name}} {{name}} {{#name}}-->{{/name}}",
        "<!DOCTYPE {{name}}>",
        "<?php {{name}} ?>",
        "<![",
        "<![CDATA[x]]>",
        "<script>x</script>",
        "<SCRIPT src=x></SCRIPT>",
        "<iframe src='https://example.org'></iframe>",
        "<svg><p>x</p></svg>",
        "<p onclick='x()'>x</p>",
        "<a href='javascript:x()'>x</a>",
        "<a href=' java\tscript:x()'>x</a>",
        "<a href='JaVaScRiPt:x()'>x</a>",
        "<img src='data:text/html,x'>",
        "<meta http-equiv='refresh' content='0;url=https://example.org'>",
        "<p>x</p><a title='",
        "<p>{{name}}</p><!-- not closed",
        "<p>x</p><b {{name}}",
    ],
)
def test_html_that_escaping_would_not_make_safe_is_refused(page):
    """No field within a tag, a style or a remark; no scripts, frames or handlers."""
    with pytest.raises(ValidationError, match="HTML of the letter"):
        template("x", html=page)


def test_html_that_a_letter_needs_is_taken():
    """A page with a style, a logo, a table and a link."""
    page = (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Offer</title><style>p > b { color: #123 }</style></head>'
        '<body><img src="cid:logo" alt="Acme"><table><tr><td>{{pay}}</td></tr></table><p>a &lt; b &amp; 3 < 4 {{name}}</p>'
        '<a href="https://example.org">us</a>{{#bonus}}<p>{{bonus}}</p>{{/bonus}}</body></html>'
    )
    letter = template("x", html=page, optional=["bonus"]).write(
        {"pay": Money(amount=1, currency="JPY"), "name": "A & B"}
    )

    assert "<td>JPY 1</td>" in letter.html
    assert "3 < 4 A &amp; B</p>" in letter.html
    assert "bonus" not in letter.html


def test_a_subject_is_one_line():
    """What a field holds cannot begin a header of the mail."""
    letter = template("x", subject="Offer for {{name}}").write({"name": "Ada\r\nBcc: all@example.org\u202e"})

    assert "Offer for Ada Bcc: all@example.org" == letter.subject


def test_control_characters_do_not_reach_the_letter():
    """Nor those that turn what follows around, nor halves of characters."""
    assert "A\nB?" == template("{{name}}").write({"name": "\0A\r\nB\u202e\ud800"}).text


@pytest.mark.parametrize(
    ("value", "rules", "written"),
    [
        (Money(amount="1234567.5", currency="EUR"), {}, "EUR 1,234,567.50"),
        (Money(amount="1234567", currency="JPY"), {}, "JPY 1,234,567"),
        (Money(amount="1234.5678", currency="EUR"), {}, "EUR 1,234.5678"),
        (Money(amount="12", currency="KWD"), {}, "KWD 12.000"),
        (Money(amount="999", currency="EUR"), {"whole": True}, "EUR 999"),
        (Money(amount="0", currency="EUR"), {}, "EUR 0.00"),
        (Money(amount="1000", currency="USD"), {"money": "{{symbol}}{{amount}}", "symbols": {"USD": "$"}}, "$1,000.00"),
        (Money(amount="1000", currency="CHF"), {"group": "'"}, "CHF 1'000.00"),
        (Money(amount="123456789", currency="INR"), {"sizes": (3, 2), "whole": True}, "INR 12,34,56,789"),
        (Decimal("-1234.50"), {}, "-1,234.5"),
        (Decimal("1E+3"), {}, "1,000"),
        (30, {}, "30"),
        (True, {"yes": "ja"}, "ja"),
        (False, {}, "no"),
        (date(2026, 3, 7), {"day": "{{year}}-{{month2}}-{{day2}}"}, "2026-03-07"),
        (date(2026, 3, 7), {"day": "{{day}}. {{month}} {{year}}", "months": ["M"] * 12}, "7. M 2026"),
        (
            datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
            {"zone": "Europe/Berlin"},
            "25 October 2026, 02:30 (Europe/Berlin)",
        ),
        (PayPeriod.HOUR, {"each": {"hour": "pro Stunde"}}, "pro Stunde"),
        (PayPeriod.DAY, {"each": {}}, "day"),
        (EmploymentType.PART_TIME, {}, "part time"),
        (term("a", date(2026, 1, 2)), {}, "2 January 2026"),
        (None, {}, ""),
    ],
)
def test_values_are_written_by_the_rules_handed_in(value, rules, written):
    """Exact amounts are not rounded; currencies have the cents that they have."""
    assert written == Formats(**rules).write(value)


@pytest.mark.parametrize(
    "wrong",
    [
        {"money": "{{amount.__class__}}"},
        {"money": "{{amount}} {{cents}}"},
        {"day": "{{hour}}"},
        {"day": "{{day"},
        {"months": ["January"]},
        {"zone": "Berlin"},
        {"zone": "../../etc/passwd"},
        {"sizes": ()},
        {"sizes": (0,)},
    ],
)
def test_rules_that_are_none_are_refused(wrong):
    """Parts that there are not, eleven months, no zone."""
    with pytest.raises(InputError):
        Formats(**wrong)


@pytest.mark.parametrize("value", [1.5, ["x"], {"a": 1}, object(), datetime(2026, 1, 1), Decimal("NaN")])  # noqa: DTZ001
def test_a_field_holds_what_can_be_written(value):
    """No floats, lists, or times without a zone."""
    with pytest.raises(InputError):
        template("{{name}}").write({"name": value})


def test_a_letter_is_for_whom_the_offer_is_for():
    """Not for somebody else; and no term takes the name of a field."""
    offer = sent(more=[term("pay", 3)]).offer
    ada = ContactRecord(id="c-a-1")

    with pytest.raises(InputError, match="for contact 'c-a-1', not for 'c-2'"):
        offer_fields(offer, ContactRecord(id="c-2"))
    with pytest.raises(InputError, match="has a field 'pay' already"):
        offer_fields(offer, ada)
    with pytest.raises(InputError, match="has a field 'title' already"):
        offer_fields(sent().offer, ada, more={"title": "x"})


TEXTS = st.text(
    st.characters(
        exclude_categories=["Cs", "Cc"], exclude_characters="\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
    )
)


@given(TEXTS.filter(bool), TEXTS)
def test_any_text_goes_into_a_letter_as_it_is(value, around):
    """In text unchanged, in HTML as what the reader sees, and never as a tag."""
    around = around.replace("{{", "")
    if around.endswith("{") or not around:
        return
    letter = template(f"{around}{{{{name}}}}", html="<p>{{name}}</p>").write({"name": value})

    assert around + value == letter.text
    assert value == "".join(Visible(letter.html).seen)
    assert [("p", ())] == Visible(letter.html).tags


def test_english_is_what_there_is_without_rules():
    """The rules that nobody handed in."""
    assert Formats() == ENGLISH
