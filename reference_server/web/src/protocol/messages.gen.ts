// The messages of cobrowse.v1 as types.  Made from spec/protocol by `npm run protocol`: do not edit.

/**
 * A control message of cobrowse.v1: one JSON object, in a text message of at most 1048576 bytes. Validate what a server gets against #/$defs/FromParty, what a party gets against #/$defs/ToParty.
 */
export type CobrowseV1ControlMessages = (FromParty | ToParty)
/**
 * What the customer and the agent talk through; a session belongs to one (START-8).
 */
export type InteractionKind = ("call" | "chat")
/**
 * Who does or sees something.
 */
export type Party = ("agent" | "controller" | "customer" | "system")
/**
 * Why something was refused. A refusal names its rule and one of these.
 */
export type Reason = ("agent_busy" | "already_in_pointer_mode" | "already_in_write_mode" | "already_joined" | "already_started" | "bad_scheme" | "cooling_down" | "denied_url" | "disabled" | "foreign_origin" | "malformed" | "masked" | "no_history" | "no_interaction" | "no_such_element" | "no_such_request" | "no_such_session" | "no_transfer" | "not_a_start_message" | "not_authenticated" | "not_due" | "not_supported" | "not_suspended" | "off_site" | "only_customer_answers" | "only_customer_starts" | "out_of_scope" | "out_of_turn" | "outdated" | "pending" | "pointer_mode" | "prompt_blocked" | "reloading" | "session_ended" | "session_full" | "stale" | "submit_blocked" | "suspended" | "throttled" | "too_large" | "too_many_errors" | "unknown_type" | "would_resubmit" | "write_mode_disabled" | "wrong_party" | "wrong_token")
/**
 * What the agent may do while the session is active.
 */
export type Mode = ("pointer" | "write")
/**
 * Why nothing flows for now.
 */
export type SuspendReason = ("curtain" | "link_lost" | "off_site")
/**
 * What became of a request for Write Mode.
 */
export type Answer = ("approved" | "denied" | "expired" | "void" | "withdrawn")
/**
 * Why a session ended: exactly one of these, the same for both parties and the record (STOP-6).
 */
export type EndReason = ("agent_exit" | "agent_lost" | "cancelled" | "controller_stop" | "customer_exit" | "customer_lost" | "inactivity" | "interaction_ended" | "off_site_timeout" | "pending_timeout" | "policy" | "server_shutdown")

/**
 * What a customer, an agent or a controller sends.
 */
export interface FromParty {
/**
 * The sender's own number for this message; answers repeat it as `re`.
 */
id: number
do: (SignIn | Fence | OpenInteraction | EndInteraction | Say | StopSession | Start | Cancel | Join | Resume | Transfer | Request | Withdraw | Approve | Deny | ReturnToPointer | Click | Press | Type | Choose | PressKey | Submit | Scroll | OpenUrl | GoBack | GoForward | Refresh | Report | ShowPage | ShowElements | Announce | LeaveSite | ReturnToSite | DrawCurtain | OpenCurtain | Exit)
}
/**
 * An agent or a controller proves who it is: the first message on its link (SECURE-1).
 */
export interface SignIn {
type: "sign_in"
credential: string
}
/**
 * Ask for a mark in the session's order. It comes back on both links, after all before it.
 * 
 * A link that carries no session, as a controller's, gets its mark back by itself.
 */
export interface Fence {
type: "fence"
fence: string
}
/**
 * The contact centre connects a customer and an agent by chat or call.
 */
export interface OpenInteraction {
type: "open_interaction"
kind: InteractionKind
/**
 * The agent who handles it, by ID.
 */
agent?: string
/**
 * The name of the policy that sessions of this interaction follow.
 */
policy?: string
}
/**
 * The chat or call is over, and the session with it (STOP-4).
 */
export interface EndInteraction {
type: "end_interaction"
interaction?: string
}
/**
 * A message is posted in the chat. A `{start:…}` message may bring the agent in (START-3, START-4).
 */
export interface Say {
type: "say"
text: string
author: Party
interaction?: string
}
/**
 * The contact centre stops the session and lets the chat or call go on.
 */
export interface StopSession {
type: "stop_session"
interaction?: string
}
/**
 * The customer presses the Co-browsing button.
 */
export interface Start {
type: "start"
/**
 * What the customer's page was given for this chat or call; empty where there is none.
 */
interaction?: string
}
/**
 * The customer gives up a session that no agent has joined (START-6).
 */
export interface Cancel {
type: "cancel"
}
/**
 * The agent enters the session ID and clicks the globe icon.
 */
export interface Join {
type: "join"
/**
 * Nine digits; spaces and hyphens between them are passed over (JOIN-7).
 */
session_id?: string
}
/**
 * A party whose link was lost comes back with its own token.
 */
export interface Resume {
type: "resume"
token?: string
/**
 * The number of the last notice that the party has had in this session: what came after it is told again (RESUME-2). None: whatever was sent has arrived.
 */
after?: (number | null)
}
/**
 * Hand the session to another agent. Always refused (JOIN-4).
 */
export interface Transfer {
type: "transfer"
to: string
}
/**
 * The agent clicks the pencil icon.
 */
export interface Request {
type: "request"
/**
 * Asks for less: for this form or field of the page only, where there is `scoped_grants` (WRITE-15).
 */
scope?: string
/**
 * The page that the scope is on (on the wire).
 */
page?: string
}
/**
 * The agent takes its request back.
 */
export interface Withdraw {
type: "withdraw"
/**
 * The request's ID; in a feature empty for the one at hand.
 */
request?: string
}
/**
 * The customer says yes to a request, or a smaller yes, where there is `scoped_grants` (WRITE-15).
 */
export interface Approve {
type: "approve"
/**
 * The request's ID; in a feature empty for the one at hand.
 */
request?: string
/**
 * Limits it to this form or field of the page that is shown; else the request's own limit holds.
 */
scope?: string
/**
 * Limits it to the time of the timer `approval`.
 */
timed?: boolean
}
/**
 * The customer says no to a request.
 */
export interface Deny {
type: "deny"
/**
 * The request's ID; in a feature empty for the one at hand.
 */
request?: string
}
/**
 * Back to Pointer Mode, with nobody's approval (WRITE-10, WRITE-11).
 */
export interface ReturnToPointer {
type: "return_to_pointer"
}
/**
 * The agent clicks at a place: a red circle shows there, on both screens (POINTER-4).
 */
export interface Click {
type: "click"
/**
 * CSS pixels from the left edge of the customer's viewport.
 */
x: number
/**
 * CSS pixels from its top edge.
 */
y: number
}
/**
 * Click an element.
 */
export interface Press {
type: "press"
/**
 * The element's name in a feature, its reference on the wire; empty where no element is meant.
 */
element?: string
/**
 * The page that the reference belongs to (on the wire).
 */
page?: string
/**
 * The epoch in which the agent acted (on the wire): an act from an earlier stretch is stale.
 */
epoch?: number
}
/**
 * Set a field's text.
 */
export interface Type {
type: "type"
/**
 * The element's name in a feature, its reference on the wire; empty where no element is meant.
 */
element?: string
/**
 * The page that the reference belongs to (on the wire).
 */
page?: string
/**
 * The epoch in which the agent acted (on the wire): an act from an earlier stretch is stale.
 */
epoch?: number
value?: string
/**
 * The version of the field that the agent saw when it typed (WRITE-14).
 */
version?: number
}
/**
 * Choose an option, or a state of a check box ("on", "off").
 */
export interface Choose {
type: "choose"
/**
 * The element's name in a feature, its reference on the wire; empty where no element is meant.
 */
element?: string
/**
 * The page that the reference belongs to (on the wire).
 */
page?: string
/**
 * The epoch in which the agent acted (on the wire): an act from an earlier stretch is stale.
 */
epoch?: number
value?: string
version?: number
}
/**
 * Press a key while an element has the focus.
 */
export interface PressKey {
type: "press_key"
/**
 * The element's name in a feature, its reference on the wire; empty where no element is meant.
 */
element?: string
/**
 * The page that the reference belongs to (on the wire).
 */
page?: string
/**
 * The epoch in which the agent acted (on the wire): an act from an earlier stretch is stale.
 */
epoch?: number
/**
 * The key's name, as `KeyboardEvent.key` has it; the space bar is "Space".
 */
key?: string
}
/**
 * Submit the form that an element belongs to, by no particular means.
 */
export interface Submit {
type: "submit"
/**
 * The element's name in a feature, its reference on the wire; empty where no element is meant.
 */
element?: string
/**
 * The page that the reference belongs to (on the wire).
 */
page?: string
/**
 * The epoch in which the agent acted (on the wire): an act from an earlier stretch is stale.
 */
epoch?: number
}
/**
 * Scroll the page so that this point is at the top left, in CSS pixels.
 */
export interface Scroll {
type: "scroll"
/**
 * The element's name in a feature, its reference on the wire; empty where no element is meant.
 */
element?: string
/**
 * The page that the reference belongs to (on the wire).
 */
page?: string
/**
 * The epoch in which the agent acted (on the wire): an act from an earlier stretch is stale.
 */
epoch?: number
x?: number
y?: number
}
/**
 * Type an address and press Enter.
 */
export interface OpenUrl {
type: "open_url"
/**
 * The element's name in a feature, its reference on the wire; empty where no element is meant.
 */
element?: string
/**
 * The page that the reference belongs to (on the wire).
 */
page?: string
/**
 * The epoch in which the agent acted (on the wire): an act from an earlier stretch is stale.
 */
epoch?: number
url?: string
}
/**
 * One page back in the history.
 */
export interface GoBack {
type: "go_back"
/**
 * The element's name in a feature, its reference on the wire; empty where no element is meant.
 */
element?: string
/**
 * The page that the reference belongs to (on the wire).
 */
page?: string
/**
 * The epoch in which the agent acted (on the wire): an act from an earlier stretch is stale.
 */
epoch?: number
}
/**
 * One page forward in the history.
 */
export interface GoForward {
type: "go_forward"
/**
 * The element's name in a feature, its reference on the wire; empty where no element is meant.
 */
element?: string
/**
 * The page that the reference belongs to (on the wire).
 */
page?: string
/**
 * The epoch in which the agent acted (on the wire): an act from an earlier stretch is stale.
 */
epoch?: number
}
/**
 * Load the page again.
 */
export interface Refresh {
type: "refresh"
/**
 * The element's name in a feature, its reference on the wire; empty where no element is meant.
 */
element?: string
/**
 * The page that the reference belongs to (on the wire).
 */
page?: string
/**
 * The epoch in which the agent acted (on the wire): an act from an earlier stretch is stale.
 */
epoch?: number
}
/**
 * The customer's client says what became of an agent's act. No rule: it was carried out.
 */
export interface Report {
type: "report"
/**
 * The act's number in the session's order.
 */
act: number
rule?: string
reason?: (Reason | null)
}
/**
 * The customer's client says which page is open and which elements an agent can act on.
 * 
 * `url` is scheme, host, port and path, without query and fragment (RECORD-2). A page that is not on the site counts as leaving the site, and its address goes nowhere (SITE-1, SITE-3).
 */
export interface ShowPage {
type: "show_page"
page: string
url: string
elements?: Element[]
}
/**
 * An element that an agent's act can name, and what the policy says of it.
 * 
 * Published by the customer's client for its current page. Holds no content of the page: no label, no value, no address.
 */
export interface Element {
/**
 * A reference that means something on this page only (the mirror's node number).
 */
ref: string
/**
 * The agent can neither read nor change it (MASK-7).
 */
masked?: boolean
/**
 * Administrators made it inert for agents (NAVIGATE-4).
 */
disabled?: boolean
/**
 * The means by which an act on it would submit a form (`means`): "press", or the names of keys such as "Enter" (SUBMIT-1).
 */
submits?: string[]
/**
 * Administrators allow agents this submit (SUBMIT-4).
 */
allowed?: boolean
/**
 * The form that it belongs to, by a reference of the same kind; empty where it belongs to none (WRITE-15).
 */
form?: string
}
/**
 * The customer's client says which elements of the page that is open have come, changed or gone.
 * 
 * The page stays the one that was shown: what an agent does with the others goes on (SECURE-4, WRITE-15).
 */
export interface ShowElements {
type: "show_elements"
/**
 * The page that they are on, as it was shown last.
 */
page: string
/**
 * Those that have come, and those of which something else holds now, each as a whole.
 */
elements?: Element[]
/**
 * The references of those that have gone.
 */
gone?: string[]
}
/**
 * The customer's client says that its page is about to reload or to move within the site (RESUME-3).
 */
export interface Announce {
type: "announce"
}
/**
 * The customer goes to another site. Which one is nobody's business (SITE-3).
 */
export interface LeaveSite {
type: "leave_site"
}
/**
 * The customer is back on the site (SITE-2).
 */
export interface ReturnToSite {
type: "return_to_site"
}
/**
 * The customer draws a curtain before the page: the agent sees and does nothing until it is open (PAUSE-1).
 */
export interface DrawCurtain {
type: "draw_curtain"
}
/**
 * The customer opens the curtain again.
 */
export interface OpenCurtain {
type: "open_curtain"
}
/**
 * Exit Session.
 */
export interface Exit {
type: "exit"
}
/**
 * What the server sends.
 */
export interface ToParty {
see: (Welcome | TokenIssued | PolicyGiven | PolicyChanged | Refused | FencePassed | InteractionOpened | InteractionEnded | Said | Started | Joined | Resumed | Restored | Asked | Answered | InMode | PageShown | ElementsShown | Circle | Acted | ActApplied | Suspended | Warned | Ended)
/**
 * The place in the session's order of what caused this; the same number on both links.
 */
n?: number
/**
 * The place in that order of the last change of state; acts and frames carry it back.
 */
epoch?: number
/**
 * The `id` of the message that this answers; 0 where it answers none.
 */
re?: number
/**
 * The number of this notice among those to this party in this session; 0 where it is none that would be told again. A party that resumes says which it had last (RESUME-2).
 */
notice?: number
}
/**
 * The link is open to this party: its credential was good.
 */
export interface Welcome {
type: "welcome"
name?: string
server?: string
}
/**
 * The party's own token for this session: with it, it can resume (SECURE-2). Never in a trace.
 */
export interface TokenIssued {
type: "token_issued"
token: string
}
/**
 * What the customer's client needs of the policy, as JSON; nothing may leave before it is here.
 */
export interface PolicyGiven {
type: "policy_given"
policy: Policy
}
/**
 * What the customer's client needs of the policy: `site`, `write_mode`, `pages` and `deny_urls`.
 */
export interface Policy {
/**
 * Exact origins (`https://bank.example`, with a port where it is not the scheme's own) and wildcards for subdomains (`https://*.bank.example`) (SITE-5).
 */
site?: string[]
/**
 * Whether agents may ask for Write Mode (WRITE-5).
 */
write_mode?: boolean
/**
 * How many sessions an agent may have at a time (JOIN-5).
 */
sessions_per_agent?: number
/**
 * Capability: sessions without a chat or call (START-8).
 */
standalone?: boolean
/**
 * Capability: an approval may be limited to a form, a field or a time (WRITE-15).
 */
scoped_grants?: boolean
/**
 * Capability: customers may draw a curtain before their page (PAUSE-1).
 */
curtain?: boolean
timers?: Timers
pages?: PageRule[]
/**
 * Paths that agents may not lead to (`*` stands for anything), whatever link or address names them (NAVIGATE-5).
 */
deny_urls?: string[]
}
/**
 * The timing profile, in seconds. All of it is declared, so that it can be checked.
 */
export interface Timers {
pending_s?: number
request_s?: number
/**
 * How long an approval lasts that is limited to a time (WRITE-15).
 */
approval_s?: number
cool_down_s?: number
off_site_s?: number
customer_link_s?: number
agent_link_s?: number
/**
 * How long an announced reload of the customer's page may take before the link counts as lost.
 */
reload_s?: number
/**
 * 0 turns it off.
 */
inactivity_s?: number
/**
 * How long before the end of a session its parties are warned.
 */
warning_s?: number
}
/**
 * What holds on the pages whose path matches `path` (`*` stands for anything).
 * 
 * All rules that match hold together, and the most restrictive wins (MASK-10): nothing that one rule hides is shown by another.
 */
export interface PageRule {
path?: string
/**
 * CSS selectors of what agents neither read nor change: an asterisk a character (MASK-4).
 */
mask?: string[]
/**
 * The same, but four asterisks, however long it is (MASK-9). Passwords always are secret.
 */
secret?: string[]
/**
 * CSS selectors of what is replaced, with all that is in it, by a placeholder of the same size (MASK-4, MASK-12). `html` is the whole page.
 */
block?: string[]
/**
 * CSS selectors of what is inert for agents (NAVIGATE-4).
 */
disable?: string[]
/**
 * CSS selectors of submit buttons that agents may use (SUBMIT-4).
 */
allow_submit?: string[]
}
/**
 * The policy has become stricter. What is on view is from before: the page is shown anew (MASK-11).
 */
export interface PolicyChanged {
type: "policy_changed"
/**
 * As in `Joined`.
 */
write_mode?: boolean
scoped_grants?: boolean
}
/**
 * What the party did was refused, and changed nothing.
 */
export interface Refused {
type: "refused"
rule: string
reason: string
/**
 * In words: what was refused and what to do instead.
 */
message?: string
/**
 * Seconds until it is worth trying again; 0 where time does not help.
 */
retry_after_s?: number
/**
 * The act's number, where the customer's end refused it.
 */
act?: number
}
/**
 * Everything before this fence has been delivered on this link.
 */
export interface FencePassed {
type: "fence_passed"
fence: string
}
/**
 * The controller's chat or call is open.
 */
export interface InteractionOpened {
type: "interaction_opened"
interaction: string
/**
 * What the customer's page is given to start a session with.
 */
customer_token?: string
}
/**
 * The controller's chat or call is over.
 */
export interface InteractionEnded {
type: "interaction_ended"
interaction: string
}
/**
 * A message in the chat.
 */
export interface Said {
type: "said"
interaction: string
author: Party
text: string
}
/**
 * The session exists and waits for an agent; its ID is on the customer's screen (START-2).
 */
export interface Started {
type: "started"
session_id: string
}
/**
 * The agent has joined: the co-browse session has started (JOIN-2).
 */
export interface Joined {
type: "joined"
/**
 * The agent's display name.
 */
agent: string
mode: Mode
/**
 * Whether the agent may ask for Write Mode: whether it has a pencil icon (WRITE-5).
 */
write_mode?: boolean
/**
 * Whether it may ask for less, and the customer give less (WRITE-15).
 */
scoped_grants?: boolean
/**
 * True where the chat's start message brought the agent in (START-3).
 */
by_chat?: boolean
}
/**
 * The session goes on after a suspension (SITE-2, RESUME-1).
 */
export interface Resumed {
type: "resumed"
mode: Mode
}
/**
 * Where a resuming party finds the session: what it needs to show at once (RESUME-2).
 */
export interface Restored {
type: "restored"
state: string
mode: Mode
agent?: string
request?: string
write_mode?: boolean
scoped_grants?: boolean
/**
 * What limits Write Mode, as in `InMode`.
 */
scope?: string
ends_in_s?: number
/**
 * Why it is suspended, as far as that is not over with the coming back.
 */
reasons?: SuspendReason[]
}
/**
 * A request for Write Mode is pending: a question to the customer, a confirmation to the agent.
 */
export interface Asked {
type: "asked"
request: string
agent?: string
expires_in_s?: number
/**
 * The form or field that it is limited to; empty where it is for the whole page (WRITE-15).
 */
scope?: string
}
/**
 * What became of the request (WRITE-3).
 */
export interface Answered {
type: "answered"
request: string
answer: Answer
}
/**
 * The session's mode has changed.
 */
export interface InMode {
type: "in_mode"
mode: Mode
/**
 * The form or field that Write Mode is limited to: a reference on the page that is shown (WRITE-15).
 */
scope?: string
/**
 * Seconds until it is over by itself; 0 where it is not limited to a time.
 */
ends_in_s?: number
}
/**
 * The customer's current page, as the agent is told of it; its content follows as frames.
 */
export interface PageShown {
type: "page_shown"
page: string
url: string
elements?: Element[]
}
/**
 * Elements of the page that the agent was shown have come, changed or gone; all others are as they were.
 */
export interface ElementsShown {
type: "elements_shown"
page: string
/**
 * Those that have come or changed, each as a whole.
 */
elements?: Element[]
/**
 * The references of those that have gone.
 */
gone?: string[]
}
/**
 * The red circle around the agent's pointer (POINTER-4).
 */
export interface Circle {
type: "circle"
x: number
y: number
}
/**
 * An act of the agent reaches the customer's client.
 */
export interface Acted {
type: "acted"
/**
 * Its number in the session's order.
 */
act: number
do: (Press | Type | Choose | PressKey | Submit | Scroll | OpenUrl | GoBack | GoForward | Refresh)
}
/**
 * The customer's client carried the agent's act out.
 */
export interface ActApplied {
type: "act_applied"
act: number
}
/**
 * Nothing flows for now: the agent's view is blank (SITE-1).
 */
export interface Suspended {
type: "suspended"
reason: SuspendReason
/**
 * Seconds until it ends the session; 0 where this reason alone does not end it.
 */
ends_in_s?: number
}
/**
 * Nobody has done anything for a while: the session will end (STOP-7).
 */
export interface Warned {
type: "warned"
ends_in_s: number
}
/**
 * The session is over, for this reason (STOP-6).
 */
export interface Ended {
type: "ended"
reason: EndReason
}
