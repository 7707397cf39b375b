// The operator's side of the clean screen: tells the hub what is painted here, while a screen follows.
import { button } from './dom.js';

const EVERY_MS = 200; // while playing
const WAITS_MS = [500, 1000, 2000, 5000];
const FULL_BYTES = 256 * 1024; // a connection that is so far behind gets the next state instead

export function socketTo(address) {
  const url = new URL(`${address}/follow`, window.location.href);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  return new WebSocket(url);
}

export class Lead {
  constructor(player) {
    Object.assign(this, { player, socket: null, token: null, yours: false, screens: 0, seq: 0, tries: 0, told: '', take: false, missed: false });
    this.chip = button({ class: 'lead', hidden: true }, () => this.chosen());
    this.timer = setInterval(() => this.tick(), EVERY_MS);
    this.tick();
  }

  tick() {
    const here = this.player.root.isConnected;
    if (here && !this.socket && !this.waiting) this.connect();
    else if (!here && this.socket) this.hang();
    const playing = this.player.lockstep?.playing || this.player.features?.two?.lockstep?.playing;
    if (this.missed) this.overlays(); // what did not go through is told again, also where nothing changes any more
    if (this.missed || (playing && !document.hidden)) this.changed(); // a page in the background stands still, whatever it means to do
  }

  connect() {
    const socket = (this.socket = socketTo(this.player.address));
    socket.onopen = () => {
      this.tries = 0;
      socket.send(JSON.stringify({ role: 'operator', token: this.token, take: this.take }));
      this.take = false;
    };
    socket.onmessage = ({ data }) => this.socket === socket && this.hear(JSON.parse(data));
    socket.onclose = () => {
      if (this.socket !== socket) return;
      Object.assign(this, { socket: null, yours: false });
      this.draw();
      const wait = WAITS_MS[Math.min(this.tries, WAITS_MS.length - 1)];
      this.tries += 1;
      this.waiting = setTimeout(() => { this.waiting = null; }, wait); // then tick() connects again
    };
  }

  hear({ kind, yours, screens, token }) {
    if (kind === 'beat') this.tell('alive', {});
    if (kind !== 'lead') return;
    const begins = yours && (!this.yours || screens > this.screens);
    Object.assign(this, { yours, screens, token });
    this.draw();
    if (!begins) return;
    this.told = '';
    this.overlays();
    this.changed();
  }

  // Something on the screen has changed; what changes together is told once.
  changed() {
    if (!this.yours || !this.screens || this.pending) return;
    this.pending = true;
    queueMicrotask(() => {
      this.pending = false;
      const state = this.state();
      this.missed = Boolean(state) && !this.tell('state', state);
    });
  }

  overlays() {
    const given = JSON.stringify(this.player.data.overlays ?? {});
    if (!this.yours || !this.screens || given === this.told) return;
    if (this.tell('overlays', { overlays: this.player.data.overlays ?? {} })) this.told = given;
    else this.missed = true;
  }

  tell(kind, message) {
    const { socket } = this;
    if (!message || socket?.readyState !== WebSocket.OPEN || socket.bufferedAmount > FULL_BYTES) return false;
    socket.send(JSON.stringify({ kind, ...message }));
    return true;
  }

  state() {
    const { lockstep, tiles, large, active, match, timeline, features } = this.player;
    if (!match || lockstep.shown < 0) return null;
    const { pip, two } = features;
    this.seq += 1;
    return {
      seq: this.seq,
      version: match.version,
      n: lockstep.shown,
      s: timeline.t[lockstep.shown],
      ...{ playing: lockstep.playing, way: lockstep.way, speed: lockstep.speed, large, active },
      reached: this.player.reached ?? 1, // of that speed, where this computer cannot keep up
      layout: {
        pip: pip.shown < 0 ? null : { angle: pip.shown, corner: pip.corner },
        two: two.open && two.lockstep.shown >= 0 ? { angle: two.angle, s: timeline.t[two.lockstep.shown], side: two.side, locked: two.locked, playing: two.lockstep.playing, way: two.lockstep.way, speed: two.lockstep.speed, reached: two.reached, view: viewOf(two.tile) } : null,
      },
      views: tiles.map(viewOf),
      sent_ms: Date.now(),
    };
  }

  // The chip says how many screens follow; where another page leads, a tap takes over.
  draw() {
    const { words } = this.player;
    const here = Boolean(this.socket) && this.screens > 0;
    this.chip.hidden = !here;
    this.chip.dataset.yours = String(this.yours);
    this.chip.textContent = here ? `${this.yours ? '\u25a3' : '\u26a0'} ${words.t(this.yours ? 'lead.yours' : 'lead.other', { n: this.screens })}` : '';
    this.chip.title = words.t(this.yours ? 'lead.yours_tip' : 'lead.other_tip', { n: this.screens });
  }

  chosen() {
    if (this.yours) return;
    this.token = null;
    this.take = true;
    this.hang();
    this.connect();
  }

  hang() {
    const { socket } = this;
    Object.assign(this, { socket: null, yours: false, screens: 0 });
    socket?.close();
    this.draw();
  }

  close() {
    clearInterval(this.timer);
    clearTimeout(this.waiting);
    this.waiting = true;
    this.hang();
  }
}

function viewOf({ view: { s, x, y } }) {
  return [s, x, y];
}
