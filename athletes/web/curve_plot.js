// One curve on its canvas: axis, band, line, the other one's line, a template's band, events.
import { WIDE, from, stretches } from './curve_data.js';

const DASH = [6, 4];

// Round numbers between low and high, at most `most` of them.
export function ticks(low, high, most) {
  const rough = (high - low) / Math.max(1, most);
  const power = 10 ** Math.floor(Math.log10(rough || 1));
  const step = [1, 2, 5, 10].map((times) => times * power).find((one) => one >= rough) ?? 10 * power;
  const found = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + step * 1e-9; k++) found.push(k * step);
  return { at: found, decimals: Math.max(0, -Math.floor(Math.log10(step) + 1e-9)) };
}

// The values between which a row is drawn: those of all its curves within [from, to], and of their bands as far as these
// do not press the curve itself flat.
export function range(curves, [start, end]) {
  let [low, high, below, above] = [Infinity, -Infinity, Infinity, -Infinity];
  for (const { curve, half } of curves) {
    for (let k = from(curve.t, start); k < curve.t.length && curve.t[k] <= end; k++) {
      const value = curve.value[k];
      if (!Number.isFinite(value)) continue;
      const wide = half ?? (Number.isFinite(curve.sigma[k]) ? WIDE * curve.sigma[k] : 0);
      [low, high] = [Math.min(low, value), Math.max(high, value)];
      [below, above] = [Math.min(below, value - wide), Math.max(above, value + wide)];
    }
  }
  if (low > high) return null;
  const room = Math.max((high - low) * 0.25, LEAST[curves[0].curve.unit] ?? 1e-3);
  const edge = (high - low) * 0.06 + room * 0.1;
  return [Math.max(below, low - room) - edge, Math.min(above, high + room) + edge];
}

const LEAST = { deg: 5, m: 0.02, 'm/s': 0.2 };

// `row` has curves [{ curve, kind: 'own'|'other'|'template', half }], `to` turns seconds and values into pixels.
export function drawRow(pen, row, { window, y, x, plot, colours, unit, events }) {
  const { left, top, width, height } = plot;
  pen.save();
  pen.beginPath();
  pen.rect(left, top, width, height);
  pen.clip();
  for (const { s, other } of events) upright(pen, x(s), plot, other ? colours.other : colours.event, unit, other);
  for (const { curve, kind, half } of row.curves) {
    const colour = kind === 'own' ? colours.side(curve.side) : colours[kind];
    const view = { curve, x, y, window };
    if (kind !== 'other') band(pen, view, { half, colour, strength: kind === 'template' ? 0.22 : 0.16 });
    if (kind === 'template') continue;
    pen.setLineDash(kind === 'other' ? DASH.map((length) => length * unit) : []);
    pen.strokeStyle = colour;
    pen.lineWidth = (kind === 'own' ? 2 : 1.8) * unit;
    pen.lineJoin = 'round';
    trace(pen, view, unit);
  }
  pen.restore();
}

function upright(pen, at, { top, height }, colour, unit, dashed) {
  pen.setLineDash(dashed ? [2 * unit, 3 * unit] : []);
  pen.strokeStyle = colour;
  pen.lineWidth = unit;
  pen.globalAlpha = 0.75;
  pen.beginPath();
  pen.moveTo(at, top);
  pen.lineTo(at, top + height);
  pen.stroke();
  pen.globalAlpha = 1;
}

// The first and the last sample that a window needs: one more on either side.
function span({ t }, [start, end]) {
  return [Math.max(0, from(t, start) - 1), Math.min(t.length - 1, from(t, end))];
}

// For each pixel across, the samples of a stretch that lie on it: [x, first, last].
function columns(curve, [first, last], x) {
  const found = [];
  for (let k = first; k <= last; k++) {
    const at = x(curve.t[k]);
    const open = found.at(-1);
    if (open && Math.floor(at) === Math.floor(open[0]) && last - first > 200) open[2] = k;
    else found.push([at, k, k]);
  }
  return found;
}

function trace(pen, { curve, x, y, window }, unit) {
  for (const stretch of stretches(curve, ...span(curve, window))) {
    pen.beginPath();
    for (const [at, first, last] of columns(curve, stretch, x)) {
      pen.lineTo(at, y(curve.value[first]));
      for (let k = first + 1; k <= last; k++) pen.lineTo(at, y(curve.value[k]));
    }
    pen.stroke();
    if (stretch[0] === stretch[1]) dot(pen, x(curve.t[stretch[0]]), y(curve.value[stretch[0]]), unit);
  }
}

// A sample alone between two gaps.
function dot(pen, at, high, unit) {
  pen.beginPath();
  pen.arc(at, high, 1.5 * unit, 0, 2 * Math.PI);
  pen.stroke();
}

function band(pen, { curve, x, y, window }, { half, colour, strength }) {
  const wide = (k) => half ?? WIDE * curve.sigma[k];
  pen.fillStyle = colour;
  pen.globalAlpha = strength;
  for (const stretch of stretches(curve, ...span(curve, window))) {
    const across = columns(curve, stretch, x);
    const edge = (way, [, first, last]) => {
      let far = -Infinity;
      for (let k = first; k <= last; k++) if (Number.isFinite(wide(k))) far = Math.max(far, way * curve.value[k] + wide(k));
      return Number.isFinite(far) ? way * far : null;
    };
    // Where an error is not known the band is interrupted, the line is not.
    let run = [];
    const close = () => {
      pen.beginPath();
      for (const [at, , high] of run) pen.lineTo(at, y(high));
      for (const [at, low] of run.reverse()) pen.lineTo(at, y(low));
      pen.fill();
      run = [];
    };
    for (const column of across) {
      const [low, high] = [edge(-1, column), edge(1, column)];
      if (low === null) close();
      else run.push([column[0], low, high]);
    }
    close();
  }
  pen.globalAlpha = 1;
}
