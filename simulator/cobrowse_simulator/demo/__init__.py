"""The demo: one co-browse session, played over real WebSockets and shown as it happens.

Read :mod:`.stage` (who plays), :mod:`.scenes` (what happens, with which rule it shows), :mod:`.panes` (what is
to be seen on each screen), then :mod:`.show` (a terminal) and :mod:`.pace` (time for the reader).
"""
