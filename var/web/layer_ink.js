// How people's points are painted: bones and joints of one person strong, of the others faint with a number. Left and
// right differ in colour (a blue and an orange that nobody takes for each other) and in dashes; what is not sure is thinner
// and paler, and what was not seen is not there.

const SIDES = {
  left: { colour: '#ffab2e', dash: [] },
  right: { colour: '#5cc0ff', dash: [7, 4] },
  middle: { colour: '#ffffff', dash: [] },
};
const FAINT = '#c9d3dc';
const DARK = 'rgb(0 0 0 / 60%)';
const UNSURE = 0.3; // a confidence that says little
const SURE = 0.8;
const UNSAID = 0.5; // of a point whose engine says no confidence
const HIGH_PX = 90; // of a body in CSS pixels for one more pixel of line
const ROOM_PX = 40; // of a body for one more value beside it
const FONT = '"Be Vietnam Pro", system-ui, sans-serif';

// Paints what is known of the frame; returns where the numbers of people lie: [{ id, x, y, r }] in canvas pixels.
// `given` has edges, dots and labels, `at([u, v])` gives canvas pixels, `unit` is one CSS pixel there.
export function paintPeople(pen, found, given, { at, unit, skeleton, angles, number }) {
  const bodies = found.people.map((person) => placed(person, at)).filter((one) => one.seen);
  const hits = [];
  if (skeleton) {
    for (const one of bodies.filter(({ strong }) => !strong)) faint(pen, one, given, unit);
    for (const one of bodies.filter(({ strong }) => strong)) strongly(pen, one, given, unit);
    for (const one of bodies.filter(({ strong }) => !strong)) hits.push(numbered(pen, one, unit));
  }
  const followed = bodies.find(({ strong }) => strong);
  if (angles && followed) written(pen, followed, found.values, given.labels ?? [], { unit, number });
  return hits;
}

// A small word at the foot of a picture for which there are no points (yet).
export function paintNote(pen, text, unit) {
  const { width, height } = pen.canvas;
  pen.save();
  pen.font = `600 ${13 * unit}px ${FONT}`;
  pen.textAlign = 'center';
  pen.textBaseline = 'middle';
  const wide = pen.measureText(text).width + 14 * unit;
  pen.fillStyle = 'rgb(4 8 12 / 78%)';
  pen.fillRect(width / 2 - wide / 2, height - 24 * unit, wide, 20 * unit);
  pen.fillStyle = '#ffe169';
  pen.fillText(text, width / 2, height - 14 * unit);
  pen.restore();
}

// What the values are, small at the foot of the picture; smaller where it is narrow.
export function paintSaid(pen, text, unit) {
  const { width, height } = pen.canvas;
  pen.save();
  pen.font = `500 ${11 * unit}px ${FONT}`;
  pen.textAlign = 'left';
  pen.textBaseline = 'bottom';
  const part = Math.min(1, (width - 8 * unit) / pen.measureText(text).width);
  if (part < 1) pen.font = `500 ${11 * part * unit}px ${FONT}`;
  pen.lineWidth = 3 * unit;
  pen.lineJoin = 'round';
  pen.strokeStyle = DARK;
  pen.strokeText(text, 4 * unit, height - 3 * unit);
  pen.fillStyle = '#e8edf2';
  pen.fillText(text, 4 * unit, height - 3 * unit);
  pen.restore();
}

function placed(person, at) {
  const points = Array.from(person.u, (u, k) => (Number.isFinite(u) && Number.isFinite(person.v[k]) ? at([u, person.v[k]]) : null));
  const there = points.filter(Boolean);
  const [low, high] = [1, -1].map((way) => way * Math.min(...there.map(([, y]) => way * y)));
  return { id: person.id, strong: person.strong, points, seen: there.length > 0, high: high - low, sure: Array.from(person.sure, (one) => (Number.isNaN(one) ? UNSAID : one)) };
}

function strength(sure) {
  const part = Math.min(1, Math.max(0, (sure - UNSURE) / (SURE - UNSURE)));
  return part * part * (3 - 2 * part);
}

function strongly(pen, { points, sure, high }, { edges = [], dots = [] }, unit) {
  const full = Math.min(3.6, Math.max(1.5, 1.2 + high / unit / HIGH_PX));
  pen.save();
  pen.lineCap = pen.lineJoin = 'round';
  const stroke = (path, side, part, wide) => {
    const { colour, dash } = SIDES[side] ?? SIDES.middle;
    pen.globalAlpha = 0.3 + 0.7 * part;
    pen.setLineDash([]);
    pen.strokeStyle = DARK;
    pen.lineWidth = (wide + 2) * unit;
    pen.stroke(path);
    pen.setLineDash(dash.map((length) => length * unit));
    pen.lineCap = dash.length ? 'butt' : 'round';
    pen.strokeStyle = colour;
    pen.lineWidth = wide * unit;
    pen.stroke(path);
  };
  for (const [i, j, side] of edges) {
    if (!points[i] || !points[j]) continue;
    const part = strength(Math.min(sure[i], sure[j]));
    stroke(line(points[i], points[j]), side, part, full * (0.45 + 0.55 * part));
  }
  pen.setLineDash([]);
  for (const [i, side] of dots) {
    if (!points[i]) continue;
    const part = strength(sure[i]);
    pen.globalAlpha = 0.3 + 0.7 * part;
    pen.beginPath();
    pen.arc(...points[i], (full * 0.75 + 0.5) * (0.6 + 0.4 * part) * unit, 0, 2 * Math.PI);
    pen.fillStyle = (SIDES[side] ?? SIDES.middle).colour;
    pen.fill();
    pen.lineWidth = unit;
    pen.strokeStyle = '#000';
    pen.stroke();
  }
  pen.restore();
}

function faint(pen, { points, sure }, { edges = [] }, unit) {
  pen.save();
  pen.lineCap = 'round';
  pen.strokeStyle = FAINT;
  for (const [i, j] of edges) {
    if (!points[i] || !points[j]) continue;
    pen.globalAlpha = 0.15 + 0.35 * strength(Math.min(sure[i], sure[j]));
    pen.lineWidth = 1.25 * unit;
    pen.stroke(line(points[i], points[j]));
  }
  pen.restore();
}

// The number above a person; inside the picture where they reach out of it.
function numbered(pen, { id, points }, unit) {
  const there = points.filter(Boolean);
  const top = there.reduce((best, one) => (one[1] < best[1] ? one : best));
  const r = 13 * unit;
  const hold = (value, most) => Math.min(most - r, Math.max(r, value));
  const [x, y] = [hold(top[0], pen.canvas.width), hold(top[1] - 20 * unit, pen.canvas.height)];
  pen.save();
  pen.beginPath();
  pen.arc(x, y, r, 0, 2 * Math.PI);
  pen.fillStyle = 'rgb(4 8 12 / 82%)';
  pen.fill();
  pen.lineWidth = 1.5 * unit;
  pen.strokeStyle = FAINT;
  pen.stroke();
  pen.fillStyle = '#fff';
  pen.font = `700 ${13 * unit}px ${FONT}`;
  pen.textAlign = 'center';
  pen.textBaseline = 'middle';
  pen.fillText(String(id), x, y + unit);
  pen.restore();
  return { id, x, y, r };
}

// Values beside their joints, away from the body, none over another: one without room is left out, the earlier ones count
// for more. A body that is small in the picture has few of them; magnified it has more.
function written(pen, { points, high }, values, labels, { unit, number }) {
  const taken = [];
  const most = Math.max(2, Math.floor(high / unit / ROOM_PX));
  const middle = mean(points.filter(Boolean));
  pen.save();
  pen.font = `600 ${12.5 * unit}px ${FONT}`;
  pen.textBaseline = 'middle';
  pen.textAlign = 'left';
  labels.forEach(({ points: beside, unit: sign = '', decimals = 0, side }, k) => {
    const where = beside.map((i) => points[i]);
    if (taken.length >= most || !Number.isFinite(values[k]) || !where.length || where.some((one) => !one)) return;
    const text = number(values[k], decimals) + sign;
    const [x, y] = mean(where);
    const [wide, tall] = [pen.measureText(text).width + 8 * unit, 18 * unit];
    const out = x < middle[0] ? -wide - 8 * unit : 8 * unit;
    const places = [[out, -tall / 2], [-wide - out, -tall / 2], [out, -1.4 * tall], [out, 0.4 * tall]];
    const box = places.map(([dx, dy]) => [x + dx, y + dy, wide, tall]).find((one) => inside(one, pen.canvas) && !taken.some((other) => over(one, other)));
    if (!box) return;
    taken.push(box);
    pen.fillStyle = 'rgb(4 8 12 / 72%)';
    pen.fillRect(...box);
    pen.fillStyle = (SIDES[side] ?? SIDES.middle).colour;
    pen.fillText(text, box[0] + 4 * unit, box[1] + tall / 2 + 0.5 * unit);
  });
  pen.restore();
}

function line([ax, ay], [bx, by]) {
  const path = new Path2D();
  path.moveTo(ax, ay);
  path.lineTo(bx, by);
  return path;
}

function mean(points) {
  return [0, 1].map((axis) => points.reduce((sum, one) => sum + one[axis], 0) / Math.max(1, points.length));
}

function inside([x, y, w, h], { width, height }) {
  return x >= 0 && y >= 0 && x + w <= width && y + h <= height;
}

function over([x, y, w, h], [a, b, c, d]) {
  return x < a + c && a < x + w && y < b + d && b < y + h;
}
