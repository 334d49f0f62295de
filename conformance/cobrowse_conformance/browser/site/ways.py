"""Every way to submit a form that is known to work in a browser: the ground of the submit oracle (SUBMIT-1).

Each way has a page of its own (`/ways/<name>`), and all of them stand on `/ways`, where those that a person comes to by
Tab are left to `/keys`.  What is done to the element `way-<name>` submits the form `form-<name>`, when a person does it;
the numbers are those of the corpus of known failures in real products (FS-01 and so on).

Order: what a way is, forms as HTML has them, forms as scripts submit them, what is no form, what agents may do.
"""

from typing import Final, NamedTuple

#: Where the forms of all ways go.
TARGET: Final = "/submitted"


class Way(NamedTuple):
    """A way to submit: the page, and what is done to the element `way-<name>`."""

    name: str
    #: What it is, in words.
    what: str
    #: The page's HTML; `{n}` stands for the name.
    html: str
    #: What is done to the element: "click", "choose", "type", or the name of a key.
    by: str = "click"
    #: What is chosen or typed.
    value: str = ""
    #: The failure in the corpus.
    known_as: str = ""
    #: Whether there is a form at all; without one it is a request like any other, and administrators disable its control.
    is_form: bool = True
    #: The brands of browsers in which it submits nothing, whoever does it.
    not_in: frozenset[str] = frozenset()

    @property
    def element(self) -> str:
        """The ID of the element that it is done to."""
        return f"way-{self.name}"

    @property
    def form(self) -> str:
        """The ID of the form, or what a script says in place of it."""
        return f"form-{self.name}"

    @property
    def by_tab(self) -> bool:
        """Whether it is a key on an element that nobody would click first: a click would be another deed."""
        return self.by in ("Enter", "Space") and self.name in _BY_TAB

    @property
    def path(self) -> str:
        """The page with this way alone."""
        return f"/ways/{self.name}"

    @property
    def page(self) -> str:
        """Its part of a page."""
        return self.html.replace("{n}", self.name)


#: The ways whose key is pressed on what is no text field.
_BY_TAB: Final = frozenset({"enter-checkbox", "enter-radio", "button-space", "button-enter", "role-button"})

_FORM: Final = '<form id="form-{n}" method="post" action="' + TARGET + '">%s</form>'


# Forms as HTML has them


#: Kinds of fields in which Enter submits nothing in some browsers.
_NO_ENTER: Final = {"range": frozenset({"firefox"})}


def _enter(kind: str) -> Way:
    """Enter in a field of a form with a submit button."""
    html = _FORM % f'<input id="way-{{n}}" name="field" type="{kind}"><button>Send</button>'
    what = f"Enter in a field of type {kind}"
    return Way(
        f"enter-{kind}", what, html, "Enter", known_as="FS-01", not_in=_NO_ENTER.get(kind, frozenset())
    )


def _inside(name: str, what: str, inner: str, by: str = "click", known_as: str = "") -> Way:
    return Way(name, what, _FORM % f'<input name="field">{inner}', by, known_as=known_as)


_BY_HTML: Final = (
    *(
        _enter(kind)
        for kind in (
            "text",
            "search",
            "email",
            "tel",
            "url",
            "password",
            "number",
            "date",
            "checkbox",
            "radio",
            "range",
        )
    ),
    Way(
        "enter-alone",
        "Enter in the one field of a form without a button",
        _FORM % '<input id="way-{n}" name="field">',
        "Enter",
        known_as="FS-02",
    ),
    Way(
        "enter-hidden-button",
        "Enter where the submit button does not show",
        _FORM % '<input id="way-{n}" name="field"><button style="display: none">Send</button>',
        "Enter",
        known_as="FS-03",
    ),
    _inside("button", "a submit button", '<button type="submit" id="way-{n}">Send</button>'),
    _inside(
        "button-space",
        "Space on a submit button",
        '<button type="submit" id="way-{n}">Send</button>',
        "Space",
        "FS-05",
    ),
    _inside(
        "button-enter",
        "Enter on a submit button",
        '<button type="submit" id="way-{n}">Send</button>',
        "Enter",
        "FS-05",
    ),
    _inside("input", "a submit input", '<input type="submit" id="way-{n}" value="Send">'),
    _inside(
        "input-capitals",
        "a submit input that is written in capitals",
        '<input type="SUBMIT" id="way-{n}" value="Send">',
    ),
    _inside(
        "label",
        "the label of a submit button",
        '<label id="way-{n}" for="send-{n}">Send it</label><input type="submit" id="send-{n}" value="Send">',
        known_as="FS-06",
    ),
    _inside(
        "icon",
        "an icon in a submit button",
        '<button type="submit"><b id="way-{n}">icon</b></button>',
        known_as="FS-07",
    ),
    _inside(
        "image",
        "an image button",
        '<input type="image" id="way-{n}" alt="Send" src="/site/picture.svg" width="60" height="20">',
        known_as="FS-08",
    ),
    _inside("default", "a button without a type", '<button id="way-{n}">Send</button>', known_as="FS-09"),
    _inside(
        "unknown-type",
        "a button of an unknown type",
        '<button type="senden" id="way-{n}">Send</button>',
        known_as="FS-09",
    ),
    Way(
        "outside",
        "a button outside, tied to the form by form=",
        _FORM % '<input name="field">' + '<button id="way-{n}" form="form-{n}">Send</button>',
        known_as="FS-10",
    ),
    _inside(
        "formaction",
        "a button with an address and a method of its own",
        '<button id="way-{n}" formaction="' + TARGET + '" formmethod="get">Send</button>',
    ),
    _inside(
        "novalidate",
        "a button that passes over what the form requires",
        '<input required name="needed"><button id="way-{n}" formnovalidate>Send</button>',
    ),
)


# Forms as scripts submit them


def _script(name: str, what: str, handler: str, *, before: str = "", known_as: str = "FS-12") -> Way:
    """A plain button whose handler submits; `form` is the form."""
    html = (
        (f"<script>{before}</script>" if before else "")
        + _FORM % '<input name="field" value="1">'
        + f"""<button type="button" id="way-{{n}}" onclick="const form = document.getElementById('form-{{n}}'); {handler}">Go</button>"""
    )
    return Way(name, what, html, known_as=known_as)


_SAVED: Final = "const savedSubmit = HTMLFormElement.prototype.submit;"

_BY_SCRIPT: Final = (
    _script("submit", "a button whose script calls form.submit()", "form.submit()"),
    _script(
        "saved-submit",
        "a script that kept the browser's own submit()",
        "savedSubmit.call(form)",
        before=_SAVED,
    ),
    _script(
        "request-submit",
        "a button whose script calls requestSubmit()",
        "form.requestSubmit()",
        known_as="FS-13",
    ),
    _inside(
        "span",
        "a span whose script submits",
        """<span id="way-{n}" onclick="document.getElementById('form-{n}').requestSubmit()">Go</span>""",
        known_as="FS-13",
    ),
    _inside(
        "role-button",
        "Enter on what says that it is a button",
        """<div id="way-{n}" role="button" tabindex="0" onkeydown="if (event.key === 'Enter') this.closest('form').submit()">Go</div>""",
        "Enter",
        "FS-13",
    ),
    _inside(
        "summary",
        "a summary whose script submits",
        """<details><summary id="way-{n}" onclick="this.closest('form').submit()">Go</summary></details>""",
        known_as="FS-13",
    ),
    _inside(
        "javascript-link",
        "a link that is a script",
        """<a id="way-{n}" href="javascript:document.getElementById('form-{n}').submit()">Go</a>""",
        known_as="FS-14",
    ),
    Way(
        "choice",
        "a list whose choice submits",
        _FORM
        % '<select id="way-{n}" name="field" onchange="this.form.submit()"><option value="a">a</option><option value="b">b</option></select>',
        "choose",
        "b",
    ),
    Way(
        "check-box",
        "a check box whose change submits",
        _FORM % '<input id="way-{n}" name="field" type="checkbox" onchange="this.form.requestSubmit()">',
        "click",
    ),
    Way(
        "typing",
        "a field that submits as it is typed into",
        _FORM % '<input id="way-{n}" name="field" oninput="this.form.submit()">',
        "type",
        "x",
    ),
    Way(
        "click-by-script",
        "a script that clicks the submit button",
        _FORM % '<button id="send-{n}">Send</button>'
        + """<a id="way-{n}" href="#go" onclick="document.getElementById('send-{n}').click()">Go</a>""",
    ),
    Way(
        "dispatched-click",
        "a script that dispatches a click on the submit button",
        _FORM % '<button id="send-{n}">Send</button>'
        + """<b id="way-{n}" onclick="document.getElementById('send-{n}').dispatchEvent(new MouseEvent('click', { bubbles: true }))">Go</b>""",
    ),
    Way(
        "later-label",
        "a script that clicks the button's label a little later",
        _FORM % '<label id="label-{n}" for="send-{n}">Send</label><button id="send-{n}">Send</button>'
        + """<b id="way-{n}" onclick="Promise.resolve().then(() => document.getElementById('label-{n}').click())">Go</b>""",
    ),
    Way(
        "shadow",
        "a form in a shadow tree, submitted by a script that is outside",
        """<div id="host-{n}"></div><b id="way-{n}" onclick="document.getElementById('host-{n}').shadowRoot.querySelector('button').click()">Go</b>"""
        """<script>document.getElementById('host-{n}').attachShadow({ mode: 'open' }).innerHTML = '<form id="form-{n}" action=\""""
        + TARGET
        + """\" method="post"><input type="hidden" name="site-form" value="form-{n}"><input name="field"><button>Send</button></form>';</script>""",
    ),
    Way(
        "other-realm",
        "the submit() of another frame's window",
        _FORM
        % """<b id="way-{n}" onclick="document.getElementById('frame-{n}').contentWindow.HTMLFormElement.prototype.submit.call(document.getElementById('form-{n}'))">Go</b>"""
        + '<iframe id="frame-{n}" srcdoc="<p>x</p>" width="60" height="30"></iframe>',
    ),
    Way(
        "made-for-it",
        "a form that a script makes for it",
        """<b id="way-{n}" onclick="const form = document.createElement('form'); form.id = 'form-{n}'; form.action = '"""
        + TARGET
        + """'; form.method = 'post'; document.body.append(form); form.submit()">Go</b>""",
    ),
    _script(
        "promise",
        "a promise that submits",
        "Promise.resolve().then(() => Promise.resolve()).then(() => form.submit())",
    ),
    _script(
        "await", "an async function that submits", "(async () => { await null; await null; form.submit() })()"
    ),
    _script("timer-0", "a timer of no time", "setTimeout(() => form.submit(), 0)"),
    _script("timer", "a timer", "setTimeout(() => form.submit(), 60)"),
    _script(
        "timers", "a timer that sets a timer", "setTimeout(() => setTimeout(() => form.submit(), 30), 30)"
    ),
    _script(
        "interval", "an interval", "const i = setInterval(() => { clearInterval(i); form.submit() }, 50)"
    ),
    _script(
        "frames",
        "two animation frames",
        "requestAnimationFrame(() => requestAnimationFrame(() => form.submit()))",
    ),
    _script("idle", "when the browser is idle", "requestIdleCallback(() => form.submit(), { timeout: 50 })"),
    _script(
        "fetch-first",
        "a script that asks the site before it submits",
        "fetch('/site/fence').then((r) => r.text()).then(() => form.submit())",
    ),
    _script(
        "xhr-first",
        "the same with XMLHttpRequest",
        "const x = new XMLHttpRequest(); x.onload = () => form.submit(); x.open('GET', '/site/fence'); x.send()",
    ),
    _script(
        "channel",
        "a message channel",
        "const c = new MessageChannel(); c.port1.onmessage = () => form.submit(); c.port2.postMessage(1)",
    ),
    _script(
        "observer",
        "a mutation observer",
        "new MutationObserver(() => form.submit()).observe(form, { attributes: true }); form.title = 'x'",
    ),
    _script(
        "javascript-location",
        "a script that sends the page to a script",
        "location.href = 'javascript:document.getElementById(&quot;form-{n}&quot;).submit()'",
    ),
)


#: Ways on which nobody can see who began them.  They are tried first, while the hand with which the customer approved
#: is still the last that the browser knows of.
_AFTERWARDS: Final = (
    _script(
        "message",
        "a message of the window to itself",
        "window.addEventListener('message', () => form.submit(), { once: true }); window.postMessage('go', '*')",
    ),
    _script(
        "transition",
        "a transition that ends",
        "form.ontransitionend = () => form.submit(); form.style.transition = 'opacity 40ms'; form.offsetTop;"
        " form.style.opacity = form.style.opacity === '0.5' ? '0.9' : '0.5'",
    ),
)


# What is no form


_NO_FORM: Final = (
    Way("fetch", "a script that posts by fetch", """<button type="button" id="way-{n}" class="disabled" onclick="fetch('""" + TARGET + """', { method: 'POST', body: new URLSearchParams({ field: 'x', 'site-form': 'form-{n}' }) })">Order</button>""", known_as="FS-18", is_form=False, not_in=frozenset({"firefox"})),
    Way("xhr", "a script that posts by XMLHttpRequest", """<button type="button" id="way-{n}" class="disabled" onclick="const x = new XMLHttpRequest(); x.open('POST', '""" + TARGET + """'); x.send(new URLSearchParams({ field: 'x', 'site-form': 'form-{n}' }))">Order</button>""", known_as="FS-18", is_form=False, not_in=frozenset({"firefox"})),
    Way("beacon", "a script that posts by a beacon", """<button type="button" id="way-{n}" class="disabled" onclick="navigator.sendBeacon('""" + TARGET + """', new URLSearchParams({ field: 'x', 'site-form': 'form-{n}' }))">Order</button>""", known_as="FS-18", is_form=False, not_in=frozenset({"firefox"})),
    Way("ping", "a link that pings", """<a id="way-{n}" class="disabled" href="#ordered" ping='""" + TARGET + """?site-form=form-{n}'>Order</a>""", known_as="FS-18", is_form=False, not_in=frozenset({"firefox"})),
    Way("link-button", "a link that orders", """<a id="way-{n}" class="disabled" href='""" + TARGET + """?field=x&amp;site-form=form-{n}'>Order</a>""", known_as="FS-18", is_form=False, not_in=frozenset({"firefox"})),
)  # fmt: skip

#: All of them.
WAYS: Final = (*_AFTERWARDS, *_BY_HTML, *_BY_SCRIPT, *_NO_FORM)

#: By their names.
BY_NAME: Final = {way.name: way for way in WAYS}


# What agents may do


#: A submit button that administrators allow to agents (SUBMIT-4), and a button that submits nothing and counts what
#: reaches it: where that does not count, an agent's hand did not reach the page at all.
ALLOWED: Final = _inside(
    "allowed", "the allowed button", '<button id="way-{n}" class="allowed">Send</button>'
)
HARMLESS: Final = Way(
    "harmless",
    "a button that submits nothing",
    """<button type="button" id="way-{n}" onclick="this.dataset.clicks = 1 + Number(this.dataset.clicks ?? 0)">Count</button>""",
    is_form=False,
)
HARMLESS_KEY: Final = HARMLESS._replace(by="Space")
