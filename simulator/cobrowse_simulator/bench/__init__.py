"""Benchmarks: what the machine and a server cost, measured by commands and never by timed tests.

Read :mod:`.measures` (what a figure is), :mod:`.steps` (the machine alone), then :mod:`.process` (what a
server's process has used), :mod:`.crowd` (many sessions at once) and :mod:`.serving` (what they cost).
"""
