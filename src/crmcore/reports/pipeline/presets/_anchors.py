"""Anchors that several presets share."""

from __future__ import annotations

from crmcore.reports.pipeline.anchors import Anchor, Milestone, Which

APPLIED = Anchor(moment=Milestone.APPLIED)
NOW = Anchor(moment=Milestone.NOW)
OPENED = Anchor(moment=Milestone.JOB_OPENED)
POSTED = Anchor(moment=Milestone.JOB_POSTED)
HIRED = Anchor(moment=Milestone.HIRED, which=Which.LAST)
HIRED_FIRST = Anchor(moment=Milestone.HIRED)
HIRED_STILL = Anchor(moment=Milestone.HIRED, which=Which.LAST, stands=True)
ACCEPTED = Anchor(moment=Milestone.OFFER_ACCEPTED, which=Which.LAST, stands=True)
ENTERED = Anchor(moment=Milestone.ENTERED)
LEFT = Anchor(moment=Milestone.LEFT)
LEFT_OR_NOW = Anchor(moment=Milestone.LEFT, otherwise=NOW)
