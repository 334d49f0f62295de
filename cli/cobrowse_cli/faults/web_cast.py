"""Faults of the web client, written by hand: one condition of the customer's script, the workspace or the view less.

Each is a text in a source file, and another in its place.  They are built into copies (:mod:`.web_build`), never into
what is shipped.  Where two guards stand behind each other, as a gate before a browser's own policy, a fault takes both.

Names are sentences of what is wrong.  Order: what a fault is, the gate of what leaves (:data:`LEAKS`), the gate of acts,
the customer's screen, the agent's screen, what only hostile sides notice, all together (:data:`WEB_CAST`).
"""

from typing import Final, NamedTuple


class Edit(NamedTuple):
    """Another text in the place of one."""

    #: The source file, below ``reference_server/web/src``.
    file: str
    #: What stands there once, and what stands there instead.
    text: str
    instead: str


class WebFault(NamedTuple):
    """One thing wrong in the web client."""

    #: The rule whose own check must notice it.
    rule: str
    #: What is wrong, in words.
    name: str
    #: The source file, below ``reference_server/web/src``.
    file: str
    #: What stands there once, and what stands there instead.
    text: str
    instead: str
    #: What else is wrong with it: a second guard that would hold in place of the first.
    also: tuple[Edit, ...] = ()
    #: Whether the view's page is served without a Content-Security-Policy, which would hold in place of any guard.
    bare: bool = False


#: The gate between the page and the wire (`redact`), and the mirror behind it.
LEAKS: Final = (
    WebFault(
        "MASK-1",
        "a field's value",
        "page/redact.ts",
        "return this.#veil.shows(input, input.value.slice(0, MAX_TEXT));",
        "return input.value;",
    ),
    WebFault(
        "MASK-5",
        "a textarea's value",
        "page/redact.ts",
        "this.#veil.shows(element, (element as HTMLTextAreaElement).value.slice(0, MAX_TEXT))",
        "(element as HTMLTextAreaElement).value",
    ),
    WebFault(
        "MASK-5",
        "a list's choice",
        "page/redact.ts",
        "isMasked ? value && SECRET : this.#veil.shows(element, value)",
        "value",
    ),
    WebFault("MASK-3", "passwords", "page/veil.ts", 'if (type === "password") return SECRETLY;', ""),
    WebFault("MASK-6", "masks stick", "page/veil.ts", "bits |= this.#sticky.get(node) ?? 0;", ""),
    WebFault(
        "MASK-5",
        "attributes that people read",
        "page/redact.ts",
        "if (TOLD.has(name)) return this.#veil.shows(element, value);",
        "if (TOLD.has(name)) return value;",
    ),
    WebFault(
        "MASK-5",
        "the attributes of what is masked",
        "page/redact.ts",
        "if (!BUILT.has(name) || COUNTED.has(name)) return undefined;",
        "return value;",
    ),
    WebFault(
        "MASK-5",
        "the list of attributes",
        "page/redact.ts",
        "return isKnown || this.#isStyled(name, value) ? this.#whole(value) : undefined;",
        "return value;",
    ),
    WebFault(
        "MASK-5",
        "IDs and classes",
        "page/redact.ts",
        "if (!sight.masked || (isControl",
        "if (true || (isControl",
    ),
    WebFault(
        "MASK-4",
        "texts",
        "page/redact.ts",
        "if (!sight.masked) return this.#veil.shows(node, raw",
        "if (true) return (raw",
    ),
    WebFault(
        "MASK-5",
        "comments",
        "page/redact.ts",
        "      case 3:\n",
        "      case 8:\n      case 3:\n",
        # What they say would show as asterisks, as all text of what is masked.
        (
            Edit(
                "page/redact.ts",
                "const raw = (node as Text).data;",
                "const raw = (node as Text).data;\n    if (node.nodeType === 8) return raw;",
            ),
        ),
    ),
    WebFault(
        "MASK-4",
        "what stands in something masked",
        "page/veil.ts",
        "bits |= this.#bits(above) & INHERITED;",
        "bits |= this.#bits(above) & 0;",
    ),
    WebFault("MASK-5", "shadow roots", "page/veil.ts", "    hostOf(node),\n", ""),
    WebFault("MASK-5", "slots", "page/veil.ts", "(node as Partial<Element>).assignedSlot,", "null,"),
    WebFault(
        "MASK-5",
        "frames",
        "page/veil.ts",
        "node.nodeType === 9 ? frameOf(node as Document) : null,",
        "",
    ),
    WebFault(
        "MASK-12",
        "placeholders",
        "page/allowed.ts",
        "frameset math object portal",
        "frameset math portal",
    ),
    WebFault(
        "MASK-5",
        "text of style sheets",
        "page/sheets.ts",
        "const shown = isFree ||",
        "const shown = true ||",
    ),
    WebFault(
        "MASK-5",
        "addresses in style sheets",
        "page/sheets.ts",
        'this.#clean(tameDeclarations(kept.join(";")))',
        'this.#clean(kept.join(";"))',
        # What shows on something masked is hushed before, and files of the site are marked.
        (
            Edit(
                "page/sheets.ts",
                "const shown = isFree ||",
                "const shown = isFree || /url/i.test(value) ||",
            ),
            Edit(
                "page/sheets.ts",
                "const mark = found && this.#file",
                "const mark = undefined && this.#file",
            ),
        ),
    ),
    WebFault(
        "MASK-5",
        "the page's address",
        "page/veil.ts",
        'return origin + parts.map((part) => (this.#hides(part) ? SECRET : part)).join("/");',
        "return url;",
    ),
    WebFault(
        "MASK-5",
        "links",
        "page/redact.ts",
        '.replace(/[?#].*$/s, "");\n    const scheme',
        ";\n    const scheme",
        # What a masked field holds would be found there as well.
        (
            Edit(
                "page/redact.ts",
                "this.#whole(unescaped(part)) !== undefined",
                'typeof part === "string"',
            ),
        ),
    ),
    WebFault(
        "MASK-5",
        "links of what is masked",
        "page/redact.ts",
        'if (sight.masked) return isSvg ? undefined : "";',
        "",
    ),
)

_MIRROR: Final = (
    WebFault(
        "MASK-9",
        "secrets show how long they are",
        "page/veil.ts",
        "if ((bits & SECRETLY) !== 0) return SECRET;",
        "if ((bits & SECRETLY) !== 0) return stars(text);",
    ),
    WebFault(
        "MASK-12",
        "placeholders have no size",
        "page/redact.ts",
        '[["class", "rr-block"], ...sizeOf(element)]',
        '[["class", "rr-block"]]',
    ),
    WebFault(
        "POINTER-1",
        "changes of the page do not follow",
        "page/mirror.ts",
        "if (this.#isDue || this.#stretch === undefined) return;",
        "if (this.#stretch?.begun !== false) return;",
    ),
    WebFault(
        "VIEW-3",
        "a resize is not told",
        "page/mirror.ts",
        "this.#extra.push(increment({ source: 4, width: data.width ?? 0, height: data.height ?? 0 }));",
        "",
    ),
    WebFault(
        "VIEW-4",
        "scrolling is not told",
        "page/mirror.ts",
        "this.#pass(nodeOf(data.id), (id) => ({ source: 3, id, x: data.x ?? 0, y: data.y ?? 0 }));",
        "",
    ),
    WebFault(
        "SITE-5",
        "origins that end alike are the site's",
        "page/policy.ts",
        "other.host === origin.host;",
        "other.host.endsWith(origin.host);",
    ),
)

#: The gate of acts (`apply`), and the doors behind it.
_ACTS: Final = (
    WebFault(
        "SUBMIT-1",
        "what scripts do for an agent is nobody's doing",
        "page/cause.ts",
        "if (this.#doing !== undefined) return this.#doing;",
        "return undefined;",
    ),
    WebFault(
        "SUBMIT-1",
        "what the customer did before an act makes it the customer's",
        "page/cause.ts",
        "this.#lastByHand >= last.since || (isActive() && !this.#wasActive)",
        "this.sinceByHand <= AFTERMATH_MS || isActive()",
    ),
    WebFault(
        "SUBMIT-1",
        "every form lets agents submit",
        "page/forbidden.ts",
        "if (doing === undefined || doing.allows === form) {",
        "if (true) {",
    ),
    WebFault(
        "SUBMIT-2",
        "what a refused act has changed stays",
        "page/apply.ts",
        "this.#cause.run({ ...doing, allows: undefined }, () => mirror.byAgent(() => before.putBack()));",
        "",
    ),
    WebFault(
        "SUBMIT-3",
        "in Write Mode nobody can submit",
        "page/forbidden.ts",
        "if (doing === undefined || doing.allows === form) {",
        "if (doing?.allows === form) {",
    ),
    WebFault(
        "SUBMIT-4",
        "the button that agents may press is blocked too",
        "page/apply.ts",
        "return veil.see(pressed.button).allowsSubmit ? pressed.form : undefined;",
        "return undefined;",
    ),
    WebFault(
        "NAVIGATE-1",
        "back and forward do nothing",
        "page/apply.ts",
        "this.#traverse(delta);",
        "",
    ),
    WebFault(
        "NAVIGATE-2",
        "any site is the site",
        "page/where.ts",
        "if (!site.has(url.href)) return OFF_SITE;",
        "",
    ),
    WebFault(
        "NAVIGATE-3",
        "addresses of any scheme are opened",
        "page/where.ts",
        'if (url.protocol !== "http:" && url.protocol !== "https:") return BAD_SCHEME;',
        'if (url.protocol !== "http:" && url.protocol !== "https:") return url;',
    ),
    WebFault(
        "NAVIGATE-4",
        "what administrators disabled is not disabled",
        "page/veil.ts",
        "disabled: (bits & DISABLED) !== 0 || blocked,",
        "disabled: blocked,",
    ),
    WebFault(
        "NAVIGATE-5",
        "denied addresses are opened",
        "page/where.ts",
        "return site.denies(url.href) ? DENIED_URL : url;",
        "return url;",
    ),
    WebFault(
        "NAVIGATE-6",
        "back without history is done, and nothing told",
        "page/apply.ts",
        "if (address === undefined) return NO_HISTORY;",
        "if (address === undefined) return undefined;",
    ),
    WebFault(
        "NAVIGATE-6",
        "a page that came from a form is refreshed",
        "page/apply.ts",
        "if (isPosted) return WOULD_RESUBMIT;",
        "",
    ),
    WebFault(
        "NAVIGATE-7",
        "every move is one off the site",
        "customer/leaving.ts",
        "return URL.canParse(url) && new URL(url).origin === this.#window.location.origin;",
        "return false;",
    ),
    WebFault(
        "NAVIGATE-8",
        "agents bring up prompts",
        "page/forbidden.ts",
        "for (const prompt of prompts(realm)) this.#forbid(prompt);",
        "",
    ),
    WebFault(
        "NAVIGATE-8",
        "agents open file choosers",
        "page/forbidden.ts",
        'return control.localName === "input" && /^(file|color)$/.test(control.type ?? "");',
        "return false;",
        (
            Edit(
                "page/forbidden.ts",
                'return target.localName === "input" && (target as HTMLInputElement).type === "file";',
                "return false;",
            ),
        ),
    ),
    WebFault(
        "NAVIGATE-8",
        "what an agent's doing shows in a frame is not looked at",
        "page/frames.ts",
        "return URL.canParse(address, frame.baseURI) ? new URL(address, frame.baseURI).href : undefined;",
        "return undefined;",
    ),
    WebFault(
        "NAVIGATE-8",
        "frames that have just been made prompt whom they like",
        "page/frames.ts",
        "if (inner !== undefined) watch(inner);",
        "",
        (Edit("page/frames.ts", "if (inner) this.#keeper.watch(inner);", ""),),
    ),
    WebFault(
        "MASK-7",
        "that a field is masked is not explained",
        "view/view.ts",
        'this.#tell({ type: "explain", reason: "masked" });',
        "",
    ),
)

#: The customer's script: what it shows, says and keeps.
_CUSTOMER: Final = (
    WebFault(
        "START-1",
        "the button does nothing",
        "customer/runtime.ts",
        'if (customerToken !== undefined) this.#dispatch({ type: "start", customerToken });',
        "if (customerToken !== undefined) return;",
    ),
    WebFault(
        "START-2",
        "the session ID does not show",
        "customer/ui/ui.ts",
        "say(this.#sessionId, grouped(session.sessionId));",
        "",
    ),
    WebFault(
        "START-3",
        "what the chat is told does not show",
        "workspace/screen.ts",
        "chat.replaceChildren(...lines);",
        "",
    ),
    WebFault(
        "START-5",
        "the page is shown while nobody has joined",
        "customer/session.ts",
        'effects: [{ type: "announce_id", sessionId: see.session_id }],',
        'effects: [{ type: "show" }, { type: "announce_id", sessionId: see.session_id }],',
    ),
    WebFault(
        "JOIN-2",
        "who has joined is not told",
        "customer/ui/words.ts",
        'if (plain === "") return "the agent";',
        'return "the agent";',
    ),
    WebFault(
        "POINTER-3",
        "the agent's pointer does not show",
        "customer/ui/marks.ts",
        "this.#pointer.hidden = false;",
        "this.#pointer.hidden = true;",
    ),
    WebFault(
        "POINTER-4",
        "the customer sees no red circle",
        "customer/ui/marks.ts",
        "this.element.append(circle);",
        "",
    ),
    WebFault(
        "WRITE-1",
        "every request is approved by itself",
        "customer/session.ts",
        "return same({ ...session, request });",
        'return sent({ ...session, request }, { type: "approve", request: see.request });',
    ),
    WebFault(
        "WRITE-2",
        "the question does not show",
        "customer/ui/ui.ts",
        "this.#ask.ask(request && {",
        "this.#ask.ask(undefined && request && {",
    ),
    WebFault(
        "WRITE-4",
        "in Write Mode the customer is locked out",
        "customer/runtime.ts",
        "if (effect.on) this.#apply.begin();",
        "this.#window.document.body.inert = effect.on;\n        if (effect.on) this.#apply.begin();",
    ),
    WebFault(
        "WRITE-11",
        "the customer cannot take Write Mode back",
        "customer/session.ts",
        'return isLive(session) && session.mode === "write"',
        "return false",
    ),
    WebFault(
        "MASK-8",
        "a customer in a masked field is not told",
        "customer/ui/ui.ts",
        'say(this.#hint, shown ? WORDS.hint : "");',
        "show(this.#hint, false);",
    ),
    WebFault(
        "SITE-2",
        "a customer who comes back stays away",
        "customer/session.ts",
        'const isBack = session.hasLeft || see.reasons.includes("off_site");',
        "const isBack = false;",
    ),
    WebFault(
        "SITE-3",
        "why the page went is not told",
        "customer/leaving.ts",
        'this.#swap = url !== undefined && this.#isNextDoor(url) ? "site" : "elsewhere";',
        'this.#swap = url !== undefined && this.#isNextDoor(url) ? "site" : "unknown";',
    ),
    WebFault(
        "STOP-1",
        "the customer's exit does nothing",
        "customer/runtime.ts",
        'this.#dispatch({ type: "exit" });',
        "",
    ),
    WebFault(
        "STOP-3",
        "that the session is over is not told",
        "customer/ui/ui.ts",
        "if (session.over !== undefined && before?.over !== session.over) this.tell(overWords(session.over));",
        "",
    ),
    WebFault(
        "RESUME-1",
        "a reload is an exit",
        "customer/runtime.ts",
        "putBack(this.#store, this.#left);",
        "",
    ),
    WebFault(
        "PAUSE-1",
        "the curtain hides nothing",
        "customer/session.ts",
        "if (!isLive(session) || !session.hasCurtain || session.phase",
        "if (!isLive(session) || session.hasCurtain || session.phase",
    ),
)

#: The workspace and its view.
_AGENT: Final = (
    WebFault(
        "JOIN-7",
        "an ID has to be entered without spaces",
        "workspace/entered.ts",
        'text.replace(/[\\s\\u2010-\\u2015-]/g, "")',
        "text",
    ),
    WebFault(
        "POINTER-3",
        "the customer's pointer does not show",
        "view/stage.ts",
        "this.#pointer.hidden = false;",
        "this.#pointer.hidden = true;",
    ),
    WebFault(
        "POINTER-4",
        "the agent sees no red circle",
        "view/stage.ts",
        "this.#page.append(circle);",
        "",
    ),
    WebFault(
        "WRITE-3",
        "the customer's answer is not told",
        "workspace/step.ts",
        "return just(note(answered, tone, answeredInWords(see.answer), now));",
        "return just(answered);",
    ),
    WebFault(
        "WRITE-5",
        "there is a pencil although Write Mode is off",
        "workspace/shown.ts",
        'return session.mayWrite ? "pencil" : "none";',
        'return "pencil";',
    ),
    WebFault(
        "WRITE-6",
        "in Write Mode the pencil stays a pencil",
        "workspace/shown.ts",
        'if (session.mode === "write") return "to_pointer";',
        'if (session.mode === "write") return "pencil";',
    ),
    WebFault(
        "WRITE-10",
        "the agent cannot return to Pointer Mode",
        "workspace/step.ts",
        "if (!isWriting(state)) return just(state);\n      return sends",
        "if (isWriting(state)) return just(state);\n      return sends",
    ),
    WebFault(
        "SITE-1",
        "what was seen stays on view while suspended",
        "workspace/step.ts",
        'return blank(told, { ...over, phase: "suspended", why: see.reason, endsAt });',
        "return just(withSession(told, () => ({ ...over, endsAt })));",
    ),
    WebFault(
        "STOP-2",
        "what was seen stays on view after the end",
        "workspace/step.ts",
        'return blank(told, { phase: "ended", why: see.reason }, { type: "forget_token" });',
        'return does(told, { type: "forget_token" });',
    ),
    WebFault(
        "STOP-1",
        "the agent's exit does nothing",
        "workspace/step.ts",
        'return sends(state, { type: "exit" }, "exit");',
        "return just(state);",
    ),
    WebFault(
        "VIEW-1",
        "the virtual browser is smaller than the customer's window",
        "view/stage.ts",
        "this.#page.style.width = `${size.width}px`;",
        "this.#page.style.width = `${size.width - 100}px`;",
    ),
)

#: The customer's end before a relay that passes on everything: what the server refuses as well.
_BEFORE_A_HOSTILE_AGENT: Final = (
    WebFault(
        "POINTER-2",
        "acts are carried out in any mode",
        "page/apply.ts",
        'if (now.mode !== "write") return { rule: "POINTER-2", reason: "pointer_mode" };',
        "",
    ),
    WebFault(
        "WRITE-12",
        "acts of an earlier stretch are carried out",
        "page/apply.ts",
        'if ((act.epoch ?? 0) < now.writeSince) return { rule: "WRITE-12", reason: "stale" };',
        "",
    ),
    WebFault(
        "WRITE-12",
        "what was being opened is opened after Write Mode has ended",
        "page/apply.ts",
        "const late = refused ?? this.#refusesState();",
        "const late = refused;",
    ),
    WebFault(
        "SECURE-4",
        "acts on another page are carried out on this one",
        "page/apply.ts",
        "if (act.page !== now.page) return STALE;",
        "",
    ),
    WebFault(
        "SECURE-4",
        "references are looked up as selectors",
        "page/apply.ts",
        "const node = this.#parts.mirror.node(ref);",
        "const node = this.#parts.mirror.node(ref) ?? this.#parts.window.document.querySelector(ref) ?? undefined;",
    ),
    WebFault(
        "MASK-7",
        "masked fields are changed",
        "page/apply.ts",
        "if (changed.some((one) => veil.see(one).masked)) return MASKED;",
        "",
    ),
    WebFault(
        "WRITE-1",
        "Enter on the page answers the question, whoever presses it",
        "customer/ui/ask.ts",
        'this.element.addEventListener("close", () => this.#open());',
        'this.element.addEventListener("close", () => this.#open());\n'
        '    document.addEventListener("keydown", ({ key }) => key === "Enter" && this.#say(true, false));',
        # Behind a modal dialog no element of the page can be met, so that no key of an agent's comes to it.
        (Edit("customer/ui/ask.ts", "this.element.showModal();", "this.element.show();"),),
    ),
    WebFault(
        "WRITE-7",
        "any answer ends the question",
        "customer/session.ts",
        "if (session.request?.id !== see.request) return same(session);",
        "",
    ),
    WebFault(
        "JOIN-4",
        "another agent is let in",
        "customer/session.ts",
        'if (session.phase !== "pending") return same(session);\n  const next: Session = { ...session, ...STILL, phase: "active"',
        'const next: Session = { ...session, ...STILL, phase: "active"',
    ),
    WebFault(
        "PAUSE-1",
        "the agent's pointer shows behind the curtain",
        "customer/runtime.ts",
        'kind === POINTER && this.#session.phase === "active"',
        "kind === POINTER",
        (
            Edit(
                "customer/ui/ui.ts",
                'if (this.#session?.phase === "active") this.#marks.point(x, y, this.#session.agent);',
                'this.#marks.point(x, y, this.#session?.agent ?? "");',
            ),
        ),
    ),
)

#: The frame of the mirror may run scripts.
_RUNS: Final = Edit("view/replay.ts", "UNSAFE_replayCanvas: false,", "UNSAFE_replayCanvas: true,")

#: The view before mirrors that are made to harm.
_BEFORE_A_HOSTILE_PAGE: Final = (
    WebFault(
        "SECURE-5",
        "handlers of a page run in the workspace",
        "view/allow.ts",
        "const known = GLOBAL_ATTRIBUTES.has(lower) || SUFFIX.test(lower) || isOwn(tag, isSvg, name, lower);",
        "const known = true;",
        (_RUNS,),
        bare=True,
    ),
    WebFault(
        "SECURE-5",
        "frames of a page are shown with what they say",
        "view/allow.ts",
        'iframe: "width height frameborder",',
        'iframe: "width height frameborder srcdoc",',
        (_RUNS,),
        bare=True,
    ),
    WebFault(
        "SECURE-5",
        "pictures of third parties are loaded",
        "view/allow.ts",
        'return value.startsWith("data:image/") && isHarmless(value) ? [lower, value] : undefined;',
        "return [lower, value];",
        bare=True,
    ),
    WebFault(
        "SECURE-5",
        "style sheets load what they name",
        "view/css.ts",
        "return address.length <= MAX_ADDRESS && (SAFE_DATA.test(address) || FRAGMENT.test(address));",
        "return true;",
        bare=True,
    ),
    WebFault(
        "POINTER-1",
        "a malformed mirror is the last one",
        "view/check.ts",
        "return { events: [], malformed: 1 };",
        "throw new Malformed();",
        (
            Edit(
                "view/main.ts",
                "if (message !== undefined) view.take(message);",
                "try {\n      if (message !== undefined) view.take(message);\n    } catch {\n      port.onmessage = null;\n    }",
            ),
        ),
    ),
)

#: All of them.
WEB_CAST: Final = (
    *LEAKS,
    *_MIRROR,
    *_ACTS,
    *_CUSTOMER,
    *_AGENT,
    *_BEFORE_A_HOSTILE_AGENT,
    *_BEFORE_A_HOSTILE_PAGE,
)
