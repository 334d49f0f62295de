"""Generation: stories that nobody wrote, made by the machine and played to any target.

Reading order: :mod:`.story` (what a generated story is), :mod:`.words` (its lines, from the machine's
alphabet), :mod:`.pages`, :mod:`.world` (what the machine says that everybody will see), :mod:`.sense` (which
moves make sense), :mod:`.telling` (the story with all its expectations, as a feature), :mod:`.goals` and
:mod:`.author` (which stories are worth writing), :mod:`.playing` (against a target), :mod:`.shrinking`,
:mod:`.capsule`, :mod:`.strategies` (the same for hypothesis).
"""
