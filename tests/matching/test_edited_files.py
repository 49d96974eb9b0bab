"""A matcher's file that somebody edited: refused by the place that is wrong, or a matcher that answers."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crmcore.errors import CrmcoreError, UnreadableFile
from crmcore.matching import Matcher, PairDecision

PEOPLE = {
    "id": ["1", "2", "3", "4", "5"],
    "name": ["Ada Lovelace", "Lovelace, Ada", "Alan Turing", "Grace Hopper", "Grace B. Hopper"],
    "email": ["ada@x.example", "ada@x.example", "alan@y.example", "grace@navy.example", None],
    "desk": ["a1", "a1", "b2", "c3", "c3"],
}
FITTED = Matcher.fit(PEOPLE, key="id")
MATCHER = FITTED.learn(FITTED.dedupe(PEOPLE).decide(0, 1, "different"))
TOLD = MATCHER.model_dump_json()


def edited(place, value):
    """Return what the file says with another value in one place."""
    told = json.loads(TOLD)
    *way, last = (int(part) if part.isdecimal() else part for part in place.split("."))
    inside = told
    for part in way:
        inside = inside[part]
    inside[last] = value
    return told


def places(told, way=""):
    """Return where anything stands."""
    inside = told.items() if isinstance(told, dict) else enumerate(told) if isinstance(told, list) else ()
    return [way.removeprefix(".")] * bool(way) + [
        each for key, value in inside for each in places(value, f"{way}.{key}")
    ]


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("model.comparisons.0.u.0", 0),
        ("model.comparisons.0.m.0", 0),
        ("model.comparisons.0.factor", 1e308),
        ("model.shift", 1e308),
        ("model.shift", -1e308),
        ("model.relations.namesakes", 1e308),
        ("model.rules.0", []),
        ("model.prior", 1),
        ("model.prior", float("nan")),
        ("model.comparisons", [[]]),
        ("decisions.0.offset", 1e308),
        ("decisions.0.grounds.email.bits", -1e308),
        ("threshold", 1),
        ("threshold", "0,8"),
        ("roles.name", "nothing"),
    ],
)
def test_what_no_fit_writes_is_refused_by_its_place(tmp_path, place, value):
    """Probabilities of nothing, evidence beyond all bounds, rules of no keys: the error names the place."""
    if place.startswith("model.relations"):
        assert "namesakes" in json.loads(TOLD)["model"]["relations"]
    path = tmp_path / "m.json"
    path.write_text(json.dumps(edited(place, value)))

    with pytest.raises(UnreadableFile, match=rf"m\.json: {place}"):
        Matcher.load(path)


@pytest.mark.parametrize("text", ["[" * 200_000, '{"format":"crmcore.matcher/1","roles":' + '{"a":' * 100_000], ids=len)
def test_a_file_without_an_end_is_refused(tmp_path, text):
    """Brackets in brackets, deeper than anybody reads, are no matcher."""
    path = tmp_path / "m.json"
    path.write_text(text)

    with pytest.raises(UnreadableFile, match="no JSON"):
        Matcher.load(path)


values = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3) | st.just([]) | st.just({})


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.sampled_from(places(json.loads(TOLD))), value=values | st.lists(values, max_size=3))
def test_an_edited_file_is_refused_or_answers(tmp_path, place, value):
    """Whatever stands in one place: the file is refused, or the matcher groups, explains, asks and learns, or says why not."""
    path = tmp_path / "m.json"
    path.write_text(json.dumps(edited(place, value)))

    try:
        matcher = Matcher.load(path)
        result = matcher.dedupe(PEOPLE)
        assert len(result.cluster_ids) == 5
        assert str(result.explain(0, 1))
        assert len(result.review(3)) <= 3
        assert matcher.learn(PairDecision(left="3", right="4", verdict="same")).dedupe(PEOPLE).compared >= 0
    except CrmcoreError:
        pass
