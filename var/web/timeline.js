// The time line in typed arrays: when every step is, and which frame of every camera belongs to it. A live one grows.
import { PictureError } from './net.js';

const MAGIC = 0x314c5454;
const HEAD_BYTES = 16;
const ROOM = 1.25; // how much larger than needed the arrays are made, so that growing seldom copies

export class Timeline {
  constructor(count) {
    this.length = 0;
    this.store = { t: new Float64Array(0), frames: fill(count), dtUs: fill(count) };
    this.ranges = Array.from({ length: count }, () => []); // a camera's [first, last] steps with pictures
    this.view();
  }

  // Takes an answer of `timeline.bin`: its steps replace what was known from its first one on. Returns that step.
  take(buffer) {
    const count = this.store.frames.length;
    const [magic, clips, from, length] = buffer.byteLength < HEAD_BYTES ? [] : new Uint32Array(buffer, 0, 4);
    const size = HEAD_BYTES + (length - from) * (8 + 8 * count);
    const fits = magic === MAGIC && clips === count && from <= this.length && length >= from && buffer.byteLength === size;
    if (!fits) throw new PictureError('server', 'timeline');
    const fresh = length - from;
    const row = (k) => new Int32Array(buffer, HEAD_BYTES + fresh * (8 + 4 * k), fresh);
    this.makeRoom(length);
    this.store.t.set(new Float64Array(buffer, HEAD_BYTES, fresh), from);
    for (let c = 0; c < count; c++) {
      this.store.frames[c].set(row(2 * c), from);
      this.store.dtUs[c].set(row(2 * c + 1), from);
    }
    this.length = length;
    this.view();
    for (let c = 0; c < count; c++) this.cover(c, from);
    return from;
  }

  makeRoom(length) {
    if (length <= this.store.t.length) return;
    const room = this.length ? Math.ceil(length * ROOM) : length;
    const larger = (old, Kind) => {
      const made = new Kind(room);
      made.set(old);
      return made;
    };
    this.store.t = larger(this.store.t, Float64Array);
    for (const rows of [this.store.frames, this.store.dtUs]) rows.forEach((row, c) => { rows[c] = larger(row, Int32Array); });
  }

  view() {
    this.t = this.store.t.subarray(0, this.length);
    this.frames = this.store.frames.map((row) => row.subarray(0, this.length));
  }

  // Brings the ranges with pictures of a camera up to date from a step on.
  cover(c, from) {
    const ranges = this.ranges[c];
    while (ranges.length && ranges.at(-1)[0] >= from) ranges.pop();
    let open = ranges.at(-1);
    if (open) open[1] = Math.min(open[1], from - 1);
    if (open && open[1] < from - 1) open = null;
    const row = this.frames[c];
    for (let n = from; n < this.length; n++) {
      if (row[n] < 0) open = null;
      else if (open) open[1] = n;
      else ranges.push((open = [n, n]));
    }
  }

  frameOf(c, n) {
    return this.frames[c][n] ?? -1;
  }

  // How far the frame of a camera is from the instant of a step; null where it has none.
  dtMs(c, n) {
    return this.frameOf(c, n) < 0 ? null : this.store.dtUs[c][n] / 1000;
  }

  // The step nearest to a time, of two equally near ones the earlier.
  stepAt(seconds) {
    let low = 0;
    let high = this.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.t[middle] < seconds) low = middle + 1;
      else high = middle;
    }
    const earlier = low - 1;
    return earlier >= 0 && seconds - this.t[earlier] <= Math.abs(this.t[low] - seconds) ? earlier : low;
  }

  // Between which pictures a camera has none: the last step before n and the first after it with one, -1 for none.
  around(c, n) {
    const ranges = this.ranges[c];
    let low = 0;
    let high = ranges.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (ranges[middle][0] <= n) low = middle + 1;
      else high = middle;
    }
    return { before: low > 0 ? ranges[low - 1][1] : -1, after: low < ranges.length ? ranges[low][0] : -1 };
  }

  // The highest frame number that a camera is known to have.
  framesOf(c) {
    const last = this.ranges[c].at(-1);
    return last ? this.frames[c][last[1]] + 1 : 0;
  }
}

function fill(count) {
  return Array.from({ length: count }, () => new Int32Array(0));
}
