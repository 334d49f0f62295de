"""Conformance in real browsers: any product with a web page, by the same stories as over the wire.

Reading order: :mod:`.profile` (what is known of a product), :mod:`.brands` (the makes of browsers), :mod:`.direct` and
:mod:`.reading` (what a screen shows),
:mod:`.sight` (what a party sees of it: observations), :mod:`.hands` (mouse and keyboard), :mod:`.downloads`,
:mod:`.customer` and :mod:`.agent` (the two sides), :mod:`.table` (both in one story, and its fences),
:mod:`.cast` (what the stage knows of them), :mod:`.sharing` (one session for many stories), :mod:`.playable`
(which stories a browser can play), :mod:`.line` (a link that can be cut), :mod:`.venue` and :mod:`.pool`
(the product, the test site, pairs of browsers), :mod:`.attempts` (what is not tried again), :mod:`.watched` (which
invariants judge two screens), :mod:`.playing` and :mod:`.running` (all stories, the run),
:mod:`.check` (a profile tried out); :mod:`.devtools`, :mod:`.capture`, :mod:`.decoders` and :mod:`.traffic` (all bytes on
their way), :mod:`.canaries`, :mod:`.planting`, :mod:`.dom` and :mod:`.leaks` (the leak oracle), :mod:`.submits` (the
submit oracle), :mod:`.stand_in` (a relay in the server's place), :mod:`.hostile_agent`, :mod:`.mirrors` and
:mod:`.hostile_page` (mixed sides), :mod:`.oracles` (all of them in a run).
"""
