"""The suite's own web site: pages of every kind, with a product's snippet on them, and a record of what was done there.

Effects are judged here, at the site, and not by the product's own word.

Reading order: :mod:`.addresses` (the stories' addresses and those of this machine), :mod:`.ways` (every way to
submit a form), :mod:`.pages` (what the pages say), :mod:`.record` (what was done), :mod:`.server` (serving).
``assets/site.js`` is the pages' own script: it plants texts, changes pages, and sets marks.
"""
