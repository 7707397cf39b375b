// The clock of a case in the page's head, and the keys of its steps. The clock counts here between two drawings; what it
// starts from is the server's. A key presses the button that shows it, so it works as soon as the button is there, and a
// shut step stays shut.
import { chordOf, typing } from './keyboard.js';

const STYLE = `
  :host { all: initial; }
  .case { display: flex; gap: 10px; align-items: baseline; padding: 6px 12px; border-radius: 8px; background: #1b232b; color: #e9eef2;
    font: 600 15px/1.2 "Be Vietnam Pro", system-ui, "Segoe UI", Roboto, "Noto Sans", sans-serif; white-space: nowrap; }
  .case.check { background: #ffd60a; color: #13202b; }
  .case.review { background: #ff6b35; color: #13202b; }
  time { font-size: 22px; font-variant-numeric: tabular-nums; }
  small { font-weight: 400; font-size: 13px; overflow: hidden; text-overflow: ellipsis; max-width: 24ch; }
  @media (max-width: 640px) { small { display: none; } .case { padding: 4px 8px; } time { font-size: 19px; } }
`;

export function written(seconds) {
  const whole = Math.floor(seconds + 1e-6);
  return `${String(Math.floor(whole / 60)).padStart(2, '0')}:${String(whole % 60).padStart(2, '0')}`;
}

export function press(chord, page = document) {
  const shown = [...page.querySelectorAll('[class*="st-key-case_"] button code')].filter((code) => code.textContent === chord);
  const button = shown.map((code) => code.closest('button')).find((each) => !each.closest('[data-stale=true]'));
  if (!button || button.disabled) return false;
  button.click();
  return true;
}

export function render({ data, parentElement }) {
  const since = performance.now();
  parentElement.replaceChildren();
  const style = document.createElement('style');
  style.textContent = STYLE;
  parentElement.append(style);
  let timer = null;
  if (data.case) {
    const box = document.createElement('div');
    box.className = `case ${data.running}`;
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
  const down = (event) => {
    if (event.defaultPrevented || event.repeat || event.isComposing || typing(event)) return;
    const chord = chordOf(event);
    if (chord && press(chord)) event.preventDefault();
  };
  window.addEventListener('keydown', down);
  return () => {
    clearInterval(timer);
    window.removeEventListener('keydown', down);
  };
}
