// The time line: where every camera has pictures, flags, and the play head to jog with. Its scale grows with a match
// that is being recorded.
import { button } from './dom.js';
import { make } from './elements.js';

const SIGNS = { incident: '\u2691', kick: '\u25c9', alarm: '\u25cf', decision: '\u2714' };
const BAR_PX = 4;
const GAP_PX = 2;
const GLIDE_MS = 900;

export class Rail {
  constructor(timeline, names, { words, seek }) {
    Object.assign(this, { timeline, names, words, seek, n: 0 });
    this.bars = make('canvas', { class: 'bars' });
    this.head = make('div', { class: 'head' });
    this.flags = make('div', { class: 'flags' });
    this.track = make('div', { class: 'track', role: 'slider', tabindex: 0 }, this.bars, this.head);
    this.root = make('div', { class: 'rail' }, this.flags, this.track);
    this.track.setAttribute('aria-valuemin', '0');
    this.track.addEventListener('pointerdown', (event) => this.grab(event));
    this.track.addEventListener('pointermove', (event) => this.held === event.pointerId && this.jog(event));
    for (const name of ['pointerup', 'pointercancel']) this.track.addEventListener(name, () => { this.held = null; });
    this.track.addEventListener('mousedown', (event) => event.preventDefault());
    this.given = null;
    this.placed = []; // flags: { flag, s }
    this.rescale();
  }

  // The times at both ends of the track.
  rescale() {
    this.first = this.timeline.t[0];
    this.last = this.timeline.t.at(-1);
    this.track.setAttribute('aria-valuemax', String(this.timeline.length - 1));
  }

  part(seconds) {
    const { first, last } = this;
    return last > first ? Math.min(1, Math.max(0, (seconds - first) / (last - first))) : 0;
  }

  grab(event) {
    if (event.button !== 0) return;
    this.held = event.pointerId;
    this.track.setPointerCapture(event.pointerId);
    this.jog(event);
  }

  jog(event) {
    const box = this.track.getBoundingClientRect();
    const part = Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
    this.seek(this.first + part * (this.last - this.first));
  }

  move(n, spoken) {
    this.n = n;
    this.head.style.left = `${this.part(this.timeline.t[n]) * 100}%`;
    this.track.setAttribute('aria-valuenow', String(n));
    this.track.setAttribute('aria-valuetext', spoken);
  }

  // The match became longer: the scale follows smoothly, but not under a hand that holds the play head.
  grown() {
    const [from, to, began] = [this.last, this.timeline.t.at(-1), performance.now()];
    cancelAnimationFrame(this.gliding);
    const glide = () => {
      this.gliding = null;
      const passed = Math.min(1, (performance.now() - began) / GLIDE_MS);
      if (this.held == null) {
        this.rescale();
        this.last = from + (to - from) * passed;
        this.place();
      }
      if (passed < 1 || this.held != null) this.gliding = requestAnimationFrame(glide);
    };
    if (to !== from || this.held != null) glide();
    else this.place(); // late pictures may have filled a hole
  }

  place() {
    for (const { flag, s } of this.placed) flag.style.left = `${this.part(s) * 100}%`;
    this.head.style.left = `${this.part(this.timeline.t[this.n]) * 100}%`;
    this.draw();
  }

  setFlags(flags) {
    const given = JSON.stringify([flags, this.words().lang]);
    if (given === this.given) return;
    this.given = given;
    this.placed = flags.map(({ s, label, kind, sign, tag }) => {
      const tip = `${label ?? ''} ${this.words().clock(s, 1)}`.trim();
      const text = sign ?? SIGNS[kind] ?? '\u25c6';
      const flag = button({ class: 'flag', text, title: tip, 'aria-label': tip, 'data-kind': kind, 'data-tag': tag }, () => this.seek(s));
      flag.style.left = `${this.part(s) * 100}%`;
      return { flag, s };
    });
    this.flags.replaceChildren(...this.placed.map(({ flag }) => flag));
  }

  retitle() {
    this.track.setAttribute('aria-label', this.words().t('rail.label'));
    this.track.title = this.words().t('rail.tip', { cameras: this.names.join(' \u00b7 ') });
  }

  resize() {
    const unit = window.devicePixelRatio || 1;
    const rows = this.timeline.ranges.length;
    const height = rows * BAR_PX + (rows - 1) * GAP_PX;
    const [w, h] = [Math.max(1, Math.round(this.track.clientWidth * unit)), Math.round(height * unit)];
    this.bars.style.height = `${height}px`;
    if (this.bars.width !== w || this.bars.height !== h) Object.assign(this.bars, { width: w, height: h });
    this.draw();
  }

  // Where each camera has pictures. A hole narrower than a pixel of the screen leaves no trace.
  draw() {
    const unit = window.devicePixelRatio || 1;
    const { width, height } = this.bars;
    const pen = this.bars.getContext('2d');
    const { t, ranges } = this.timeline;
    pen.clearRect(0, 0, width, height);
    ranges.forEach((row, k) => {
      const y = k * (BAR_PX + GAP_PX) * unit;
      pen.fillStyle = '#2a333d';
      pen.fillRect(0, y + 1.5 * unit, width, unit);
      pen.fillStyle = '#6fa8d6';
      let done = -1; // what is painted already ends here
      for (const [from, to] of row) {
        const left = this.part(t[from]) * width;
        const right = Math.max(left + unit, this.part(t[to]) * width);
        if (right <= done) continue;
        pen.fillRect(left, y, right - left, BAR_PX * unit);
        done = right;
      }
    });
  }

  close() {
    cancelAnimationFrame(this.gliding);
  }
}
