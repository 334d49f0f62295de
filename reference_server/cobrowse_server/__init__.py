"""The reference server: a real co-browse system that obeys the rulebook.

Reading order, from the inside out: :mod:`.connection` (what a party is reached through),
:mod:`.journal` (the truth about a session; :mod:`.sqlite_journal` where it outlives the server),
:mod:`.alarms` (time), :mod:`.host` (sessions: applies the journal with the rulebook's ``step``);
:mod:`.throttle`, :mod:`.session_ids`, :mod:`.policies` and :mod:`.lobby` (what lies before a session),
:mod:`.records` (what is kept of it), :mod:`.desk` (what is done there); :mod:`.links` (what arrives on a
link); then the edges:
:mod:`.config`, :mod:`.websocket`, :mod:`.app`, :mod:`.openapi`, :mod:`.serve`.
"""
