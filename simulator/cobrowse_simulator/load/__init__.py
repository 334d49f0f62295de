"""Load: many sessions at once, each judged by the rulebook while it happens.

Read :mod:`.journeys` (what parties do), :mod:`.profile` (which, how many, when), :mod:`.visit` (one session), then
:mod:`.run` (all of them) with :mod:`.reach` (how it gets to a server), :mod:`.meters` and :mod:`.stopwatch` (what is
measured); :mod:`.terminal` shows it.
"""
