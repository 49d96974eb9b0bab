"""WHAT HAPPENED BEFORE WE WERE TOLD: histories from elsewhere, in whatever order and however thin.

    importing   steps as another system tells them, out of order, doubled or with gaps: put in order, and mended by rule
    observing   what can be told from snapshots alone: stays with the earliest and the latest they can have begun

*Laws.* What is mended is listed. What was only observed has bounds, and the truth lies between them, as far as nothing
came and went unseen.
"""

from crmcore.hiring.histories.importing import Imported, Repair, imported
from crmcore.hiring.histories.observing import Bounds, ObservedHistory, ObservedStay, Seen, observed

__all__ = ["Bounds", "Imported", "ObservedHistory", "ObservedStay", "Repair", "Seen", "imported", "observed"]
