// Play-out: one stretch from one angle, then the same stretch from the next, in an order chosen by digits.
import { button } from './dom.js';
import { make } from './elements.js';

export class PlayOut {
  constructor(player) {
    Object.assign(this, { player, order: [], at: -1, choosing: false });
    this.root = make('div', { class: 'playout', role: 'group', hidden: true });
  }

  get running() {
    return this.at >= 0;
  }

  toggle() {
    if (this.running || this.choosing) this.stop();
    else this.ask();
  }

  ask() {
    const { player } = this;
    if (!player.features.stretch.need()) return;
    player.features.chips.hide();
    this.order = [];
    this.choosing = true;
    player.keyboard.mode = (this.mode = (chord) => this.key(chord));
    player.lockstep.pause();
    this.draw();
  }

  key(chord) {
    const { tiles } = this.player;
    if (/^[1-8]$/.test(chord)) this.add(Number(chord) - 1);
    else if (chord === 'Backspace') this.order.pop();
    else if (chord === 'Enter' || chord === 'Space') this.start();
    else if (chord === 'Escape') this.stop();
    else return false;
    if (tiles.length && this.choosing) this.draw();
    return true;
  }

  add(angle) {
    if (angle < this.player.tiles.length && this.order.length < 16) this.order.push(angle);
    this.draw();
  }

  // Without a choice every angle takes its turn, the active one first.
  start() {
    const { player } = this;
    const all = player.tiles.map((_, c) => (player.active + c) % player.tiles.length);
    if (!this.order.length) this.order = all;
    this.leaveMode();
    this.at = 0;
    player.features.two.close();
    player.features.stretch.looping = false;
    this.begin();
  }

  begin() {
    const { player } = this;
    const [first] = player.features.stretch.steps();
    player.features.enlargeTo(this.order[this.at]);
    player.features.playAt(first);
    this.draw();
  }

  painted(n) {
    const { lockstep, features } = this.player;
    if (!this.running || !lockstep.playing || lockstep.way < 0 || !features.stretch.whole) return;
    if (n < features.stretch.steps()[1]) return;
    if (this.at + 1 < this.order.length) {
      this.at += 1;
      queueMicrotask(() => this.begin());
    } else {
      lockstep.pause();
      this.stop();
    }
  }

  stop() {
    this.leaveMode();
    this.at = -1;
    this.draw();
  }

  leaveMode() {
    this.choosing = false;
    if (this.player.keyboard.mode === this.mode) this.player.keyboard.mode = null;
  }

  draw() {
    const { words, tiles, lockstep } = this.player;
    this.root.hidden = !this.choosing && !this.running;
    this.player.features.refresh();
    if (this.root.hidden) return;
    const name = (c) => tiles[c].clip.label || tiles[c].clip.camera;
    this.root.setAttribute('aria-label', words.t('play_out.label'));
    const stop = button({ icon: 'close', class: 'shut', title: `${words.t('play_out.stop')} (Esc)`, 'aria-label': words.t('play_out.stop') }, () => this.stop());
    if (this.running) {
      const speed = `${words.number(lockstep.speed, 2)}\u00d7`;
      const params = { at: this.at + 1, count: this.order.length, camera: name(this.order[this.at]), speed };
      this.root.replaceChildren(make('p', { role: 'status', text: words.t('play_out.running', params) }), stop);
      return;
    }
    const chosen = this.order.length ? this.order.map(name).join(' \u2192 ') : words.t('play_out.all');
    this.root.replaceChildren(
      make('p', { text: words.t('play_out.ask') }),
      ...tiles.map((_, c) => button({ class: 'chip', title: `${name(c)} (${c + 1})`, text: String(c + 1), 'aria-label': name(c) }, () => this.add(c))),
      make('p', { class: 'order', text: chosen }),
      button({ class: 'chip go', icon: 'play', text: words.t('play_out.go'), title: `${words.t('play_out.go')} (Enter)` }, () => this.start()),
      stop,
    );
  }
}
