"""Which language is meant where somebody wrote its name, or a code of three letters, instead of its tag."""

from __future__ import annotations

from functools import lru_cache

from crmcore.hygiene.folding import fold_words

__all__ = ["language_key", "speaks", "speaks_wider"]

NAMES = """
ar: arabic | arabisch | arabe | arabo | arabiya | ara | l rbyh
bg: bulgarian | bulgarisch | bulgare | balgarski | bul | b lgarski
bn: bengali | bangla | ben | bamla
bs: bosnian | bosnisch | bosanski | bos
ca: catalan | katalanisch | catala | cat
cs: czech | tschechisch | tcheque | cestina | cesky | tsjechisch | ces | cze
da: danish | danisch | danois | dansk | deens | dan
de: german | deutsch | allemand | aleman | tedesco | duits | alemao | niemiecki | tysk | almanca | deu | ger
de-ch: swiss german | schweizerdeutsch
el: greek | griechisch | grec | griego | grieks | ellinika | ell | gre
en: english | englisch | anglais | ingles | inglese | engels | angielski | engelsk | ingilizce | eng
en-gb: british english
en-us: american english
es: spanish | spanisch | espagnol | espanol | castellano | castilian | spagnolo | spaans | spa
et: estonian | estnisch | eesti | est
eu: basque | euskera | euskara | baskisch | eus | baq
fa: persian | farsi | persisch | dari | fas | per | frsy
fi: finnish | finnisch | suomi | finnois | fins | fin
fr: french | franzosisch | francais | frances | francese | frans | francuski | fra | fre
ga: irish | gaeilge | gle
he: hebrew | hebraisch | hebreu | ivrit | heb | vryt
hi: hindi | hin
hr: croatian | kroatisch | hrvatski | croate | hrv
hu: hungarian | ungarisch | magyar | hongrois | hongaars | hun
id: indonesian | indonesisch | bahasa indonesia | ind
is: icelandic | islandisch | islenska | isl | ice
it: italian | italienisch | italien | italiano | italiaans | ita
ja: japanese | japanisch | japonais | nihongo | japans | jpn | ribenyu
ko: korean | koreanisch | coreen | hangugeo | koreaans | kor
lb: luxembourgish | luxemburgisch | letzebuergesch | ltz
lt: lithuanian | litauisch | lietuviu | lit
lv: latvian | lettisch | latviesu | lav
mk: macedonian | mazedonisch | makedonski | mkd | mac
ms: malay | bahasa melayu | malaiisch | msa | may | zsm
mt: maltese | maltesisch | malti | mlt
nl: dutch | niederlandisch | hollandisch | neerlandais | neerlandes | olandese | nederlands | nld | dut
nl-be: flemish | flamisch | vlaams | flamand
no: norwegian | norwegisch | norvegien | norsk | noors | nor
no-nb: nb | bokmal | norsk bokmal | nob
no-nn: nn | nynorsk | norsk nynorsk | nno
pa: punjabi | panjabi | pan | pmjabi
pl: polish | polnisch | polonais | polaco | polski | pools | pol
pt: portuguese | portugiesisch | portugais | portugues | portoghese | portugees | por
pt-br: brazilian portuguese | portugues brasileiro
ro: romanian | rumanisch | roumain | romana | roemeens | ron | rum
ru: russian | russisch | russe | ruso | russo | russkij | russkiy | rus | russkiy yazyk
sk: slovak | slowakisch | slovencina | slovaque | slk | slo
sl: slovene | slovenian | slowenisch | slovenscina | slv
sq: albanian | albanisch | shqip | sqi | alb
sr: serbian | serbisch | srpski | serbe | srp
sv: swedish | schwedisch | suedois | svenska | zweeds | swe
sw: swahili | kiswahili | swa
ta: tamil | tam | tmil
te: telugu | tel
th: thai | tailandes | tha | aithy | phasaaithy
tl: tagalog | filipino | tgl | fil
tr: turkish | turkisch | turc | turco | turkce | turks | tur
uk: ukrainian | ukrainisch | ukrainien | ukrainska | ukrayinska | oekraiens | ukr | ukrains ka
ur: urdu | urd | rdw
vi: vietnamese | vietnamesisch | tieng viet | vie
zh: chinese | chinesisch | chinois | chino | cinese | chinees | zhongwen | zho | chi | hanyu | guoyu
zh-cmn: mandarin | mandarin chinese | putonghua | cmn
zh-yue: cantonese | kantonesisch | yue | yueyu | guangdonghua
"""
"""Tag: English and other names, their own as folded from its script, and codes by ISO 639-2 and 639-3.

What lies in another stands below its tag.
"""

TAGS = {
    name.strip(): tag
    for tag, _, names in (line.partition(": ") for line in NAMES.strip().splitlines())
    for name in names.split("|")
}


@lru_cache(maxsize=4_096)
def language_key(written: str) -> str:
    """Return the tag of a language, in small letters, by its tag or its name; what is not known as it is.

    >>> [language_key(written) for written in ("German", "Français", "pt-BR", "nb", "Elvish")]
    ['de', 'fr', 'pt-br', 'no-nb', 'elvish']
    """
    return TAGS.get(fold_words(written), written.casefold())


def speaks(tag: str, names: set[str], key: str) -> bool:
    """Say whether a language, by its tag or name, is that of a tag, one below it, or one of some folded names."""
    return _lies_below(language_key(key), language_key(tag)) or fold_words(key) in names


def speaks_wider(tag: str, key: str) -> bool:
    """Say whether a language is one above a tag: who lists German may speak that of Switzerland.

    >>> speaks_wider("de-CH", "German"), speaks_wider("de", "de-CH"), speaks_wider("de", "de")
    (True, False, False)
    """
    wanted, known = language_key(tag), language_key(key)
    return _lies_below(wanted, known) and not _lies_below(known, wanted)


def _lies_below(tag: str, other: str) -> bool:
    return tag == other or tag.startswith(f"{other}-")
