"""Faults: proof that the suite bites.

The reference system is broken on purpose, in one place at a time, and the suite must say so by the rule
that is broken.  :mod:`.tools` is how a fault is made, :mod:`.derived` derives them from the machine's
table and from the gates, :mod:`.cast` has those that somebody thought of, :mod:`.known` what has to be
known besides, :mod:`.matrix` plays them, :mod:`.pool` does so in several processes, :mod:`.report` shows
what came of it.  The command is :mod:`cobrowse_cli.faults_command`.
"""
