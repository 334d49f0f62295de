"""Conformance in real browsers: any product with a web page, by the same stories as over the wire.

Reading order: :mod:`.profile` (what is known of a product), :mod:`.reading` (what a screen shows),
:mod:`.sight` (what a party sees of it: observations), :mod:`.hands` (mouse and keyboard),
:mod:`.customer` and :mod:`.agent` (the two sides), :mod:`.cast` (the parties of one story, and their
fences), :mod:`.playable` (which stories a browser can play), :mod:`.venue` and :mod:`.pool` (the
product, the test site, pairs of browsers), :mod:`.playing` (all stories).
"""
