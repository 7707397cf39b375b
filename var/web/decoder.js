// Pictures of one proxy through WebCodecs, one closed group of pictures (GOP) at a time.
// The time stamp of every chunk *is* the display index, so what comes out says which frame it is.
import { PictureError, ask, body } from './net.js';

const FLUSH_LIMIT_MS = 6000;
const HOLD_MS = 60; // how long the rest of a GOP stands back for the picture that somebody waits for

export class GopDecoder {
  constructor(url, proxy, { gops, gopOf }, keep) {
    Object.assign(this, { url, proxy, gops, gopOf, keep });
    this.entries = new Map(); // GOP -> entry, the least recently used first
    this.jobs = [];
    this.current = null;
    this.pinned = -1;
    this.strikes = 0; // GOPs in a row that did not decode
    this.software = false;
  }

  config() {
    const { codec, w, h, extradata } = this.proxy;
    const config = { codec, codedWidth: w, codedHeight: h, optimizeForLatency: true };
    if (extradata) config.description = Uint8Array.from(atob(extradata), (char) => char.charCodeAt(0));
    if (this.software) config.hardwareAcceleration = 'prefer-software';
    return config;
  }

  peek(i) {
    return this.entries.get(this.gopOf[i])?.frames.get(i) ?? null;
  }

  // Why frame i will not come out of here, or null while it still may.
  failure(i) {
    const entry = this.entries.get(this.gopOf[i]);
    const missing = this.gopOf[i] < 0 || (entry?.done && !entry.frames.has(i));
    if (missing) return new PictureError('decode', `#${i}`);
    return entry?.error && entry.error.code !== 'cancelled' ? entry.error : null;
  }

  // The VideoFrame of exactly display index i. What waits in the queue for elsewhere is dropped: latest wins.
  frame(i) {
    const g = this.gopOf[i];
    if (g < 0) return Promise.reject(new PictureError('decode', `#${i}`));
    this.pinned = g;
    for (const job of [...this.jobs]) if (job.g !== g) this.drop(job);
    if (this.current && this.current.g !== g) this.interrupt(this.current);
    const found = this.peek(i);
    if (found) return Promise.resolve(found);
    const entry = this.want(g);
    entry.release?.();
    if (entry.done) return Promise.reject(new PictureError('decode', `#${i}`));
    return new Promise((resolve, reject) => entry.waiters.push({ i, resolve, reject }));
  }

  interrupt(entry) {
    if (!entry.decoding) {
      this.drop(entry);
      return;
    }
    entry.cut = true;
    entry.release?.();
  }

  pin(i) {
    this.pinned = this.gopOf[i];
  }

  // Makes sure that GOP g is here or on its way, with an earlier failure forgotten.
  want(g) {
    let entry = this.entries.get(g);
    if (entry) this.entries.delete(g);
    if (!entry || entry.error) {
      entry = { g, frames: entry?.frames ?? new Map(), waiters: [], done: false, dead: false, error: null, abort: new AbortController() };
      entry.bytes = this.fetch(entry);
      entry.bytes.catch(() => {}); // reported where the job runs
      this.jobs.push(entry);
    }
    this.entries.set(g, entry);
    this.evict(g);
    if (!this.current) this.pump();
    return entry;
  }

  has(g) {
    return this.entries.has(g);
  }

  async fetch(entry) {
    const { from, to } = this.gops[entry.g];
    const { signal } = entry.abort;
    const answer = await ask(this.url, { headers: { Range: `bytes=${from}-${to - 1}` }, signal });
    if (answer.status !== 206) throw new PictureError('server', 'no ranges');
    const buffer = await body(answer, 'arrayBuffer', signal);
    if (buffer.byteLength !== to - from) throw new PictureError('server', 'short');
    return buffer;
  }

  async pump() {
    while (this.jobs.length) {
      const entry = (this.current = this.jobs.shift());
      try {
        await this.decode(entry);
        this.strikes = 0;
      } catch (error) {
        this.fail(entry, error);
      }
      this.current = null;
    }
  }

  async decode(entry) {
    const buffer = await entry.bytes;
    if (entry.dead) return;
    entry.decoding = true;
    const { first, end, from } = this.gops[entry.g];
    const decoder = this.ready(entry);
    const feed = (k) => {
      const [display, pos, size, idr] = this.proxy.packets[k];
      const data = new Uint8Array(buffer, pos - from, size);
      decoder.decode(new EncodedVideoChunk({ type: idr ? 'key' : 'delta', timestamp: display, data }));
    };
    // First as far as the picture that is waited for, then, unless the wish has changed, the rest.
    const wished = entry.waiters.map(({ i }) => i);
    let k = first;
    while (k < end && (!wished.length || wished.some((i) => i >= this.proxy.packets[k][0]))) feed(k++);
    if (wished.length && k < end) {
      await held(entry);
      if (entry.dead || entry.cut) {
        decoder.reset();
        throw new PictureError('cancelled');
      }
    }
    while (k < end) feed(k++);
    await this.flushed(decoder);
    entry.done = true;
    for (const { i, reject } of entry.waiters.splice(0)) reject(new PictureError('decode', `#${i}`));
  }

  ready(entry) {
    this.sink = entry;
    if (!this.decoder || this.decoder.state === 'closed') {
      this.decoder = new VideoDecoder({
        output: (frame) => this.take(frame),
        error: () => {}, // the pending flush is rejected with it
      });
    }
    if (this.decoder.state === 'unconfigured') this.decoder.configure(this.config());
    return this.decoder;
  }

  // A decoder in hardware may run out of surfaces while their frames are kept: then decode in software from now on.
  async flushed(decoder) {
    let timer;
    const limit = new Promise((_, reject) => {
      timer = setTimeout(() => reject(new PictureError('decode', 'flush')), FLUSH_LIMIT_MS);
    });
    try {
      await Promise.race([decoder.flush(), limit]);
    } catch (error) {
      this.software = true;
      if (decoder.state !== 'closed') decoder.close();
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  take(frame) {
    const entry = this.sink;
    if (entry.dead || frame.timestamp < 0 || entry.frames.has(frame.timestamp)) {
      frame.close();
      return;
    }
    entry.frames.set(frame.timestamp, frame);
    entry.waiters = entry.waiters.filter(({ i, resolve }) => {
      if (i !== frame.timestamp) return true;
      resolve(frame);
      return false;
    });
  }

  fail(entry, error) {
    const reason = error instanceof PictureError ? error : new PictureError('decode', error.message);
    if (reason.code === 'decode') this.strikes += 1;
    entry.error = reason;
    entry.failedAt = performance.now();
    for (const { reject } of entry.waiters.splice(0)) reject(reason);
    if (reason.code !== 'cancelled') closeAll(entry); // what came before the wish changed is good
  }

  drop(entry) {
    entry.dead = true;
    entry.abort.abort();
    this.jobs = this.jobs.filter((job) => job !== entry);
    if (this.entries.get(entry.g) === entry) this.entries.delete(entry.g);
    for (const { reject } of entry.waiters.splice(0)) reject(new PictureError('cancelled'));
    closeAll(entry);
    entry.release?.();
  }

  evict(wanted) {
    for (const [g, entry] of this.entries) {
      if (this.entries.size <= this.keep) return;
      if (g !== this.pinned && g !== wanted) this.drop(entry);
    }
  }

  close() {
    for (const entry of [...this.entries.values()]) this.drop(entry);
    if (this.decoder && this.decoder.state !== 'closed') this.decoder.close();
  }
}

function closeAll(entry) {
  for (const frame of entry.frames.values()) frame.close();
  entry.frames.clear();
}

function held(entry) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, HOLD_MS);
    entry.release = () => {
      clearTimeout(timer);
      resolve();
    };
  });
}
