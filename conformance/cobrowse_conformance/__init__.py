"""The conformance suite: judges any implementation against the rulebook."""
