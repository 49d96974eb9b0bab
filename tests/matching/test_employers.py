"""An address at a company's domain tells an employer, as the company's name does."""

import pytest

from crmcore.matching import dedupe
from crmcore.matching._employers import employers_by_domain, name_in_domain
from crmcore.matching._encoding import encode
from crmcore.matching._normal import company_key, email_key
from crmcore.testing.sample import generate


def told(rows):
    """Return the companies that the addresses of (address, company) rows tell, one a row, or None."""
    emails, companies = encode([[row[0] for row in rows]], email_key), encode([[row[1] for row in rows]], company_key)
    names = [*companies.values, None]
    return [names[codes[0]] for codes in employers_by_domain(emails, companies).tolist()]


@pytest.mark.parametrize(
    ("domain", "name"),
    [
        ("acme.example", "acme"),
        ("mail.acme.co.uk", "acme"),
        ("acme-widgets.com.au", "acmewidgets"),
        ("acme-de.example", "acme"),
        ("com", ""),
        ("", ""),
    ],
)
def test_a_domain_holds_a_name(domain, name):
    """What stands before the public suffix, without a country behind it."""
    assert name == name_in_domain(domain)[1]


@pytest.mark.parametrize(
    ("address", "company", "found"),
    [
        ("a@oak-widgets.example", "Oak Widgets Ltd", "oak widgets"),
        ("a@oakwidgets-fr.example", "Oak Widgets SARL", "oak widgets"),
        ("a@elsewhere.example", "Oak Widgets", None),
        ("a@xy.example", "XY", None),
        (None, "Oak Widgets", None),
    ],
)
def test_a_domain_tells_a_company_of_the_table(address, company, found):
    """The company has to be known by name, and its name has to be one that a domain can tell."""
    assert found == told([(address, None), (None, company)])[0]


def test_a_provider_of_mailboxes_is_nobodys_employer():
    """Where most users of a domain say that they work elsewhere, it tells nothing; where they work there, it does."""
    companies = ["Web AG", "Oak", "Ash", "Elm", "Fir", "Yew", "Box"]
    rows = [(f"p{at}@web.example", name) for at, name in enumerate(companies * 2)]
    staff = [(f"p{at}@web.example", "Web AG") for at in range(14)]

    assert {None} == {*told(rows)}
    assert {"web"} == {*told(staff)}


def test_an_address_at_work_agrees_with_the_company():
    """One row has the company, the other an address there: they have an employer in common, and it is shown why."""
    sample = generate(people=200, seed=5)
    names = ("first_name", "last_name", "email", "company")
    table = {name: list(sample.columns[name]) for name in names}
    for row in (("Zeb", "Quill", None, "Larkspur Mews Ltd"), ("Z", "Quill", "zq@larkspurmews.example", None)):
        for name, cell in zip(names, row, strict=True):
            table[name].append(cell)

    pieces = {piece.comparison: piece for piece in dedupe(table).explain(len(sample), len(sample) + 1).evidence}

    assert "the same" == pieces["company"].agreement
    assert "zq@larkspurmews.example" == pieces["company"].right
