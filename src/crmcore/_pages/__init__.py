"""HOW A PAGE LOOKS: what every HTML page of this library is made of, whichever room writes it.

page       a template filled: style and script inside, a policy that forbids everything else
views      what is shown of people and pairs: plain figures and texts
cards      people with several rows, cut to size and laid out
choosing   which of very many people are worth a look
shapes     small charts as SVG text
text       values and numbers as a person reads them: escaped, isolated, cut visibly

>>> from crmcore._pages.text import percent, plural, shown
>>> f"{plural(2, 'row', 'rows')} of {shown('<i>Ada</i>')}: {percent(0.5)}"
'2 rows of <bdi>&lt;i&gt;Ada&lt;/i&gt;</bdi>: 50%'
"""
