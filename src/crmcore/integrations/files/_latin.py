"""Which single-byte Western encoding makes words out of bytes.

A wrong one betrays itself: signs inside words (``Jos¡``), capitals after small letters (``JosŽ``), control codes.
"""

from __future__ import annotations

import re

__all__ = ["plausible_latin"]

_CODECS = ("cp1252", "mac_roman", "cp1250", "cp1254", "cp850")
"""In order of preference where the words look equally good; Latin-1 is part of cp1252."""
_WORD = re.compile(r"[^\W\d_]*[^\x00-\x7f]+\w*")
_PUNCTUATION = frozenset("‘’“”„‚«»‹›–—…·•€£§©®°¿¡ºª\u00a0")


def plausible_latin(sample: bytes) -> tuple[str, float]:
    """Return the best codec and its score from 0 to 1; Latin-1, which takes any byte, where none fits.

    >>> plausible_latin("José;Müller".encode("mac_roman"))[0], plausible_latin("Łódź;Żółć".encode("cp1250"))[0]
    ('mac_roman', 'cp1250')
    """
    scored = [(codec, _score(sample, codec)) for codec in _CODECS]
    codec, score = max(scored, key=lambda pair: pair[1])
    if codec == "cp1252" and _turkish(sample.decode(codec)):
        codec = "cp1254"
    return (codec, round(min(score, 0.9), 2)) if score > 0 else ("latin-1", 0.1)


def _turkish(text: str) -> bool:
    """Tell Turkish from Icelandic: where cp1252 has the letters eth, thorn and y acute, cp1254 has the Turkish ones."""
    icelandic, shared = set("áéíóúæÁÉÍÓÚÆ"), set("ðþýÐÞÝ")
    letters = set(text)
    return bool(letters & shared) and not letters & icelandic


def _score(sample: bytes, codec: str) -> float:
    """Return the share of words with non-ASCII letters that look sound; -1 where a byte has no meaning."""
    try:
        text = sample.decode(codec)
    except UnicodeDecodeError:
        return -1.0
    words = _WORD.findall(text[:50_000])
    return sum(map(_looks_sound, words)) / len(words) if words else 0.0


def _looks_sound(word: str) -> float:
    letters = word.strip("".join(_PUNCTUATION))
    if not letters:
        return 0.6
    if not letters.replace("’", "").isalpha():
        return 0.0
    ordinary = (
        letters.islower() or letters.isupper() or letters.istitle() or (letters[:1].isupper() and letters[1:].islower())
    )
    if not ordinary:
        return 0.1
    foreign = sum(char > "\x7f" for char in letters)
    return 1.0 if foreign <= max(1, len(letters) // 2) else 0.5
