"""The rulebook: what a co-browse session is, readable by anyone, executable by a machine."""
