"""What people call their degrees, in the languages in which they do, and what it means."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmcore.model.hiring.degrees import DEGREE_RANKS, DegreeLevel, degree_level, degree_span

KNOWN = {
    DegreeLevel.DOCTORATE: """
        PhD; Ph.D.; Ph. D. in Physics; ph.d; DPhil (Oxon); Doctor of Philosophy; Doctorate in Education; Dr. rer. nat.;
        Dr.rer.nat.; Dr.-Ing.; Dr. med.; Prof. Dr.; Promotion; Promotion in Chemie; Doktor der Philosophie;
        Doctorat en biologie; Doctorado en Derecho; Dottorato di ricerca; Doutoramento em Física; кандидат наук;
        Doktorsexamen; 工学博士; M.D.; JD; Ed.D.; Bac+8; MSc, PhD; Doktora; Candidate of Sciences; Doctor
    """,
    DegreeLevel.MASTER: """
        MSc; M.Sc.; M. Sc. Informatik; msc; Master; Master's; Master’s degree in Law; Masters; Master of Science;
        Master Informatik; Master 2 Recherche; Master Data Science; Executive Master of Public Administration; MBA; M.A.;
        MA; M.Eng.; M.Tech; MTech (CSE); MPhil; LL.M.; LLM; M.Ed.; Magister; Mag. phil.; Mgr.; Magister Artium;
        Diplom; Diplom-Informatiker; Diplomkaufmann; Dipl.-Ing.; Dipl. Ing.; Diplom-Ingenieur; Dipl.-Kfm.;
        Diplôme d'ingénieur; Diplôme d’Ingénieur; Ingénieur diplômé; Mastère spécialisé; Bac+5; DEA; Laurea magistrale;
        Laurea Specialistica in Economia; drs.; Drs. Economie; ir.; Ir. Werktuigbouwkunde; doctorandus; Máster en Datos;
        Maestría en Finanzas; Mestrado em Gestão; магистр; Magistr; cand.merc.; Civilingenjör; Diplomi-insinööri;
        Filosofian maisteri; Staatsexamen; Erstes Juristisches Staatsexamen; 硕士; 修士; 석사; Yüksek Lisans; BSc & MSc;
        Bachelor and Master of Science; M.S.; MS in Computer Science; MS COMPUTER SCIENCE;
        MASTER OF ARTS; Master of Secondary Education
    """,
    DegreeLevel.BACHELOR: """
        BSc; B.Sc.; B. Sc. (Hons); bachelor; Bachelor's; Bachelor’s Degree; Bachelor of Arts; B.A.; BA; BA (Hons); BA HONS;
        B.Eng. (Hons); B.Tech; B. Tech; BTech (IT); B.E.; BE; BBA; LL.B.; B.Com; BCA; MBBS; Licence; Licence pro;
        Licence professionnelle; Bac+3; Licencjat; Laurea triennale; Grado en Enfermería; Graduado en Derecho;
        Bacharelado em Direito; Bacharel; бакалавр; Bc.; Bakkalaureat; Kandidatexamen; hbo; HBO Bachelor; Diplom (FH);
        Dipl.-Ing. (FH); Dipl.-Betriebswirt (FH); Diplomkauffrau (FH); Lisans; 学士; 학사; Undergraduate degree; B.Ed.;
        Bachelor Wirtschaftsinformatik; be; A.B., Princeton; BSc(Hons); BE(Civil); Ingeniería Técnica
    """,
    DegreeLevel.VOCATIONAL: """
        HND; BTEC; Higher National Diploma; Diploma in Nursing; Meister; Industriemeister (IHK); Meisterbrief;
        Staatlich geprüfter Techniker; Fachwirt; Ausbildung zum Bankkaufmann; Berufsausbildung; Gesellenbrief; MBO 4;
        BTS; DUT Informatique; Bac+2; Brevet de technicien supérieur; Técnico superior; Grado medio; Ciclo formativo;
        Associate's degree; Associate of Science; A.A.S.; Apprenticeship; EFZ Kauffrau; Master Craftsman; CAP;
        Foundation degree; Master Electrician
    """,
    DegreeLevel.SECONDARY: """
        Abitur; Allgemeine Hochschulreife; Fachabitur; Matura; Baccalauréat; Bac S; A-Levels; A levels; GCSE; High School;
        High School Diploma; GED; vwo; HAVO; Bachillerato; International Baccalaureate; IB Diploma; Leaving Certificate;
        Mittlere Reife; Diploma di maturità; Studentexamen, gymnasium; Ensino médio; Liceo scientifico
    """,
}
SPANS = {
    "Licenciatura": "bachelor master",
    "Licenciada en Derecho": "bachelor master",
    "Laurea": "bachelor master",
    "Master 1 Droit": "bachelor master",
    "Ing.": "bachelor master",
    "Ingeniero Industrial": "bachelor master",
    "Maîtrise de droit": "bachelor master",
    "Postgraduate Diploma": "bachelor master",
    "Licentiate": "bachelor doctorate",
    "Baccalaureate": "secondary bachelor",
}
UNKNOWN = """
    ; Certified Scrum Master; Certified ScrumMaster; Professional Scrum Master I; Webmaster; Web Master; Headmaster;
    Head Master; Headmaster's certificate; Bachelor party planner; Masterclass in Negotiation; Master class; Toastmaster;
    Six Sigma Master Black Belt; Master Data Management; Quizmaster; Spin doctor; Doctor's assistant; Nanodegree;
    AWS Certified Solutions Architect - Associate; MS Office; MS Excel; to be completed; as agreed; TO BE COMPLETED; PMP; CFA; Oracle DBA;
    Driving licence; Pilot's licence; Bootcamp; Diploma; Certificate; None; n/a; -; 42; but not finished; Mastering Go;
    Master Yoda's PhD candidate; PhD student; Ph.D. (ABD); Doktorand; BSc expected 2027; MSc (in progress); BSc, not completed; Studium ohne Abschluss;
    Promotion Manager; Marketing & promotion; Mr; Barista; University of Utrecht; Licensed nurse; Macramé; Babysitting;
    Irish; Technology; Certificate in Project Management; Some college
"""


def listed(text: str) -> list[str]:
    """Return what is listed between semicolons."""
    return [" ".join(one.split()) for one in text.split(";")]


@pytest.mark.parametrize("level", KNOWN, ids=str)
def test_degrees_are_read_in_many_languages(level):
    """Whatever the case, accents, dots, blanks and script; the highest of several counts."""
    read = {text: degree_level(text) for text in listed(KNOWN[level])}

    assert dict.fromkeys(read, level) == read


def test_what_may_be_one_of_two_is_a_span():
    """It depends on the country and the year; neither is guessed."""
    read = {text: " ".join(degree_span(text) or ()) for text in SPANS}

    assert read == SPANS
    assert {None} == {degree_level(text) for text in SPANS}


def test_what_tells_of_no_degree_is_not_known():
    """Words that mean something else, what is not finished, and what nobody knows."""
    read = {text: degree_span(text) for text in listed(UNKNOWN)}

    assert {} == {text: span for text, span in read.items() if span is not None}


@given(st.text(max_size=40))
def test_any_text_is_read_or_not_known(text):
    """From the least to the most, the same each time."""
    span = degree_span(text)

    assert span is None or DEGREE_RANKS[span[0]] <= DEGREE_RANKS[span[1]]
    assert degree_level(text) in {None, *(span or ())}
