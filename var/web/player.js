// Entry of the component. Players live in a registry of the page under an id of our own, not in the component: the
// page may run again, insert, move or hide elements, and the living player is only attached anew.
import { Review } from './review.js';
import { EXTRAS } from './extras.js';
import { CSS } from './style.js';

const HIDDEN_MS = 1500; // a player that stays out of the page pauses, and makes room for the next one
const players = (window.__touchlinePlayers ??= new Map());
let current = null;

export function render({ parentElement, data, setTriggerValue }) {
  let player = players.get(data.pid);
  if (player && player.data.match !== data.match) {
    player.close();
    player = null;
  }
  if (!player) {
    makeRoom();
    player = new Review(data, (one) => current === one || !current?.root.isConnected);
    player.root.addEventListener('pointerdown', () => { current = player; }, true);
    players.set(data.pid, player);
  }
  if (!current?.root.isConnected) current = player;
  player.idle = false;
  player.emit = setTriggerValue;
  const owner = (player.owner = {});
  if (!parentElement.contains(player.root)) {
    parentElement.querySelector('style[data-touchline]')?.remove();
    const style = document.createElement('style');
    style.dataset.touchline = '';
    style.textContent = CSS + EXTRAS;
    parentElement.append(style, player.root);
    player.arrange();
    player.live?.soon(0); // while it was elsewhere the match may have been synchronised anew
  }
  player.update(data);
  return () => {
    if (player.owner !== owner) return; // attached elsewhere meanwhile
    player.root.remove();
    setTimeout(() => {
      if (player.root.isConnected) return;
      player.lockstep?.pause();
      player.idle = true;
    }, HIDDEN_MS);
  };
}

// Decoded pictures are large: only what is on the page keeps them when another player opens.
function makeRoom() {
  for (const [pid, player] of players) {
    if (!player.idle || player.root.isConnected) continue;
    player.close();
    players.delete(pid);
  }
}

// A handle for tests and for finding faults; it speaks to the player on the screen.
window.__touchline = {
  get player() {
    return current;
  },
  state: () => current?.report() ?? null,
  seek: (n) => current.lockstep.seek(n),
  seekTime: (s) => current.lockstep.seek(current.timeline.stepAt(s)),
};
