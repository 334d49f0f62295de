// What of a mirrored page is rendered at all: elements, attributes and the form in which they are.  An
// allow-list, kept at this end as well, because whoever sends a mirror may be hostile (RP-03).

import { isHarmless, tameDeclarations } from "./css";

/** Stands in for what is not rendered: it shows nothing, and nothing in it does either. */
export const HOLLOW = "template";

const HTML = `a abbr address area article aside b bdi bdo big blockquote body br button canvas caption center cite code
  col colgroup data datalist dd del details dfn dialog dir div dl dt em fieldset figcaption figure font footer form
  h1 h2 h3 h4 h5 h6 head header hgroup hr html i iframe img input ins kbd label legend li main map mark menu meter
  nav nobr ol optgroup option output p picture pre progress q rp rt ruby s samp search section select slot small
  span strike strong style sub summary sup table tbody td textarea tfoot th thead time title tr tt u ul var wbr`;

/** Elements of SVG, by their names in lower case; none of them loads, links, animates or embeds. */
const SVG = `svg g defs symbol use path rect circle ellipse line polyline polygon text tspan title desc marker
  linearGradient radialGradient stop clipPath mask pattern`;

/** Attributes that any element may have; `aria-*` and `data-*` besides. */
const GLOBAL = "class id title lang dir hidden inert role style slot part popover";

/** Attributes of an element of its own kind. */
const OWN: Readonly<Record<string, string>> = {
  button: "type disabled value",
  canvas: "width height",
  col: "span width",
  colgroup: "span width",
  data: "value",
  del: "datetime",
  details: "open",
  dialog: "open",
  fieldset: "disabled",
  font: "color face size",
  iframe: "width height frameborder",
  img: "alt width height src",
  input:
    "type name value checked disabled placeholder size maxlength min max step multiple required src alt width height",
  ins: "datetime",
  label: "for",
  li: "value",
  meter: "value min max low high optimum",
  ol: "start reversed type",
  optgroup: "label disabled",
  option: "value label selected disabled",
  output: "for",
  progress: "value max",
  select: "value multiple size disabled required",
  slot: "name",
  style: "media",
  table: "border cellpadding cellspacing width align bgcolor",
  tbody: "align valign",
  td: "colspan rowspan headers align valign width height bgcolor nowrap",
  textarea: "value rows cols wrap disabled placeholder maxlength required",
  tfoot: "align valign",
  th: "colspan rowspan headers scope align valign width height bgcolor nowrap",
  thead: "align valign",
  time: "datetime",
  tr: "align valign bgcolor",
  ul: "type",
};

const SVG_ATTRIBUTES = `viewBox preserveAspectRatio width height x y x1 y1 x2 y2 cx cy r rx ry fx fy d points transform
  fill fill-opacity fill-rule stroke stroke-width stroke-opacity stroke-linecap stroke-linejoin stroke-dasharray
  stroke-dashoffset stroke-miterlimit opacity offset stop-color stop-opacity gradientUnits gradientTransform
  spreadMethod patternUnits patternContentUnits patternTransform clipPathUnits clip-path clip-rule mask maskUnits
  maskContentUnits marker-start marker-mid marker-end markerWidth markerHeight markerUnits orient refX refY
  text-anchor dominant-baseline font-family font-size font-weight font-style letter-spacing dx dy rotate
  textLength lengthAdjust vector-effect pathLength visibility display color overflow href xlink:href`;

/** Input types that stay what they are; all others, passwords above all, become text: nothing fills them in. */
const INPUT_TYPES = words(
  "button checkbox color date datetime-local email image month number radio range reset search submit tel text time url week",
);

/** What no password manager, autofill or spelling service may take for a field to work on (RP-18). */
const LEFT_ALONE: Readonly<Record<string, string>> = {
  autocomplete: "off",
  spellcheck: "false",
  "data-lpignore": "true",
  "data-1p-ignore": "true",
  "data-bwignore": "true",
  "data-form-type": "other",
};

/** A translation service would get to read the page, and would rewrite it (RP-19). */
const NOT_TRANSLATED: Readonly<Record<string, string>> = { translate: "no" };

/** Elements that a shadow root can be attached to, besides custom ones. */
const SHADOW_HOSTS = words(
  "article aside blockquote body div footer h1 h2 h3 h4 h5 h6 header main nav p section span",
);

const HTML_TAGS = words(HTML);
const SVG_TAGS = new Map(SVG.split(/\s+/).map((name) => [name.toLowerCase(), name]));
const GLOBAL_ATTRIBUTES = words(GLOBAL);
const OWN_ATTRIBUTES = new Map(Object.entries(OWN).map(([tag, names]) => [tag, words(names)]));
const SVG_NAMES = words(SVG_ATTRIBUTES);

/** A custom element's name; it is never defined, so it stays an element without behaviour (RP-21). */
const CUSTOM = /^[a-z][a-z0-9]{0,31}(?:-[a-z0-9]{1,32}){1,6}$/;
/** Names with a hyphen that are not custom elements'. */
const NOT_CUSTOM = words(
  "annotation-xml color-profile font-face font-face-src font-face-uri font-face-format font-face-name missing-glyph",
);
const SUFFIX = /^(?:aria|data)-[a-z0-9_.-]{1,64}$/;
const SIZE = /^\d{1,5}(?:\.\d{1,9})?px$/;

/** The longest value of an attribute; of one that holds data (an image, a field's text) it is larger. */
const MAX_VALUE = 8 << 10;
const MAX_DATA = 8 << 20;

/** The name under which an element is rendered; HOLLOW for what is not on the list. */
export function renderedTag(name: string, isSvg: boolean, hasCss: boolean): string {
  const lower = name.toLowerCase();
  if (isSvg) return SVG_TAGS.get(lower) ?? HOLLOW;
  if (lower === "link") return hasCss ? "style" : HOLLOW;
  if (HTML_TAGS.has(lower)) return lower;
  return CUSTOM.test(lower) && !NOT_CUSTOM.has(lower) ? lower : HOLLOW;
}

/** Whether a shadow root can hang on it. */
export function canHost(tag: string): boolean {
  return SHADOW_HOSTS.has(tag) || CUSTOM.test(tag);
}

/** What an element always has, whatever was sent. */
export function fixedAttributes(tag: string): Readonly<Record<string, string>> {
  if (tag === "input" || tag === "textarea" || tag === "select") return LEFT_ALONE;
  return tag === "html" ? NOT_TRANSLATED : {};
}

/**
 * An attribute in the form in which it is rendered: its name and value, or undefined if it is not.  `value` is a
 * text, or true for one that is merely there.
 */
export function renderedAttribute(
  tag: string,
  isSvg: boolean,
  name: string,
  value: string,
): readonly [string, string] | undefined {
  const lower = name.toLowerCase();
  if (lower === "rr_width" || lower === "rr_height") return SIZE.test(value) ? [lower, value] : undefined;
  if (lower === "contenteditable") return ["data-cobrowse-editable", value === "false" ? "false" : "true"];
  if (lower.startsWith("data-cobrowse")) return undefined;
  if (lower === "style") return [lower, tameDeclarations(value)];
  if (!isSvg && (tag === "a" || tag === "area") && lower === "href") return ["href", "#"];
  const known = GLOBAL_ATTRIBUTES.has(lower) || SUFFIX.test(lower) || isOwn(tag, isSvg, name, lower);
  if (!known || value.length > (isData(tag, lower) ? MAX_DATA : MAX_VALUE)) return undefined;
  if (lower === "id" || lower === "for" || lower === "name") return [lower, harmlessId(value)];
  if (lower === "src")
    return value.startsWith("data:image/") && isHarmless(value) ? [lower, value] : undefined;
  if (tag === "input" && lower === "type") return [lower, inputType(value)];
  if (tag === "button" && lower === "type") return [lower, value.trim().toLowerCase()];
  if (tag === "iframe" && lower === "frameborder") return [lower, value === "0" ? "0" : "1"];
  if (isSvg && (lower === "href" || lower === "xlink:href"))
    return tag === "use" && isHarmless(value) && value.startsWith("#") ? [name, value] : undefined;
  if (isSvg && value.includes("(")) return [name, tameDeclarations(value)];
  return [isSvg ? name : lower, value];
}

function isOwn(tag: string, isSvg: boolean, name: string, lower: string): boolean {
  return isSvg ? SVG_NAMES.has(name) : OWN_ATTRIBUTES.get(tag)?.has(lower) === true;
}

function isData(tag: string, name: string): boolean {
  return name === "src" || (name === "value" && tag !== "li");
}

function inputType(given: string): string {
  const type = given.trim().toLowerCase();
  return INPUT_TYPES.has(type) ? type : "text";
}

/**
 * An ID or name that hides nothing of an element's own: a form shows its named fields as properties, before its
 * own, and whoever builds the view would call those.
 */
function harmlessId(id: string): string {
  return id in Element.prototype || id === "style" ? `cobrowse-${id}` : id;
}

function words(list: string): ReadonlySet<string> {
  return new Set(list.split(/\s+/));
}
