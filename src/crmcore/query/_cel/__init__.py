"""Texts of the Common Expression Language: read as it has them, then mapped to the tree as far as that can say it.

reading     letters -> syntax, within limits, without recursion
mapping     syntax -> tree; what does not map is named
"""
