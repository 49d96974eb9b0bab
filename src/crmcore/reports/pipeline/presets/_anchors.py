"""Anchors that several presets share."""

from __future__ import annotations

from crmcore.reports.pipeline.anchors import Anchor, Moment, Which

APPLIED = Anchor(moment=Moment.APPLIED)
NOW = Anchor(moment=Moment.NOW)
OPENED = Anchor(moment=Moment.JOB_OPENED)
POSTED = Anchor(moment=Moment.JOB_POSTED)
HIRED = Anchor(moment=Moment.HIRED, which=Which.LAST)
HIRED_FIRST = Anchor(moment=Moment.HIRED)
HIRED_STILL = Anchor(moment=Moment.HIRED, which=Which.LAST, stands=True)
ACCEPTED = Anchor(moment=Moment.OFFER_ACCEPTED, which=Which.LAST, stands=True)
ENTERED = Anchor(moment=Moment.ENTERED)
LEFT = Anchor(moment=Moment.LEFT)
LEFT_OR_NOW = Anchor(moment=Moment.LEFT, otherwise=NOW)
