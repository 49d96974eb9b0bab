"""Ways to reach a person, each with what was written, a normal form, and a state of its own."""

from enum import StrEnum
from typing import Annotated, Any, Self, TypeVar

from pydantic import AfterValidator, Field

from crmcore.errors import LawBroken, NotFound
from crmcore.model.record import Value
from crmcore.model.scalars import Instant, Slug, Text, label_key

__all__ = [
    "Channel",
    "ChannelState",
    "ChannelStatus",
    "Channels",
    "EmailAddress",
    "Link",
    "PhoneNumber",
    "PostalAddress",
    "added",
    "merged",
    "one_primary",
    "primary",
    "replaced",
    "with_primary",
]


LONGEST = 1_000
"""As long as a normal form may be, see :data:`crmcore.model.scalars.Text`."""


class ChannelState(StrEnum):
    """What is known of one channel; whether one may use it is for consent and the send gate to say."""

    ACTIVE = "active"
    INACTIVE = "inactive"
    """Out of use, such as the address at a former employer."""
    INVALID = "invalid"
    """Tried, or checked, and found not to exist."""
    BOUNCED = "bounced"
    COMPLAINED = "complained"
    """The person marked a message as unwanted."""
    OPTED_OUT = "opted_out"
    """The person asked not to be reached here."""

    @property
    def refuses(self) -> bool:
        """Whether it was the person who said no."""
        return self in {ChannelState.COMPLAINED, ChannelState.OPTED_OUT}


SEVERITY = {state: rank for rank, state in enumerate(ChannelState)}
"""The states from the most usable to the most restrictive."""


class ChannelStatus(Value):
    """The state of one channel, why, and since when."""

    state: ChannelState = ChannelState.ACTIVE
    reason: Text = ""
    since: Instant | None = None

    @property
    def rank(self) -> tuple[int, float, str]:
        """Sort key: the greater of two is the more restrictive, then the longer standing."""
        return SEVERITY[self.state], -self.since.timestamp() if self.since else 0.0, self.reason


class Channel(Value):
    """One way to reach a person; subclasses say which."""

    raw: Text = Field(description="What was written, unchanged.")
    normal: Text = Field(min_length=1, description="The form that comparison uses.")
    type: Slug = "other"
    is_primary: bool = False
    verified_at: Instant | None = None
    status: ChannelStatus = ChannelStatus()

    @property
    def key(self) -> str:
        """What tells two channels of one kind apart."""
        return self.normal

    @property
    def usable(self) -> bool:
        """Whether nothing speaks against the channel itself."""
        return self.status.state is ChannelState.ACTIVE

    def learned(self, other: Self) -> dict[str, Any]:
        """Return what another record of the same channel changes in this one."""
        return {
            "type": other.type if self.type == "other" else self.type,
            "verified_at": max(filter(None, (self.verified_at, other.verified_at)), default=None),
            "status": max(self.status, other.status, key=lambda status: status.rank),
            "is_primary": self.is_primary or other.is_primary,
        }


class EmailAddress(Channel):
    """An e-mail address.

    >>> EmailAddress(raw="Ada@Example.ORG", normal="ada@example.org", type="work").key
    'ada@example.org'
    """

    normal: Text = Field(pattern=r"^.+@[^@\s]+$", description="The form that comparison uses.")


class PhoneNumber(Channel):
    """A telephone number; `normal` is E.164 where the country is known, else the digits as they came."""

    normal: Text = Field(pattern=r"^\+?[0-9]{2,32}$", description="E.164, or digits only where the country is unknown.")
    extension: Annotated[str, Field(pattern=r"^[0-9#*]*$", max_length=20)] = ""
    region: Annotated[str, Field(pattern=r"^(?:[A-Z]{2}|001)?$")] = ""

    @property
    def key(self) -> str:
        """The normal form with its extension, as in RFC 3966."""
        return f"{self.normal};ext={self.extension}" if self.extension else self.normal


POINT = frozenset({"latitude", "longitude"})
PLACE = frozenset({"city", "region", "country"})
"""What coordinates are derived from."""


class PostalAddress(Channel):
    """An address as free text, as parts, or both; both shapes are kept without loss.

    Nothing is derived but coordinates, and `located_by` says so: a value tells of itself, wherever it goes.
    """

    house_number: Text = ""
    street: Text = ""
    extra: Text = Field(default="", description="Building, floor, care-of; whatever else stands before the place.")
    city: Text = ""
    region: Text = ""
    postcode: Text = ""
    country: Text = Field(default="", description="ISO 3166-1 alpha-2 where it is known, else as written.")
    latitude: Annotated[float, Field(ge=-90, le=90)] | None = Field(default=None, description="Degrees north, WGS 84.")
    longitude: Annotated[float, Field(ge=-180, le=180)] | None = Field(
        default=None, description="Degrees east, WGS 84."
    )
    located_by: Slug | None = Field(
        default=None, description="What derived the coordinates, such as ``gazetteer`` from the city; else as given."
    )

    @classmethod
    def of(cls, raw: str = "", /, **parts: str) -> Self:
        """Build one from free text, from parts, or from both; the normal form is made from what there is.

        >>> PostalAddress.of(street="Dorset Street", house_number="1", city="London").raw
        '1 Dorset Street, London'
        >>> PostalAddress.of("1 Dorset Street", city="London").key
        '1 dorset street london'
        """
        street = " ".join(filter(None, (parts.get("house_number"), parts.get("street"))))
        place = " ".join(filter(None, (parts.get("postcode"), parts.get("city"))))
        lines = (street, parts.get("extra"), place, parts.get("region"), parts.get("country"))
        text = raw or ", ".join(filter(None, lines))
        normal = label_key(text.replace(",", " "))
        if raw:  # the same street in another city is another address
            told = (label_key(line.replace(",", " ")) for line in lines if line)
            normal = label_key(" ".join((normal, *(words for words in told if f" {words} " not in f" {normal} "))))
        return cls.model_validate({"raw": text, "normal": normal[:LONGEST], **parts})

    @property
    def certainty(self) -> int:
        """How well it is known where it lies: 2 as given, 1 as derived, 0 not at all."""
        if self.latitude is None and self.longitude is None:
            return 0
        return 2 if self.located_by is None else 1

    def evolve(self, **changes: Any) -> Self:
        """Return a checked copy; coordinates that are changed count as given, and what was derived goes with its place.

        >>> home = PostalAddress.of(city="Utrecht").evolve(latitude=52.09, longitude=5.12, located_by="gazetteer")
        >>> home.evolve(longitude=5.13).located_by, home.evolve(city="Amersfoort").latitude
        (None, None)
        """
        if not POINT.isdisjoint(changes):
            return super().evolve(**{"located_by": None, **changes})
        moved = any(changes[part] != getattr(self, part) for part in PLACE.intersection(changes))
        if moved and self.located_by is not None:
            changes = {**dict.fromkeys((*POINT, "located_by")), **changes}
        return super().evolve(**changes)

    def learned(self, other: Self) -> dict[str, Any]:
        """Learn also where it lies, as a whole and only from an address in the same place; given wins over derived."""
        known = super().learned(other)
        if other.certainty > self.certainty and self._place == other._place:
            known.update({part: getattr(other, part) for part in (*POINT, "located_by")})
        return known

    @property
    def _place(self) -> dict[str, str]:
        return {part: label_key(getattr(self, part)) for part in PLACE}


class Link(Channel):
    """A page of the person: a profile or a web site.

    `normal` is canonical, such as ``linkedin.com/in/ada``; `site` and `handle` are set where the site is known.
    """

    site: Annotated[str, Field(pattern=r"^[a-z0-9-]*$", max_length=64)] = ""
    handle: Text = ""

    @property
    def linkedin(self) -> str:
        """The handle at LinkedIn; empty for a page anywhere else."""
        return (self.handle or self.key) if self.site == "linkedin" else ""

    @property
    def github(self) -> str:
        """The handle at GitHub; empty for a page anywhere else."""
        return (self.handle or self.key) if self.site == "github" else ""


C = TypeVar("C", bound=Channel)


def primary(channels: tuple[C, ...]) -> C | None:
    """Return the primary one, or None where there is none at all."""
    return next((channel for channel in channels if channel.is_primary), None)


def one_primary(channels: tuple[C, ...]) -> tuple[C, ...]:
    """Check that keys differ and that at most one is primary; make the first usable one primary if none is."""
    keys = [channel.key for channel in channels]
    if len(set(keys)) < len(keys):
        twice = sorted({key for key in keys if keys.count(key) > 1})
        raise LawBroken(f"the same channel is listed twice: {', '.join(twice)}; add() merges them")
    chosen = [channel.key for channel in channels if channel.is_primary]
    if len(chosen) > 1:
        raise LawBroken(f"only one channel of a kind can be primary, not {len(chosen)}: {', '.join(chosen)}")
    if chosen or not channels:
        return channels
    first = next((channel for channel in channels if channel.usable), channels[0])
    return with_primary(channels, first.key)


def with_primary(channels: tuple[C, ...], key: str) -> tuple[C, ...]:
    """Make the channel with that key the primary one; the former one stays, demoted."""
    if all(channel.key != key for channel in channels):
        raise NotFound("channel", key)
    return tuple(
        channel
        if channel.is_primary == (channel.key == key)
        else channel.model_copy(update={"is_primary": channel.key == key})
        for channel in channels
    )


def replaced(channels: tuple[C, ...], new: C) -> tuple[C, ...]:
    """Put *new* in the place of the channel with the same key; raise NotFound where there is none."""
    if all(channel.key != new.key for channel in channels):
        raise NotFound("channel", new.key)
    put = tuple(new if channel.key == new.key else channel for channel in channels)
    return with_primary(put, new.key) if new.is_primary else one_primary(put)


def added(channels: tuple[C, ...], new: C) -> tuple[C, ...]:
    """Add *new*, or learn from it what is not known yet of the same channel; adding it again changes nothing.

    The raw text, the type and the state that are there already stay: a refusal is not undone by an import.
    """
    known = next((channel for channel in channels if channel.key == new.key), None)
    if known is None:
        together = (*channels, new.model_copy(update={"is_primary": False}))
        return with_primary(together, new.key) if new.is_primary else one_primary(together)
    return replaced(channels, merged(known, new))


def merged(known: C, new: C) -> C:
    """Learn from another record of the same channel; the more restrictive state and the latest verification stay."""
    return known.model_copy(update=known.learned(new))


Channels = Annotated[tuple[C, ...], AfterValidator(one_primary)]
"""Channels of one kind: keys differ, and exactly one is primary where there are any."""
