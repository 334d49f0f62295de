"""Northwind Bank: a company with a web site, a chat and a contact centre, for people and tests that need one.

Real pages over HTTP, for real browsers; what :mod:`..sites` is for scripted customers.  It is as any
company that uses a co-browse server: it holds the controller's key, calls the REST part, and puts one script
tag on its pages.  It lives with the simulator because everybody outside the server does: customers, agents,
and here the company between them.

In order: :mod:`.chats` (its chats, and what it asks of the server), :mod:`.bank` (the site), :mod:`.elsewhere`
(another company's site), :mod:`.office` (where its agents sit, and the demo's page with both sides),
:mod:`.serving` (all of it, on free ports).  ``policy.toml`` is what it decided about co-browse sessions.
"""
