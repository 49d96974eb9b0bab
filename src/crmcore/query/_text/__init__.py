"""The text language, from letters to the tree and back.

lexing      letters -> tokens, one at a time, by one pattern that never goes back
cursor      tokens looked at and taken, and what could have stood there instead
terms       of what type the values of a term are
values      literals, moments and spans
leaves      comparisons, periods, distances and all else that holds no question
parsing     tokens -> tree, without recursion
pointing    the tree held against its subject, with the fault shown in the text
printing    tree -> text
"""
