// The player of one match: cameras, clockwork and screen put together. It outlives the component that shows it.
import { Camera } from './camera.js';
import { SENT, SPEEDS } from './commands.js';
import { Controls } from './controls.js';
import { make } from './dom.js';
import { Gestures } from './gestures.js';
import { Head } from './head.js';
import { Help } from './help.js';
import { Keyboard } from './keyboard.js';
import { enlarged, grid } from './layout.js';
import { Lockstep } from './lockstep.js';
import { Loupe } from './loupe.js';
import { ask, body } from './net.js';
import { Outbox } from './outbox.js';
import { Rail } from './rail.js';
import { Tile } from './tile.js';
import { Words } from './words.js';

const PHONE_PX = 520; // narrower than this one angle is large from the start
const MEMORY_BYTES = 420e6; // decoded pictures of all cameras
const ELSEWHERE_PX = 128; // what the page keeps above and below the player
const BUSY_AFTER_MS = 350;
const TOLD_MS = 2500;

export class Review {
  constructor(data, isCurrent) {
    this.data = data;
    this.words = new Words(data.texts, data.lang);
    this.root = make('section', { class: 'player', tabindex: -1 });
    this.body = make('div', { class: 'body' });
    this.root.append(this.body);
    this.errors = [];
    this.active = 0;
    this.large = -1;
    this.hovered = null;
    this.outbox = new Outbox((name, message) => this.emit?.(name, message), (key) => this.head?.say('fault', key && this.words.t(key)));
    this.keyboard = new Keyboard(this.root, (id, digit) => this.run(id, digit), () => this.match && this.root.isConnected && isCurrent(this));
    this.resizing = new ResizeObserver(() => this.arrange());
    this.onWindow = () => this.arrange();
    window.addEventListener('resize', this.onWindow);
    document.addEventListener('fullscreenchange', this.onWindow);
    this.ready = this.load();
  }

  // ---- beginning and end

  async load() {
    this.body.replaceChildren(make('p', { class: 'plain', role: 'status', text: this.words.t('loading') }));
    const root = `${this.data.base ?? ''}/var/${encodeURIComponent(this.data.match)}`;
    try {
      const match = await body(await ask(`${root}/match.json`), 'json');
      if (!match.clips.length || !match.timeline.t.length) throw Object.assign(new Error('empty'), { code: 'empty' });
      const share = MEMORY_BYTES / match.clips.length;
      const cameras = match.clips.map((clip) => new Camera(clip, root, share));
      await Promise.all(cameras.map((camera) => camera.open()));
      if (this.closed) return;
      this.build(match, cameras);
    } catch (error) {
      this.errors.push(String(error));
      const again = make('button', { type: 'button', text: this.words.t('tile.retry'), onclick: () => { this.ready = this.load(); } });
      const why = this.words.t(`fault.${error.code ?? 'server'}`);
      this.body.replaceChildren(make('div', { class: 'plain', role: 'alert' }, make('p', { text: this.words.t('not_loaded') }), make('p', { text: why }), again));
    }
  }

  build(match, cameras) {
    const words = () => this.words;
    this.cameras = cameras;
    this.head = new Head(match, words);
    this.lockstep = new Lockstep(match.timeline, cameras, this);
    this.tiles = match.clips.map((clip, c) => this.tile(clip, c, words));
    this.loupe = new Loupe();
    this.help = new Help({ words, close: () => this.help.toggle(false) });
    this.grid = make('div', { class: 'grid' }, ...this.tiles.map((tile) => tile.root), this.loupe.canvas, this.help.root);
    this.rail = new Rail(match.timeline, match.clips.map((clip) => clip.label || clip.camera), { words, seek: (s) => this.lockstep.seek(this.lockstep.stepAt(s)) });
    this.controls = new Controls({ words, run: (id) => this.run(id), setSpeed: (speed) => this.setSpeed(speed) });
    this.body.replaceChildren(this.head.root, this.grid, this.controls.root, this.rail.root);
    this.match = match;
    if (this.root.clientWidth && this.root.clientWidth < PHONE_PX && this.tiles.length > 1) this.large = 0;
    this.resizing.observe(this.root);
    this.retitle();
    this.arrange();
    this.update(this.data);
    if (this.lockstep.shown < 0 && !this.lockstep.working) this.lockstep.retry();
  }

  tile(clip, c, words) {
    const tile = new Tile(c, clip, {
      words,
      overlays: () => this.data.overlays,
      enlarge: (index) => this.enlarge(index),
      unzoom: (one) => this.unzoom(one),
      retry: () => this.lockstep.retry(),
      lost: () => queueMicrotask(() => this.lockstep.retry()),
    });
    tile.gestures = new Gestures(tile.stage, {
      aims: () => this.aims(tile),
      press: (event) => this.press(tile, event),
      click: (event, aim) => this.click(tile, event, aim),
      pan: (dx, dy) => this.pan(tile, dx, dy),
      zoom: (factor, event) => this.zoom(tile, factor, event),
      hover: (event) => this.hover(tile, event),
      leave: () => this.hover(null),
    });
    return tile;
  }

  close() {
    this.closed = true;
    this.lockstep?.close();
    this.keyboard.close();
    this.resizing.disconnect();
    window.removeEventListener('resize', this.onWindow);
    document.removeEventListener('fullscreenchange', this.onWindow);
    for (const tile of this.tiles ?? []) tile.releaseStill();
    this.root.remove();
  }

  // ---- what Python says

  update(data) {
    const spoken = this.data.lang !== data.lang;
    this.data = data;
    this.words = new Words(data.texts, data.lang);
    this.outbox.acknowledge(data.ack ?? 0);
    if (!this.match) return;
    if (spoken) this.retitle();
    if (JSON.stringify(data.tool ?? null) !== this.toolGiven) {
      this.toolGiven = JSON.stringify(data.tool ?? null);
      this.setTool(data.tool ?? null);
    }
    this.rail.setFlags(data.flags ?? []);
    for (const tile of this.tiles) {
      tile.marks = tile.marks.filter((mark) => mark.seq > (data.ack ?? 0));
      tile.redrawInk();
    }
    this.arrange();
    if (data.seek && data.seek.seq !== this.sought) {
      this.sought = data.seek.seq;
      this.lockstep.seek(this.lockstep.stepAt(data.seek.s));
    }
  }

  retitle() {
    this.root.setAttribute('lang', this.words.lang);
    this.root.setAttribute('aria-label', this.words.t('player'));
    for (const part of [this.head, this.rail, this.controls, this.help, ...this.tiles]) part.retitle();
    this.rail.setFlags(this.data.flags ?? []);
    this.state();
    this.tellFallback();
    this.tellTool();
    if (this.lockstep.shown >= 0) this.head.show(...this.now());
  }

  setTool(tool) {
    this.tool = tool;
    this.root.classList.toggle('tooled', Boolean(tool));
    for (const tile of this.tiles) {
      const here = this.aims(tile);
      tile.root.classList.toggle('aims', here);
      tile.root.classList.toggle('dim', Boolean(tool) && !here);
    }
    this.tellTool();
    if (tool && this.hovered) this.hover(this.hovered.tile, this.hovered.event);
    else this.loupe.hide();
    if (!this.lockstep.playing && !this.lockstep.working) this.lockstep.rest();
  }

  tellTool() {
    const hint = this.tool ? `${this.tool.hint ?? ''} \u00b7 ${this.words.t('tool.leave')}` : this.words.t('tool.resume');
    this.head.say('tool', this.data.tool ? `\u25ce ${hint}` : '');
  }

  tellFallback() {
    const camera = this.cameras.find((one) => one.fallback);
    const name = camera && (camera.clip.label || camera.clip.camera);
    this.head.say('fallback', camera ? this.words.t(`fallback.${camera.fallback}`, { camera: name }) : '');
  }

  // ---- the screen of the clockwork

  now() {
    const n = this.lockstep.shown;
    return [this.match.timeline.t[n], this.lockstep.frameOf(this.match.timeline.master, n)];
  }

  paint(views, n) {
    const { t, dt_ms: residuals } = this.match.timeline;
    views.forEach((view, c) => {
      const dtMs = residuals[c][n];
      const seconds = t[n] + (dtMs ?? 0) / 1000;
      const { seconds: clock } = this.head.clockAt(seconds);
      this.tiles[c].paint(view, n, dtMs, clock, seconds);
      if (view.error) this.note(view.error);
    });
    this.head.show(...this.now());
    this.rail.move(n, this.words.clock(this.head.clockAt(t[n]).seconds ?? t[n]));
    this.tellFallback();
    if (this.hovered && this.tool) this.hover(this.hovered.tile, this.hovered.event);
  }

  note(error) {
    this.errors.push(String(error));
    if (this.errors.length > 50) this.errors.shift();
  }

  busy(working) {
    clearTimeout(this.busyTimer);
    if (!working) this.head.say('busy', '');
    else this.busyTimer = setTimeout(() => this.head.say('busy', this.words.t('waiting')), BUSY_AFTER_MS);
  }

  state() {
    const { playing, way, speed } = this.lockstep;
    this.controls.show({ playing, way, speed, zoomed: this.tiles.some((tile) => tile.view.s > 1) });
  }

  // Which angles still want their picture from the source, and how large; the enlarged one first.
  wanted() {
    return this.tiles.flatMap((tile, c) => {
      const full = c === this.large || tile.view.s > 1 || this.aims(tile);
      const camera = this.cameras[c];
      const height = full || camera.height >= camera.clip.h ? 0 : camera.height;
      const has = tile.still ? tile.stillHeight : tile.painted.source ? camera.height : -1;
      const enough = has === 0 || has >= (height || camera.clip.h);
      return tile.painted.kind !== 'picture' || enough ? [] : [{ c, height, first: c === this.large }];
    });
  }

  source(c, frame, still, height) {
    this.tiles[c].takeSource(frame, still, height);
    if (still.error && still.error.code !== 'cancelled') this.note(still.error);
    if (this.hovered?.tile === this.tiles[c] && this.tool) this.hover(this.hovered.tile, this.hovered.event);
  }

  // ---- looking

  arrange() {
    if (!this.match || !this.root.isConnected) return;
    const whole = document.fullscreenElement && this.root.matches(':fullscreen');
    const width = Math.floor(this.root.getBoundingClientRect().width);
    if (!width) return;
    const given = this.data.height_px || Math.max(420, Math.min(1200, window.innerHeight - ELSEWHERE_PX));
    const total = whole ? window.innerHeight : given;
    const rest = [this.head, this.controls, this.rail].reduce((sum, part) => sum + part.root.offsetHeight, 0);
    const room = Math.max(160, total - rest - 8);
    const count = this.tiles.length;
    const plan = this.large < 0 ? grid(width, room, count) : enlarged(width, room, count - 1);
    this.grid.dataset.plan = this.large < 0 ? 'grid' : plan.side;
    this.grid.style.setProperty('--columns', this.large < 0 ? plan.columns : 1);
    this.tiles.forEach((tile, c) => {
      const box = this.large < 0 ? plan : c === this.large ? plan.main : plan.strip;
      tile.root.classList.toggle('large', c === this.large);
      tile.root.classList.toggle('small', box.w < 300);
      tile.root.classList.toggle('tiny', box.w < 200);
      tile.root.classList.toggle('active', c === this.active);
      tile.resize(box.w, box.h);
    });
    this.rail.resize();
  }

  enlarge(index) {
    if (index >= this.tiles.length) return;
    this.large = this.large === index ? -1 : index;
    this.active = index;
    this.loupe.hide();
    this.arrange();
    if (!this.lockstep.playing && !this.lockstep.working) this.lockstep.rest();
  }

  zoom(tile, factor, event) {
    const box = tile.picture.getBoundingClientRect();
    const inside = (value) => Math.min(1, Math.max(0, value));
    tile.view.zoom(factor, inside((event.clientX - box.left) / box.width), inside((event.clientY - box.top) / box.height));
    this.zoomed(tile);
    if (this.tool && this.hovered) this.hover(this.hovered.tile, this.hovered.event);
  }

  zoomBy(factor) {
    const tile = this.hovered?.tile ?? this.tiles[this.active];
    const box = tile.picture.getBoundingClientRect();
    const middle = { clientX: box.left + box.width / 2, clientY: box.top + box.height / 2 };
    this.zoom(tile, factor, this.hovered?.event ?? middle);
  }

  unzoom(tile) {
    tile.view.reset();
    this.zoomed(tile);
  }

  pan(tile, dx, dy) {
    if (tile.view.s === 1) return;
    const box = tile.picture.getBoundingClientRect();
    tile.view.pan(dx / box.width, dy / box.height);
    this.zoomed(tile);
  }

  zoomed(tile) {
    tile.root.classList.toggle('zoomed', tile.view.s > 1);
    tile.redraw();
    tile.relabel();
    this.state();
    if (!this.lockstep.playing && !this.lockstep.working) this.lockstep.rest();
  }

  // ---- pointing

  aims(tile) {
    return Boolean(this.tool) && (!this.tool.cameras || this.tool.cameras.includes(tile.clip.camera));
  }

  hover(tile, event) {
    this.hovered = tile ? { tile, event } : null;
    if (tile && this.aims(tile)) this.loupe.show(tile, tile.pixelAt(event), event, this.grid);
    else this.loupe.hide();
  }

  // What is under the pointer at the moment it goes down: this is what a click means, even while seeking.
  press(tile, event) {
    this.active = tile.index;
    this.arrange();
    if (this.aims(tile)) this.lockstep.pause();
    return { ...tile.painted, pixel: tile.pixelAt(event) };
  }

  click(tile, event, aim) {
    if (!this.aims(tile)) return;
    const { kind, frame, n, source, pixel } = aim ?? { ...tile.painted, pixel: tile.pixelAt(event) };
    if (kind !== 'picture' || !pixel) return;
    const { camera, sha256 } = tile.clip;
    const [u, v] = [round(pixel.u), round(pixel.v)];
    const seq = this.outbox.post('point', { camera, frame, s: this.match.timeline.t[n], u, v, sha256, source });
    tile.marks.push({ seq, frame, u, v });
    tile.redrawInk();
  }

  // ---- commands

  send(name) {
    const tile = this.tiles[this.active];
    const { n, kind, frame } = tile.painted;
    const { camera, sha256 } = tile.clip;
    if (n < 0) return;
    const at = kind === 'picture' ? frame : null;
    this.outbox.post('action', { name, s: this.match.timeline.t[n], n, camera, frame: at, sha256 });
    clearTimeout(this.toldTimer);
    const where = `${tile.clip.label || camera} ${at === null ? '\u2013' : `#${at}`}`;
    const known = SENT.includes(name);
    if (known) this.head.say('sent', `\u2192 ${this.words.t(`command.${name}`)} \u00b7 ${where}`);
    this.toldTimer = setTimeout(() => this.head.say('sent', ''), TOLD_MS);
  }

  setSpeed(speed) {
    this.lockstep.speed = speed;
    this.state();
  }

  shuttle(way) {
    const { lockstep } = this;
    const next = SPEEDS[SPEEDS.indexOf(lockstep.speed) + 1];
    if (lockstep.playing && lockstep.way === way && next) lockstep.speed = next;
    lockstep.play(way);
    this.state();
  }

  changeSpeed(by) {
    this.setSpeed(SPEEDS[Math.max(0, Math.min(SPEEDS.length - 1, SPEEDS.indexOf(this.lockstep.speed) + by))]);
  }

  leave() {
    if (this.help.open) this.help.toggle(false);
    else if (this.tool) {
      this.setTool(null);
      this.send('leave_tool');
    } else if (this.large >= 0) this.enlarge(this.large);
    else if (this.data.tool) this.setTool(this.data.tool);
  }

  async whole() {
    try {
      if (document.fullscreenElement) await document.exitFullscreen();
      else await this.root.requestFullscreen();
    } catch (error) {
      this.note(error);
      this.head.say('sent', this.words.t('no_full_screen'));
    }
  }

  run(id, digit) {
    const { lockstep } = this;
    const moves = { start: -Infinity, end: Infinity, back10: -10, back1: -1, forward1: 1, forward10: 10 };
    if (id in moves) {
      const to = lockstep.n + moves[id];
      lockstep.seek(Math.max(0, Math.min(lockstep.length - 1, to)));
    } else if (SENT.includes(id)) this.send(id);
    else this.others[id].call(this, digit);
  }

  others = {
    play: () => (this.lockstep.playing ? this.lockstep.pause() : this.lockstep.play(1)),
    shuttle_back: () => this.shuttle(-1),
    shuttle_on: () => this.shuttle(1),
    slower: () => this.changeSpeed(-1),
    faster: () => this.changeSpeed(1),
    angle: (digit) => this.enlarge(digit),
    zoom_in: () => this.zoomBy(1.5),
    zoom_out: () => this.zoomBy(1 / 1.5),
    zoom_reset: () => this.tiles.forEach((tile) => this.unzoom(tile)),
    full: () => this.whole(),
    leave: () => this.leave(),
    help: () => this.help.toggle(),
  };

  // ---- for tests and for finding faults

  report() {
    const tiles = this.tiles ?? [];
    return {
      n: this.lockstep?.shown ?? -1,
      sought: this.lockstep?.n ?? -1,
      frames: Object.fromEntries(tiles.map(({ clip, painted }) => [clip.camera, painted.frame])),
      kinds: Object.fromEntries(tiles.map(({ clip, painted }) => [clip.camera, painted.kind])),
      source: Object.fromEntries(tiles.map(({ clip, painted }) => [clip.camera, painted.source])),
      playing: this.lockstep?.playing ?? false,
      busy: Boolean(this.lockstep?.working),
      errors: [...this.errors],
      fallback: Object.fromEntries((this.cameras ?? []).map(({ clip, fallback }) => [clip.camera, fallback])),
    };
  }
}

function round(value) {
  return Math.round(value * 1000) / 1000;
}
