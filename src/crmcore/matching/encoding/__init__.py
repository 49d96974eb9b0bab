"""Tables as numbers: every text read once, every distinct value worked on once, the same codes in any order of rows.

=========  ===============================================================================
strings    texts as UTF-8 bytes; `hash64`, by which every machine knows a text
coded      columns of one kind as codes of normal forms, the commonest first
order      the order in which rows are worked on: by what stands in them
=========  ===============================================================================

Laws: what goes in comes out; one text has one number everywhere; the order of rows and columns says nothing.
"""
