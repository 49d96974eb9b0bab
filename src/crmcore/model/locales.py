"""Where and in which language a person lives: time zone and locale, checked."""

import re
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field

__all__ = ["LanguageTag", "TimeZone"]

TAG = re.compile(
    r"(?P<language>[A-Za-z]{2,3})(?:-(?P<script>[A-Za-z]{4}))?(?:-(?P<region>[A-Za-z]{2}|[0-9]{3}))?"
    r"(?P<rest>(?:-[A-Za-z0-9]{1,8})*)"
)
"""BCP 47 without the grandfathered tags."""

FILES_THAT_ARE_NO_ZONES = frozenset({"Factory", "localtime", "posixrules"})


def _known_zone(name: str) -> str:
    """Return the name of a zone of the IANA database; files beside it and foreign paths are refused."""
    wrong = f"{name!r} is no IANA time zone, such as Europe/Berlin"
    if name in FILES_THAT_ARE_NO_ZONES or name.startswith(("posix/", "right/")):
        raise ValueError(wrong)
    try:
        return ZoneInfo(name).key
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(wrong) from error


def _canonical_tag(tag: str) -> str:
    found = TAG.fullmatch(tag.replace("_", "-"))
    if found is None:
        raise ValueError(f"{tag!r} is no language tag, such as en, pt-BR or zh-Hant-TW")
    parts = (found["language"].lower(), (found["script"] or "").title(), (found["region"] or "").upper())
    return "-".join(filter(None, parts)) + found["rest"].lower()


TimeZone = Annotated[str, Field(max_length=64), AfterValidator(_known_zone)]
"""The name of a zone in the IANA database, such as ``Europe/Berlin``."""

LanguageTag = Annotated[str, Field(max_length=64), AfterValidator(_canonical_tag)]
"""A BCP 47 tag in its canonical case, such as ``pt-BR``; an underscore is read as a hyphen."""
