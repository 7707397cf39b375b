// A button that tells which instant the player of a match shows now.
import { button } from './dom.js';
import { make } from './elements.js';

const STYLE = `
  :host { all: initial; }
  button { min-height: 44px; padding: 4px 12px; border-radius: 8px; border: 1px solid #3a4752; background: #1b232b; color: #e9eef2;
    font: 400 15px/1.3 "Be Vietnam Pro", system-ui, "Segoe UI", Roboto, "Noto Sans", sans-serif; cursor: pointer; text-align: left; }
  button:hover, button:focus-visible { border-color: #e9eef2; }
`;

// The instant that a player has on the screen, in seconds of match time; null where it shows nothing yet.
export function instantOf(player) {
  return player?.lockstep?.shown >= 0 ? player.now()[0] : null;
}

export function render({ parentElement, data, setTriggerValue }) {
  const tell = () => {
    const s = instantOf(window.__touchlinePlayers?.get(data.pid));
    if (s !== null) setTriggerValue('look', { s });
  };
  parentElement.replaceChildren(make('style', { text: STYLE }), button({ text: data.label }, tell));
  return () => {};
}
