"""Virtual time: the real server's code and the scripted clients in one process, with a clock that jumps.

The same seed gives the same traces, byte for byte.  Read :mod:`.post` (how messages get there), then :mod:`.world`
(the server in it, and how a run goes on there).
"""
