"""The simulator: scripted customers and agents, in real time or in virtual time."""
