// The clean screen for the pitch-side monitor: no controls, nothing it could change. It shows what the operator's player
// shows, and where it cannot know that, it says so instead of showing an old picture.
import { make } from './elements.js';
import { EXTRAS } from './extras.js';
import { socketTo } from './follow.js';
import { Pursuit } from './pursuit.js';
import { Review } from './review.js';
import { CSS } from './style.js';
import { Words } from './words.js';

const GONE_AFTER_MS = 3000;
const CHECK_MS = 100;
const WAITS_MS = [250, 500, 1000, 2000];
const TAP_MS = 6000;
const AHEAD_S = 0.1;
const ASK_MS = 250;
const MEND_MS = 2000;
const FAULTS = { connection: 'connection', operator: 'operator', waiting: 'waiting' };

class Screen {
  constructor({ match, lang, texts }) {
    this.words = new Words(texts, lang);
    const base = window.location.pathname.replace(/\/var\/[^/]+\/screen$/, '');
    this.data = { pid: 'screen', base, match, lang, texts, overlays: {}, flags: [], clean: true, height_px: window.innerHeight };
    document.head.append(make('style', { text: CSS + EXTRAS }));
    this.cover = make('div', { class: 'cover', role: 'alert' });
    this.tap = make('div', { class: 'tap', text: this.words.t('screen.tap') });
    this.player = new Review(this.data, () => false);
    this.player.root.classList.add('clean');
    document.body.append(this.player.root, this.cover, this.tap);
    this.pursuit = new Pursuit(this.player);
    this.pace = make('span', { class: 'pace' });
    Object.assign(this, { tries: 0, heard: -Infinity, stated: -Infinity, state: null, operator: null, lostAt: null });
    window.addEventListener('resize', () => this.resize());
    document.addEventListener('click', () => this.whole());
    document.addEventListener('keydown', (event) => event.key.toLowerCase() === 'f' && !event.ctrlKey && !event.metaKey && this.whole());
    document.addEventListener('visibilitychange', () => this.stayAwake());
    setInterval(() => this.check(), CHECK_MS);
    setTimeout(() => { this.tap.hidden = true; this.tap.remove(); }, TAP_MS);
    this.connect();
    this.stayAwake();
    this.check();
  }

  // ---- the connection

  connect() {
    const socket = (this.socket = socketTo(this.player.address));
    this.began = performance.now();
    socket.onopen = () => {
      this.tries = 0;
      socket.send(JSON.stringify({ role: 'follower' }));
    };
    socket.onmessage = ({ data }) => this.socket === socket && this.hear(JSON.parse(data));
    socket.onclose = () => this.socket === socket && this.dropped();
  }

  dropped() {
    const wait = WAITS_MS[Math.min(this.tries, WAITS_MS.length - 1)];
    this.tries += 1;
    Object.assign(this, { socket: null, heard: -Infinity });
    setTimeout(() => this.connect(), wait);
    this.check();
  }

  hear(message) {
    const now = performance.now();
    this.heard = now;
    if (message.kind === 'operator') {
      if (!message.present || message.leader !== this.operator?.leader) this.state = null; // another one's picture
      this.operator = message;
    } else if (message.kind === 'overlays') {
      this.data = { ...this.data, overlays: message.overlays };
      this.update();
    } else if (message.kind === 'state') {
      this.state = message;
      this.stated = now;
      this.operator = { ...this.operator, present: true, silent_ms: 0 };
    }
    this.check();
    if (this.fault() === null) this.pursuit.take(this.state);
  }

  // ---- what may be shown

  // Why the picture may not be shown: a text of the catalogue, or null.
  fault() {
    const now = performance.now();
    const moving = this.state?.playing || this.state?.layout?.two?.playing;
    if (now - this.heard > GONE_AFTER_MS) return FAULTS.connection;
    const silent = this.operator?.silent_ms > GONE_AFTER_MS; // also where the picture stands: nobody knows whether it still does
    if (!this.operator?.present || silent || (moving && now - this.stated > GONE_AFTER_MS)) return FAULTS.operator;
    return this.state && !this.outdated(now) ? null : FAULTS.waiting;
  }

  // Whether the operator shows what this page cannot know yet: another layout of the time line, or newer pictures.
  outdated(now) {
    const { state, player } = this;
    if (!player.match || !player.live) return false;
    const other = state.version !== player.match.version;
    const ahead = !other && state.s > player.timeline.t.at(-1) + AHEAD_S;
    if (!other && !ahead) {
      this.aheadAt = null;
      return false;
    }
    if (now - (this.askedAt ?? -Infinity) > ASK_MS) {
      this.askedAt = now;
      if (other) player.live.now();
      else player.live.soon(0);
    }
    this.aheadAt ??= now;
    return other || now - this.aheadAt > 1000;
  }

  // A picture that could not be fetched is asked for again: nobody can touch this screen.
  mend(now) {
    const { player } = this;
    const { two } = player.features ?? {};
    if (now - (this.mendedAt ?? -Infinity) < MEND_MS) return;
    this.mendedAt = now;
    if (player.tiles.some((tile) => tile.painted.kind === 'error') || player.lockstep.shown < 0) player.lockstep.retry();
    if (two?.open && two.tile?.painted.kind === 'error') two.lockstep.retry();
  }

  check() {
    const since = Math.max(this.heard, this.began);
    if (this.socket && performance.now() - since > 2 * GONE_AFTER_MS) {
      this.socket.close(); // nobody answers at the other end, and closing may take a while
      this.dropped();
      return;
    }
    const fault = this.fault();
    if (fault === null) {
      this.lostAt = null;
      this.cover.hidden = true;
      this.pursuit.reconcile();
      if (this.player.match && this.player.lockstep) this.mend(performance.now());
      this.tellPace();
      return;
    }
    this.lostAt ??= { time: new Date(), at: performance.now() };
    this.pursuit.stop();
    this.explain(fault);
  }

  explain(fault) {
    const { words, lostAt } = this;
    const seconds = Math.floor((performance.now() - lostAt.at) / 1000);
    const time = lostAt.time.toLocaleTimeString(words.lang === 'vi' ? 'vi-VN' : 'en-GB');
    const lines = [make('p', { class: 'what', text: `\u26a0 ${words.t(`screen.${fault}`)}` })];
    lines.push(make('p', { text: words.t('screen.since', { time, seconds }) }));
    lines.push(make('p', { text: words.t('screen.safe') }));
    this.cover.hidden = false;
    const said = lines.map((line) => line.textContent).join('\n');
    if (this.said === said) return;
    this.said = said;
    this.cover.replaceChildren(...lines);
  }

  // How fast it goes is always said: slow motion changes what a challenge looks like.
  tellPace() {
    const { words, state, player } = this;
    if (!player.head) return;
    if (!this.pace.isConnected) player.head.root.querySelector('.message').after(this.pace);
    const speed = ({ way, speed: asked, reached }) => {
      const slow = reached < 1; // the operator's computer cannot keep up
      return `${way > 0 ? '\u25b6' : '\u25c0'} ${slow ? '\u2248 ' : ''}${words.number(asked * (slow ? reached : 1), 2)}\u00d7`;
    };
    const text = state.playing ? speed(state) : `\u2759\u2759 ${words.t('screen.stands')}`;
    const two = state.layout?.two;
    const second = two && two.playing !== state.playing ? ` \u00b7 B ${two.playing ? speed(two) : '\u2759\u2759'}` : '';
    if (this.pace.textContent !== text + second) this.pace.textContent = text + second;
  }

  // ---- the window

  update() {
    if (this.player.match) this.player.update(this.data);
    else this.player.data = this.data;
  }

  resize() {
    this.data = { ...this.data, height_px: window.innerHeight };
    this.update();
  }

  async whole() {
    try {
      if (document.fullscreenElement) await document.exitFullscreen();
      else await document.documentElement.requestFullscreen();
    } catch {
      this.tap.textContent = this.words.t('no_full_screen');
      document.body.append(this.tap);
    }
  }

  // The monitor must not go dark while a referee looks at a picture that stands. Only secure pages may ask for that.
  async stayAwake() {
    if (document.hidden || !navigator.wakeLock) return;
    this.lock = await navigator.wakeLock.request('screen').catch(() => null);
  }
}

const screen = new Screen(JSON.parse(document.getElementById('given').textContent));

// A handle for tests and for finding faults.
window.__touchline = { screen, get player() { return screen.player; }, state: () => screen.player.report() };
