// Pictures of one camera by display index: decoded in the browser, or as stills from the server where it cannot.
import { Bytes } from './bytes.js';
import { GopDecoder } from './decoder.js';
import { Gops, ORIGINAL, PROXY } from './gops.js';
import { PictureError } from './net.js';
import { Stills } from './stills.js';

const STRIKES = 3; // groups in a row that may fail before this camera is left to the server
const RETRY_MS = 2000;
const STILLS_AHEAD = 3;
const STILL_LINES = 720; // of stills in place of moving pictures

export class Camera {
  constructor(clip, root, memoryBytes) {
    this.clip = clip;
    const at = `${root}/${encodeURIComponent(clip.camera)}`;
    const version = `v=${clip.sha256.slice(0, 16)}`;
    this.stills = new Stills(`${at}/still`, clip);
    this.gops = new Gops(`${at}/gops.bin`, clip);
    const bytes = new Bytes((file) => `${at}/media/${file}.mp4?${version}`);
    const media = (medium) => this.clip.media[medium === ORIGINAL ? 'original' : 'proxy'];
    this.decoder = new GopDecoder(this.gops, bytes, media, memoryBytes);
    this.fallback = null; // why the server's stills are shown: 'no_webcodecs', 'unsupported' or 'decoder'
  }

  async open() {
    if (typeof VideoDecoder === 'undefined' || window.__touchlineNoDecoder) {
      this.fallback = 'no_webcodecs';
      return;
    }
    const media = [ORIGINAL, PROXY].filter((medium) => this.decoder.media(medium));
    const playable = await Promise.all(media.map((medium) => this.decoder.playable(medium)));
    if (this.clip.media.proxy && !playable.some(Boolean)) this.fallback = 'unsupported';
  }

  // Lines of the pictures that play; stills in their place are asked for as large.
  get height() {
    return Math.min(this.clip.media.proxy?.h ?? STILL_LINES, this.clip.h);
  }

  // The picture of exactly frame i as { image, source }. Raises PictureError.
  async frame(i) {
    if (!this.fallback) {
      try {
        return { image: await this.decoder.frame(i), source: false };
      } catch (error) {
        if (error.code === 'cancelled') throw error;
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

  // Frame i is painted: its picture stays.
  hold(i) {
    this.decoder.hold(i);
    this.stills.pinned = i;
  }

  // Asks for frame i and for what comes next in direction `way` (+1 or -1).
  prefetch(i, way, playing = false) {
    if (!this.fallback) this.decoder.around(i, way, playing);
    if (!this.fallback && !(playing && this.decoder.has(i) === false)) return;
    for (let k = 0; k <= STILLS_AHEAD; k++) {
      const j = i + way * k;
      const wanted = j >= 0 && j < this.clip.n && (this.fallback || this.decoder.has(j) === false);
      if (wanted && this.mayTry(this.stills.entries.get(j))) this.stills.want(j, this.height).catch(() => {});
    }
  }

  mayTry(entry) {
    if (!entry?.error || entry.error.code === 'cancelled') return true;
    return performance.now() - entry.failedAt > RETRY_MS;
  }

  // Why frame i is not coming, or null while it may still come. What does not decode is asked from the server.
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
