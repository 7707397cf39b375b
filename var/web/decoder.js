// Pictures of one camera through WebCodecs. The time stamp of every chunk *is* the display index, so what comes out
// says which frame it is, whichever medium it came from. Packets are fed a few at a time: a new wish is served at once.
import { ORIGINAL } from './gops.js';
import { PictureError } from './net.js';

const DRY_MS = 60; // a decoder that took all packets up to a picture and does not give it gets more of them
const STALL_MS = 5000;
const RETRY_MS = 2000;
const LEAST = 8; // pictures kept, however little memory there is
const MOST = 90;
const AGAINST = 1.6; // pictures behind the play head are given up earlier than those before it
// How far around the play head pictures are wanted, and how many packets may wait in the decoder: few at rest, where a
// new wish has to wait for them; more while playing, where it would run dry while pictures are painted.
const AT_REST = { ahead: 10, back: 4, queue: 2 };
const PLAYING = { ahead: 20, back: 2, queue: 8 };

export class GopDecoder {
  // `bytes` fetches the bytes of groups; `media` gives { w, h, codec, extradata } by number.
  constructor(gops, bytes, media, memoryBytes) {
    Object.assign(this, { gops, bytes, media, memoryBytes });
    this.pictures = new Map(); // display index -> VideoFrame
    this.aim = -1;
    this.way = 1;
    this.reach = { ...AT_REST, ahead: 0, back: 0 };
    this.held = -1; // painted: never given up
    this.waiter = null; // { i, resolve, reject }: the picture that somebody waits for
    this.open = null; // the group that the decoder is in the middle of: { group, next, out, flushed }
    this.configured = -1;
    this.supported = new Map(); // medium -> promise of a yes or no
    this.unplayable = new Set(); // media that this browser cannot decode
    this.strikes = 0; // groups in a row that did not decode
    this.software = false;
    this.size(1);
  }

  size(pictureBytes) {
    this.room = Math.max(LEAST, Math.min(MOST, Math.floor(this.memoryBytes / pictureBytes)));
  }

  peek(i) {
    return this.pictures.get(i) ?? null;
  }

  // Whether frame i can come out of here: true, false, or undefined while that is not known.
  has(i) {
    const group = this.gops.groupOf(i);
    return group ? this.may(group.medium) : group === null ? false : undefined;
  }

  // Whether a medium is described and not known to be beyond this browser.
  may(medium) {
    return Boolean(this.media(medium)) && !this.unplayable.has(medium);
  }

  // Why frame i will not come out of here, or null while it still may.
  failure(i) {
    const group = this.gops.groupOf(i);
    if (group === undefined) return this.gops.failure(i);
    if (group === null || !this.may(group.medium)) return new PictureError('no_group', `#${i}`);
    if (group.missing?.has(i)) return new PictureError('decode', `#${i}`);
    return resting(group) ? group.error : null;
  }

  // The VideoFrame of exactly display index i. Whoever waits for another one is refused: latest wins.
  frame(i) {
    this.cancel();
    this.aim = i;
    const found = this.peek(i);
    if (found) return Promise.resolve(found);
    this.reach = { ...AT_REST, ahead: 0, back: 0 }; // nothing else until it is here
    const group = this.gops.groupOf(i);
    if (group) Object.assign(group, { error: null, missing: null }); // a new wish is a new attempt
    this.bytes.only(group ?? null);
    return new Promise((resolve, reject) => {
      this.waiter = { i, resolve, reject };
      this.wake();
    });
  }

  cancel() {
    const { waiter } = this;
    this.waiter = null;
    waiter?.reject(new PictureError('cancelled'));
  }

  // Asks for what lies around frame i, most of it in direction `way`.
  around(i, way, playing) {
    this.gops.renew(i);
    if (this.waiter) return;
    const { ahead, back, queue } = playing ? PLAYING : AT_REST;
    this.aim = i;
    this.way = way;
    this.reach = { ahead: Math.min(ahead, Math.floor(this.room * 0.6)), back: Math.min(back, Math.floor(this.room * 0.3)), queue };
    this.wake();
  }

  hold(i) {
    this.held = i;
  }

  // ---- the work: one frame after another, the one that is waited for first

  wake() {
    this.woken = true;
    this.signal?.();
    if (!this.running && !this.closed) this.run();
  }

  async run() {
    this.running = true;
    while (this.woken && !this.closed) {
      this.woken = false; // a wish that comes from here on is looked at before the work ends
      for (let job = await this.choose(); job; job = await this.choose()) {
        try {
          await this.decode(job);
        } catch (error) {
          this.fail(job, error);
        }
        const vain = job.ahead && !this.pictures.has(job.i) && !this.outdated(job) && !job.group.error;
        if (vain || this.closed) break;
      }
    }
    this.running = false;
  }

  // The next frame to decode with its group, or null.
  async choose() {
    while (this.waiter && !this.closed) {
      const { waiter } = this;
      if (this.pictures.has(waiter.i)) {
        this.waiter = null;
        waiter.resolve(this.pictures.get(waiter.i));
        break;
      }
      try {
        await this.gops.load(waiter.i);
        const group = this.gops.groupOf(waiter.i);
        if (group && (await this.playable(group.medium))) {
          if (waiter === this.waiter) return { i: waiter.i, group };
          continue;
        }
        this.settle(waiter, new PictureError('no_group', `#${waiter.i}`));
      } catch (error) {
        this.settle(waiter, error);
      }
    }
    return this.closed ? null : this.chooseAhead();
  }

  settle(waiter, error) {
    if (this.waiter !== waiter) return;
    this.waiter = null;
    waiter.reject(error);
  }

  chooseAhead() {
    const wanted = (i) => i >= 0 && !this.pictures.has(i);
    for (const i of this.places()) {
      if (!wanted(i)) continue;
      const group = this.gops.groupOf(i);
      if (group === undefined) {
        if (!this.gops.failure(i)) this.gops.load(i).then(() => this.wake(), () => {});
        continue;
      }
      if (group && this.may(group.medium) && !resting(group) && !group.missing?.has(i)) {
        this.fetchNext(group);
        return { i, group, ahead: true };
      }
    }
    return null;
  }

  // Around the aim: first all in its direction, then those behind it.
  *places() {
    if (this.aim < 0) return;
    const { ahead, back } = this.reach;
    for (let k = 0; k <= ahead; k++) yield this.aim + k * this.way;
    for (let k = 1; k <= back; k++) yield this.aim - k * this.way;
  }

  // The bytes after this group are fetched while it is decoded.
  fetchNext(group) {
    for (const i of this.places()) {
      const next = this.gops.groupOf(i);
      if (!next || next === group || this.pictures.has(i)) continue;
      this.bytes.of(next).catch(() => {}); // reported where it is decoded
      return;
    }
  }

  outdated({ i, ahead }) {
    if (this.closed) return true;
    if (this.waiter) return this.waiter.i !== i;
    return Boolean(ahead) && !inReach(this, i);
  }

  async decode(job) {
    const { i, group } = job;
    const data = await this.bytes.of(group);
    if (this.outdated(job)) return;
    if (!(await this.playable(group.medium))) return;
    const decoder = this.ready(group, i);
    const { open } = this;
    const place = group.display.indexOf(i);
    // A coder that reorders gives a picture some packets later; the proxies' one gives it at once.
    const patient = group.medium !== ORIGINAL;
    let since = performance.now();
    while (!this.pictures.has(i) && !open.out.has(i)) {
      if (this.outdated(job)) return;
      if (decoder.state === 'closed') throw this.broken ?? new PictureError('decode', 'closed');
      const dry = performance.now() - since > DRY_MS;
      const more = open.next <= place || !patient || dry || (job.ahead && inReach(this, group.display[open.next]));
      if (decoder.decodeQueueSize < this.reach.queue && open.next < group.count && more) {
        this.feed(decoder, open, data);
        since = performance.now();
        continue;
      }
      if (open.next === group.count && !open.flushed && (!patient || dry)) {
        this.flush(decoder, open);
        since = performance.now();
        continue;
      }
      if (open.flushed === 'done') break;
      if (performance.now() - since > STALL_MS) {
        this.software = true; // a decoder in hardware may run out of surfaces while their frames are kept
        if (decoder.state !== 'closed') decoder.close();
        throw new PictureError('decode', 'stalled');
      }
      await this.event(decoder);
    }
    if (open.out.has(i) || this.pictures.has(i)) return;
    (group.missing ??= new Set()).add(i);
    throw new PictureError('decode', `#${i}`);
  }

  feed(decoder, open, data) {
    const { group } = open;
    const k = open.next++;
    const bytes = new Uint8Array(data, group.pos[k] - group.from, group.size[k]);
    decoder.decode(new EncodedVideoChunk({ type: group.idr[k] ? 'key' : 'delta', timestamp: group.display[k], data: bytes }));
  }

  flush(decoder, open) {
    open.flushed = 'under way';
    decoder.flush().then(() => { open.flushed = 'done'; }, () => {}).finally(() => this.signal?.());
  }

  // Resolves when the decoder took a packet or gave a picture, when a wish came, or after a while.
  event(decoder) {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, DRY_MS);
      this.signal = () => {
        clearTimeout(timer);
        decoder.ondequeue = null;
        this.signal = null;
        resolve();
      };
      decoder.ondequeue = () => this.signal?.();
    });
  }

  // The decoder, set to the medium of a group and standing where that group goes on or begins.
  ready(group, i) {
    if (!this.decoder || this.decoder.state === 'closed') {
      this.broken = null;
      this.open = null;
      this.configured = -1;
      this.decoder = new VideoDecoder({ output: (frame) => this.take(frame), error: (error) => { this.broken = error; this.signal?.(); } });
    }
    if (this.configured !== group.medium) {
      this.decoder.configure(this.config(group.medium));
      this.configured = group.medium;
      this.open = null;
    }
    const { open } = this;
    const goes = open?.group.key === group.key && open.group.count === group.count && !open.flushed && !open.out.has(i);
    if (!goes) this.open = { group, next: 0, out: new Set(), flushed: null };
    return this.decoder;
  }

  config(medium) {
    const { codec, w, h, extradata } = this.media(medium);
    const config = { codec, codedWidth: w, codedHeight: h, optimizeForLatency: medium !== ORIGINAL };
    if (extradata) config.description = Uint8Array.from(atob(extradata), (char) => char.charCodeAt(0));
    if (this.software) config.hardwareAcceleration = 'prefer-software';
    return config;
  }

  // Whether this browser decodes a medium; asked once.
  playable(medium) {
    if (!this.media(medium)) return Promise.resolve(false); // not described yet: the match is asked for again
    if (!this.supported.has(medium)) this.supported.set(medium, this.probe(medium));
    return this.supported.get(medium);
  }

  async probe(medium) {
    let fits = false;
    try {
      fits = (await VideoDecoder.isConfigSupported(this.config(medium))).supported === true;
    } catch {
      fits = false; // a codec string that the browser has never heard of
    }
    if (!fits) this.unplayable.add(medium);
    return fits;
  }

  take(frame) {
    const i = frame.timestamp;
    this.open?.out.add(i);
    if (this.closed || i < 0 || this.pictures.has(i)) {
      frame.close();
    } else {
      this.size(frame.codedWidth * frame.codedHeight * 1.5);
      this.pictures.set(i, frame);
      this.trim();
    }
    const { waiter } = this;
    if (waiter?.i === i && this.pictures.has(i)) {
      this.waiter = null;
      this.strikes = 0;
      waiter.resolve(this.pictures.get(i));
    }
    this.signal?.();
  }

  // Gives up the pictures farthest from the aim.
  trim() {
    while (this.pictures.size > this.room) {
      let worst = -1;
      let most = -1;
      for (const i of this.pictures.keys()) {
        if (i === this.held || i === this.aim) continue;
        const off = (i - this.aim) * this.way;
        const cost = off >= 0 ? off : -off * AGAINST;
        if (cost > most) [worst, most] = [i, cost];
      }
      if (worst < 0) return;
      this.pictures.get(worst).close();
      this.pictures.delete(worst);
    }
  }

  fail({ i, group }, error) {
    const reason = error instanceof PictureError ? error : new PictureError('decode', error.message);
    this.open = null;
    if (reason.code !== 'cancelled') {
      if (reason.code === 'decode') this.strikes += 1;
      Object.assign(group, { error: reason, failedAt: performance.now() });
    }
    if (this.waiter?.i === i) this.settle(this.waiter, reason);
  }

  close() {
    this.closed = true;
    this.cancel();
    this.bytes.only(null);
    for (const frame of this.pictures.values()) frame.close();
    this.pictures.clear();
    if (this.decoder && this.decoder.state !== 'closed') this.decoder.close();
    this.signal?.();
  }
}

// A group that failed a moment ago is left alone.
function resting(group) {
  return group.error !== null && performance.now() - group.failedAt < RETRY_MS;
}

function inReach({ aim, way, reach }, i) {
  const off = (i - aim) * way;
  return off >= -reach.back && off <= reach.ahead;
}
