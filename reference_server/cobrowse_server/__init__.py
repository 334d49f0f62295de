"""The reference server: a real co-browse system that obeys the rulebook."""
