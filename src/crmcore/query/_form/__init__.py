"""Expressions as JSON: the shape of every node, and what reads, writes and describes it.

shapes      which keys a node has, and what stands there
values      scalars, moments, spans and terms, there and back
schema      the JSON schema, made of the shapes
"""
