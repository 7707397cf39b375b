// Keys anywhere on the page mean the player, but never inside a text field, a dialog, or a control reached by Tab, nor
// those that an element keeps for itself (`data-keys`).
import { COMMANDS, REPEATING } from './commands.js';

const BY_CHORD = new Map(COMMANDS.flatMap(({ id, keys }) => keys.map((chord) => [chord, id])));
const TYPING = 'input:not([type=checkbox], [type=radio], [type=button], [type=range]), textarea, select, [contenteditable=""], [contenteditable=true]';
const CONTROL = 'button, a[href], summary, input, [role=button], [role=slider], [role=radio], [role=tab], [role=option], [role=combobox], [role=menuitem]';

// Signs that an input method turns into letters: in Telex the brackets become ơ and ư.
const PLACES = { BracketLeft: '[', BracketRight: ']', Comma: ',', Period: '.' };

export class Keyboard {
  // `run(id, digit)` carries a command out; `listens()` says whether this player is the one that is meant. A `mode`, while
  // one is set, is asked first with each chord and says whether it took it. `has(id)` says which commands there are.
  constructor(root, run, listens, has) {
    Object.assign(this, { root, run, listens, has, tabbed: false, mode: null });
    this.handlers = [
      ['keydown', (event) => this.down(event)],
      ['keyup', (event) => this.up(event)],
      ['pointerdown', () => { this.tabbed = false; }],
    ];
    for (const [name, act] of this.handlers) window.addEventListener(name, act, true);
  }

  close() {
    for (const [name, act] of this.handlers) window.removeEventListener(name, act, true);
  }

  down(event) {
    if (event.key === 'Tab') this.tabbed = true;
    if (event.defaultPrevented || event.isComposing || !this.listens()) return;
    const chord = chordOf(event);
    const meant = chord && BY_CHORD.get(chord);
    const id = meant && this.has(meant) ? meant : undefined;
    if (!chord || (!id && !this.mode) || this.elsewhere(event, chord)) return;
    if (this.mode && !event.repeat && this.mode(chord)) {
      event.preventDefault();
      event.stopPropagation();
      this.taken = event.code;
      return;
    }
    if (!id) return;
    event.preventDefault();
    event.stopPropagation();
    this.taken = event.code;
    if (event.repeat && !REPEATING.includes(id)) return;
    this.run(id, id === 'angle' || id === 'pip_angle' ? Number(chord.at(-1)) - 1 : undefined);
  }

  // A button acts on the release of the space bar; it must not when the press was the player's.
  up(event) {
    if (this.taken !== event.code) return;
    this.taken = null;
    event.preventDefault();
  }

  elsewhere(event, chord) {
    const path = event.composedPath().filter((node) => node instanceof Element);
    const inside = path.includes(this.root);
    if (path.some((node) => node.matches(TYPING) || node.dataset?.keys?.split(' ').includes(event.key))) return true;
    if (!inside && path.some((node) => node.matches('[role=dialog], [role=listbox], [role=menu]'))) return true;
    const control = path.find((node) => node.matches(CONTROL));
    if (!control || !this.tabbed) return false;
    if (chord === 'Space' || chord === 'Enter') return !control.matches('[role=slider]') || !inside;
    return !inside && /Arrow|Home|End/.test(chord) && !control.matches('button, a[href]');
  }
}

// Whether a key that is pressed now is meant for a field, a dialog or a list.
export function typing(event) {
  const path = event.composedPath().filter((node) => node instanceof Element);
  return path.some((node) => node.matches(TYPING) || node.matches('[role=dialog], [role=listbox], [role=menu]'));
}

export function chordOf(event) {
  if (event.altKey) return null;
  let key = event.key === ' ' ? 'Space' : event.key;
  // An input method (Telex) may hide the letter; then the place of the key on the board counts.
  if (!/^[\x21-\x7e]$/.test(key) && /^(Key|Digit|Numpad)[A-Z0-9]$/.test(event.code)) key = event.code.at(-1);
  if (!/^[\x21-\x7e]$/.test(key)) key = PLACES[event.code] ?? key;
  if (key.length === 1) key = key.toUpperCase();
  if (key === '=') key = '+';
  if (event.ctrlKey || event.metaKey) return `Ctrl+${key}`;
  if (event.shiftKey && /^Digit[1-8]$/.test(event.code) && !BY_CHORD.has(key)) return `Shift+${event.code.at(-1)}`;
  return event.shiftKey && /^(Arrow|[NZ]$)/.test(key) ? `Shift+${key}` : key;
}
