// What a person can read on a page: its texts in the order in which they show, shadow roots, slots, frames and what
// fields hold included.  For the customer's page and for a replay of it alike.

const UNREAD =
  /^(?:script|style|noscript|template|head|canvas|video|audio|object|embed|math|foreignobject|portal|title|desc)$/i;

/** What holds nothing but what no policy can show (passwords, cards): left out. */
const NEVER_SHOWN = "built-in";

/** The texts of a document that show, each with single spaces. */
export function reading(document: Document): string[] {
  const found: string[] = [];
  read(document.documentElement, found);
  return found.map((text) => text.replace(/\s+/g, " ").trim()).filter((text) => text !== "");
}

function read(node: Node, found: string[]): void {
  if (node.nodeType === 3) found.push((node as Text).data);
  if (node.nodeType !== 1) return;
  const element = node as HTMLElement;
  if (UNREAD.test(element.localName) || element.id === NEVER_SHOWN || !shows(element)) return;
  const { localName } = element;
  if (localName === "input") return void found.push(inputText(element as HTMLInputElement));
  if (localName === "textarea") return void found.push((element as HTMLTextAreaElement).value);
  if (localName === "select")
    return void found.push((element as HTMLSelectElement).selectedOptions[0]?.text ?? "");
  if (localName === "iframe") {
    const inner = (element as HTMLIFrameElement).contentDocument?.documentElement;
    if (inner) read(inner, found);
    return;
  }
  const assigned = localName === "slot" ? (element as HTMLSlotElement).assignedNodes() : [];
  const children = assigned.length > 0 ? assigned : (element.shadowRoot ?? element).childNodes;
  for (const child of children) read(child, found);
}

function inputText(input: HTMLInputElement): string {
  if (/^(?:hidden|file|image|password)$/.test(input.type)) return "";
  return /^(?:checkbox|radio)$/.test(input.type) ? (input.checked ? "[x]" : "[ ]") : input.value;
}

function shows(element: Element): boolean {
  const style = (element.ownerDocument.defaultView as Window).getComputedStyle(element);
  return element.checkVisibility() || style.display === "contents" || element.localName === "slot";
}
