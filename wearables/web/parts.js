// Small helpers: what stands in an element, and the way of what people do to Python and back.

// Puts children into an element; what had the focus there keeps it: the same node, or the new one with the same mark.
export function place(element, children) {
  const focused = element.getRootNode().activeElement;
  const had = focused && element.contains(focused) ? focused : null;
  element.replaceChildren(...children);
  if (!had) return;
  const marked = ['data-act', 'data-alarm'].find((name) => had.hasAttribute(name));
  const now = had.isConnected ? had : marked && element.querySelector(`[${marked}="${CSS.escape(had.getAttribute(marked))}"]`);
  now?.focus({ preventScroll: true });
}

// A text with {places}.
export function filled(text, values) {
  return Object.entries(values).reduce((found, [name, value]) => found.replaceAll(`{${name}}`, value), text);
}

const AGAIN_MS = 2500;

// One message at a time, in order, again until it is acknowledged: a page that is being drawn may lose a press.
export class Acts {
  constructor() {
    Object.assign(this, { queue: [], seq: 0, send: () => {} });
  }

  post(message) {
    this.seq += 1;
    this.queue.push({ ...message, seq: this.seq });
    if (this.queue.length === 1) this.deliver();
  }

  acknowledge(seq) {
    this.seq = Math.max(this.seq, seq); // a page that was loaded anew goes on counting
    const before = this.queue[0];
    this.queue = this.queue.filter((message) => message.seq > seq);
    if (this.queue[0] === before) return;
    clearTimeout(this.timer);
    if (this.queue.length) this.deliver();
  }

  deliver() {
    clearTimeout(this.timer);
    if (!this.queue.length) return;
    this.send('act', this.queue[0]);
    this.timer = setTimeout(() => this.deliver(), AGAIN_MS);
  }
}

const TYPING = 'input, textarea, select, [contenteditable=""], [contenteditable=true]';

// Whether a key that is pressed now is meant for a field, a dialog or a list.
export function typing(event) {
  const path = event.composedPath().filter((node) => node instanceof Element);
  return path.some((node) => node.matches(TYPING) || node.matches('[role=dialog], [role=listbox], [role=menu], dialog'));
}

// The letter or digit of a key, wherever an input method (Telex) hides it.
export function letterOf(event) {
  if (event.ctrlKey || event.altKey || event.metaKey) return null;
  if (event.key === '?') return '?';
  const place = /^(?:Key|Digit|Numpad)([A-Z0-9])$/.exec(event.code);
  return place ? place[1] : null;
}
