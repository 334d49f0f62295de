"""The gates at the customer's end: what may leave, and which acts of an agent may touch the page.

One condition, one small method, which names its rule; all must hold.  To see what a condition is for,
subclass :class:`Gates` and let it always hold: the tests do, one by one.

Order: what the gates look at, the conditions for leaving, those for acting, the ladder of refusals.
"""

from math import inf
from typing import Final, NamedTuple

from cobrowse_spec import actions as do
from cobrowse_spec.policy import is_denied, is_on_site
from cobrowse_spec.refusals import Refusal
from cobrowse_spec.terms import Mode, Reason
from lxml.html import HtmlElement

from .acts import MoveInHistory, Plan
from .browser import Browser
from .client import Facts
from .page import Page
from .restrictions import CompiledPolicy, Restrictions


class Moment(NamedTuple):
    """All that an agent's act is judged by, at the moment at which it would touch the page."""

    facts: Facts
    policy: CompiledPolicy
    browser: Browser
    #: The reference of the page as it was shown last.
    page_ref: str
    restrictions: Restrictions
    act: do.Act
    #: The live element that the act names; None where it names none, or the page has no such element.
    element: HtmlElement | None
    plan: Plan
    #: Seconds until Write Mode is over by itself; infinite where it is not limited to a time.
    left_s: float = inf

    @property
    def targets(self) -> list[str]:
        """The addresses that the act would lead to."""
        urls = (self.browser.target_of(effect) for effect in self.plan.effects)
        return [url for url in urls if url is not None]


class Gates:
    """Every condition of the customer's end.  Deny by default: each must hold."""

    # What may leave

    def knows_the_policy(self, policy: CompiledPolicy | None) -> bool:
        """MASK-11: nothing leaves before a policy is known and has been read wholly."""
        return policy is not None

    def an_agent_has_joined(self, facts: Facts) -> bool:
        """START-5: nothing leaves before an agent has joined."""
        return facts.joined

    def is_not_suspended(self, facts: Facts) -> bool:
        """SITE-1: nothing flows while the session is suspended."""
        return not facts.suspended

    def is_not_behind_the_curtain(self, facts: Facts) -> bool:
        """PAUSE-1: nothing leaves from the moment at which the customer has drawn the curtain."""
        return not facts.curtain

    def has_not_ended(self, facts: Facts) -> bool:
        """STOP-3: capture stops when the session has ended."""
        return not facts.ended

    def is_on_the_site(self, policy: CompiledPolicy | None, url: str) -> bool:
        """SITE-1, SITE-3: nothing of a page of another site leaves, its address included."""
        return policy is not None and is_on_site(policy.policy, url)

    # Which acts may touch the page

    def the_session_goes_on(self, at: Moment) -> bool:
        """STOP-5: after the end nothing has any effect."""
        return not at.facts.ended

    def the_session_is_not_suspended(self, at: Moment) -> bool:
        """SITE-6: no act while suspended."""
        return not at.facts.suspended

    def the_curtain_is_open(self, at: Moment) -> bool:
        """PAUSE-1, SITE-6: no act behind the curtain."""
        return not at.facts.curtain

    def the_agent_has_joined(self, at: Moment) -> bool:
        """START-5: no act while pending."""
        return at.facts.joined

    def is_in_write_mode(self, at: Moment) -> bool:
        """POINTER-2: in Pointer Mode no agent act changes anything."""
        return at.facts.mode is Mode.WRITE

    def is_of_this_stretch(self, at: Moment) -> bool:
        """WRITE-12: an act from before this stretch of Write Mode has no effect."""
        return at.act.epoch >= at.facts.write_since

    def opens_only_web_addresses(self, at: Moment) -> bool:
        """NAVIGATE-3: only http and https, whatever leads there."""
        return all(url.lower().startswith(("http://", "https://")) for url in at.targets)

    def stays_on_the_site(self, at: Moment) -> bool:
        """NAVIGATE-2: the agent cannot take the customer off the site, by link, address, form or history."""
        return all(is_on_site(at.policy.policy, url) for url in at.targets)

    def is_on_the_current_page(self, at: Moment) -> bool:
        """SECURE-4: an act on a page that is gone is stale."""
        return at.act.page == at.page_ref

    def names_a_live_element(self, at: Moment) -> bool:
        """SECURE-4: the element is on the page, now, as far as agents know: what is blocked is not (MASK-4)."""
        if at.element is None:
            return not isinstance(at.act, ON_ELEMENTS)
        return not at.restrictions.blocks(at.element)

    def is_within_the_limit(self, at: Moment) -> bool:
        """WRITE-15: where the approval is for one form or field, the act is on it, and changes nothing else."""
        if not at.facts.scope:
            return True
        touched = [] if at.element is None else [at.element, *at.plan.changes]
        return bool(touched) and all(_is_in(at.browser.page, at.facts.scope, one) for one in touched)

    def is_in_time(self, at: Moment) -> bool:
        """WRITE-15: where the approval is for a limited time, that is not over."""
        return at.left_s > 0

    def changes_nothing_masked(self, at: Moment) -> bool:
        """MASK-7: the agent cannot change a masked field, by whatever act."""
        restrictions = at.restrictions
        types = isinstance(at.act, do.Type | do.Choose | do.PressKey)
        if types and at.element is not None and restrictions.masks(at.element):
            return False
        return not any(restrictions.masks(element) for element in at.plan.changes)

    def uses_nothing_disabled(self, at: Moment) -> bool:
        """NAVIGATE-4: a disabled element is inert for the agent, by every means of activating it."""
        return not any(at.restrictions.disables(element) for element in at.plan.activated)

    def submits_only_what_is_allowed(self, at: Moment) -> bool:
        """SUBMIT-1, SUBMIT-4: no act submits, scripts that it sets off included, but by an allowed button."""
        if not at.plan.submits:
            return True
        return at.element is not None and is_allowed(at.browser.page, at.restrictions, at.element)

    def opens_nothing_denied(self, at: Moment) -> bool:
        """NAVIGATE-5: what administrators deny is denied by link and form as well."""
        return not any(is_denied(at.policy.policy, url) for url in at.targets)

    def has_history(self, at: Moment) -> bool:
        """NAVIGATE-6: back and forward need somewhere to go."""
        goes = isinstance(at.act, do.GoBack | do.GoForward)
        return not goes or any(isinstance(effect, MoveInHistory) for effect in at.plan.effects)

    def would_not_resubmit(self, at: Moment) -> bool:
        """NAVIGATE-6: an agent does not reload the answer to a POST."""
        return not isinstance(at.act, do.Refresh) or not at.browser.page.post

    def saw_the_customers_last_edit(self, at: Moment) -> bool:
        """WRITE-14: the customer wins a tie: an edit made without having seen the customer's is outdated."""
        if at.element is None or not isinstance(at.act, do.Type | do.Choose):
            return True
        return at.browser.page.version_by_customer(at.element) <= at.act.version

    def refuse(self, at: Moment) -> Refusal | None:
        """Why the act may not touch the page; None if it may.  The first that fails speaks."""
        for name, rule, reason in LADDER:
            if not getattr(self, name)(at):
                return Refusal(rule, reason)
        return None


#: The conditions for acts in the order in which they are asked, each with its rule and reason.
LADDER: Final[tuple[tuple[str, str, Reason], ...]] = (
    ("the_session_goes_on", "STOP-5", Reason.SESSION_ENDED),
    ("the_session_is_not_suspended", "SITE-6", Reason.SUSPENDED),
    ("the_curtain_is_open", "SITE-6", Reason.SUSPENDED),
    ("the_agent_has_joined", "START-5", Reason.PENDING),
    ("is_in_write_mode", "POINTER-2", Reason.POINTER_MODE),
    ("is_of_this_stretch", "WRITE-12", Reason.STALE),
    ("is_on_the_current_page", "SECURE-4", Reason.STALE),
    ("names_a_live_element", "SECURE-4", Reason.NO_SUCH_ELEMENT),
    ("is_within_the_limit", "WRITE-15", Reason.OUT_OF_SCOPE),
    ("is_in_time", "WRITE-15", Reason.OUT_OF_SCOPE),
    ("changes_nothing_masked", "MASK-7", Reason.MASKED),
    ("uses_nothing_disabled", "NAVIGATE-4", Reason.DISABLED),
    ("submits_only_what_is_allowed", "SUBMIT-1", Reason.SUBMIT_BLOCKED),
    ("opens_only_web_addresses", "NAVIGATE-3", Reason.BAD_SCHEME),
    ("stays_on_the_site", "NAVIGATE-2", Reason.OFF_SITE),
    ("opens_nothing_denied", "NAVIGATE-5", Reason.DENIED_URL),
    ("has_history", "NAVIGATE-6", Reason.NO_HISTORY),
    ("would_not_resubmit", "NAVIGATE-6", Reason.WOULD_RESUBMIT),
    ("saw_the_customers_last_edit", "WRITE-14", Reason.OUTDATED),
)

#: The acts that mean nothing without an element.
ON_ELEMENTS: Final = (do.Press, do.Type, do.Choose, do.PressKey, do.Submit)


def _is_in(page: Page, scope: str, element: HtmlElement) -> bool:
    """Whether an element is, or belongs to, what a reference names."""
    form = page.form_of(element)
    return scope in (str(page.ref(element)), "" if form is None else str(page.ref(form)))


def is_allowed(page: Page, restrictions: Restrictions, element: HtmlElement) -> bool:
    """Whether agents may submit by this element: an allowed button, what is in it, or its label (SUBMIT-4).

    Enter in a field is not the button, even where the button would be its means: what is not named stays blocked.
    """
    label = next((one for one in [element, *element.iterancestors()] if one.tag == "label"), None)
    labelled = None if label is None else page.labelled(label)
    return restrictions.allows_submit(element) or (
        labelled is not None and restrictions.allows_submit(labelled)
    )
