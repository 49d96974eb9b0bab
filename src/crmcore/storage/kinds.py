"""The kinds of crmcore.model, listed by name: what a store keeps when nobody says otherwise."""

from __future__ import annotations

from functools import cache

from crmcore.storage.codec import Codec

__all__ = ["model_codec"]


@cache
def model_codec() -> Codec:
    """Return the codec of everything in crmcore.model that is a record.

    >>> model_codec().kinds[:4]
    ('activity', 'attachment', 'candidate', 'contact')
    """
    from crmcore.model.attachment import Attachment
    from crmcore.model.candidate import Candidate
    from crmcore.model.contact import ContactRecord
    from crmcore.model.custom import CustomField
    from crmcore.model.lead import Lead
    from crmcore.model.organisation import Organisation
    from crmcore.model.source import ImportRun, SourceRecord
    from crmcore.model.timeline import Activity, Note, Task

    return Codec(
        [
            Activity,
            Attachment,
            Candidate,
            ContactRecord,
            CustomField,
            ImportRun,
            Lead,
            Note,
            Organisation,
            SourceRecord,
            Task,
        ]
    )
