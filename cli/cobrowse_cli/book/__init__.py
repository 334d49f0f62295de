"""The rulebook set in type: in the terminal, as Markdown, as one HTML page.

What is in it is :mod:`cobrowse_spec.book`'s; here is only how it looks.  Read :mod:`.arrows` (which arrows
the state diagram has), then :mod:`.terminal`, :mod:`.markdown`, :mod:`.page` with :mod:`.drawing`.
"""
