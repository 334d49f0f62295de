// The suite's own script on every page of its site: `window.cobrowseSite`.
//
// It plants texts at the places that masks must cover, does to elements what pages do, sets marks and counts clicks for
// fences, and tells the site what was submitted and what the browser was made to open.  It stands before any product's
// snippet, so what it keeps of the browser's functions is the browser's own.
//
// Order: what is kept, elements, places, changes, mutations, marks and fences, what is told.
(() => {
  "use strict";
  const { setTimeout, requestAnimationFrame, fetch, print } = window;
  const marks = JSON.parse(document.currentScript.dataset.marks || "{}");
  const isDriven = navigator.webdriver === true;

  // Elements

  /** Elements by the names by which stories know them, for as long as the page lives. */
  const named = new Map();

  const isControl = (element) => element.matches("input, select, textarea, button");
  const words = (element) => (element.textContent || "").replace(/\s+/g, " ").trim();

  /** The element that a story names: by a control's name, an ID, a label, the text on a button or link. */
  function find(name) {
    const known = named.get(name);
    if (known?.isConnected) return known;
    const all = [...document.querySelectorAll("*")];
    const says = (one) => (one.matches("input[type=submit], input[type=reset], input[type=button]") ? one.value : words(one)) === name;
    const found =
      (name === "html" ? document.documentElement : null) ??
      all.find((one) => isControl(one) && one.getAttribute("name") === name) ??
      document.getElementById(name) ??
      all.find((one) => one.matches("label") && words(one) === name)?.control ??
      all.find((one) => one.matches("button, a[href], summary, input") && says(one));
    if (found) named.set(name, found);
    return found ?? null;
  }

  /** Gives an element the attributes of a text such as `class="a" data-b`. */
  function give(element, attributes) {
    const made = document.createElement("template");
    made.innerHTML = `<i ${attributes || ""}></i>`;
    for (const { name, value } of made.content.firstChild.attributes) {
      if (name === "class") element.classList.add(...value.split(/\s+/).filter(Boolean));
      else element.setAttribute(name, value);
    }
  }

  function mask(element) {
    element.classList.add("private");
    give(element, marks.masked);
  }

  function build(tag, attributes = {}, ...inner) {
    const element = tag === "svg" || tag === "text" ? document.createElementNS("http://www.w3.org/2000/svg", tag) : document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.append(...inner);
    return element;
  }

  /** Where things are planted: at the top of the page, below the bar. */
  function bed() {
    const found = document.getElementById("planted");
    if (found) return found;
    const made = build("section", { id: "planted" });
    document.getElementById("site-bar").after(made);
    return made;
  }

  // Places

  let count = 0;
  /** What has been planted: its place, its text, its elements; what still has to be done once the session is on. */
  const planted = [];

  const picture = (text) => `/site/picture.svg?${encodeURIComponent(text)}`;
  const sheet = (text) => document.head.append(build("style", {}, text));
  const quoted = (text) => JSON.stringify(text);

  /** For each place what is built there.  `at.add` makes an element that is masked or not; `at.later` waits for `proceed`. */
  const places = {
    "the value": (at, text) => {
      at.add("input", { type: "text" }).value = text;
    },
    "a value that is typed": (at) => at.byHand("type", at.add("input", { type: "text" })),
    "the value attribute": (at, text) => {
      const field = at.add("input", { type: "text" });
      field.value = "other";
      field.setAttribute("value", text);
      at.later(() => field.setAttribute("value", text));
    },
    "the text": (at, text) => at.add("p", {}, text),
    "a text that changes later": (at, text) => {
      const paragraph = at.add("p", {}, "before");
      at.later(() => (paragraph.firstChild.data = text));
    },
    "a node that is inserted later": (at, text) => {
      const paragraph = at.add("p", {}, "before ");
      at.later(() => paragraph.append(build("b", {}, text)));
    },
    "an attribute that changes later": (at, text) => {
      const field = at.add("input", { type: "text", title: "before", placeholder: "before", "aria-label": "before" });
      at.later(() => {
        for (const name of ["title", "placeholder", "aria-label", "data-later", "alt"]) field.setAttribute(name, text);
      });
    },
    "the placeholder": (at, text) => at.add("input", { type: "text", placeholder: text }),
    "the title": (at, text) => at.add("p", { title: text }, "something with a title"),
    "the alternative text": (at, text) => at.add("img", { src: "/site/picture.svg", alt: text }),
    "the ARIA label": (at, text) => at.add("p", { role: "group", "aria-label": text }, "something with a label"),
    "the ARIA description": (at, text) => at.add("p", { "aria-description": text, "aria-roledescription": text }, "described"),
    "the ARIA value": (at, text) => at.add("div", { role: "slider", tabindex: "0", "aria-valuenow": "3", "aria-valuetext": text }, "a slider"),
    "a data attribute": (at, text) => at.add("p", { "data-account": text }, "something with data"),
    "the ID": (at, text) => at.add("p", { id: `row-${text}` }, "something with an ID"),
    "the class": (at, text) => at.add("p", { class: `row user-${text}` }, "something with a class"),
    "an attribute of an unknown element": (at, text) => at.add("my-field", { value: text, label: text, text }, "a field of the site's own"),
    "an option": (at, text) => at.add("select", {}, build("option", {}, "other"), build("option", { selected: "" }, text)),
    "the label of an option": (at, text) => {
      const option = build("option", { label: text }, "other");
      at.add("select", {}, build("optgroup", { label: text }, option));
    },
    "the value of an option": (at, text) => at.add("select", {}, build("option", { value: text, selected: "" }, "chosen")),
    "a suggestion": (at, text) => {
      const list = `suggestions-${at.number}`;
      at.add("input", { type: "text", list });
      at.box.append(build("datalist", { id: list }, build("option", { value: text, label: text }, text)));
    },
    "the value of a radio button": (at, text) => at.add("input", { type: "radio", name: `radio-${at.number}`, value: text, checked: "" }),
    "the label of a button": (at, text) => {
      at.add("button", { type: "button" }, text);
      at.add("input", { type: "button", value: text });
    },
    "the name of a file": (at, text) => {
      const field = at.add("input", { type: "file" });
      const files = new DataTransfer();
      files.items.add(new File(["x"], `${text}.pdf`));
      field.files = files.files;
    },
    "the text of a text area": (at, text) => {
      const area = at.add("textarea", {}, text);
      at.later(() => (area.firstChild.data = `${text} `));
    },
    "an editable region": (at, text) => at.add("div", { contenteditable: "true" }, text),
    "the text of a meter": (at, text) => {
      at.add("meter", { value: "0.5" }, text);
      at.add("progress", { value: "0.5" }, text);
      at.add("output", {}, text);
    },
    "a shadow tree": (at, text) => {
      const host = at.add("div");
      host.attachShadow({ mode: "open" }).append(build("p", { title: text }, text));
      const closed = at.add("div");
      closed.attachShadow({ mode: "closed" }).append(build("p", {}, text));
    },
    "a frame's document": async (at, text) => {
      const frame = at.add("iframe", { src: "/site/frame", width: "200", height: "40" });
      await new Promise((loaded) => frame.addEventListener("load", loaded, { once: true }));
      const inner = frame.contentDocument;
      inner.title = text;
      inner.body.replaceChildren(inner.createTextNode(text));
      at.later(() => inner.body.append(inner.createElement("p"), text));
    },
    "a frame's source": async (at, text) => {
      const frame = at.add("iframe", { srcdoc: `<p>${text}</p>`, width: "200", height: "40" });
      await new Promise((loaded) => frame.addEventListener("load", loaded, { once: true }));
    },
    "the text of a drawing": (at, text) => {
      const drawing = at.add("svg", { width: "300", height: "20" });
      drawing.append(build("text", { x: "0", y: "15" }, text));
    },
    "text that the style sheet generates": (at, text) => {
      at.add("p", {}, "a text ").classList.add(`generated-${at.number}`);
      sheet(`.generated-${at.number}::after { content: ${quoted(text)}; }`);
    },
    "an address in the style": (at, text) => {
      at.add("p", { style: `background-image: url(${quoted(picture(text))})` }, "styled").classList.add(`pictured-${at.number}`);
      sheet(`.pictured-${at.number} { list-style-image: url(${quoted(picture(text))}); }`);
    },
    "the address of an image": (at, text) => {
      const image = at.add("img", { src: picture(text), srcset: `${picture(text)} 1x`, alt: "", width: "60", height: "40" });
      at.later(() => (image.src = `${picture(text)}&again`));
    },
    "the poster of a video": (at, text) => at.add("video", { poster: `/poster.png?${encodeURIComponent(text)}`, width: "60", height: "40" }),
    "the address of a link": (at, text) =>
      at.add("a", { href: `/users/${encodeURIComponent(text)}?of=${encodeURIComponent(text)}#${encodeURIComponent(text)}` }, "a link"),
    "a comment": (at, text) => at.add("p", {}, "with a comment", document.createComment(text)),
    "a template": (at, text) => {
      const template = build("template");
      template.innerHTML = `<p>${text}</p>`;
      at.add("p", {}, "with a template", template);
    },
    "the text for browsers without scripts": (at, text) => at.add("p", {}, "with a text for others", build("noscript", {}, text)),
    "a complaint about the value": (at, text) => {
      const field = at.add("input", { type: "text", "aria-invalid": "true", "aria-errormessage": `complaint-${at.number}` });
      field.value = text;
      field.setCustomValidity(`${text} is not valid`);
      at.box.append(build("span", { id: `complaint-${at.number}` }, `${text} is not valid`));
      field.reportValidity();
    },
    "the selection": (at, text) => at.byHand("select", at.add("p", {}, text)),
    "the clipboard": (at, text) => at.byHand("copy", at.add("p", {}, text)),
    "what is dragged": (at, text) => {
      const dragged = at.add("p", { draggable: "true" }, text);
      dragged.addEventListener("dragstart", (event) => event.dataTransfer.setData("text/plain", text));
      at.byHand("drag", dragged);
    },
  };

  /**
   * Puts a text at a place of an element that is masked, or not; `masked` may be "inside": within something that is.
   * Resolves to the number of what was planted.
   */
  async function plant(place, text, masked) {
    if (!Object.hasOwn(places, place)) throw new Error(`There is no such place: ${place}`);
    const number = ++count;
    const box = build("div", { class: masked ? "box" : "box open" });
    if (masked === "inside") mask(box);
    bed().append(box);
    const one = { number, place, text, masked, box, elements: [], later: [], hands: [] };
    const at = {
      number,
      box,
      add(tag, attributes, ...inner) {
        const element = build(tag, attributes, ...inner);
        if (masked && masked !== "inside") mask(element);
        one.elements.push(element);
        box.append(element);
        return element;
      },
      later: (run) => one.later.push(run),
      byHand: (what, element) => one.hands.push({ what, element, text }),
    };
    planted.push(one);
    await places[place](at, text);
    return number;
  }

  /** Does what pages do later, of all that was planted; returns what a hand must do: [{what, element, text}]. */
  function proceed() {
    for (const one of planted) for (const run of one.later.splice(0)) run();
    return planted.flatMap((one) => one.hands.splice(0));
  }

  // Changes: what a page may do with an element that is masked

  const changes = {
    "makes a text field of": (element) => {
      element.type = "text";
    },
    "takes name and class from": (element) => {
      for (const name of ["name", "class", "id"]) element.removeAttribute(name);
    },
    moves: (element) => document.body.append(element),
    "builds anew": (element) => {
      const held = element.value;
      const made = document.createElement("template");
      made.innerHTML = element.outerHTML;
      const anew = made.content.firstChild;
      element.replaceWith(anew);
      if (held !== undefined && anew.type !== "file") anew.value = held;
      return anew;
    },
  };

  function change(kind, name) {
    const element = find(name);
    if (!element) throw new Error(`There is no such element: ${name}`);
    if (!Object.hasOwn(changes, kind)) throw new Error(`There is no such change: ${kind}`);
    named.set(name, changes[kind](element) ?? element);
  }

  // Mutations: what else pages do, each with a text of its own

  /** A masked paragraph and a masked field, or their open twins, made the first time; whatever was unmarked is marked again. */
  const beds = new Map();
  function ground(masked) {
    if (!beds.has(masked)) {
      const paragraph = build("p", {}, "ground ");
      const field = build("input", { type: "text" });
      const password = build("input", { type: masked ? "password" : "text" });
      const box = build("div", { class: "box" }, paragraph, field, password);
      bed().append(box);
      beds.set(masked, { paragraph, field, password, box });
    }
    const { paragraph, field } = beds.get(masked);
    if (masked) [paragraph, field].forEach(mask);
    return beds.get(masked);
  }

  const mutations = {
    "a value is set by the page": ({ field }, text) => (field.value = text),
    "a value is set again": ({ field }, text) => {
      field.value = text;
      field.dispatchEvent(new Event("input", { bubbles: true }));
      field.value = "short";
      field.dispatchEvent(new Event("input", { bubbles: true }));
      field.dispatchEvent(new Event("change", { bubbles: true }));
    },
    "a password is set": ({ password }, text) => {
      password.value = text;
      password.dispatchEvent(new Event("input", { bubbles: true }));
    },
    "a password is shown": ({ password }, text) => {
      password.value = text;
      password.type = "text";
      password.setAttribute("value", text);
    },
    "an attribute takes the value": ({ field }, text) => {
      field.value = text;
      for (const name of ["value", "title", "placeholder", "aria-label", "data-value"]) field.setAttribute(name, text);
    },
    "the page's title takes the value": ({ field }, text) => {
      field.value = text;
      document.title = `For ${text}`;
    },
    "the page's address takes the value": ({ field }, text) => {
      field.value = text;
      history.replaceState(null, "", `?of=${text}#${text}`);
    },
    "a link's address takes the value": ({ field, box }, text) => {
      field.value = text;
      box.append(build("a", { href: `/find?of=${text}#${text}` }, "a link"));
    },
    "an attribute of something else takes the value": ({ field, box }, text) => {
      field.value = text;
      box.append(build("p", { "data-of": text, title: `For ${text}`, "x-of": text }, "something else"));
    },
    "a text is written": ({ paragraph }, text) => (paragraph.textContent = text),
    "a text is split": ({ paragraph }, text) => {
      paragraph.textContent = text;
      paragraph.firstChild.splitText(text.length >> 1);
      paragraph.insertBefore(build("b", {}, ""), paragraph.lastChild);
    },
    "HTML is written": ({ paragraph }, text) => (paragraph.innerHTML = `<b title="${text}">${text}</b><!-- ${text} -->`),
    "its class goes, then its text changes": ({ paragraph }, text) => {
      paragraph.className = "";
      paragraph.textContent = text;
    },
    "its class goes, then its title changes": ({ paragraph }, text) => {
      paragraph.className = "";
      paragraph.title = text;
    },
    "its class goes, then something comes into it": ({ paragraph }, text) => {
      paragraph.className = "";
      paragraph.append(build("b", {}, "and "), build("i", {}, text));
    },
    "it moves, then its text changes": ({ paragraph, box }, text) => {
      box.parentElement.append(paragraph);
      paragraph.textContent = text;
      box.append(paragraph);
    },
    "it leaves the page and comes back": ({ field, box }, text) => {
      field.remove();
      field.value = text;
      box.append(field);
    },
    "something deep comes into it": ({ paragraph }, text) => {
      let at = paragraph;
      for (let depth = 0; depth < 12; depth += 1) at = at.appendChild(build("span"));
      at.append(text, build("input", { value: text }), build("textarea", {}, text));
    },
    "a shadow tree comes into it": ({ paragraph }, text) => {
      const host = build("div");
      paragraph.append(host);
      host.attachShadow({ mode: "open" }).append(build("p", {}, text));
    },
    "something is slotted into it": ({ box, masked }, text) => {
      const inner = build("div", {}, build("slot"));
      if (masked) mask(inner);
      const host = build("div", {}, build("p", { title: text }, text), text);
      host.attachShadow({ mode: "open" }).append(inner);
      box.append(host);
    },
    "a frame comes into it": async ({ paragraph }, text) => {
      const frame = build("iframe", { srcdoc: `<title>${text}</title><p>${text}</p>`, width: "100", height: "30" });
      const loaded = new Promise((done) => frame.addEventListener("load", done, { once: true }));
      paragraph.append(frame);
      await loaded;
    },
    "an option is added": ({ box, masked }, text) => {
      const list = build("select", {}, new Option("other", "other"));
      if (masked) mask(list);
      box.append(list);
      list.append(new Option(text, text, true, true));
    },
    "a style sheet gets a rule": ({ paragraph }, text) => {
      paragraph.classList.add(`ruled-${++count}`);
      const style = build("style");
      document.head.append(style);
      style.sheet.insertRule(`.ruled-${count}::after { content: ${quoted(text)}; }`);
      const adopted = new CSSStyleSheet();
      adopted.insertRule(`.ruled-${count}::before { content: ${quoted(text)}; }`);
      document.adoptedStyleSheets = [...document.adoptedStyleSheets, adopted];
    },
    "an inline style takes it": ({ paragraph }, text) => paragraph.style.setProperty("--note", quoted(text)),
    "an image's address takes it": ({ box, masked }, text) => {
      const image = build("img", { src: "/site/picture.svg", alt: "" });
      if (masked) mask(image);
      box.append(image);
      image.src = picture(text);
      image.alt = text;
    },
  };

  async function mutate(name, text, masked) {
    if (!Object.hasOwn(mutations, name)) throw new Error(`There is no such mutation: ${name}`);
    await mutations[name]({ ...ground(masked), masked }, text);
  }

  // Marks and fences

  /** Shows a number where everybody may read it: what came before it on the page has been mirrored when it has. */
  function mark(number) {
    document.getElementById("mark").textContent = `mark ${number}`;
  }

  let pads = 0;
  addEventListener("click", (event) => event.composedPath()[0]?.id === "pad" && (pads += 1), true);

  const turn = () => new Promise((done) => requestAnimationFrame(() => setTimeout.call(window, done, 0)));

  /**
   * Comes back when what the page had begun before has reached the site, timers of less than `later` milliseconds
   * too: they stand before this one in the page's own order.
   */
  async function fence(later = 0) {
    if (later > 0) await new Promise((done) => setTimeout.call(window, done, later));
    for (let round = 0; round < 2; round += 1) {
      await turn();
      await fetch.call(window, "/site/fence", { cache: "no-store" });
    }
  }

  // What is told to the site

  const effects = [];
  function effect(prompt, by) {
    effects.push({ prompt, by });
    fetch.call(window, "/site/effect", { method: "POST", keepalive: true, body: JSON.stringify({ prompt, by }) }).catch(() => {});
  }

  /** Wraps a function of the browser's: told, and in a driven browser not carried out, since nobody could close it. */
  function watch(owner, name, prompt, instead) {
    const own = owner?.[name];
    if (typeof own !== "function") return;
    owner[name] = function (...given) {
      effect(prompt, name);
      return isDriven ? instead(...given) : own.apply(this, given);
    };
  }

  const denied = (_, fails) => fails?.({ code: 1, message: "denied" });
  watch(window, "print", "print dialog", () => undefined);
  watch(navigator.geolocation && Object.getPrototypeOf(navigator.geolocation), "getCurrentPosition", "permission prompt", denied);
  watch(navigator.geolocation && Object.getPrototypeOf(navigator.geolocation), "watchPosition", "permission prompt", denied);
  watch(window.Notification, "requestPermission", "permission prompt", async () => "denied");
  watch(navigator.mediaDevices && Object.getPrototypeOf(navigator.mediaDevices), "getUserMedia", "permission prompt", async () => {
    throw new DOMException("denied", "NotAllowedError");
  });

  // A frame that a page has made prints by a function of its own.
  const frame = Object.getOwnPropertyDescriptor(HTMLIFrameElement.prototype, "contentWindow");
  const framed = new WeakSet();
  Object.defineProperty(HTMLIFrameElement.prototype, "contentWindow", {
    ...frame,
    get() {
      const inner = frame.get.call(this);
      try {
        if (inner && !framed.has(inner.Function)) watch(inner, "print", "print dialog", () => undefined);
        if (inner) framed.add(inner.Function); // a document's own, where a frame shows one after the other
      } catch {
        // another site's
      }
      return inner;
    },
  });

  const { click } = HTMLElement.prototype;
  HTMLElement.prototype.click = function () {
    if (this.matches("a[download]") && !this.isConnected) effect("download", "a[download]");
    return click.call(this);
  };
  const { showPicker } = HTMLInputElement.prototype;
  HTMLInputElement.prototype.showPicker = function () {
    if (this.type === "file") effect("file chooser", this.id);
    return showPicker.call(this);
  };
  const { open } = window;
  window.open = function (...given) {
    const opened = open.apply(this, given);
    if (opened) effect("new window", "open");
    return opened;
  };

  // A click counts when nobody has kept the browser from following it; what is told is told once all have had their say.
  addEventListener(
    "click",
    (event) => {
      const target = event.composedPath()[0];
      if (!(target instanceof Element)) return;
      const by = navigator.userActivation?.isActive || event.isTrusted;
      setTimeout.call(window, () => {
        if (event.defaultPrevented) return;
        const link = target.closest("a[href], area[href]");
        if (target.matches("input[type=file]") && by) effect("file chooser", target.id);
        else if (link?.hasAttribute("download")) effect("download", link.id);
        else if (link && ["_blank", "_new"].includes(link.target)) effect("new window", link.id);
      }, 0);
    },
    true,
  );

  // Which form it was, by its ID; the field is added as the form leaves, so that nothing on the page is changed.
  addEventListener("formdata", (event) => event.formData.append("site-form", event.target.id), true);

  /** For the bank's pages: shows the text that an element keeps. */
  window.reveal = (id) => {
    const element = document.getElementById(id);
    element.textContent = element.dataset.reveal;
  };

  window.cobrowseSite = Object.freeze({
    find,
    plant,
    proceed,
    change,
    mutate,
    mark,
    fence,
    places: Object.keys(places),
    changes: Object.keys(changes),
    mutations: Object.keys(mutations),
    get planted() {
      return planted;
    },
    get effects() {
      return effects;
    },
    get pads() {
      return pads;
    },
  });
})();
