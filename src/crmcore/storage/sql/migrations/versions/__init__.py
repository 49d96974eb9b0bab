"""The revisions, each frozen: what a released schema was does not change any more."""
