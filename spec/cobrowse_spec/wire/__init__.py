"""The open protocol ``cobrowse.v1``: what implementations exchange, byte for byte.

Read :mod:`.messages` (control, as text), :mod:`.frames` (content and pointers, as bytes),
:mod:`.rest` (what a contact centre needs), then :mod:`.documents` (the generated descriptions).
"""
