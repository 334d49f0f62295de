"""The venue of stories in browsers: a product and the suite's test site with the product's snippet on it.

All that is known of the product stands in its profile.

Order: the venue, the hooks, opening it.
"""

import os
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from importlib.resources import files
from typing import Any, Final

import httpx
import trio
from cobrowse_spec.policy import Timers
from cobrowse_spec.stories import AGENT, DISPLAY_NAMES
from cobrowse_spec.wire.rest import ThrottleLimits

from ..targets import TargetDown, files_of, start_server
from ..venues import POLICIES, REST_TIMEOUT_S, Declared, for_target, policy, policy_text
from .leaks import Kept, kept_in
from .profile import Call, Profile, filled
from .site.server import TestSite, open_site

#: What is answered about what is there no more.
_GONE: Final = (httpx.codes.NOT_FOUND, httpx.codes.CONFLICT, httpx.codes.GONE)

#: The end that is judged here.
END: Final = "product"


class BrowserVenue:
    """A product in browsers."""

    def __init__(
        self,
        profile: Profile,
        site: TestSite,
        values: dict[str, str],
        client: httpx.AsyncClient,
        said: Callable[[], bytes] = bytes,
    ) -> None:
        self.profile = profile
        self.site = site
        #: What the product's ready line and the profile say, for its texts.
        self.values = values
        #: What goes into the head of every page of the test site.
        self.snippet = filled(profile.snippet, values)
        self._client = client
        self._said = said
        self.declared = declared_by(profile)

    @property
    def wire(self) -> str:
        """Where the product speaks ``cobrowse.v1``; empty where the profile does not say."""
        given = self.profile.wire
        return "" if given is None else filled(given.url, self.values)

    async def make_agent(self) -> dict[str, str]:
        """An agent, as far as the product can be asked for one: what it takes to sign in."""
        hook = self.profile.hooks.agent
        values = self.values | {"name": DISPLAY_NAMES[AGENT.who]}
        return values if hook is None else values | await self._call(hook, values, "make an agent")

    async def meet(self, agent: dict[str, str], kind: str, policy: str) -> dict[str, str]:
        """Connect a customer with the agent: what the customer's page is told of it."""
        hook = self.profile.hooks.meet
        values = agent | {"kind": kind, "policy": remote_name(policy)}
        return values if hook is None else values | await self._call(hook, values, "open a chat or call")

    async def end(self, values: dict[str, str]) -> None:
        """End that chat or call; one that is over already stays so."""
        hook = self.profile.hooks.end
        if hook is not None:
            await self._call(hook, values, "end a chat or call", accepts=_GONE)

    async def put_policies(self) -> None:
        """Put the suite's policies in force, where the product can be asked to."""
        hook = self.profile.hooks.policy
        if hook is None:
            return
        for name in POLICIES:
            text = self.site.policy(for_target(policy_text(name), self.profile.product.capabilities))
            values = self.values | {"policy": remote_name(name), "policy_text": text}
            await self._call(hook, values, f"put the policy {name!r} in force")

    def kept(self) -> Iterator[Kept]:
        """What the product keeps, as far as the suite can see it: the files of its profile, and what it has said."""
        for file in files_of(filled(pattern, self.values) for pattern in self.profile.product.keeps):
            found = kept_in(file)
            if found is not None:
                yield found
        yield Kept("what the product has said on its standard streams", self._said())

    async def _call(
        self, hook: Call, values: dict[str, str], what: str, accepts: tuple[int, ...] = ()
    ) -> dict[str, str]:
        url = filled(hook.url, values)
        headers = {name: filled(value, values) for name, value in hook.headers.items()}
        try:
            answer = await self._client.request(
                hook.method, url, headers=headers, content=filled(hook.body, values) or None
            )
        except httpx.HTTPError as error:
            raise TargetDown(
                f"cannot {what}: {type(error).__name__} at {_safe(url)}; is the product running?"
            ) from None
        if answer.status_code >= httpx.codes.BAD_REQUEST and answer.status_code not in accepts:
            raise TargetDown(f"cannot {what}: {_safe(url)} answered {answer.status_code}")
        if not hook.gives:
            return {}
        try:
            given: dict[str, Any] = answer.json()
            return {name: str(given[key]) for name, key in hook.gives.items()}
        except (ValueError, KeyError, TypeError):
            raise TargetDown(
                f"cannot {what}: the answer of {_safe(url)} lacks {', '.join(hook.gives.values())}"
            ) from None


def remote_name(policy: str) -> str:
    """What the product calls one of the suite's policies: none of its own has this prefix."""
    return "conformance-browser-" + policy.replace(" ", "-")


def _safe(url: str) -> str:
    """An address without what may be a secret."""
    return url.partition("?")[0]


def declared_by(profile: Profile) -> Declared:
    """What a product declares: the suite's policies state their timers; what they do not state has the rulebook's default."""
    timers: dict[str, Timers] = {name: policy(name).timers for name in POLICIES}
    product = profile.product
    return Declared(
        product.server or profile.name, product.version, product.capabilities, ThrottleLimits(), timers
    )


#: What commands of profiles may speak of without saying it; besides `{folder}`, a folder that is there for the run.
_OWN_VALUES: Final = {"python": sys.executable, "suite": str(files("cobrowse_conformance"))}


@asynccontextmanager
async def open_browser_venue(profile: Profile) -> AsyncIterator[BrowserVenue]:
    """Start the product, or take the one that runs; serve the test site; put the policies in force.

    Raises :class:`.TargetDown` that says what was tried and what to do.
    """
    with tempfile.TemporaryDirectory(prefix="cobrowse-product-") as folder:
        async with (
            trio.open_nursery() as nursery,
            httpx.AsyncClient(timeout=REST_TIMEOUT_S, trust_env=False) as client,
        ):
            values = _OWN_VALUES | {"folder": folder} | profile.product.values | _secrets(profile)
            running = None
            if profile.product.command:
                command = [filled(one, values) for one in profile.product.command]
                running = await start_server(command, nursery, needs=())
                values |= running.ready
            try:
                async with open_site(filled(profile.snippet, values)) as site:
                    said = bytes if running is None else running.said
                    venue = BrowserVenue(profile, site, values, client, said)
                    await venue.put_policies()
                    yield venue
            finally:
                with trio.CancelScope(shield=True):
                    if running is not None:
                        await running.stop()
                nursery.cancel_scope.cancel()


def _secrets(profile: Profile) -> dict[str, str]:
    found = {}
    for name, variable in profile.product.secrets.items():
        if not os.environ.get(variable):
            raise TargetDown(f"the profile takes {name!r} from the environment: set {variable}")
        found[name] = os.environ[variable]
    return found
