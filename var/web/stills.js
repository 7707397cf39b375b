// Stills that the server decodes from the source: what the analysis sees, and the way out without a decoder.
import { PictureError, ask, body } from './net.js';

const KEEP = 12;

export class Stills {
  constructor(url, clip) {
    Object.assign(this, { url, clip });
    this.entries = new Map(); // frame -> { image, error, abort, promise }, the least recently used first
    this.pinned = -1;
  }

  // An ImageBitmap of exactly frame i, `height` pixels high (0: as the source). The caller closes it.
  async fetch(i, height, signal) {
    const answer = await ask(`${this.url}/${i}.jpg?v=${this.clip.sha256.slice(0, 16)}${height ? `&h=${height}` : ''}`, { signal });
    const frame = answer.headers.get('x-frame');
    const source = answer.headers.get('x-source');
    if (frame !== String(i) || source !== this.clip.sha256) throw new PictureError('wrong_still', `#${frame}`);
    const blob = await body(answer, 'blob', signal);
    try {
      return await createImageBitmap(blob);
    } catch (error) {
      throw new PictureError('decode', error.message);
    }
  }

  peek(i) {
    return this.entries.get(i)?.image ?? null;
  }

  failure(i) {
    return this.entries.get(i)?.error ?? null;
  }

  want(i, height) {
    let entry = this.entries.get(i);
    if (entry) this.entries.delete(i);
    if (!entry || entry.error) {
      entry = { image: null, error: null, dead: false, abort: new AbortController() };
      entry.promise = this.load(entry, i, height);
      entry.promise.catch(() => {});
    }
    this.entries.set(i, entry);
    for (const [k, old] of this.entries) {
      if (this.entries.size <= KEEP) break;
      if (k !== this.pinned && k !== i) this.drop(k, old);
    }
    return entry.promise;
  }

  async load(entry, i, height) {
    try {
      const image = await this.fetch(i, height, entry.abort.signal);
      if (entry.dead) {
        image.close();
        throw new PictureError('cancelled');
      }
      entry.image = image;
      return image;
    } catch (error) {
      entry.error = error;
      entry.failedAt = performance.now();
      throw error;
    }
  }

  // The still of frame i, with everything else that is still on its way dropped: latest wins.
  frame(i, height) {
    this.pinned = i;
    for (const [k, entry] of this.entries) if (k !== i && !entry.image) this.drop(k, entry);
    return this.want(i, height);
  }

  drop(i, entry) {
    entry.dead = true;
    entry.abort.abort();
    entry.image?.close();
    this.entries.delete(i);
  }

  close() {
    for (const [i, entry] of [...this.entries]) this.drop(i, entry);
  }
}
