"""WHOM WE STAY IN TOUCH WITH: pools, silver medallists, and whether somebody may be approached now.

*Nouns.* A `TalentPool` has people through `PoolMembership`, which says since when, until when, by whom and why. A
`Medallist` came far and was turned down by us. A `Referral` is somebody's word for somebody, a `Gathering` an occasion
on which we met them. A `Relationship` is how we stand with a contact, a `Hindrance` one reason not to approach them.

*Laws.* A pool holds links and no copies. Nothing of a membership is lost when two contacts turn out to be one person.
A wish to be left alone, a refusal and a snooze hold whatever the rules of a campaign say; what does not pass by itself
has no end. What is told was known at the instant of asking.

>>> from datetime import UTC, datetime
>>> from crmcore.model import ContactRecord, DoNotContact, EmailAddress
>>> at = datetime(2026, 3, 9, tzinfo=UTC)
>>> ada = ContactRecord(id="c-7", do_not_contact=DoNotContact(reason="asked by phone"))
>>> ada = ada.add(EmailAddress(raw="ada@example.org", normal="ada@example.org"))
>>> [str(one) for one in hindrances(ada, channel="email", at=at)]
['they want no contact at all: asked by phone']
"""

from crmcore.hiring.pools.approaching import Hindrance, approachable, hindrances
from crmcore.hiring.pools.attributing import Attribution, GatheringYield, yields
from crmcore.hiring.pools.medallists import (
    HIRING_ORDER,
    LeftOut,
    Medallist,
    Medallists,
    silver_medal_question,
    silver_medallists,
)
from crmcore.hiring.pools.relationship import LastTouch, NextTouch, Relationship, relationship
from crmcore.model.hiring.courtesy import CoolDown, Courtesy, FrequencyCap
from crmcore.model.hiring.gathering import Gathering, GatheringType
from crmcore.model.hiring.pool import PoolMembership, membership_id, repointed, united
from crmcore.model.hiring.referral import BonusStatus, Referral
from crmcore.model.hiring.talent_pool import TalentPool

__all__ = [
    "HIRING_ORDER",
    "Attribution",
    "BonusStatus",
    "CoolDown",
    "Courtesy",
    "FrequencyCap",
    "Gathering",
    "GatheringType",
    "GatheringYield",
    "Hindrance",
    "LastTouch",
    "LeftOut",
    "Medallist",
    "Medallists",
    "NextTouch",
    "PoolMembership",
    "Referral",
    "Relationship",
    "TalentPool",
    "approachable",
    "hindrances",
    "membership_id",
    "relationship",
    "repointed",
    "silver_medal_question",
    "silver_medallists",
    "united",
    "yields",
]
