"""How far a course of study goes, read from what people call its degree, in the languages in which they say so.

One name may mean two levels: a Spanish *licenciatura* of 1995 is a master's by law, one of Mexico a bachelor's. So what
is read is a span, from the least to the most that a text can mean; what no word tells is not guessed. The levels are
those of ISCED 2011, put together in five.
"""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING

from crmcore.hygiene.folding import fold, squeeze

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["DEGREE_RANKS", "DegreeLevel", "degree_level", "degree_span"]


class DegreeLevel(StrEnum):
    """How far a course of study goes, in five steps."""

    SECONDARY = "secondary"
    VOCATIONAL = "vocational"
    BACHELOR = "bachelor"
    MASTER = "master"
    DOCTORATE = "doctorate"


DEGREE_RANKS = {level: rank for rank, level in enumerate(DegreeLevel, start=1)}
SECONDARY, VOCATIONAL, BACHELOR, MASTER, DOCTORATE = DegreeLevel
Span = tuple[DegreeLevel, DegreeLevel]

NAMES: dict[Span | None, str] = {
    (DOCTORATE, DOCTORATE): """phd | ph d | dphil | d phil | doctorate | doctoral degree | doctor | dr | doktor
        | doktorat | doktorgrad | doctorat | doctorado | dottorato | doutorado | doutoramento | doutor | edd
        | engd | eng d | dsc | scd | psyd | pharmd | dds | dvm | dmd | MD | JD | DBA | kandidat nauk
        | candidate of sciences | doktor nauk | doktorsexamen | tohtori | tohtorin tutkinto | doktora""",
    (MASTER, DOCTORATE): "licentiatexamen | licentiate of philosophy | lisensiaatti",
    (MASTER, MASTER): """master | masters | msc | m sc | msci | MA | m a | MS | m s | mba | emba | meng
        | m eng | mtech | m tech | mphil | m phil | mres | llm | ll m | mfa | mph | mca | mcom | m com | MED
        | m ed | msw | m arch | mpharm | mmath | mchem | mphys | magister | magistra | mgr | MAG | magistr
        | magisterium | laurea magistrale | laurea specialistica | laurea quinquennale | laurea a ciclo unico
        | laurea magistrale a ciclo unico | diplom | dipl | dipling | dipl ing | diplom ing | diplom ingenieur
        | diplome d ingenieur | diplome ingenieur | titre d ingenieur | ingenieur diplome | mastere | dea | dess
        | maestria | mestrado | mestre | drs | doctorandus | IR | licentiaat | civilingenjor | civilingenior
        | sivilingenior | cand merc | cand polyt | cand scient | cand mag | cand jur | kandidatgrad | maisteri
        | diplomi insinoori | masterexamen | magisterexamen | staatsexamen | yuksek lisans | specialist degree
        | specialitet""",
    (BACHELOR, DOCTORATE): "licentiate",
    (
        BACHELOR,
        MASTER,
    ): """master 1 | licenciatura | licenciado | licenciada | laurea | ingeniero | ingeniera | ingenieria
        | ING | maitrise | hochschulabschluss | universitatsabschluss | university degree | postgraduate diploma
        | pg diploma | pgdip | pgce""",
    (BACHELOR, BACHELOR): """bachelor | bachelors | bsc | b sc | BA | AB | b a | BS | b s | beng | b eng | btech
        | b tech | bba | llb | ll b | bcom | b com | bca | BE | b e | bfa | BED | b ed | barch | bpharm | bmus
        | mbbs | bacharel | bacharelado | bakalavr | bakalar | bakalarz | bakk | bakkalaureat | baccalaureus | BC
        | licence | licencjat | laurea triennale | laurea breve | laurea di primo livello | grado | graduado
        | graduada | diplomatura | ingenieria tecnica | ingeniero tecnico | undergraduate degree | undergraduate
        | honours degree | kandidatexamen | hogskoleingenjor | lisans | hbo | BUT | sarjana | tradenomi""",
    (SECONDARY, BACHELOR): "baccalaureate | bachiller",
    (VOCATIONAL, VOCATIONAL): """diploma in | diploma of | national diploma | hnd | hnc | btec | nvq | apprenticeship
        | ausbildung | berufsausbildung | lehrabschluss | lehrabschlussprufung | gesellenbrief | facharbeiter
        | meister | meisterbrief | handwerksmeister | industriemeister | techniker | fachwirt | vocational | mbo
        | BTS | DUT | CAP | BEP | brevet de technicien superieur | formacion profesional | grado medio
        | grado superior | ciclo formativo | tecnico superior | EFZ | fahigkeitszeugnis | associate degree
        | associates degree | associate of | associate in | AAS | AA | AS | foundation degree | master craftsman
        | master craftsperson | master electrician | master plumber | master carpenter | master baker | on lisans""",
    (SECONDARY, SECONDARY): """abitur | fachabitur | hochschulreife | fachhochschulreife | matura | maturita
        | diploma di maturita | gymnasium | realschulabschluss | mittlere reife | hauptschulabschluss
        | baccalaureat | BAC | bac s | bac es | bac l | bac general | bac pro | bac technologique
        | brevet des colleges | high school | highschool | high school diploma | high school degree
        | secondary school | secondary school diploma | secondary education | secondary | higher secondary | GED
        | gcse | gcses | a level | a levels | alevel | alevels | o levels | ib diploma
        | international baccalaureate | leaving certificate | vwo | havo | vmbo | matric | matriculation | SSC
        | HSC | bachillerato | ESO | ensino medio | ensino secundario | liceo | lukio | ylioppilas
        | studenterexamen | gymnasieexamen | lise""",
    None: """scrum master | scrum masters | web master | head master | quiz master
        | station master | post master | toast master | grand master | harbour master | dungeon master
        | master class | master data management | master data manager | master data steward
        | master data specialist | master data governance | master mariner | master black belt | master trainer
        | master coach | master practitioner | master scheduler | master chef | master sommelier | master sergeant
        | master key | master plan | past master | bachelor party | bachelor parties | doctors assistant
        | doctor s assistant | doctor assistant | spin doctor | oracle dba | driving licence | driver licence
        | drivers licence | pilot licence | pilots licence | software licence | trade licence | licence to
        | MS office | MS excel | MS word | MS project | MS access | MS azure | MS sql | MS dynamics | MS windows
        | school of secondary""",
}
"""What people say, folded, and what it means; None for what only looks so. Of two, the longer one counts.

What stands in capitals counts only in capitals, with dots or alone: "BE" is a degree, and "to be" is not.
"""
BY_CHARACTER = {"博士": DOCTORATE, "硕士": MASTER, "碩士": MASTER, "修士": MASTER, "学士": BACHELOR, "學士": BACHELOR}
BY_CHARACTER |= {"박사": DOCTORATE, "석사": MASTER, "학사": BACHELOR}
"""Scripts that part no words."""
AFTER_THE_BAC = {2: VOCATIONAL, 3: BACHELOR, 4: BACHELOR, 5: MASTER, 8: DOCTORATE}
"""French: so many years after the baccalauréat."""
UNFINISHED = frozenset(
    """abd candidate student students studying ongoing unfinished incomplete pursuing dropout expected abgebrochen
    laufend doktorand doktorandin promovend promovendus doctorant doctorante estudiante""".split()
)
UNFINISHED_NAMES = """in progress | not completed | not finished | no degree | without degree | ohne abschluss
    | en cours | en curso | in corso | all but dissertation"""
WITH_ITS_PARTS = frozenset("dr mag dipl prof lic bakk cand drs ing".split())
"""What stands before other short words, in "Dr.rer.nat.", and is no part of one, as in "B.Sc."."""
NO_DEGREE_IN_CAPITALS = frozenset(("AS", "BE", "BUT"))
"""Where all of a text stands in capitals."""
WORD = re.compile(r"[^\W_]+(?:\.[^\W_]+)*\.?")
BAC = re.compile(r"\bbac\s*\+\s*([0-9])")
AFTER_A_PROMOTION = frozenset("in an im am zum zur mit".split())
"""German for taking a doctorate; in English it sells."""
COMPOUND = re.compile(r"diplom(?!a|e|iert)[a-z]{3,}")
"""Such as "Diplomkaufmann"."""


def degree_level(degree: str) -> DegreeLevel | None:
    """Read how far a course goes from what people call its degree; None where no word tells, or not which of two.

    >>> [degree_level(text) for text in ("Dipl.-Ing.", "Certified Scrum Master", "Licenciatura")]
    [<DegreeLevel.MASTER: 'master'>, None, None]
    """
    span = degree_span(degree)
    return span[0] if span is not None and span[0] is span[1] else None


@lru_cache(maxsize=65_536)
def degree_span(degree: str) -> Span | None:
    """Read the least and the most that a degree can be; of several the highest. None where no word tells.

    What is not finished, as a text says itself, is none.

    >>> degree_span("Licenciatura en Derecho")
    (<DegreeLevel.BACHELOR: 'bachelor'>, <DegreeLevel.MASTER: 'master'>)
    >>> degree_span("PhD candidate"), degree_span("Nanodegree")
    (None, None)
    """
    for written, level in BY_CHARACTER.items():
        if written in degree:
            return level, level
    words = _words(degree)
    if _is_unfinished(words):
        return None
    found = [span for span in _spans(words) if span is not None]
    found += [(AFTER_THE_BAC[years],) * 2 for years in map(int, BAC.findall(fold(degree))) if years in AFTER_THE_BAC]
    if not found:
        return None
    return max((least for least, _ in found), key=_rank), max((most for _, most in found), key=_rank)


def _rank(level: DegreeLevel) -> int:
    return DEGREE_RANKS[level]


def _words(text: str) -> list[str]:
    """Return the folded words, those in capitals or with dots in capitals.

    >>> _words("Dr.rer.nat., B.Sc. (Hons.) to be Master's")
    ['DR', 'RER', 'NAT', 'BSC', 'HONS', 'to', 'be', 'masters']
    """
    plain = re.sub(
        r"['\u2019`\u00b4]", " ", re.sub(r"['\u2019`\u00b4]s\b", "s", unicodedata.normalize("NFKC", squeeze(text)))
    )
    words: list[str] = []
    is_loud = plain.isupper()
    for raw in WORD.findall(plain):
        is_short = "." in raw or (raw.isupper() and not (is_loud and raw in NO_DEGREE_IN_CAPITALS))
        parts = fold(raw).strip(".").split(".")
        joined = parts if parts[0] in WITH_ITS_PARTS or len(parts[0]) > 2 else ["".join(parts)]
        words += [part.upper() if is_short else part for each in joined for part in each.split()]
    return [words[0].upper()] if len(words) == 1 else words


def _is_unfinished(words: Sequence[str]) -> bool:
    small = [word.lower() for word in words]
    padded = f" {' '.join(small)} ".replace(" candidate of sciences ", " ")
    return not UNFINISHED.isdisjoint(padded.split()) or any(f" {name} " in padded for name in _parted(UNFINISHED_NAMES))


def _spans(words: Sequence[str]) -> Iterator[Span | None]:
    """Yield what the names in a row of words mean, the longest first where one begins."""
    small = [word.lower() for word in words]
    is_applied = "fh" in small or "fachhochschule" in small
    at = 0
    while at < len(words):
        for length in range(min(LONGEST, len(words) - at), 0, -1):
            key = " ".join(small[at : at + length])
            if key in KNOWN and all(
                mark == mark.lower() or word.isupper()
                for mark, word in zip(KNOWN[key][0], words[at : at + length], strict=True)
            ):
                is_diplom = key.startswith("dipl") and KNOWN[key][1] == (MASTER, MASTER)
                yield (BACHELOR, BACHELOR) if is_diplom and is_applied else KNOWN[key][1]
                at += length
                break
        else:
            if COMPOUND.fullmatch(small[at]):
                yield (BACHELOR, BACHELOR) if is_applied else (MASTER, MASTER)
            elif small[0] == "promotion" and at == 0 and (len(small) == 1 or small[1] in AFTER_A_PROMOTION):
                yield DOCTORATE, DOCTORATE
            at += 1


def _parted(names: str) -> list[str]:
    return [" ".join(name.split()) for name in names.split("|")]


KNOWN = {name.lower(): (name.split(), span) for span, names in NAMES.items() for name in _parted(names)}
LONGEST = max(len(marks) for marks, _ in KNOWN.values())
