// The clock of a case in the page's head, and the keys of its steps. The clock counts here between two drawings; what it
// starts from is the server's. A key presses the button that shows it, so it works as soon as the button is there, and a
// shut step stays shut.
import { chordOf, typing } from './keyboard.js';
import { WANTED } from './looks.js';
import { Outbox } from './outbox.js';

const STYLE = `
  :host { all: initial; }
  .case { display: flex; gap: 10px; align-items: baseline; padding: 6px 12px; border-radius: 8px; background: #1b232b; color: #e9eef2;
    font: 600 15px/1.2 "Be Vietnam Pro", system-ui, "Segoe UI", Roboto, "Noto Sans", sans-serif; white-space: nowrap; }
  .case.check { background: #ffd60a; color: #13202b; }
  .case.review { background: #ff6b35; color: #13202b; }
  .case.due { background: #1b232b; color: #ffd60a; box-shadow: inset 0 0 0 2px #ffd60a; }
  time { font-size: 22px; font-variant-numeric: tabular-nums; }
  small { font-weight: 400; font-size: 13px; overflow: hidden; text-overflow: ellipsis; max-width: 24ch; }
  .due small { display: none; }
  @media (max-width: 640px) { small, .closed { display: none; } .case { padding: 4px 8px; } time { font-size: 19px; } }
`;

export function written(seconds) {
  const whole = Math.floor(seconds + 1e-6);
  return `${String(Math.floor(whole / 60)).padStart(2, '0')}:${String(whole % 60).padStart(2, '0')}`;
}

const PRESSED = /\bst-key-(case_(?:step|situation|category|failure)\w*)/;
const SHOWN_MS = 1500;
const LOOKS_WAIT_MS = 700;
const FOLLOW_MS = 2000;
const LOOKS_MS = 6000; // looks come all the time while somebody looks

// The button that shows `chord`, where it can be pressed now. While the page is drawn anew what stood there before is
// marked stale: it counts as long as nothing newer has the key, and the server knows whether its step is still open.
export function buttonOf(chord, page = document) {
  const shown = [...page.querySelectorAll('[class*="st-key-case_"] button code')].filter((code) => code.textContent === chord);
  const buttons = shown.map((code) => code.closest('button')).filter((each) => !each.disabled);
  return buttons.find((each) => !each.closest('[data-stale=true]')) ?? buttons[0] ?? null;
}

export function nameOf(button) {
  return PRESSED.exec(button?.closest('[class*="st-key-case_"]')?.className ?? '')?.[1] ?? null;
}

// Whether the button was drawn after what this part knows: then the server knows better what stands around it.
export function fresh(button, page = document) {
  return !button.closest('[data-stale=true]') && page.querySelector('[data-stale=true]') !== null;
}

// Presses of this page, kept over every drawing: each is sent again until the server has handled it, because a press that
// comes while the page is drawn may be lost on the way.
const boxes = new Map();

function boxOf(id, send, ack) {
  let box = boxes.get(id);
  if (!box) boxes.set(id, box = new Outbox((name, message) => box.now(name, message), () => {}));
  box.now = send;
  box.acknowledge(ack);
  return box;
}

// What ends the drawing before: a part that is drawn anew is not told of it, and an old one that goes on asking would
// drown the presses of the new one.
const ends = new Map();

export function render({ data, parentElement, setTriggerValue }) {
  ends.get(data.pid)?.();
  const since = performance.now();
  parentElement.replaceChildren();
  const style = document.createElement('style');
  style.textContent = STYLE;
  parentElement.append(style);
  let timer = null;
  if (data.case) {
    const box = document.createElement('div');
    box.className = `case ${data.running}${data.closed ? ' closed' : data.running === 'none' ? ' due' : ''}`;
    box.setAttribute('role', 'timer');
    const label = document.createElement('span');
    label.textContent = data.label;
    const time = document.createElement('time');
    const what = document.createElement('small');
    what.textContent = data.what;
    box.append(label, time, what);
    parentElement.append(box);
    const paint = () => {
      const seconds = data.seconds === null ? null : data.seconds + (data.running === 'none' ? 0 : (performance.now() - since) / 1000);
      time.textContent = seconds === null ? data.unknown : written(seconds);
    };
    paint();
    if (data.running !== 'none') timer = setInterval(paint, 200);
  }
  const box = boxOf(data.pid, setTriggerValue, data.ack);
  box.incident = data.incident; // the newest drawing's, whichever drawing's listener hears a press
  // Another screen said something, or the log of looks has grown: ask for a drawing, once for each change.
  let asked = '';
  const look = async () => {
    const answer = await fetch(data.state, { cache: 'no-store' }).catch(() => null);
    const now = answer?.ok ? await answer.json() : null;
    if (!now) return;
    const seen = data.looks !== null && now.looks !== data.looks && performance.now() - since > LOOKS_MS;
    if ((now.last === data.last && !seen) || box.queue.length) return; // what waits to be heard goes first
    const state = `${now.last} ${now.looks}`;
    if (asked === state) return;
    asked = state;
    setTriggerValue('changed', { state });
  };
  const follow = setInterval(look, FOLLOW_MS);
  const press = (button) => {
    const name = nameOf(button);
    if (!name) return false;
    const message = { name, seen: fresh(button) ? null : { incident: box.incident } };
    const told = []; // a step keeps what was seen until then, so that goes first; but nobody waits long for it
    if (name.startsWith('case_step')) window.dispatchEvent(new CustomEvent(WANTED, { detail: told }));
    if (told.length) Promise.race([Promise.all(told), new Promise((done) => setTimeout(done, LOOKS_WAIT_MS))]).then(() => box.post('press', message));
    else box.post('press', message);
    button.setAttribute('aria-busy', 'true');
    setTimeout(() => button.removeAttribute('aria-busy'), SHOWN_MS);
    return true;
  };
  const down = (event) => {
    if (event.defaultPrevented || event.repeat || event.isComposing || typing(event)) return;
    const chord = chordOf(event);
    if (!chord) return;
    const button = buttonOf(chord);
    if (!button && chord === data.failure) box.post('press', { name: 'case_failure', seen: null }); // beside a measurement too
    else if (!press(button)) return;
    event.preventDefault();
  };
  const click = (event) => {
    const button = event.target instanceof Element ? event.target.closest('button') : null;
    if (!button || button.disabled || !press(button)) return;
    event.preventDefault();
    event.stopPropagation(); // else the same press would go both ways
  };
  window.addEventListener('keydown', down);
  window.addEventListener('click', click, true);
  const end = () => {
    clearInterval(timer);
    clearInterval(follow);
    window.removeEventListener('keydown', down);
    window.removeEventListener('click', click, true);
  };
  ends.set(data.pid, end);
  return end;
}
