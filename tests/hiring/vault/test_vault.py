"""The vault: no way to one person's answer, by asking, by comparing, or by asking again later."""

import copy
import inspect
import itertools
import pickle
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmcore.errors import InputError
from crmcore.hiring.vault import (
    DECLINED,
    NOT_TOLD,
    Characteristic,
    Crosstab,
    EqualOpportunity,
    MemoryVault,
    Survey,
    Withheld,
)
from crmcore.hiring.vault.suppression import Disclosures, told_of_group

KEY = b"a key that is kept apart from all of it"
OPTIONS = [{"key": key, "text": key} for key in ("f", "m", "x")]
SURVEY = Survey(
    characteristics=[
        Characteristic(key="gender", text="Which gender?", options=OPTIONS),
        Characteristic(key="veteran", text="A veteran?", options=OPTIONS[:2]),
    ]
)


def desk(count: int = 0, threshold: int = 5, said: str = "ffmmm") -> EqualOpportunity:
    """Return a desk at which so many have answered."""
    fair = EqualOpportunity(vault=MemoryVault(threshold=threshold), survey=SURVEY, key=KEY)
    for number in range(count):
        fair.answer(f"a-{number}", {"gender": said[number % len(said)]})
    return fair


def ids(*spans: tuple[int, int]) -> list[str]:
    """Return ids of applications."""
    return [f"a-{number}" for first, end in spans for number in range(first, end)]


def test_nothing_that_takes_a_person_gives_back_what_they_said():
    """The methods there are, and what they return: nothing, a bool, or counts of many."""
    for of, allowed in (
        (EqualOpportunity, {"answer", "forget", "table", "impact"}),
        (MemoryVault, {"keep", "forget", "tally"}),
    ):
        names = {name for name, _ in inspect.getmembers(of, inspect.isfunction) if not name.startswith("_")}
        assert allowed == names
    fair = desk(1, said="x")
    assert (None, None) == (fair.answer("a-0", {"gender": "x"}), fair.forget("a-0"))
    assert isinstance(fair.table("gender", {"one": ["a-0"]}), Crosstab | Withheld)


def test_neither_repr_nor_copies_tell_of_anybody():
    """What is printed by accident holds no answer, no pseudonym and no key; nothing can be pickled away."""
    fair = desk(9)

    for shown in (repr(fair), str(fair), repr(fair.vault)):
        assert "a-1" not in shown
        assert "kept apart" not in shown
    for take in (pickle.dumps, copy.deepcopy):
        with pytest.raises(InputError, match="not copied or pickled"):
            take(fair.vault)


def test_pseudonyms_need_the_key():
    """Another key finds nobody; a short one is refused."""
    fair = desk(30)
    stranger = EqualOpportunity(vault=fair.vault, survey=SURVEY, key=b"another key, as long as it has to be")

    assert {None} == set(stranger.table("gender", {"all": ids((0, 30))}).counts.values())
    for short in (b"short", "text" * 20):
        with pytest.raises(InputError, match="32 bytes"):
            EqualOpportunity(vault=fair.vault, survey=SURVEY, key=short)


def test_a_small_count_is_withheld_with_another():
    """Who knows the size of the group cannot work it out."""
    table = desk(30, said="ffffmmmmmmmmmmmmmmmmmmmmmmmmmx").table("gender", {"all": ids((0, 30))})

    assert {"f": None, "m": 25, "x": None, NOT_TOLD: 0} == {key: table.counts[key, "all"] for key in table.options}
    assert "-" in str(table)


def test_of_a_group_under_the_threshold_nothing_is_told():
    """Not even who answered."""
    table = desk(30).table("gender", {"few": ids((0, 4))})

    assert {None} == set(table.counts.values())


def test_prefer_not_to_say_is_an_answer_and_is_counted_with_none():
    """What is not an option is refused, without being quoted."""
    fair = desk(20, said="m")
    for number in range(20, 27):
        fair.answer(f"a-{number}", {"gender": DECLINED})
    table = fair.table("gender", {"all": ids((0, 30))})

    assert (20, None, 30) == (table.counts["m", "all"], table.counts[NOT_TOLD, "all"], table.sizes["all"])
    with pytest.raises(InputError, match="answered with one of: f, m, x, prefer-not-to-say") as refused:
        fair.answer("a-0", {"gender": "secret"})
    assert "secret" not in str(refused.value)
    with pytest.raises(InputError, match="no 'gendre'; did you mean 'gender'"):
        fair.answer("a-0", {"gendre": "f"})
    with pytest.raises(InputError, match="not an int"):
        fair.answer("a-0", {"gender": 1})


def test_the_silent_hide_a_small_count_for_all_attributes_or_none():
    """Who answers one question mostly answers all, so that the silent of one tell those of another."""
    fair = desk()
    for number in range(40):
        veteran = "f" if number % 2 else "m"
        answers = {"gender": "x" if number == 7 else "fm"[number % 2], "veteran": veteran}
        fair.answer(f"a-{number}", answers if number < 34 else {})
    gender = fair.table("gender", {"all": ids((0, 40))})
    veteran = fair.table("veteran", {"all": ids((0, 40))})

    assert (17, 16, None, None) == tuple(gender.counts[key, "all"] for key in ("f", "m", "x", NOT_TOLD))
    assert [None, None] == [veteran.counts[NOT_TOLD, "all"], min(veteran.counts.values(), key=lambda n: n is not None)]
    assert gender == fair.table("gender", {"all": ids((0, 40))})


def test_one_person_more_is_not_told_apart():
    """The differencing attack: all, then all but one."""
    fair = desk(60)

    assert isinstance(fair.table("gender", {"all": ids((0, 60))}), Crosstab)
    refused = fair.table("gender", {"all": ids((0, 59))})
    assert isinstance(refused, Withheld)
    assert "sets fewer than 5 people apart" in refused.why
    assert isinstance(fair.table("gender", {"all": ids((0, 60))}), Crosstab)  # the same again is no news
    swapped = fair.table("gender", {"all": ids((1, 61))})
    assert isinstance(swapped, Withheld)


def test_ids_that_were_made_up_make_no_other_group():
    """All, then all but one and some who never answered: it differs by many, and by one whose answer counts."""
    fair = desk(60, said="fm")
    nobody = [f"nobody-{number}" for number in range(20)]

    assert isinstance(fair.table("gender", {"all": ids((0, 60))}), Crosstab)
    assert isinstance(fair.table("gender", {"all": [*ids((1, 60)), *nobody]}), Withheld)
    assert isinstance(fair.table("gender", {"all": [*ids((0, 60)), *nobody]}), Withheld)
    assert isinstance(fair.table("gender", {"all": [*ids((0, 40)), *nobody]}), Crosstab)


def test_ids_that_were_made_up_do_not_take_groups_apart():
    """All, a part with some who never answered, and the other part but one: three questions, one answer."""
    fair = desk(60, said="fm")
    nobody = [f"nobody-{number}" for number in range(20)]

    assert isinstance(fair.table("gender", {"all": ids((0, 60))}), Crosstab)
    assert isinstance(fair.table("gender", {"part": [*ids((0, 30)), *nobody[:10]]}), Crosstab)
    assert isinstance(fair.table("gender", {"rest": [*ids((31, 60)), *nobody[10:]]}), Withheld)


@pytest.mark.parametrize("groups", [None, ["a-1"], "a-1", 5])
def test_groups_that_are_none_are_refused(groups):
    """And so is an characteristic that is no text, and answers that are no mapping."""
    with pytest.raises(InputError):
        desk(6).table("gender", groups)
    with pytest.raises(InputError):
        desk(6).table(groups, {"all": ids((0, 6))})
    with pytest.raises(InputError):
        desk().answer("a-1", groups)
    with pytest.raises(InputError):
        desk(6).impact("gender", applied=groups, selected="a-1")


def test_within_one_question_groups_are_compared_too():
    """Nobody is in two of them, so that their difference is all of both."""
    fair = desk(60)

    with pytest.raises(InputError, match="in two of the groups"):
        fair.table("gender", {"one": ids((0, 30)), "two": ids((29, 60))})
    with pytest.raises(InputError, match="is a list of ids"):
        fair.table("gender", {"one": "a-1"})
    assert isinstance(fair.table("gender", {"one": ids((0, 30)), "two": ids((30, 60))}), Crosstab)


def test_three_questions_do_not_give_away_one_person():
    """(A and B), then A, then B with one more: each pair differs by many, all three by one."""
    fair = desk(61)

    assert isinstance(fair.table("gender", {"both": ids((0, 60))}), Crosstab)
    assert isinstance(fair.table("gender", {"a": ids((0, 30))}), Crosstab)
    refused = fair.table("gender", {"b": ids((30, 61))})
    assert isinstance(refused, Withheld)
    assert "sets fewer than 5 people apart" in refused.why


def test_a_total_does_not_give_away_what_its_parts_withhold():
    """The parts withhold x in one of them; the total would be the other part and the rest."""
    fair = desk(said="m")
    for number in range(60):
        fair.answer(
            f"a-{number}", {"gender": "fffffffffffffffffffxmmmmmmmmmm"[number] if number < 30 else "fmx"[number % 3]}
        )
    parts = fair.table("gender", {"a": ids((0, 30)), "b": ids((30, 60))})

    assert (None, 10) == (parts.counts["x", "a"], parts.counts["x", "b"])
    assert isinstance(fair.table("gender", {"all": ids((0, 60))}), Withheld)


def test_one_who_answers_later_is_not_told_apart():
    """The same group again, after one answered: nothing new until it is about enough people."""
    fair = desk(60)
    everybody = ids((0, 70))

    assert isinstance(fair.table("gender", {"all": everybody}), Crosstab)
    fair.answer("a-60", {"gender": "x"})
    assert isinstance(fair.table("gender", {"all": everybody}), Withheld)
    for number in range(61, 65):
        fair.answer(f"a-{number}", {"gender": "f"})
    assert isinstance(fair.table("gender", {"all": everybody}), Crosstab)
    fair.answer("a-64", {"gender": "f"})  # the same again is no change
    assert isinstance(fair.table("gender", {"all": everybody}), Crosstab)


def test_who_asks_to_be_forgotten_is_and_is_not_told_apart_by_it():
    """Their answer is gone at once; asked again, the group is another one by one person."""
    fair = desk(60)
    everybody = ids((0, 60))
    before = fair.table("gender", {"all": everybody})
    fair.forget("a-0")

    assert "a-0" not in repr(vars(fair.vault))
    assert isinstance(fair.table("gender", {"all": everybody}), Withheld)
    for number in range(1, 6):
        fair.forget(f"a-{number}")
    assert isinstance(fair.table("gender", {"all": everybody}), Withheld)  # three of six had said "m"
    for number in range(6, 15):
        fair.forget(f"a-{number}")
    after = fair.table("gender", {"all": everybody})
    assert (36, 27) == (before.counts["m", "all"], after.counts["m", "all"])


@pytest.mark.parametrize("number", [0, 65])
def test_whether_there_was_anything_to_forget_is_not_told_by_what_is_refused(number):
    """Who answered and who did not are forgotten alike."""
    fair = desk(60)
    fair.table("gender", {"all": ids((0, 70))})
    fair.forget(f"a-{number}")

    assert "people apart" in fair.table("gender", {"all": ids((0, 70))}).why


def test_attributes_are_watched_one_by_one():
    """What was told of gender does not bar what is asked of veterans."""
    fair = desk(60)

    assert isinstance(fair.table("gender", {"all": ids((0, 60))}), Crosstab)
    assert isinstance(fair.table("veteran", {"all": ids((0, 59))}), Crosstab)


def test_usual_reports_are_answered():
    """Twenty jobs by who was selected, then their department, which is all of them: groups nested or apart."""
    fair = desk(2_000, said="ffmmmxxx", threshold=10)
    for first in range(0, 2_000, 100):
        groups = {"selected": ids((first, first + 30)), "others": ids((first + 30, first + 100))}
        assert isinstance(fair.table("gender", groups), Crosstab)

    assert 500 == fair.table("gender", {"department": ids((0, 2_000))}).counts["f", "department"]


def test_windows_that_slide_are_answered_or_refused_in_time():
    """Each overlaps many others in part, which is the hardest to watch; the limit of time of the tests bounds it."""
    fair = desk(1_000, threshold=10)
    tables = [fair.table("gender", {"window": ids((first, first + 300))}) for first in range(0, 700, 23)]

    assert isinstance(tables[0], Crosstab)
    assert {Crosstab, Withheld} >= set(map(type, tables))


def test_without_the_watch_the_attack_succeeds():
    """The negative control: a vault that forgets what it told gives one person away."""
    values = {f"v-{number}": "f" if number % 2 else "m" for number in range(40)}
    fewer = {version: option for version, option in values.items() if version != "v-7"}
    tables = [
        Disclosures(threshold=5).table("gender", {"all": group}, said=values.get, options=("f", "m", NOT_TOLD))
        for group in (values, fewer)
    ]

    assert 1 == tables[0].counts["f", "all"] - tables[1].counts["f", "all"]


@pytest.mark.parametrize("threshold", [1, 0, -3, True, 2.5, None])
def test_a_threshold_that_guards_nobody_is_refused(threshold):
    """Two is the least."""
    with pytest.raises(InputError, match="2 or more"):
        MemoryVault(threshold=threshold)


@given(st.lists(st.integers(0, 30), min_size=1, max_size=7), st.integers(0, 30), st.integers(2, 12))
def test_a_withheld_count_can_be_anything_up_to_their_sum(counts, silent, threshold):
    """None alone is withheld, and together they are enough; what is told is true, and never small."""
    held = {f"o{number}": count for number, count in enumerate(counts)}
    held[NOT_TOLD] = silent
    told = told_of_group(held, threshold=threshold)
    withheld = [option for option in held if told[option] is None]

    for option, count in held.items():
        assert told[option] in {None, count}
        assert told[option] is None or option == NOT_TOLD or told[option] >= threshold
    if sum(held.values()) >= threshold and len(withheld) < len(held):
        assert not withheld or (len(withheld) > 1 and sum(held[option] for option in withheld) >= threshold)


def solved(answered, people, options):
    """Work out all that follows from answers by trying every assignment that fits: the attacker, by brute force."""
    fitting = [
        assignment
        for assignment in itertools.product(options, repeat=len(people))
        if all(
            sum(assignment[people.index(member)] == option for member in members) == count
            for members, told in answered
            for option, count in told.items()
            if count is not None
        )
    ]
    return [{assignment[place] for assignment in fitting} for place in range(len(people))]


def campaign(random: Random, groups):
    """Ask about groups of nine people, and return how many of them are certain by brute force over all 512 ways."""
    people = ids((0, 9))
    options = ("f", "m")
    survey = Survey(characteristics=[Characteristic(key="gender", text="?", options=OPTIONS[:2])])
    fair = EqualOpportunity(vault=MemoryVault(threshold=3), survey=survey, key=KEY)
    for person in people:
        fair.answer(person, {"gender": random.choice(options)})
    answered = []
    for members in groups:
        table = fair.table("gender", {"asked": members})
        if isinstance(table, Crosstab):
            answered.append((members, {option: table.counts[option, "asked"] for option in options}))
    return sum(len(possible) == 1 for possible in solved(answered, people, options))


def nested(random: Random) -> list[list[str]]:
    """Return groups of which any two are nested or apart, in a random order."""
    people = random.sample(ids((0, 9)), 9)
    cuts = sorted(random.sample(range(1, 9), 2))
    parts = [people[: cuts[0]], people[cuts[0] : cuts[1]], people[cuts[1] :]]
    groups = [*parts, parts[0] + parts[1], people, people[: random.randint(1, cuts[0])]]
    return random.sample(groups, len(groups))


@pytest.mark.parametrize("first", range(0, 400, 100))
def test_groups_that_are_nested_or_apart_tell_of_nobody(first):
    """Whatever the order in which they are asked about."""
    certain = {seed: campaign(Random(seed), nested(Random(seed))) for seed in range(first, first + 100)}

    assert {} == {seed: count for seed, count in certain.items() if count}


def test_with_three_options_and_some_silent_nobody_can_be_worked_out():
    """By brute force over all 262,144 ways in which nine people can have answered; nested groups, in random orders."""
    people, options = ids((0, 9)), ("f", "m", "x", NOT_TOLD)
    ways = np.array(list(itertools.product(range(4), repeat=9)), dtype=np.int8)
    certain = []
    for seed in (346, 796, *range(120)):  # the first two were worked out once
        random = Random(seed)
        fair = EqualOpportunity(vault=MemoryVault(threshold=3), survey=SURVEY, key=KEY)
        for person in people:
            if (said := random.choice("ffmmx-")) != "-":
                fair.answer(person, {"gender": said})
        fit = ways
        for members in nested(random):
            table = fair.table("gender", {"asked": members})
            places = [people.index(member) for member in members]
            counts = table.counts if isinstance(table, Crosstab) else {}
            for (option, _), count in counts.items():
                if count is not None:
                    fit = fit[(fit[:, places] == options.index(option)).sum(axis=1) == count]
        certain += [seed for place in range(9) if fit[0, place] < 3 and (fit[:, place] == fit[0, place]).all()]

    assert [] == certain


def test_groups_that_overlap_hardly_ever_tell_of_anybody():
    """Random groups, the worst that can be asked."""
    certain = 0
    for seed in range(300):
        random = Random(seed)
        groups = [random.sample(ids((0, 9)), random.randint(3, 9)) for _ in range(6)]
        certain += campaign(random, groups) > 0

    assert 0 == certain


def test_differences_of_groups_that_overlap_pin_nobody_down():
    """All but two, then all but two others: where the counts differ by two, these two said one thing and those another."""
    fair = EqualOpportunity(vault=MemoryVault(threshold=2), survey=SURVEY, key=KEY)
    for number, option in enumerate("fmfmffmmmmmf"):
        fair.answer(f"a-{number}", {"gender": option})

    assert isinstance(fair.table("gender", {"asked": ids((0, 4), (6, 12))}), Crosstab)  # but for two women
    refused = fair.table("gender", {"asked": ids((0, 6), (8, 12))})  # but for two men
    assert "give away a count" in refused.why


def test_a_group_that_is_known_hides_no_swap():
    """A group, another, and the two together but for one person in place of another: the sum tells these two apart."""
    fair = desk(61, said="f" * 8 + "m" * 8)

    assert isinstance(fair.table("gender", {"one": ids((0, 25))}), Crosstab)
    assert isinstance(fair.table("gender", {"other": ids((30, 60))}), Crosstab)
    swapped = [*ids((0, 7)), *ids((8, 25)), "a-25", *ids((30, 60))]
    assert isinstance(fair.table("gender", {"both": swapped}), Withheld)


def test_what_is_refused_is_remembered():
    """Else a walk by one person at a time to where the answers begin would tell what that one said."""
    fair = desk(said="m" * 24 + "fm" * 18)
    for number in range(60):
        fair.answer(f"a-{number}", {"gender": "m" if number < 24 or number % 2 else "f"})
    fair.table("gender", {"all": ids((0, 60))})
    why = [getattr(fair.table("gender", {"rest": ids((0, at), (at + 15, 60))}), "why", "") for at in (*range(6), 30)]

    assert "give away a count" in why[0]  # fewer than five of those left out are women
    assert ["people apart" in text for text in why[1:5]] == [True] * 4
    assert "" == why[6]


def transcript(said: dict[str, str], groups: list[list[str]], changed: dict[str, str], turn: int) -> list[object]:
    """Ask about groups one after the other, some answers changing before a turn; return all that came back."""
    fair = EqualOpportunity(vault=MemoryVault(threshold=3), survey=SURVEY, key=KEY)
    for person, option in said.items():
        fair.answer(person, {"gender": option})
    heard = []
    for number, members in enumerate(groups):
        for person, option in changed.items() if number == turn else ():
            fair.answer(person, {"gender": option})
        table = fair.table("gender", {"asked": members})
        heard.append(table.counts if isinstance(table, Crosstab) else table.why)
    return heard


def cells_of(groups: list[list[str]]) -> list[list[str]]:
    """Part people by which groups they are in."""
    held: dict[tuple[bool, ...], list[str]] = {}
    for person in sorted(set().union(*groups)):
        held.setdefault(tuple(person in group for group in groups), []).append(person)
    return list(held.values())


@settings(max_examples=60, deadline=None)
@given(st.randoms(use_true_random=False), st.booleans())
def test_nobody_can_be_told_from_the_others_of_their_cell(random, is_near):
    """The promise: whatever is asked, refused and changed, in whatever order, two who answered and whom no group tells
    apart, but those refused for their members alone, can swap what they said, and not a word of what comes back is
    another. There are always as many such people as the threshold.
    """
    people, turn = ids((0, 24)), random.randrange(9)
    said = {person: random.choice("fmx") for person in people if random.random() < 0.9}
    changed = {person: {"f": "m", "m": "x", "x": "f"}[said[person]] for person in random.sample(sorted(said), 4)}
    base, groups = random.sample(people, 12), []
    for _ in range(8):
        groups.append(random.sample(people, random.randint(3, 20)))
        if is_near:  # one person at a time, or padded by a group that is known
            base = [*base[1:], random.choice([one for one in people if one not in base])]
            groups += [base, sorted({*base, *groups[0]})]
    heard = transcript(said, groups, changed, turn)
    versions = [
        [f"{one} later" if one in changed and number >= turn else one for one in group]
        for number, group in enumerate(groups)
    ]
    counted = [group for group, told in zip(versions, heard, strict=True) if "people apart" not in str(told)]
    for cell in cells_of(counted) if counted else ():
        spoke = [person for person in cell if person.removesuffix(" later") in said]
        assert not 0 < len(spoke) < 3
        assert not 0 < len(cell) < 3
        told = sorted(set(spoke) & said.keys() - changed.keys())
        if len({said[person] for person in told}) > 1:
            one = random.choice(told)
            other = random.choice([each for each in told if said[each] != said[one]])
            assert heard == transcript({**said, one: said[other], other: said[one]}, groups, changed, turn)


def told_apart(members: list[list[str]], people: list[str]) -> list[str]:
    """Work out by linear algebra for whom one answer, or how it differs from another's, follows from sums over groups."""
    rows = np.array([[person in group for person in people] for group in members], float)
    _, sizes, basis = np.linalg.svd(rows, full_matrices=False)
    span = basis[sizes > 1e-9]
    ones = np.eye(len(people))
    wanted = [*ones, *(one - other for one, other in itertools.combinations(ones, 2))]
    return [str(one) for one in wanted if np.linalg.norm(one - span.T @ (span @ one)) < 1e-6]


@pytest.mark.parametrize("is_watched", [True, False])
def test_linear_algebra_over_all_answers_tells_nobody_apart(is_watched):
    """Neither what one said nor how two differ is a combination of any counts that were told; unwatched, it is."""
    found = []
    for seed in range(25):
        random, people = Random(seed), ids((0, 18))
        fair, answered = desk(18, threshold=3, said="fmffmm"), [people]
        for _ in range(25):
            group = random.sample(people, random.randint(3, 15))
            fair = fair if is_watched else desk(18, threshold=3, said="fmffmm")
            if isinstance(fair.table("gender", {"asked": group}), Crosstab):
                answered.append(group)
        found += told_apart(answered[1:], people)

    assert (not found) is is_watched
