// The stack of rows on one time axis: words of events above, a row a curve, seconds below, and the cursor over all.
import { WIDE } from './curve_data.js';
import { drawRow, range, ticks } from './curve_plot.js';
import { make } from './elements.js';
import { say } from './parts.js';

const PHONE_PX = 520;
const LEFT_PX = 46; // of the values beside a row
const RIGHT_PX = 10;
const LANE_PX = 17; // of the words of events
const LANES = 3;
const TICKS_PX = 22;
const LONG_S = 20; // a longer trial opens with a part of it
const OPEN_S = 10;
const SHORTEST_S = 0.2;
const FONT = '"Be Vietnam Pro", "Source Sans", system-ui, sans-serif';

export class CurveRows {
  // `pick(curve, s)` is called with where somebody pointed, `key(event)` with keys.
  constructor({ pick, key }) {
    Object.assign(this, { pick, window: [0, 1], rows: [], shown: [], colours: {}, held: null });
    this.top = make('canvas', {});
    this.bottom = make('canvas', {});
    this.cursor = make('div', { class: 'cursor', hidden: true });
    this.list = make('div', {});
    this.root = make('div', { class: 'rows', role: 'slider', tabindex: 0, 'data-keys': 'PageUp PageDown' }, this.top, this.list, this.bottom, this.cursor);
    this.root.addEventListener('keydown', key);
    this.root.addEventListener('pointerdown', (event) => this.grab(event));
    this.root.addEventListener('pointermove', (event) => this.held?.id === event.pointerId && this.aim(event));
    for (const name of ['pointerup', 'pointercancel']) this.root.addEventListener(name, () => { this.held = null; });
  }

  get first() {
    return this.rows[0]?.curves.find(({ kind }) => kind === 'own')?.curve;
  }

  // ---- what there is

  whole([start, end]) {
    this.window = end - start > LONG_S ? [start, start + OPEN_S] : [start, end];
    this.bounds = [start, end];
  }

  set({ words, ids, shown, curveName, eventName, unitOf }) {
    Object.assign(this, { words, shown, eventName, unitOf });
    this.root.setAttribute('aria-label', words.t('slider'));
    this.rows = ids.map((id) => this.row(id, shown, curveName));
    this.list.replaceChildren(...this.rows.map(({ root }) => root));
  }

  // Of two that are shown beside each other the second is drawn as the other one.
  row(id, shown, curveName) {
    const curves = shown.flatMap(({ line, kind, band }, k) => {
      const curve = line.curves.find((one) => one.id === id);
      const drawn = kind === 'own' && k > 0 ? 'other' : kind;
      return curve ? [{ curve, kind: drawn, place: k, half: kind === 'template' ? band?.[curve.unit] ?? null : null }] : [];
    });
    const name = curveName(this.words, curves[0].curve);
    const parts = { now: make('span', { class: 'now' }), error: make('span', { class: 'error' }), second: make('span', { class: 'second' }), apart: make('span', { class: 'apart' }) };
    const canvas = make('canvas', {});
    const spot = make('div', { class: 'spot', hidden: true });
    const title = make('div', { class: 'title' }, make('b', { text: name }), ...Object.values(parts));
    return { id, name, curves, parts, canvas, spot, root: make('div', { class: 'row', 'data-curve': id }, title, make('div', { style: 'position: relative' }, canvas, spot)) };
  }

  // ---- drawing

  draw(width) {
    const unit = window.devicePixelRatio || 1;
    const high = width < PHONE_PX ? 84 : 92;
    Object.assign(this, { width, unit });
    const events = this.shown.flatMap(({ line, kind }, k) => (kind === 'template' ? [] : line.events.map((event) => ({ ...event, other: kind !== 'own' || k > 0 }))));
    this.eventWords(events);
    for (const row of this.rows) this.one(row, high, events);
    this.seconds();
  }

  fit(canvas, high) {
    const [w, h] = [Math.round(this.width * this.unit), Math.round(high * this.unit)];
    canvas.style.height = `${high}px`;
    if (canvas.width !== w || canvas.height !== h) Object.assign(canvas, { width: w, height: h });
    const pen = canvas.getContext('2d');
    pen.clearRect(0, 0, w, h);
    pen.font = `${12 * this.unit}px ${FONT}`;
    return pen;
  }

  // From seconds to CSS pixels.
  x(s) {
    const [start, end] = this.window;
    return LEFT_PX + ((s - start) / (end - start)) * (this.width - LEFT_PX - RIGHT_PX);
  }

  one(row, high, events) {
    const { unit, words, window, colours } = this;
    const pen = this.fit(row.canvas, high);
    const plot = { left: LEFT_PX * unit, top: 4 * unit, width: (this.width - LEFT_PX - RIGHT_PX) * unit, height: (high - 8) * unit };
    row.range = range(row.curves, window);
    pen.textBaseline = 'middle';
    if (!row.range) {
      pen.fillStyle = colours.soft;
      pen.fillText(words.t('say.not_here'), plot.left + 8 * unit, plot.top + plot.height / 2);
      row.y = null;
      return;
    }
    const [low, top] = row.range;
    row.y = (value) => 4 + (1 - (value - low) / (top - low)) * (high - 8);
    const marks = ticks(low, top, 3);
    pen.textAlign = 'right';
    for (const value of marks.at) {
      const at = Math.round(row.y(value) * unit);
      pen.fillStyle = colours.grid;
      pen.fillRect(plot.left, at, plot.width, Math.max(1, unit / 2));
      pen.fillStyle = colours.soft;
      pen.fillText(words.number(value, marks.decimals), plot.left - 6 * unit, Math.min((high - 7) * unit, Math.max(7 * unit, at)));
    }
    const side = (name) => colours[name ?? 'middle'];
    drawRow(pen, row, { window, unit, plot, events, x: (s) => this.x(s) * unit, y: (value) => row.y(value) * unit, colours: { ...colours, side } });
  }

  // Words of events, in lanes; one without room keeps its line in the rows and is named beside the time.
  eventWords(events) {
    const { unit } = this;
    const lanes = Array.from({ length: this.width < PHONE_PX ? 2 : LANES }, () => -Infinity);
    const own = events.filter((event) => !event.other && event.s >= this.window[0] && event.s <= this.window[1]).sort((a, b) => a.s - b.s);
    const measure = this.top.getContext('2d');
    measure.font = `${12 * unit}px ${FONT}`;
    const placed = own.flatMap((event) => {
      const text = this.eventName(this.words, event);
      const wide = measure.measureText(text).width / unit;
      const at = this.x(event.s);
      const left = Math.max(2, Math.min(this.width - wide - 4, at - wide / 2));
      const lane = lanes.findIndex((end) => left > end + 8);
      if (lane < 0) return [];
      lanes[lane] = left + wide;
      return [{ text, at, left, lane }];
    });
    const used = 1 + Math.max(-1, ...placed.map(({ lane }) => lane));
    const pen = this.fit(this.top, used * LANE_PX);
    pen.textBaseline = 'middle';
    for (const { text, at, left, lane } of placed) {
      pen.fillStyle = this.colours.ink;
      pen.fillText(text, left * unit, (lane + 0.5) * LANE_PX * unit);
      pen.fillStyle = this.colours.event;
      pen.fillRect(Math.round(at * unit), (lane + 1) * LANE_PX * unit - unit, Math.max(1, unit), (used - lane - 1) * LANE_PX * unit + unit);
    }
  }

  seconds() {
    const { unit, words } = this;
    const pen = this.fit(this.bottom, TICKS_PX);
    const marks = ticks(...this.window, Math.max(2, Math.floor(this.width / 90)));
    pen.fillStyle = this.colours.soft;
    pen.textBaseline = 'middle';
    pen.textAlign = 'center';
    for (const s of marks.at) {
      pen.fillRect(Math.round(this.x(s) * unit), 0, Math.max(1, unit / 2), 4 * unit);
      const text = `${words.number(s, marks.decimals)} s`;
      const half = pen.measureText(text).width / 2;
      pen.fillText(text, Math.min(this.width * unit - half, this.x(s) * unit), 13 * unit);
    }
  }

  // ---- the cursor

  // Moves a part of the trial that is drawn to where `s` is. Returns whether it moved.
  keepInside(s) {
    const [start, end] = this.window;
    if (s === null || (s >= start && s <= end) || this.held) return false;
    const long = end - start;
    const [first, last] = this.bounds;
    const next = Math.max(first, Math.min(last - long, s - long * 0.15));
    if (Math.abs(next - start) < 1e-9) return false;
    this.window = [next, next + long];
    return true;
  }

  zoom(factor, s, [first, last]) {
    const [start, end] = this.window;
    const long = Math.min(last - first, Math.max(SHORTEST_S, (end - start) * factor));
    const middle = s ?? (start + end) / 2;
    const begin = Math.max(first, Math.min(last - long, middle - long / 2));
    this.window = [begin, begin + long];
  }

  // The cursor at `s`; the values of what each of the shown ones has painted (`at`, null where there is no picture).
  point(s, at, sampleAt) {
    this.cursor.hidden = s === null || s < this.window[0] || s > this.window[1];
    if (!this.cursor.hidden) this.cursor.style.transform = `translateX(${this.x(s)}px)`;
    for (const row of this.rows) this.value(row, at, sampleAt);
  }

  value(row, at, sampleAt) {
    const { words } = this;
    const read = (kind) => {
      const found = row.curves.find((one) => one.kind === kind);
      const there = found && at?.[found.place];
      const k = there ? sampleAt(found.curve, there) : -1;
      return k < 0 ? null : { value: found.curve.value[k], wide: WIDE * found.curve.sigma[k], s: found.curve.t[k] };
    };
    const { sign, decimals } = this.unitOf(words, row.curves[0].curve.unit);
    const [own, other, template] = ['own', 'other', 'template'].map(read);
    const second = other ?? template;
    const known = Number.isFinite(own?.value);
    say(row.parts.now, known ? words.number(own.value, decimals) + sign : '\u2013');
    say(row.parts.error, known && Number.isFinite(own.wide) ? `\u00b1 ${words.number(own.wide, decimals)}` : '');
    row.parts.second.classList.toggle('of_template', !other);
    say(row.parts.second, Number.isFinite(second?.value) ? words.number(second.value, decimals) + sign : '');
    // Of two trials the second less the first, as the table has it; else the trial less the template.
    const apart = other ? other.value - own?.value : own?.value - template?.value;
    say(row.parts.apart, Number.isFinite(apart) ? `\u0394 ${words.number(apart, decimals, true)}${sign}` : '');
    row.spot.hidden = !known || !row.y || own.s < this.window[0] || own.s > this.window[1];
    if (!row.spot.hidden) row.spot.style.transform = `translate(${this.x(own.s)}px, ${row.y(own.value)}px)`;
  }

  // For whoever hears the page.
  speak(time) {
    const values = this.rows.map(({ name, parts }) => `${name} ${parts.now.textContent}`).join('; ');
    this.root.setAttribute('aria-valuetext', `${time}; ${values}`);
    this.root.setAttribute('aria-valuenow', String(Math.round(1000 * (parseFloat(time.replace(',', '.').replace('\u2212', '-')) || 0))));
    this.root.setAttribute('aria-valuemin', String(Math.round(1000 * this.bounds[0])));
    this.root.setAttribute('aria-valuemax', String(Math.round(1000 * this.bounds[1])));
  }

  // ---- the hand

  grab(event) {
    if (event.button !== 0) return;
    const row = this.rows.find(({ root }) => event.composedPath().includes(root)) ?? this.rows[0];
    this.held = { id: event.pointerId, row };
    this.root.setPointerCapture(event.pointerId);
    this.aim(event);
  }

  aim(event) {
    const own = this.held.row?.curves.find(({ kind }) => kind === 'own')?.curve ?? this.first;
    const box = this.root.getBoundingClientRect();
    const part = (event.clientX - box.left - LEFT_PX) / (this.width - LEFT_PX - RIGHT_PX);
    const [start, end] = this.window;
    if (own) this.pick(own, start + Math.min(1, Math.max(0, part)) * (end - start));
  }
}
