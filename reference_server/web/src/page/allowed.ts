// What of a page is mirrored at all: kinds of elements, and the attributes that may leave.  Allow-lists; what is
// not here does not leave, whatever the policy says.

/** Neither the element nor anything in it is mirrored: it runs, loads, or shows nothing. */
export const LEFT_OUT =
  words(`applet-param base basefont bgsound datalist link meta noembed noframes noscript param
  script source template track`);

/** Takes up room on the page and cannot be mirrored safely: a placeholder of the same size (MASK-12). */
export const PLACEHOLDERS = words(
  `applet audio canvas embed fencedframe frame frameset math object portal video`,
);

/** Elements of HTML that are mirrored; of other kinds only what stands in them is. */
const HTML =
  words(`a abbr acronym address area article aside b bdi bdo big blockquote body br button caption center
  cite code col colgroup data dd del details dfn dialog dir div dl dt em fieldset figcaption figure font footer form
  h1 h2 h3 h4 h5 h6 head header hgroup hr html i iframe img input ins kbd label legend li main map mark menu meter nav
  nobr ol optgroup option output p picture pre progress q rp rt ruby s samp search section select slot small span
  strike strong style sub summary sup table tbody td textarea tfoot th thead time title tr tt u ul var wbr`);

/** Elements of SVG that are mirrored: none of them loads, links, animates or embeds. */
const SVG =
  words(`svg g defs symbol use path rect circle ellipse line polyline polygon text tspan title desc marker
  linearGradient radialGradient stop clipPath mask pattern filter feGaussianBlur feOffset feMerge feMergeNode feBlend
  feColorMatrix feComposite feFlood feDropShadow feMorphology style`);

/** A custom element's name. */
const CUSTOM = /^[a-z][a-z0-9]{0,31}(?:-[a-z0-9]{1,32}){1,6}$/;

/** The name under which an element is mirrored; undefined where elements of its kind are not. */
export function mirroredTag(element: Element): string | undefined {
  const { localName, namespaceURI } = element;
  if (namespaceURI === "http://www.w3.org/2000/svg") {
    // A link in a drawing leads nowhere in the mirror, but what it holds shows.
    if (localName === "a") return "g";
    return SVG.has(localName) ? localName : undefined;
  }
  if (namespaceURI !== "http://www.w3.org/1999/xhtml") return undefined;
  if (localName === "link") return "style";
  if (HTML.has(localName) || CUSTOM.test(localName)) return localName;
  // Unknown to browsers too, which draw it like this.
  return "span";
}

/** What has no box of its own, or none that says whether it shows. */
export const BOXLESS = words(`html head title style link option optgroup br wbr area map col colgroup slot`);

/** What keeps its kind as a placeholder, or its surroundings would fall apart. */
export const STRUCTURAL = words(`html body table caption thead tbody tfoot tr td th li`);

/** Attributes that say how a thing is built; they leave as they are, but for what masked fields hold. */
export const BUILT =
  words(`type role lang dir hidden inert tabindex rows cols wrap colspan rowspan scope headers
  multiple disabled readonly required open contenteditable align valign bgcolor color face border cellpadding
  cellspacing nowrap span reversed start frameborder media slot part`);

/** Attributes that may say what is masked by their number or state: they leave of nothing that is. */
export const COUNTED = words(`width height size maxlength min max step low high optimum start datetime open`);

/** Attributes that people read. */
export const TOLD = words("title alt placeholder label summary abbr");

export const SVG_ATTRIBUTES =
  words(`viewBox preserveAspectRatio width height x y x1 y1 x2 y2 cx cy r rx ry fx fy d
  points transform fill fill-opacity fill-rule stroke stroke-width stroke-opacity stroke-linecap stroke-linejoin
  stroke-dasharray stroke-dashoffset stroke-miterlimit opacity offset stop-color stop-opacity gradientUnits
  gradientTransform spreadMethod patternUnits patternContentUnits patternTransform clipPathUnits clip-path clip-rule
  mask maskUnits maskContentUnits marker-start marker-mid marker-end markerWidth markerHeight markerUnits orient refX
  refY text-anchor dominant-baseline font-family font-size font-weight font-style letter-spacing dx dy rotate
  textLength lengthAdjust vector-effect pathLength visibility display color overflow filter stdDeviation in in2 result
  operator values flood-color flood-opacity mode class id role lang tabindex`);

/** Input types that show what is typed: masked, they are all of one kind, which can show asterisks. */
export const TYPED = words(
  `text search url tel email password number date month week time datetime-local color range`,
);

function words(list: string): ReadonlySet<string> {
  return new Set(list.split(/\s+/));
}
