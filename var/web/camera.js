// Pictures of one camera by display index: decoded in the browser, or as stills from the server where it cannot.
import { GopDecoder } from './decoder.js';
import { cutIntoGops } from './gops.js';
import { PictureError } from './net.js';
import { Stills } from './stills.js';

const STRIKES = 3; // GOPs in a row that may fail before this camera is left to the server
const RETRY_MS = 2000;
const STILLS_AHEAD = 3;

export class Camera {
  constructor(clip, root, memoryBytes) {
    this.clip = clip;
    const at = `${root}/${encodeURIComponent(clip.camera)}`;
    this.stills = new Stills(`${at}/still`, clip);
    const table = cutIntoGops(clip.proxy.packets, clip.n);
    const longest = table.gops.reduce((most, gop) => Math.max(most, gop.end - gop.first), 1);
    const gopBytes = longest * clip.proxy.w * clip.proxy.h * 1.5;
    const keep = Math.max(4, Math.min(12, Math.floor(memoryBytes / gopBytes)));
    this.decoder = new GopDecoder(`${at}/proxy.mp4?v=${clip.sha256.slice(0, 16)}`, clip.proxy, table, keep);
    this.fallback = null; // why the server's stills are shown: 'no_webcodecs', 'unsupported' or 'decoder'
    this.last = -1;
  }

  async open() {
    if (typeof VideoDecoder === 'undefined' || window.__touchlineNoDecoder) {
      this.fallback = 'no_webcodecs';
      return;
    }
    try {
      const { supported } = await VideoDecoder.isConfigSupported(this.decoder.config());
      if (!supported) this.fallback = 'unsupported';
    } catch {
      this.fallback = 'unsupported';
    }
  }

  get height() {
    return Math.min(this.clip.proxy.h, this.clip.h);
  }

  // The picture of exactly frame i as { image, source }. Raises PictureError.
  async frame(i) {
    this.last = i;
    if (!this.fallback) {
      try {
        return { image: await this.decoder.frame(i), source: false };
      } catch (error) {
        if (error.code === 'cancelled' && this.last !== i) throw error;
        if (this.decoder.strikes >= STRIKES) this.giveUp();
      }
    }
    return { image: await this.stills.frame(i, this.height), source: true };
  }

  giveUp() {
    this.fallback = 'decoder';
    this.decoder.close();
  }

  // The picture of frame i when it is here already, else null.
  peek(i) {
    const frame = this.fallback ? null : this.decoder.peek(i);
    if (frame) return { image: frame, source: false };
    const still = this.stills.peek(i);
    return still ? { image: still, source: true } : null;
  }

  // Asks for frame i and for what comes next in direction `way` (+1 or -1).
  prefetch(i, way, reach = 1) {
    if (this.fallback) {
      this.stills.pinned = i;
      for (let k = 0; k <= STILLS_AHEAD; k++) {
        const j = i + way * k;
        if (j >= 0 && j < this.clip.n && this.mayTry(this.stills.entries.get(j))) this.stills.want(j, this.height).catch(() => {});
      }
      return;
    }
    this.decoder.pin(i);
    const here = this.decoder.gopOf[i];
    for (let k = 0; k <= reach; k++) {
      const g = here + way * k;
      const inside = here >= 0 && g >= 0 && g < this.decoder.gops.length;
      if (inside && this.mayTry(this.decoder.entries.get(g))) this.decoder.want(g);
    }
  }

  mayTry(entry) {
    if (!entry?.error || entry.error.code === 'cancelled') return true;
    return performance.now() - entry.failedAt > RETRY_MS;
  }

  // Why frame i is not coming, or null while it may still come. A GOP that fails is asked from the server.
  failure(i) {
    if (this.fallback) return this.stills.failure(i);
    if (!this.decoder.failure(i)) return null;
    if (this.decoder.strikes >= STRIKES) this.giveUp();
    if (this.mayTry(this.stills.entries.get(i))) this.stills.want(i, this.height).catch(() => {});
    return this.stills.failure(i);
  }

  source(i, height, signal) {
    return this.stills.fetch(i, height && height < this.clip.h ? height : 0, signal);
  }

  close() {
    this.decoder.close();
    this.stills.close();
  }
}

export { PictureError };
