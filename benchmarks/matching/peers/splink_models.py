"""The Splink models of the comparison: settings only, one function a data set.

``historical_50k``, ``febrl3``, ``febrl4`` and ``fake_1000`` hold the settings that Splink's own documentation publishes
(moj-analytical-services/splink: docs/demos/examples/duckdb/deduplicate_50k_synthetic, febrl3 and the detailed model of
febrl4 beside it, and docs/demos/tutorials/03 to 05). ``febrl1`` and ``febrl2`` have none, so they get those of
``febrl3``, which comes from the same generator. Two things are kinder to Splink than its documentation: columns that
only its charts need are not retained, and pairs below the lowest wanted threshold are dropped at once.
``contacts`` is ours: no peer publishes a model for recruiting contacts. Its preparation is what a careful user would
write (lower case, digits only, one array a person for e-mails and for phones).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import splink.comparison_library as cl
from splink import ColumnExpression, SettingsCreator, block_on


@dataclass(frozen=True, kw_only=True)
class Model:
    """What Splink is told: how to read the rows, what to compare, how to train."""

    id_column: str  # row_id: the position in the file
    select: str
    settings: SettingsCreator
    prior_rules: list[Any]
    prior_recall: float
    u_pairs: float
    em_rules: list[Any]
    u_seed: int | None = None
    em_options: dict[str, Any] = field(default_factory=dict)
    thresholds: tuple[float, ...] = (0.95,)


def historical_50k() -> Model:
    """Ten blocking rules, five comparisons; clusters at 0.95."""
    rules = [
        block_on("substr(first_name,1,3)", "substr(surname,1,4)"),
        block_on("surname", "dob"),
        block_on("first_name", "dob"),
        block_on("postcode_fake", "first_name"),
        block_on("postcode_fake", "surname"),
        block_on("dob", "birth_place"),
        block_on("substr(postcode_fake,1,3)", "dob"),
        block_on("substr(postcode_fake,1,3)", "first_name"),
        block_on("substr(postcode_fake,1,3)", "surname"),
        block_on("substr(first_name,1,2)", "substr(surname,1,2)", "substr(dob,1,4)"),
    ]
    comparisons = [
        cl.ForenameSurnameComparison(
            "first_name", "surname", forename_surname_concat_col_name="first_name_surname_concat"
        ),
        cl.DateOfBirthComparison("dob", input_is_string=True),
        cl.PostcodeComparison("postcode_fake"),
        cl.ExactMatch("birth_place").configure(term_frequency_adjustments=True),
        cl.ExactMatch("occupation").configure(term_frequency_adjustments=True),
    ]
    return Model(
        id_column="unique_id",
        select="select *, first_name || ' ' || surname as first_name_surname_concat from source",
        settings=SettingsCreator(
            link_type="dedupe_only", blocking_rules_to_generate_predictions=rules, comparisons=comparisons
        ),
        prior_rules=[
            block_on("first_name", "surname", "dob"),
            block_on("substr(first_name,1,2)", "surname", "substr(postcode_fake,1,2)"),
            block_on("dob", "postcode_fake"),
        ],
        prior_recall=0.6,
        u_pairs=1e7,
        em_rules=[block_on("first_name", "surname"), block_on("dob")],
        em_options={"estimate_without_term_frequencies": True},
        thresholds=(0.95, 0.5),
    )


def febrl3() -> Model:
    """Five blocking rules, six comparisons; the documentation predicts from 0.2 and draws no clusters."""
    rules = [block_on(column) for column in ("soc_sec_id", "given_name", "surname", "date_of_birth", "postcode")]
    comparisons = [
        cl.NameComparison("given_name"),
        cl.NameComparison("surname"),
        cl.DateOfBirthComparison("date_of_birth", input_is_string=True, datetime_format="%Y%m%d"),
        cl.DamerauLevenshteinAtThresholds("soc_sec_id", [2]),
        cl.ExactMatch("street_number").configure(term_frequency_adjustments=True),
        cl.ExactMatch("postcode").configure(term_frequency_adjustments=True),
    ]
    return Model(
        id_column="rec_id",
        select="select * replace (trim(date_of_birth) as date_of_birth, trim(soc_sec_id) as soc_sec_id) from source",
        settings=SettingsCreator(
            unique_id_column_name="rec_id",
            link_type="dedupe_only",
            blocking_rules_to_generate_predictions=rules,
            comparisons=comparisons,
        ),
        prior_rules=[
            block_on("soc_sec_id"),
            block_on("given_name", "surname", "date_of_birth"),
            "l.given_name = r.surname and l.surname = r.given_name and l.date_of_birth = r.date_of_birth",
        ],
        prior_recall=0.9,
        u_pairs=1e6,
        u_seed=2,
        em_rules=[block_on("date_of_birth"), block_on("postcode")],
        thresholds=(0.95, 0.5, 0.2),
    )


def febrl4() -> Model:
    """Two tables: seven blocking rules, six comparisons; the documentation predicts from 0.2 and clusters at 0.99."""
    rules = [
        block_on("given_name", "surname"),
        "l.given_name = r.surname and l.surname = r.given_name",
        block_on("date_of_birth"),
        block_on("soc_sec_id"),
        block_on("state", "address_1"),
        block_on("street_number", "address_1"),
        block_on("postcode"),
    ]
    comparisons = [
        cl.NameComparison("given_name").configure(term_frequency_adjustments=True),
        cl.NameComparison("surname").configure(term_frequency_adjustments=True),
        cl.DateOfBirthComparison(
            "date_of_birth", input_is_string=True, datetime_format="%Y%m%d", invalid_dates_as_null=True
        ),
        cl.DamerauLevenshteinAtThresholds("soc_sec_id", [1, 2]),
        cl.ExactMatch("street_number").configure(term_frequency_adjustments=True),
        cl.DamerauLevenshteinAtThresholds("postcode", [1, 2]).configure(term_frequency_adjustments=True),
    ]
    return Model(
        id_column="rec_id",
        select="select * replace (trim(date_of_birth) as date_of_birth, trim(soc_sec_id) as soc_sec_id,"
        " trim(postcode) as postcode) from source",
        settings=SettingsCreator(
            unique_id_column_name="rec_id",
            link_type="link_only",
            blocking_rules_to_generate_predictions=rules,
            comparisons=comparisons,
        ),
        prior_rules=[block_on("soc_sec_id"), block_on("given_name", "surname", "date_of_birth")],
        prior_recall=0.8,
        u_pairs=1e6,
        em_rules=[block_on("date_of_birth"), block_on("postcode")],
        em_options={"estimate_without_term_frequencies": True},
        thresholds=(0.99, 0.5, 0.2),
    )


def fake_1000() -> Model:
    """Two blocking rules, five comparisons of the tutorial; its clusters are drawn at 0.2."""
    comparisons = [
        cl.NameComparison("first_name"),
        cl.NameComparison("surname"),
        cl.LevenshteinAtThresholds(ColumnExpression("dob").cast_to_string(), 1),
        cl.ExactMatch("city").configure(term_frequency_adjustments=True),
        cl.EmailComparison("email"),
    ]
    return Model(
        id_column="unique_id",
        select="select * from source",
        settings=SettingsCreator(
            link_type="dedupe_only",
            blocking_rules_to_generate_predictions=[block_on("first_name", "city"), block_on("surname")],
            comparisons=comparisons,
        ),
        prior_rules=[
            block_on("first_name", "dob"),
            "l.first_name = r.first_name and levenshtein(r.surname, l.surname) <= 2",
            block_on("email"),
        ],
        prior_recall=0.7,
        u_pairs=2e6,
        em_rules=[block_on("first_name", "surname"), block_on("dob")],
        thresholds=(0.2, 0.5, 0.95),
    )


# What a careful user would write before handing recruiting contacts to Splink; part of what is measured.
_CONTACTS = r"""
with plain as (
    select rowid as row_id, *,
        nullif(regexp_replace(strip_accents(lower(first_name)), '[^a-z ]', '', 'g'), '') as first,
        nullif(regexp_replace(strip_accents(lower(last_name)), '[^a-z]', '', 'g'), '') as last,
        regexp_replace(lower(trim(email)), '^mailto:', '') as mail_1,
        regexp_replace(lower(trim(email_2)), '^mailto:', '') as mail_2,
        right(regexp_replace(regexp_replace(mobile, '\.0$', ''), '\D', '', 'g'), 8) as phone_1,
        right(regexp_replace(regexp_replace(phone, '\.0$', ''), '\D', '', 'g'), 8) as phone_2
    from source
), sifted as (
    select *,
        case when mail_1 like '%@%.%' and mail_1 not in ('test@test.com', 'noemail@noemail.com', 'no-reply@example.com')
            then mail_1 end as mail,
        case when len(phone_1) = 8 and phone_1 not in ('00000000', '23456789', '99999999') then phone_1 end as line_1,
        case when len(phone_2) = 8 and phone_2 not in ('00000000', '23456789', '99999999') then phone_2 end as line_2
    from plain
)
select row_id, last, split_part(first, ' ', 1) as first, split_part(first, ' ', 1) || ' ' || last as first_last,
    mail as email, coalesce(line_1, line_2) as line,
    nullif(list_distinct(list_filter([mail, mail_2], lambda x: x is not null)), []) as emails,
    nullif(list_distinct(list_filter([line_1, line_2], lambda x: x is not null)), []) as phones,
    nullif(regexp_replace(split_part(strip_accents(lower(company)), ',', 1), '\s(ltd|limited|plc|llp|llc|inc|corp'
        '|gmbh|ag|se|sa|sas|sarl|bv|b\.v\.|nv|ab|as|a/s|aps|srl|s\.r\.l\.|sl)\.?$', ''),
        'n/a') as company,
    strip_accents(lower(city)) as city,
    lower(job_title) as job_title,
    regexp_extract(lower(linkedin), 'in/([^/?]+)', 1) as profile_text,
    nullif(profile_text, '') as profile
from sifted
"""


def contacts() -> Model:
    """Seven comparisons, six blocking rules: ours, for the generated recruiting contacts.

    The best of those tried. Comparing phones as an array, for which Splink has no term frequencies, let the
    switchboards of agencies glue people together: F1 fell from 0.81 to 0.74 at 20,000 rows, from 0.57 to 0.24 at a
    million.
    """
    rules = [
        block_on("emails", arrays_to_explode=["emails"]),
        block_on("phones", arrays_to_explode=["phones"]),
        block_on("profile"),
        block_on("last", "substr(first,1,2)"),
        block_on("first", "company"),
        block_on("last", "company"),
    ]
    comparisons = [
        cl.ForenameSurnameComparison("first", "last", forename_surname_concat_col_name="first_last"),
        cl.EmailComparison("email").configure(term_frequency_adjustments=True),
        cl.ExactMatch("line").configure(term_frequency_adjustments=True),
        cl.JaroWinklerAtThresholds("company", [0.9]).configure(term_frequency_adjustments=True),
        cl.JaroWinklerAtThresholds("city", [0.9]).configure(term_frequency_adjustments=True),
        cl.ExactMatch("profile"),
        cl.JaroWinklerAtThresholds("job_title", [0.9]).configure(term_frequency_adjustments=True),
    ]
    return Model(
        id_column="row_id",
        select=_CONTACTS,
        settings=SettingsCreator(
            unique_id_column_name="row_id",
            link_type="dedupe_only",
            blocking_rules_to_generate_predictions=rules,
            comparisons=comparisons,
        ),
        prior_rules=[block_on("email", "last"), block_on("first", "last", "company"), block_on("profile")],
        prior_recall=0.4,
        u_pairs=1e7,
        em_rules=[block_on("email"), block_on("first", "last")],
        em_options={"estimate_without_term_frequencies": True},
        thresholds=(0.99, 0.95, 0.999, 0.9999),
    )


MODELS = {
    "historical_50k": historical_50k,
    "febrl1": febrl3,
    "febrl2": febrl3,
    "febrl3": febrl3,
    "febrl4": febrl4,
    "fake_1000": fake_1000,
    "contacts": contacts,
}
