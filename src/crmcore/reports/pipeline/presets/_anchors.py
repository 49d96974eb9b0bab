"""Anchors that several presets share."""

from __future__ import annotations

from crmcore.reports.pipeline.anchors import Anchor, Milestone, Which

APPLIED = Anchor(milestone=Milestone.APPLIED)
NOW = Anchor(milestone=Milestone.NOW)
OPENED = Anchor(milestone=Milestone.JOB_OPENED)
POSTED = Anchor(milestone=Milestone.JOB_POSTED)
HIRED = Anchor(milestone=Milestone.HIRED, which=Which.LAST)
HIRED_FIRST = Anchor(milestone=Milestone.HIRED)
HIRED_STILL = Anchor(milestone=Milestone.HIRED, which=Which.LAST, stands=True)
ACCEPTED = Anchor(milestone=Milestone.OFFER_ACCEPTED, which=Which.LAST, stands=True)
ENTERED = Anchor(milestone=Milestone.ENTERED)
LEFT = Anchor(milestone=Milestone.LEFT)
LEFT_OR_NOW = Anchor(milestone=Milestone.LEFT, otherwise=NOW)
