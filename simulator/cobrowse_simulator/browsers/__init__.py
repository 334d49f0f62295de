"""Real browsers, driven with real input: what scripted clients cannot show.  Needs the extra ``browser`` (Selenium).

:mod:`.chromium` is a browser; :mod:`.parties` a customer and an agent in front of one each, who know the reference
server's pages and nothing of how they work.
"""
