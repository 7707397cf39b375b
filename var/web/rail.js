// The time line: where every camera has pictures, flags, and the play head to jog with.
import { button, make } from './dom.js';

const SIGNS = { incident: '\u2691', kick: '\u25c9', alarm: '\u25cf', decision: '\u2714' };
const BAR_PX = 4;

export class Rail {
  constructor(timeline, names, { words, seek }) {
    Object.assign(this, { times: timeline.t, names, words, seek });
    this.ranges = timeline.frames.map(rangesOf);
    this.bars = make('canvas', { class: 'bars' });
    this.head = make('div', { class: 'head' });
    this.flags = make('div', { class: 'flags' });
    this.track = make('div', { class: 'track', role: 'slider', tabindex: 0 }, this.bars, this.head);
    this.root = make('div', { class: 'rail' }, this.flags, this.track);
    this.track.setAttribute('aria-valuemin', '0');
    this.track.setAttribute('aria-valuemax', String(this.times.length - 1));
    this.track.addEventListener('pointerdown', (event) => this.grab(event));
    this.track.addEventListener('pointermove', (event) => this.held === event.pointerId && this.jog(event));
    for (const name of ['pointerup', 'pointercancel']) this.track.addEventListener(name, () => { this.held = null; });
    this.track.addEventListener('mousedown', (event) => event.preventDefault());
    this.given = null;
  }

  part(seconds) {
    const [first, last] = [this.times[0], this.times.at(-1)];
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
    const [first, last] = [this.times[0], this.times.at(-1)];
    this.seek(first + part * (last - first));
  }

  move(n, spoken) {
    this.head.style.left = `${this.part(this.times[n]) * 100}%`;
    this.track.setAttribute('aria-valuenow', String(n));
    this.track.setAttribute('aria-valuetext', spoken);
  }

  setFlags(flags) {
    const given = JSON.stringify([flags, this.words().lang]);
    if (given === this.given) return;
    this.given = given;
    this.flags.replaceChildren(
      ...flags.map(({ s, label, kind }) => {
        const tip = `${label ?? ''} ${this.words().clock(s, 1)}`.trim();
        const text = SIGNS[kind] ?? '\u25c6';
        const flag = button({ class: 'flag', text, title: tip, 'aria-label': tip, 'data-kind': kind }, () => this.seek(s));
        flag.style.left = `${this.part(s) * 100}%`;
        return flag;
      }),
    );
  }

  retitle() {
    this.track.setAttribute('aria-label', this.words().t('rail.label'));
    this.track.title = this.words().t('rail.tip', { cameras: this.names.join(' \u00b7 ') });
  }

  resize() {
    const unit = window.devicePixelRatio || 1;
    const rows = this.ranges.length;
    const height = rows * BAR_PX + (rows - 1) * 2;
    this.bars.style.height = `${height}px`;
    const width = this.track.clientWidth;
    this.bars.width = Math.max(1, Math.round(width * unit));
    this.bars.height = Math.round(height * unit);
    const pen = this.bars.getContext('2d');
    this.ranges.forEach((ranges, row) => {
      const y = row * (BAR_PX + 2) * unit;
      pen.fillStyle = '#2a333d';
      pen.fillRect(0, y + 1.5 * unit, this.bars.width, unit);
      pen.fillStyle = '#6fa8d6';
      for (const [from, to] of ranges) {
        const left = this.part(this.times[from]) * this.bars.width;
        const right = this.part(this.times[to]) * this.bars.width;
        pen.fillRect(left, y, Math.max(unit, right - left), BAR_PX * unit);
      }
    });
  }
}

function rangesOf(row) {
  const ranges = [];
  row.forEach((frame, n) => {
    if (frame < 0) return;
    if (ranges.length && ranges.at(-1)[1] === n - 1) ranges.at(-1)[1] = n;
    else ranges.push([n, n]);
  });
  return ranges;
}
