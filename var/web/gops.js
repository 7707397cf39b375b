// Where the pictures of one camera lie: closed groups of pictures (GOPs), the unit of fetching and decoding. They are
// asked for by windows of frames, few are kept, and a window that is not final is asked for again while it is used.
import { PictureError, ask, body } from './net.js';

const WINDOW = 3000;
const KEEP = 48; // windows of one camera: some 5 MB
const MAGIC = 0x31504f47;
const PACKET_BYTES = 32;
const TAIL_AGAIN_MS = 300; // for frames that came after the window was asked for
const AGAIN_MS = 3000; // for frames without a group, or with one of the original: proxies may be on their way
const LONGEST_AGAIN_MS = 60000;

export const ORIGINAL = 0;
export const PROXY = 1;

export class Gops {
  constructor(url, clip) {
    Object.assign(this, { url, clip });
    this.windows = new Map(); // number -> window, the least recently used first
    this.onMedium = null; // called with the medium of every group that arrives
  }

  // The group that shows frame i; null where there is none, undefined while that is not known.
  groupOf(i) {
    const window = this.windows.get(Math.floor(i / WINDOW));
    if (!window?.askedAt) return undefined;
    const group = window.groups[i - window.from];
    if (group) return group;
    return i >= window.until && this.due(window, i) ? undefined : null;
  }

  // Why frame i is not known, or null.
  failure(i) {
    return this.windows.get(Math.floor(i / WINDOW))?.error ?? null;
  }

  // Resolves when it is known which group shows frame i. Raises PictureError.
  async load(i) {
    const window = this.windowOf(i);
    if (this.groupOf(i) === undefined || (!window.groups[i - window.from] && this.due(window, i))) await this.ask(window, i);
  }

  // Asks, without waiting, for what is missing or may have become better around frame i.
  renew(i) {
    const window = this.windowOf(i);
    if (!window.loading && this.due(window, i)) this.ask(window, i).catch(() => {}); // kept in window.error
  }

  windowOf(i) {
    const number = Math.floor(i / WINDOW);
    let window = this.windows.get(number);
    if (window) this.windows.delete(number);
    else window = { from: number * WINDOW, groups: [], until: number * WINDOW, final: false, askedAt: 0, wait: AGAIN_MS, loading: null, error: null };
    this.windows.set(number, window);
    for (const old of this.windows.keys()) {
      if (this.windows.size <= KEEP) break;
      this.windows.delete(old);
    }
    return window;
  }

  due(window, i) {
    if (window.final) return false;
    const passed = performance.now() - window.askedAt;
    return !window.askedAt || passed > (i >= window.until ? Math.min(TAIL_AGAIN_MS, window.wait) : window.wait);
  }

  ask(window, i) {
    window.loading ??= this.fetch(window, i).finally(() => { window.loading = null; });
    return window.loading;
  }

  async fetch(window, i) {
    const from = window.askedAt && i >= window.until ? window.until : window.from;
    const to = window.from + WINDOW;
    try {
      const answer = await ask(`${this.url}?from=${from}&to=${to}`);
      const groups = read(await body(answer, 'arrayBuffer'));
      this.take(window, from, groups);
      window.error = null;
    } catch (error) {
      window.error = error;
      throw error;
    } finally {
      window.askedAt = performance.now();
    }
  }

  take(window, from, groups) {
    const to = window.from + WINDOW;
    let news = false;
    for (const group of groups) {
      for (const frame of group.display) {
        if (frame < from || frame >= to) continue;
        const old = window.groups[frame - window.from];
        if (old?.key === group.key && old.count === group.count) continue;
        window.groups[frame - window.from] = group;
        window.until = Math.max(window.until, frame + 1);
        news = true;
      }
      this.onMedium?.(group.medium);
    }
    window.wait = news ? AGAIN_MS : Math.min(LONGEST_AGAIN_MS, window.wait * 1.5);
    const whole = this.clip.recording ? WINDOW : Math.min(WINDOW, this.clip.n - window.from);
    let proxies = 0;
    for (let k = 0; k < whole; k++) proxies += window.groups[k]?.medium === PROXY;
    window.final = proxies === whole;
  }
}

// The groups of an answer: `key` names the bytes, packets are in the order of decoding.
function read(buffer) {
  const [magic, count] = buffer.byteLength < 8 ? [] : new Uint32Array(buffer, 0, 2);
  if (magic !== MAGIC || buffer.byteLength !== 8 + count * PACKET_BYTES) throw new PictureError('server', 'gops');
  const view = new DataView(buffer, 8);
  const groups = [];
  let last = null;
  for (let k = 0; k < count; k++) {
    const at = k * PACKET_BYTES;
    const [display, file] = [view.getInt32(at, true), view.getInt32(at + 4, true)];
    const [gop, idr] = [view.getUint32(at + 8, true), view.getUint32(at + 12, true)];
    const [pos, size, medium] = [view.getFloat64(at + 16, true), view.getUint32(at + 24, true), view.getUint32(at + 28, true)];
    if (!last || last.gop !== gop || last.file !== file || last.medium !== medium) {
      last = { key: `${medium}:${file}:${pos}`, gop, file, medium, from: pos, to: pos, count: 0, display: [], pos: [], size: [], idr: [], error: null, failedAt: 0, missing: null };
      groups.push(last);
    }
    last.from = Math.min(last.from, pos);
    last.to = Math.max(last.to, pos + size);
    last.count = last.display.push(display);
    last.pos.push(pos);
    last.size.push(size);
    last.idr.push(idr === 1);
  }
  return groups.filter((group) => group.idr[0]); // nothing can be decoded before an IDR picture
}
