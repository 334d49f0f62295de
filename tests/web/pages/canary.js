// The canary page's own behaviour: what it builds when it loads, how it copies what is typed, and the mutations that the
// leak test asks for one by one.  Canaries as in canary.html.

const $ = (id) => document.getElementById(id);
const inner = (id) => $(id).contentDocument;

// When it loads

customElements.define(
  "my-tabs",
  class extends HTMLElement {
    constructor() {
      super();
      this.attachShadow({ mode: "open" }).append("Tabs");
    }
  },
);
const closed = $("closed-host").attachShadow({ mode: "closed" });
closed.append("{{n:closed shadow}}");
const sheet = new CSSStyleSheet();
sheet.replaceSync('.private u::after { content: "{{p:adopted sheet}}"; } #adopted { color: rgb(1, 2, 3); }');
document.adoptedStyleSheets = [sheet];
$("canvas").getContext("2d").fillText("{{n:canvas drawing}}", 2, 12);
$("file").files = (() => {
  const files = new DataTransfer();
  files.items.add(new File(["x"], "{{n:file name}}.pdf"));
  return files.files;
})();
document.querySelector("#private-fields input.private").setCustomValidity("{{p:validity message}}");
history.replaceState({ note: "{{n:history state}}" }, "", `?token={{n:page query}}#{{n:page fragment}}`);

// What is typed into masked fields turns up all over the page.

function copy(value) {
  $("copy-text").textContent = `It is ${value}!`;
  $("copy-value").value = value;
  $("copy-attribute").title = value;
  $("copy-attribute").setAttribute("aria-label", `your ${value}`);
  $("copy-attribute").className = `of-${value}`;
  $("copy-attribute").id = "copy-attribute";
  $("copy-option").options[0].text = value;
  $("copy-option").options[0].value = value;
  $("copy-new").replaceChildren(Object.assign(document.createElement("p"), { textContent: value }));
  $("copy-link").setAttribute("href", `/of/${encodeURIComponent(value)}`);
  $("copy-style").textContent = `#copy-css::after { content: "${value}"; } .of-${value} { color: red }`;
  $("copy-spaced").textContent = value.replace(/(.{4})/g, "$1 ").toUpperCase();
  document.title = `Account of ${value}`;
}
for (const id of ["typed", "typed-secret"]) $(id).addEventListener("input", (event) => copy(event.target.value));
$("typed-editable").addEventListener("input", (event) => copy(event.target.textContent));

// Mutations

const element = (name, attributes = {}, text = "") => {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.textContent = text;
  return made;
};

window.mutations = {
  "text of a private element": () => ($("row-text") ?? document.querySelector("p.private")).firstChild.data = "{{p:m text}}",
  "attributes of a private field": () => {
    const field = $("name");
    field.setAttribute("value", "{{p:m value attribute}}");
    for (const name of ["title", "placeholder", "aria-label", "alt", "data-a", "aria-valuetext"]) field.setAttribute(name, "{{p:m attributes}}");
  },
  "value set by a script": () => ($("name").value = "{{p:m value property}}"),
  "password shown": () => {
    $("password").value = "{{n:m shown password}}";
    $("password").type = "text";
  },
  "password changed while it is shown": () => ($("password").value = "{{n:m still a password}}"),
  "hidden field shown": () => {
    $("hidden-field").type = "text";
    $("hidden-field").value = "{{n:m once hidden}}";
  },
  "field made anew with the same value": () => {
    const old = $("password");
    old.replaceWith(element("input", { type: "text", value: old.value, id: "anew" }));
  },
  "class taken away, then text changed": () => {
    const toggled = $("toggled");
    toggled.className = "";
    toggled.firstChild.data = "{{p:m after the class}}";
    toggled.title = "{{p:m title after the class}}";
  },
  "moved out of something private": () => $("box").append(document.querySelector("fieldset.private legend")),
  "moved out, then changed": () => ($("box").lastChild.textContent = "{{p:m moved}}"),
  "private things added": () => {
    const added = element("div", { class: "private", title: "{{p:m added title}}" });
    added.append("{{p:m added text}}", element("input", { value: "{{p:m added value}}" }), element("textarea", {}, "{{p:m added textarea}}"));
    $("box").append(added);
  },
  "added, then given a class": () => {
    const added = element("p", { id: "later" }, "harmless");
    $("box").append(added);
    added.className = "private";
    added.append("{{p:m added then masked}}");
  },
  "something open becomes private": () => {
    $("intro").className = "private";
    $("intro").append("{{p:m became private}}");
  },
  "a form becomes blocked": () => {
    $("later").className = "blocked";
    $("later").append("{{p:m became blocked}}");
  },
  "textarea's text node": () => (document.querySelector("textarea.private").firstChild.data = "{{p:m textarea node}}"),
  "options of a private list": () => {
    $("private-select").append(new Option("{{p:m option text}}", "{{p:m option value}}", true, true));
    $("private-select").options[0].label = "{{p:m option label}}";
  },
  "innerHTML of a private element": () => {
    document.querySelector("dl.private").innerHTML = "<dt>{{p:m inner}}</dt><!-- {{n:m comment}} --><dd title='{{p:m inner title}}'>x</dd>";
  },
  "a shadow root is attached": () => {
    const host = element("div", { id: "late-host" });
    $("box").append(host);
    host.attachShadow({ mode: "open" }).innerHTML = "<p class='private'>{{p:m late shadow}}</p><p>Late shadow</p>";
  },
  "text in a shadow root": () => {
    $("open-host").shadowRoot.querySelector(".private").textContent = "{{p:m text in shadow}}";
    $("private-host").shadowRoot.querySelector("p").firstChild.data = "{{p:m text in shadow of a private host}}";
  },
  "a closed shadow root is attached": () => {
    const host = element("div", {}, "");
    $("box").append(host);
    host.attachShadow({ mode: "closed" }).append("{{n:m closed shadow}}");
  },
  "text in frames": () => {
    inner("open-frame").querySelector(".private").firstChild.data = "{{p:m text in frame}}";
    inner("private-frame").querySelector("p").firstChild.data = "{{p:m text in frame in private}}";
    inner("private-frame").title = "{{p:m title of frame}}";
  },
  "a frame is added": () => {
    const frame = element("iframe", { id: "late-frame", srcdoc: "<p class='private'>{{p:m late frame}}</p><p>Late frame</p>" });
    const loaded = new Promise((resolve) => frame.addEventListener("load", resolve));
    $("box").append(frame);
    return loaded;
  },
  "a sheet gets rules": () => {
    $("dynamic-style").sheet.insertRule('.private s::after { content: "{{p:m inserted rule}}"; }');
    $("dynamic-style").sheet.insertRule(".card { background: url(/x.png?{{n:m inserted url}}); }");
    $("dynamic-style").sheet.cssRules[1].style.setProperty("content", '"{{p:m declaration}}"');
    sheet.insertRule('.private small::after { content: "{{p:m adopted rule}}"; }');
    $("dynamic-style").sheet.insertRule('.private s::before { content: "{{p:m inserted rule again}}"; }', 1);
  },
  "a sheet gets text": () => $("dynamic-style").append("/* {{n:m css comment}} */ .private s::after { content: '{{p:m css text}}'; }"),
  "inline styles": () => {
    const styled = document.querySelector(".bg");
    styled.style.setProperty("--y", '"{{p:m custom property}}"');
    styled.style.backgroundImage = "url(/bg2.png?{{n:m inline url}})";
    styled.setAttribute("style", 'content: "{{p:m style attribute}}"; color: blue');
  },
  "a rule begins to mean something": () => document.querySelector("abbr.private").classList.add("unused"),
  "image addresses": () => {
    const image = $("private-image");
    image.src = "/photo.svg?{{n:m image src}}";
    image.srcset = "/photo.svg?{{n:m image srcset}} 1x";
    image.alt = "{{p:m image alt}}";
  },
  "text split and joined": () => {
    const text = document.querySelector("pre.private").firstChild;
    text.splitText(5).data = "{{p:m split}}";
    document.querySelector("pre.private").normalize();
  },
  "a private element is copied": () => {
    const twin = document.querySelector("blockquote.private").cloneNode(true);
    $("box").append(twin);
    twin.className = "";
    twin.append("{{p:m clone}}");
  },
  "comments, scripts and templates are added": () => {
    $("box").append(document.createComment("{{n:m added comment}}"), element("noscript", {}, "{{n:m added noscript}}"));
    $("box").append(element("script", { type: "text/plain" }, "{{n:m added script}}"), element("template", {}, "{{n:m added template}}"));
  },
  "hidden things change": () => {
    document.querySelector(".hidden").append("{{n:m text in display none}}");
    document.querySelector("#not-shown details p").firstChild.data = "{{n:m text in closed details}}";
  },
  "something hidden shows": () => {
    document.querySelector("#not-shown [hidden]").replaceChildren(element("p", { class: "private" }, "{{p:m private once shown}}"), "Now shown");
    document.querySelector("#not-shown [hidden]").removeAttribute("title");
    document.querySelector("#not-shown [hidden]").hidden = false;
  },
  "title and address": () => {
    document.title = "Account {{o:m title}}";
    history.replaceState({ note: "{{n:m state}}" }, "", "?q={{n:m query}}#{{n:m fragment}}");
  },
  "scrolling and selecting in a private place": () => {
    const area = document.querySelector("textarea.private");
    area.value = "{{p:m area}}\n".repeat(50);
    area.scrollTop = 40;
    area.setSelectionRange(3, 9);
    getSelection().selectAllChildren(document.querySelector("pre.private"));
  },
  "unknown elements and attributes": () => {
    $("box").append(element("made-up", { secret: "{{n:m unknown attribute}}", srcdoc: "{{n:m unknown srcdoc}}" }, "made up"));
    $("box").append(element("blink", { onfocus: "{{n:m unknown handler}}" }, "unknown"));
    $("box").append(element("portal", { src: "/p?{{n:m portal}}" }, "{{n:m portal text}}"));
  },
  "deep insertion": () => {
    let at = $("box");
    for (let depth = 0; depth < 30; depth += 1) at = at.appendChild(element("div", depth === 10 ? { class: "private" } : {}));
    at.append("{{p:m deep}}");
  },
};
window.loaded = true;
