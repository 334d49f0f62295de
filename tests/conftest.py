"""What all tests share: properties are checked without a clock, for a busy machine fails nothing, and each time alike."""

from hypothesis import settings

settings.register_profile("steady", derandomize=True, deadline=None)
settings.load_profile("steady")
