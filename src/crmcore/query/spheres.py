"""Distances along the surface of the Earth, taken as a sphere: within 0.6 % of the ellipsoid's."""

from __future__ import annotations

from math import asin, cos, degrees, pi, radians, sin, sqrt

import attrs

__all__ = ["EARTH_KM", "Box", "box_around", "distance_km", "is_near"]

EARTH_KM = 6371.0088
"""The mean radius; IUGG 1980."""


def distance_km(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Return the kilometres between two points, each a latitude and a longitude in degrees; the haversine formula.

    >>> round(distance_km((52.0907, 5.1214), (52.3702, 4.8952)))  # from Utrecht to Amsterdam
    35
    """
    latitude, other_latitude = radians(one[0]), radians(other[0])
    across = sin((other_latitude - latitude) / 2)
    along = sin(radians(other[1] - one[1]) / 2)
    half_chord = across * across + cos(latitude) * cos(other_latitude) * along * along
    return 2 * EARTH_KM * asin(min(1.0, sqrt(max(0.0, half_chord))))


def is_near(one: tuple[float, float], other: tuple[float, float], *, km: float) -> bool:
    """Say whether two points lie within so many kilometres."""
    return distance_km(one, other) <= km


@attrs.frozen
class Box:
    """A range of latitudes and one or two of longitudes, in degrees, that hold every point of a circle."""

    south: float
    north: float
    longitudes: tuple[tuple[float, float], ...]


def box_around(centre: tuple[float, float], *, km: float) -> Box:
    """Return a box that holds every point within so many kilometres, with a little room for rounding.

    >>> box_around((52.0, 5.0), km=111.2).south > 50.9, box_around((0.0, 179.9), km=30).longitudes[1][0]
    (True, -180.0)
    """
    angle = km / EARTH_KM * (1 + 1e-9) + 1e-12
    south, north = centre[0] - degrees(angle), centre[0] + degrees(angle)
    if south <= -90 or north >= 90 or angle >= pi / 2:
        return Box(max(south, -90.0), min(north, 90.0), ((-180.0, 180.0),))
    width = degrees(asin(min(1.0, sin(angle) / cos(radians(centre[0]))))) + 1e-9
    west, east = centre[1] - width, centre[1] + width
    if width >= 180:
        return Box(south, north, ((-180.0, 180.0),))
    if west < -180:
        return Box(south, north, ((west + 360, 180.0), (-180.0, east)))
    if east > 180:
        return Box(south, north, ((west, 180.0), (-180.0, east - 360)))
    return Box(south, north, ((west, east),))
