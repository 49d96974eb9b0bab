"""Tables as numbers: every text read once, every distinct value worked on once, the same codes in any order of rows.

=========  ===============================================================================
table      whatever a user holds as a table; its columns are read when they are asked for
holders    columns of pandas, polars and Arrow, by their own distinct values
columns    one column; cells: one cell of any kind as text
strings    texts as UTF-8 bytes; `hash64`, by which every machine knows a text
normal     normal forms of many texts at once, equal to the functions of one
coded      columns of one kind as codes of normal forms, the commonest first
order      the order in which rows are worked on: by what stands in them
=========  ===============================================================================

Laws: what goes in comes out; one text has one number everywhere; the order of rows and columns says nothing.
"""
