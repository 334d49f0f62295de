"""What a load client costs: the simulator's beside other tools', on the same exchange, measured from outside.

Read :mod:`.exchange` (the server, which measures whoever it serves), :mod:`.ours` (the simulator's clients on
it), `locustfile.py` and `artillery.yml` with `artillery.cjs` (the same for other tools), :mod:`.tools` (how
each is started, and what it says), :mod:`.run` (one after another) and :mod:`.comparison` (rows and aims).
"""
