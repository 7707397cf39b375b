// What was measured of a camera's pictures and is painted over them: body points of people, and values beside them. They
// come in windows of frames from a binary route, and what is painted belongs to the very frame on the screen, or is not
// painted. Knows no sport: which points there are, how they hang together and what is written where, the page says.
import { PictureError, ask, body } from './net.js';

const MAGIC = 0x3152594c;
const HEAD_BYTES = 32;
const WINDOW = 240; // frames in one answer
const KEEP = 12; // windows of one camera
const FLYING = 3; // answers that are waited for at the same time
const AGAIN_MS = 2000;

// The windows of one camera under one version of what was measured.
export class Points {
  // `given` has url and version; `count` tells how many frames the camera has; `told` is called when something came.
  constructor(given, count, told) {
    Object.assign(this, { given, count, told });
    this.windows = new Map(); // number -> { parts, error, failedAt, abort }, the least recently used first
    this.closed = false;
  }

  // What is known of frame i: { state: 'here', looked, people, values }, { state: 'waiting' } or { state: 'failed', code }.
  // Asks for what is missing, and for what comes next in direction `way`.
  at(i, way = 1) {
    const number = Math.floor(i / WINDOW);
    const window = this.want(number, number);
    const beside = number + (i % WINDOW >= WINDOW / 2 ? 1 : -1);
    const ahead = Math.sign(beside - number) === Math.sign(way);
    if (window.parts && ahead && beside >= 0 && beside * WINDOW < this.count()) this.want(beside, number);
    if (window.parts) return frameOf(window.parts, i);
    return window.error ? { state: 'failed', code: window.error.code } : { state: 'waiting' };
  }

  want(number, here) {
    let window = this.windows.get(number);
    if (window) this.windows.delete(number);
    else window = { parts: null, error: null, failedAt: -Infinity, abort: null };
    this.windows.set(number, window);
    const due = !window.parts && !window.abort && !this.closed && this.mayTry(window);
    if (due) this.load(number, window);
    this.tidy(number, here);
    return window;
  }

  // Where the server measures anew, or refuses, asking again changes nothing: the page gives another version then.
  mayTry({ error, failedAt }) {
    if (!error || error.code === 'cancelled') return true;
    return !['changed', 'forbidden', 'gone'].includes(error.code) && performance.now() - failedAt > AGAIN_MS;
  }

  tidy(number, here) {
    const flying = [...this.windows].filter(([k, one]) => one.abort && k !== number && k !== here);
    for (const [, one] of flying.slice(0, Math.max(0, flying.length + 1 - FLYING))) one.abort.abort();
    for (const [k, one] of this.windows) {
      if (this.windows.size <= KEEP) break;
      if (k === number || k === here) continue;
      one.abort?.abort();
      this.windows.delete(k);
    }
  }

  async load(number, window) {
    window.abort = new AbortController();
    window.error = null;
    const [from, to] = [number * WINDOW, Math.min((number + 1) * WINDOW, Math.max(this.count(), number * WINDOW + 1))];
    try {
      const { url } = this.given;
      const answer = await ask(`${url}${url.includes('?') ? '&' : '?'}from=${from}&to=${to}&v=${encodeURIComponent(this.given.version)}`, { signal: window.abort.signal });
      window.parts = unpacked(await body(answer, 'arrayBuffer', window.abort.signal), from);
    } catch (error) {
      Object.assign(window, { error, failedAt: performance.now() });
      if (error.code !== 'cancelled') this.again = setTimeout(() => this.told(null), AGAIN_MS + 50);
    } finally {
      window.abort = null;
    }
    if (!this.closed && window.error?.code !== 'cancelled') this.told(window.error);
  }

  close() {
    this.closed = true;
    clearTimeout(this.again);
    for (const window of this.windows.values()) window.abort?.abort();
    this.windows.clear();
  }
}

// The parts of one answer. Raises PictureError for anything else than the frames that were asked for.
export function unpacked(buffer, from) {
  const head = buffer.byteLength < HEAD_BYTES ? [] : new Uint32Array(buffer, 0, 6);
  const [magic, first, last, people, points, values] = head;
  const n = last - first;
  const looked = HEAD_BYTES + 8 * people;
  const floats = looked + 4 * Math.ceil(n / 4);
  const size = floats + 4 * n * (3 * points * people + values);
  if (magic !== MAGIC || first !== from || !(n >= 0) || buffer.byteLength !== size) throw new PictureError('server', 'points');
  const ids = new Int32Array(buffer, HEAD_BYTES, 2 * people);
  const row = (k, wide) => new Float32Array(buffer, floats + 4 * n * points * k, n * wide);
  return {
    ...{ first, last, points, wide: values },
    looked: new Uint8Array(buffer, looked, n),
    people: Array.from({ length: people }, (_, p) => ({ id: ids[2 * p], strong: ids[2 * p + 1] === 1, u: row(3 * p, points), v: row(3 * p + 1, points), sure: row(3 * p + 2, points) })),
    values: row(3 * people, values),
  };
}

function frameOf({ first, last, points, wide, looked, people, values }, i) {
  const k = i - first;
  if (k < 0 || i >= last) return { state: 'here', looked: false, people: [], values: [] };
  const of = (row, width) => row.subarray(k * width, (k + 1) * width);
  return {
    state: 'here',
    looked: looked[k] === 1,
    people: people.map(({ id, strong, u, v, sure }) => ({ id, strong, u: of(u, points), v: of(v, points), sure: of(sure, points) })),
    values: of(values, wide),
  };
}
