// Where addresses lead, for an agent: parsed as the browser parses them, asked of the server before going there.

// @vitest-environment jsdom
// @vitest-environment-options { "url": "https://bank.example/apply" }

import { describe, expect, it, vi } from "vitest";
import { isDenied, isOnSite, readPolicy } from "../../src/page/policy";
import type { Site } from "../../src/page/types";
import { lookAt, preflight } from "../../src/page/where";

const policy = readPolicy({
  site: ["https://bank.example"],
  write_mode: true,
  pages: [],
  deny_urls: ["/transfer/*"],
});
const site: Site = { has: (url) => isOnSite(policy, url), denies: (url) => isDenied(policy, url) };
const BASE = "https://bank.example/apply?x=1";

describe("an address", () => {
  it.each([
    ["/next", "https://bank.example/next"],
    ["?y", "https://bank.example/apply?y"],
    ["https://bank.example:443/x", "https://bank.example/x"],
    ["HTTPS://BANK.EXAMPLE/x", "https://bank.example/x"],
    ["https:x", "https://bank.example/x"],
  ])("%j is on the site", (address, url) => {
    expect(String(lookAt(address, BASE, site))).toBe(url);
  });

  it.each([
    ["//evil.test/", "off_site"],
    ["/\\evil.test/", "off_site"],
    ["\\\\evil.test/", "off_site"],
    ["https:///evil.test/", "off_site"],
    ["https://bank.example@evil.test/", "off_site"],
    ["https://user@bank.example/", "off_site"],
    ["https://bank.example.evil.test/", "off_site"],
    ["https://bank.example./", "off_site"],
    ["https://bank.example:8443/", "off_site"],
    ["http://bank.example/", "off_site"],
    ["https://sub.bank.example/", "off_site"],
    ["https://bank。example/", "on_site"],
    ["java\nscript:alert(1)", "bad_scheme"],
    ["\u0001javascript:alert(1)", "bad_scheme"],
    ["JaVaScRiPt:alert(1)", "bad_scheme"],
    ["data:text/html,x", "bad_scheme"],
    ["blob:https://bank.example/1", "bad_scheme"],
    ["file:///etc/passwd", "bad_scheme"],
    ["view-source:https://bank.example/", "bad_scheme"],
    ["about:blank", "bad_scheme"],
    ["mailto:x@y.test", "bad_scheme"],
    ["https://", "bad_scheme"],
    ["/transfer/new", "denied_url"],
    ["/%74ransfer/new", "denied_url"],
    ["/x/../transfer/new", "denied_url"],
  ])("%j: %s", (address, reason) => {
    const found = lookAt(address, BASE, site);
    expect("reason" in found ? found.reason : "on_site").toBe(reason);
  });
});

/** What a server answers. */
interface Fields {
  readonly ok?: boolean;
  readonly redirected?: boolean;
  readonly url?: string;
  readonly type?: string;
  readonly disposition?: string;
}

describe("a server that is asked", () => {
  const url = new URL("https://bank.example/go");
  const answer = (fields: Fields): Response =>
    ({
      ok: true,
      redirected: false,
      url: url.href,
      ...fields,
      headers: new Headers({
        "content-type": fields.type ?? "text/html",
        ...(fields.disposition === undefined ? {} : { "content-disposition": fields.disposition }),
      }),
    }) as unknown as Response;

  it("is asked without going there", async () => {
    const ask = vi.fn(async () => answer({}));

    expect(await preflight(url, site, ask)).toBeUndefined();
    expect(ask).toHaveBeenCalledWith(
      url.href,
      expect.objectContaining({ method: "HEAD", mode: "same-origin" }),
    );
  });

  it.each([
    ["a page of the site", { redirected: true, url: "https://bank.example/y" }, undefined],
    ["a denied one", { redirected: true, url: "https://bank.example/transfer/1" }, "denied_url"],
    ["a download", { disposition: "attachment; filename=x" }, "prompt_blocked"],
    ["something to save", { type: "application/octet-stream" }, "prompt_blocked"],
    ["something to show", { type: "application/pdf" }, undefined],
    ["an error, which is a page as well", { ok: false, type: "application/octet-stream" }, undefined],
  ])("leads to %s", async (_, fields, reason) => {
    expect((await preflight(url, site, async () => answer(fields)))?.reason).toBe(reason);
  });

  it("that sends elsewhere, or says nothing, is not followed", async () => {
    const fails = async (): Promise<Response> => {
      throw new TypeError("Failed to fetch");
    };

    expect((await preflight(url, site, fails))?.reason).toBe("off_site");
  });

  it("cannot be asked where the page's own policy forbids it: then the address decides", async () => {
    const forbidden = async (): Promise<Response> => {
      document.dispatchEvent(new Event("securitypolicyviolation"));
      throw new TypeError("Failed to fetch");
    };

    expect(await preflight(url, site, forbidden)).toBeUndefined();
  });
});
