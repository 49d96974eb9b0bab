"""Points within a radius, judged by a column of places on the unit sphere; the doubtful ones by the formula itself."""

from __future__ import annotations

from math import cos, pi, radians, sin
from typing import TYPE_CHECKING

import numpy as np

from crmcore.query.spheres import EARTH_KM, is_near

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from crmcore.query.columns._column import Column
    from crmcore.query.columns._layouts import Flags

__all__ = ["Points"]

_HAIR = 1e-13
"""Cosines closer than this to that of the radius are not trusted; they carry errors of less than 1e-15."""
_FARTHEST_DEGREES = 720.0
"""Beyond it, turning degrees to radians costs more digits than the hair allows for."""


class Points:
    """The points of a table: which rows have one, and where it lies."""

    def __init__(self, latitudes: Column, longitudes: Column) -> None:
        self._degrees = latitudes.firsts(), longitudes.firsts()
        self.known: Flags = latitudes.layout.alone() & longitudes.layout.alone()
        self._odd = np.flatnonzero((np.abs(self._degrees[0]) > _FARTHEST_DEGREES) & self.known)
        self._odd = np.union1d(self._odd, np.flatnonzero((np.abs(self._degrees[1]) > _FARTHEST_DEGREES) & self.known))
        latitude, longitude = (np.radians(degrees) for degrees in self._degrees)
        across = np.cos(latitude)
        self._place: tuple[NDArray[np.float64], ...] = (
            across * np.cos(longitude),
            across * np.sin(longitude),
            np.sin(latitude),
        )

    def near(self, of: tuple[float, float], *, km: float) -> Flags:
        """Return the rows whose point is within so many kilometres."""
        latitude, longitude = radians(of[0]), radians(of[1])
        x, y, z = self._place
        cosines = x * (cos(latitude) * cos(longitude))
        cosines += y * (cos(latitude) * sin(longitude))
        cosines += z * sin(latitude)
        least = cos(min(km / EARTH_KM, pi))
        flags = cosines >= least
        flags &= self.known
        doubtful = np.flatnonzero((np.abs(cosines - least) <= _HAIR) & self.known)
        for row in np.union1d(doubtful, self._odd).tolist():
            flags[row] = is_near((float(self._degrees[0][row]), float(self._degrees[1][row])), of, km=km)
        return flags
