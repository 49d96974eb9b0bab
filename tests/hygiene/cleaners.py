"""Every cleaner of one value, in one list, so that no law is tested on all but one."""

from __future__ import annotations

from functools import partial

from crmcore import hygiene

CLEANERS = {
    "name": hygiene.clean_name,
    "name, family first": partial(hygiene.clean_name, order=hygiene.NameOrder.FAMILY_FIRST),
    "name, two family names": partial(hygiene.clean_name, order=hygiene.NameOrder.TWO_FAMILY),
    "phone": hygiene.clean_phone,
    "phone of Britain": partial(hygiene.clean_phone, region="GB"),
    "e-mail": hygiene.clean_email,
    "web address": hygiene.clean_url,
    "LinkedIn": partial(hygiene.clean_url, network=hygiene.Network.LINKEDIN),
    "date": hygiene.clean_date,
    "date of a spreadsheet": partial(hygiene.clean_date, excel_serial=True, day_first=True),
    "country": hygiene.clean_country,
    "postcode": hygiene.clean_postcode,
    "postcode of Britain": partial(hygiene.clean_postcode, country="GB"),
    "street": hygiene.clean_street,
    "place": hygiene.clean_place,
    "company": hygiene.clean_company,
    "skill": hygiene.clean_skill,
    "job title": hygiene.clean_job_title,
}
