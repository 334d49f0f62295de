// Where a page goes: told at the last moment, by what the browser says of it.

// @vitest-environment jsdom
// @vitest-environment-options { "url": "https://bank.example/apply" }

import { afterEach, describe, expect, it, vi } from "vitest";
import { Leaving, STAYS_MS } from "../../src/customer/leaving";

const told: string[] = [];
let leaving: Leaving;

function begin(): void {
  told.length = 0;
  leaving = new Leaving(window, {
    leave: (going) => told.push(going),
    back: () => told.push("back"),
    moved: () => told.push("moved"),
  });
}

afterEach(() => {
  leaving.close();
  Reflect.deleteProperty(window, "onpageswap");
});

function swaps(url: string | null | undefined): void {
  const activation = url === undefined ? null : { entry: { url } };
  window.dispatchEvent(Object.assign(new Event("pageswap"), { activation }));
}

describe("a browser that says where a page goes", () => {
  it.each([
    ["https://bank.example/apply", "site"],
    ["https://bank.example/next", "site"],
    ["https://other.bank.example/", "elsewhere"],
    [undefined, "elsewhere"],
  ] as const)("to %s: %s", (url, going) => {
    Object.assign(window, { onpageswap: null });
    begin();
    swaps(url);
    window.dispatchEvent(new Event("pagehide"));

    expect(told).toEqual([going]);
  });

  it("says nothing of a tab that is closed", () => {
    Object.assign(window, { onpageswap: null });
    begin();
    window.dispatchEvent(new Event("pagehide"));

    expect(told).toEqual(["unknown"]);
  });

  it("says so each time, of a page that is shown again", () => {
    Object.assign(window, { onpageswap: null });
    begin();
    swaps(undefined);
    window.dispatchEvent(new Event("pagehide"));
    window.dispatchEvent(Object.assign(new Event("pageshow"), { persisted: true }));
    window.dispatchEvent(new Event("pagehide"));

    expect(told).toEqual(["elsewhere", "back", "unknown"]);
  });
});

describe("a browser that does not", () => {
  it.each([
    ["<a href=/next>x</a>", "site"],
    ["<a href=https://evil.test/>x</a>", "elsewhere"],
    ["<b>x</b>", "unknown"],
  ])("is helped by what was clicked: %s", (body, going) => {
    begin();
    document.body.innerHTML = body;
    document.body.addEventListener("click", (event) => event.preventDefault(), { once: true });
    (document.body.firstElementChild as HTMLElement).click();
    window.dispatchEvent(new Event("pagehide"));

    expect(told).toEqual([going]);
  });

  function clicksLink(): void {
    begin();
    document.body.innerHTML = "<a href=/next>x</a>";
    document.body.addEventListener("click", (event) => event.preventDefault(), { once: true });
    (document.body.firstElementChild as HTMLElement).click();
  }

  it("is told before its page goes, while it still has connections", () => {
    clicksLink();
    window.dispatchEvent(new Event("beforeunload"));

    expect(told).toEqual(["site"]);
  });

  it("leaves the site, as far as anybody knows, where nobody knows where the page may go", () => {
    begin();
    window.dispatchEvent(new Event("beforeunload"));

    expect(told).toEqual(["elsewhere"]);
  });

  it("takes somebody's word for where the page is led", () => {
    begin();
    leaving.sees("https://bank.example/");
    window.dispatchEvent(new Event("beforeunload"));

    expect(told).toEqual(["site"]);
  });

  it("is back soon on a page that stays after all", () => {
    vi.useFakeTimers();
    clicksLink();
    window.dispatchEvent(new Event("beforeunload"));
    vi.advanceTimersByTime(STAYS_MS);
    vi.useRealTimers();

    expect(told).toEqual(["site", "back"]);
  });

  it("is not back on a page that has gone", () => {
    vi.useFakeTimers();
    clicksLink();
    window.dispatchEvent(new Event("beforeunload"));
    window.dispatchEvent(new Event("pagehide"));
    vi.advanceTimersByTime(STAYS_MS);
    vi.useRealTimers();

    expect(told).toEqual(["site", "site"]);
  });
});

it("tells of a move within the page where the path changes, and only there", () => {
  begin();
  history.pushState(null, "", "/apply?x=1");
  window.dispatchEvent(new Event("popstate"));
  history.pushState(null, "", "/inner");
  window.dispatchEvent(new Event("popstate"));
  history.pushState(null, "", "/apply");

  expect(told).toEqual(["moved"]);
});
