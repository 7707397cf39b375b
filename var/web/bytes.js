// The bytes of groups of pictures of one camera, by ranges of its files; the last few are kept.
import { PictureError, ask, body } from './net.js';

const KEEP_BYTES = 12e6;

export class Bytes {
  constructor(url) {
    this.url = url; // of a file by its number
    this.entries = new Map(); // key -> { promise, abort, size, here }, the least recently used first
  }

  // An ArrayBuffer with the bytes of a group, from its `from` to its `to`. Raises PictureError.
  of(group) {
    const key = `${group.key}:${group.to}`;
    let entry = this.entries.get(key);
    if (entry) this.entries.delete(key);
    else entry = this.begin(key, group);
    this.entries.set(key, entry);
    this.trim(key);
    return entry.promise;
  }

  begin(key, { file, from, to }) {
    const abort = new AbortController();
    const entry = { abort, size: to - from, here: false };
    entry.promise = this.fetch(file, from, to, abort.signal);
    entry.promise.then(
      () => { entry.here = true; },
      () => { if (this.entries.get(key) === entry) this.entries.delete(key); },
    );
    return entry;
  }

  // The browser's own cache is left out: it makes requests for ranges of one file wait for each other.
  async fetch(file, from, to, signal) {
    const answer = await ask(this.url(file), { headers: { Range: `bytes=${from}-${to - 1}` }, signal, cache: 'no-store' });
    if (answer.status !== 206) throw new PictureError('server', 'no ranges');
    const buffer = await body(answer, 'arrayBuffer', signal);
    if (buffer.byteLength !== to - from) throw new PictureError('server', 'short');
    return buffer;
  }

  // Gives up what is still on its way for anything but one group (null: for anything).
  only(group) {
    const kept = group && `${group.key}:${group.to}`;
    for (const [key, entry] of [...this.entries]) {
      if (key === kept || entry.here) continue;
      this.entries.delete(key);
      entry.abort.abort();
    }
  }

  trim(latest) {
    let sum = 0;
    for (const { size } of this.entries.values()) sum += size;
    for (const [key, entry] of [...this.entries]) {
      if (sum <= KEEP_BYTES) return;
      if (key === latest || !entry.here) continue;
      this.entries.delete(key);
      sum -= entry.size;
    }
  }
}
