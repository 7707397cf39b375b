// Two moments side by side. A is the player's own clockwork; B is a second one with one camera, which steps by itself or
// locked to A. Both show exact frames, and the picture from the source at rest.
import { Camera } from './camera.js';
import { button } from './dom.js';
import { make } from './elements.js';
import { Gestures } from './gestures.js';
import { Lockstep } from './lockstep.js';
import { Tile } from './tile.js';

const MEMORY_BYTES = 60e6;
const MOVES = { start: -Infinity, back10: -10, back1: -1, forward1: 1, forward10: 10, end: Infinity };

// The time line with one camera on it.
class OneCamera {
  constructor(timeline, angle) {
    Object.assign(this, { timeline, angle });
  }

  get length() {
    return this.timeline.length;
  }

  get t() {
    return this.timeline.t;
  }

  frameOf(_, n) {
    return this.timeline.frameOf(this.angle, n);
  }

  stepAt(seconds) {
    return this.timeline.stepAt(seconds);
  }
}

export class Moments {
  constructor(player) {
    Object.assign(this, { player, open: false, side: 'b', locked: false, before: -1, reached: 1 });
    this.bar = make('div', { class: 'moments', role: 'toolbar', hidden: true });
  }

  toggle() {
    if (this.open) this.close();
    else this.show(this.player.active, this.player.lockstep.shown);
  }

  // Opens with the active angle at A, and `angle` at step `n` at B.
  show(angle, n) {
    const { player } = this;
    if (player.lockstep.shown < 0) return;
    this.before = player.large;
    Object.assign(this, { open: true, side: 'b', locked: false });
    player.features.playOut.stop();
    player.large = player.active;
    this.seat(angle, n);
    player.features.refresh(true);
    player.state();
  }

  // Puts an angle at B, at step n.
  seat(angle, n) {
    const { player } = this;
    this.clear();
    const clip = player.match.clips[angle];
    const camera = new Camera(clip, player.address, MEMORY_BYTES);
    const words = () => player.words;
    const again = () => this.lockstep?.retry();
    Object.assign(this, { angle, reached: 1 });
    this.tile = new Tile(angle, clip, { words, ...player.shownOn(), enlarge: () => this.turn('b'), unzoom: (tile) => player.unzoom(tile), retry: again, lost: () => queueMicrotask(again) });
    this.tile.root.classList.add('moment');
    this.tile.gestures = new Gestures(this.tile.stage, {
      aims: () => false,
      press: () => this.turn('b'),
      click: (event) => player.clickNumber(this.tile, event, this.tile.painted),
      pan: (dx, dy) => player.pan(this.tile, dx, dy),
      zoom: (factor, event) => player.zoom(this.tile, factor, event),
      hover: () => {},
      leave: () => {},
    });
    this.tile.retitle();
    this.lockstep = new Lockstep(new OneCamera(player.timeline, angle), [camera], this);
    this.lockstep.speed = player.lockstep.speed;
    this.bar.before(this.tile.root);
    const { lockstep } = this;
    lockstep.n = n;
    this.opened = camera.open().then(() => this.lockstep === lockstep && lockstep.retry());
    this.measure();
  }

  // What was open, for another layout of the time line.
  keep(camera) {
    const { lockstep, player, tile } = this;
    const n = lockstep.shown < 0 ? lockstep.n : lockstep.shown;
    const { playing, way, speed } = lockstep;
    return { camera: camera(this.angle), s: player.timeline.t[n], view: tile.view, before: camera(this.before), side: this.side, locked: this.locked, playing, way, speed };
  }

  restore({ camera, s, view, before, side, locked, playing, way, speed }) {
    const { player } = this;
    const index = (name) => player.match.clips.findIndex((clip) => clip.camera === name);
    if (index(camera) < 0) return;
    this.show(index(camera), player.timeline.stepAt(s));
    Object.assign(this, { before: index(before), side, locked });
    this.tile.view = view;
    this.tile.root.classList.toggle('zoomed', view.s > 1);
    this.lockstep.speed = speed;
    if (playing && !locked) this.opened.then(() => this.lockstep?.play(way));
    player.features.refresh(true);
  }

  // ---- the screen of B's clockwork

  paint([view], n) {
    const { player, angle } = this;
    const dtMs = player.timeline.dtMs(angle, n);
    const seconds = player.timeline.t[n] + (dtMs ?? 0) / 1000;
    const why = view.frame < 0 ? player.why(angle, n) : null;
    this.tile.paint({ ...view, why }, n, dtMs, player.head.clockAt(seconds).seconds, seconds);
    if (view.error) player.note(view.error);
    if (this.locked && this.side === 'b') this.measure();
    this.draw();
    player.features.changed();
  }

  busy() {}

  pace(share) {
    this.reached = share;
    this.player.tellPace();
  }

  state() {
    this.player.state();
  }

  order() {
    return [0];
  }

  wanted() {
    const { tile } = this;
    const enough = tile.still && tile.stillHeight === 0;
    return tile.painted.kind !== 'picture' || enough ? [] : [{ c: 0, height: 0, first: true }];
  }

  source(_, frame, still, height) {
    this.tile.takeSource(frame, still, height);
    if (still.error && still.error.code !== 'cancelled') this.player.note(still.error);
  }

  // ---- what people do

  // Whether B is what the keys move now.
  get drives() {
    return this.open && this.side === 'b' && !this.locked;
  }

  turn(side = this.side === 'a' ? 'b' : 'a') {
    if (!this.open) return;
    this.side = side;
    this.player.features.refresh(true);
    this.player.state();
  }

  lock() {
    if (!this.open) return;
    this.locked = !this.locked;
    this.lockstep.pause();
    this.measure();
    this.player.features.refresh();
    this.player.state();
  }

  measure() {
    this.apart = this.lockstep ? this.lockstep.n - this.player.lockstep.n : 0;
  }

  // A has moved: B goes with it where they are locked.
  painted(n) {
    if (!this.open) return;
    if (this.locked && this.lockstep.n !== n + this.apart) this.lockstep.go(n + this.apart);
    this.draw();
  }

  choose(angle) {
    const { player } = this;
    if (angle >= player.tiles.length) return;
    if (this.side === 'b') this.seat(angle, this.lockstep.n);
    else player.large = player.active = angle;
    player.features.refresh(true);
    player.lockstep.rest();
  }

  // A command for B while B is what the keys move. Returns whether it was one.
  run(id) {
    const { lockstep } = this;
    if (!this.drives) return false;
    if (id in MOVES) lockstep.seek(Math.max(0, Math.min(lockstep.length - 1, lockstep.n + MOVES[id])));
    else if (id === 'play') lockstep.playing ? lockstep.pause() : lockstep.play(1);
    else if (id === 'shuttle_on' || id === 'shuttle_back') lockstep.play(id === 'shuttle_on' ? 1 : -1);
    else return false;
    return true;
  }

  draw() {
    const { player, lockstep } = this;
    this.bar.hidden = !this.open;
    for (const tile of player.tiles) delete tile.root.dataset.side;
    if (!this.open) return;
    const { words, timeline } = player;
    player.tiles[player.large].root.dataset.side = 'A';
    this.tile.root.dataset.side = 'B';
    player.tiles[player.large].root.classList.toggle('driven', this.locked || this.side === 'a');
    this.tile.root.classList.toggle('driven', this.locked || this.side === 'b');
    const [a, b] = [player.lockstep.shown, lockstep.shown];
    const apart = b < 0 ? null : timeline.t[b] - timeline.t[a];
    const said = `B \u2212 A: ${words.number(apart, 3, true)} s`;
    const tip = (id, key) => `${words.t(`command.${id}`)} (${key})`;
    const shape = JSON.stringify([this.side, this.locked, words.lang]);
    if (this.shape !== shape) {
      this.shape = shape;
      const sides = ['a', 'b'].map((side) => button({ class: 'chip', text: side.toUpperCase(), title: tip('side', 'W'), 'aria-pressed': String(this.locked || this.side === side) }, () => this.turn(side)));
      const lock = button({ class: 'chip lock', icon: 'lock', text: words.t(this.locked ? 'moments.locked' : 'moments.free'), title: tip('lock', 'S'), 'aria-pressed': String(this.locked) }, () => this.lock());
      const shut = button({ class: 'shut', icon: 'close', title: `${words.t('moments.close')} (A)`, 'aria-label': words.t('moments.close') }, () => this.close());
      this.apartText = make('span', { class: 'apart' });
      this.bar.setAttribute('aria-label', words.t('command.two'));
      this.bar.replaceChildren(sides[0], lock, sides[1], this.apartText, shut);
    }
    this.apartText.textContent = said;
  }

  clear() {
    this.lockstep?.close();
    this.tile?.releaseStill();
    this.tile?.root.remove();
    Object.assign(this, { lockstep: null, tile: null });
  }

  close() {
    if (!this.open) return;
    this.open = false;
    this.clear();
    this.player.large = this.before;
    this.player.tellPace();
    this.draw();
    this.player.features.refresh(true);
    this.player.state();
  }
}
