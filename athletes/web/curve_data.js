// Curves and events as the server packs them (athletes/motion/screened_curves.py), and how one finds one's way in them.

const MAGIC = 0x31565243;
export const WIDE = 1.959964; // standard deviations on either side that hold the truth 95 times in 100

// [null | { camera, span, curves: [{ id, key, side, unit, of, t, value, sigma, frame, step }], events }], as they were
// asked for. A curve whose samples were not sent has none, and `of` of them are known.
export function unpacked(buffer) {
  const [magic, size] = buffer.byteLength < 8 ? [] : new Uint32Array(buffer, 0, 2);
  if (magic !== MAGIC || buffer.byteLength < 8 + size) throw new Error('curves');
  const { lines } = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 8, size)));
  let at = 8 + size;
  const take = (Kind, n) => {
    const found = new Kind(buffer, at, n);
    at += Math.ceil((n * Kind.BYTES_PER_ELEMENT) / 8) * 8;
    return found;
  };
  return lines.map((line) => line && {
    ...line,
    curves: line.curves.map(({ key, side, unit, n, of }) => {
      const [t, value, sigma, frame] = [take(Float64Array, n), take(Float32Array, n), take(Float32Array, n), take(Int32Array, n)];
      return { id: idOf(key, side), key, side, unit, of, t, value, sigma, frame, step: usualStep(t) };
    }),
  });
}

export function idOf(key, side) {
  return side ? `${key}.${side}` : key;
}

// The middle one of the times between two samples.
function usualStep(t) {
  const steps = Array.from({ length: Math.min(t.length - 1, 2000) }, (_, k) => t[k + 1] - t[k]).sort((a, b) => a - b);
  return steps.length ? steps[steps.length >> 1] : 1;
}

// The place of the first of the rising `values` that is not below `wanted`.
export function from(values, wanted) {
  let [low, high] = [0, values.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (values[middle] < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}

// The sample nearest to a time; -1 where there is none.
export function nearest({ t }, s) {
  const k = from(t, s);
  if (!t.length) return -1;
  if (k === 0 || k === t.length) return Math.min(k, t.length - 1);
  return s - t[k - 1] <= t[k] - s ? k - 1 : k;
}

// The sample that belongs to what is painted: by its frame where a curve's camera is on the screen, else by time. -1 where
// there is none: a neighbour's value is never shown.
export function sampleAt(curve, { frame, s }) {
  if (frame !== null) {
    const k = from(curve.frame, frame);
    return curve.frame[k] === frame ? k : -1;
  }
  const k = nearest(curve, s);
  return k >= 0 && Math.abs(curve.t[k] - s) <= curve.step * 0.75 ? k : -1;
}

// Stretches [first, last] of samples between gaps: unknown values, or times without samples.
export function stretches({ t, value, step }, first, last) {
  const found = [];
  let open = null;
  for (let k = first; k <= last; k++) {
    if (!Number.isFinite(value[k])) open = null;
    else if (open && t[k] - t[k - 1] <= step * 1.6) open[1] = k;
    else found.push((open = [k, k]));
  }
  return found;
}
