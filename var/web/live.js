// Follows a match that is being recorded: new steps, new angles, and its end. Also finds out when the layout of a
// finished match was changed elsewhere, for instance by synchronising it anew.
import { describe, steps } from './opening.js';

const EVERY_MS = 1000;
const AT_EDGE_MS = 500; // while the newest pictures are being watched
const HIDDEN_MS = 5000;
const DESCRIBE_MS = 3000;
const FINISHED_MS = 5000;
const OVERLAP = 500; // steps before the end that late pictures may still fill
const STALE_MS = 4000; // without news for so long nothing is called live

export class Live {
  // `player` has match, timeline, root address, and is told by grown(from), redescribed(fresh), relaid() and lost(error).
  constructor(player) {
    this.player = player;
    this.begin = performance.now();
    this.newsAt = this.begin; // when the time line last became longer
    this.describedAt = this.begin;
    this.closed = false;
    this.onVisible = () => document.visibilityState === 'visible' && this.soon(0);
    document.addEventListener('visibilitychange', this.onVisible);
    this.soon(this.pause());
  }

  close() {
    this.closed = true;
    clearTimeout(this.timer);
    document.removeEventListener('visibilitychange', this.onVisible);
  }

  // Whether new pictures are really coming in.
  get fresh() {
    return performance.now() - this.newsAt < STALE_MS;
  }

  pause() {
    const { match, lockstep, timeline } = this.player;
    if (!match.live) return FINISHED_MS;
    if (document.visibilityState === 'hidden') return HIDDEN_MS;
    const behind = timeline.t.at(-1) - timeline.t[Math.max(0, lockstep.shown)];
    return lockstep.playing && behind < 5 ? AT_EDGE_MS : EVERY_MS;
  }

  soon(delay) {
    if (this.closed) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.look(), delay);
  }

  // Somebody knows that there is something new.
  now() {
    this.describedAt = -Infinity;
    this.soon(0);
  }

  async look() {
    if (this.looking) return;
    this.looking = true;
    try {
      const { match } = this.player;
      if (match.live) await this.grow();
      const due = match.live ? DESCRIBE_MS : 0;
      if (!this.closed && performance.now() - this.describedAt >= due) await this.describe();
      if (!this.closed) this.player.lost(null);
    } catch (error) {
      if (this.closed) return;
      if (error.code === 'changed') await this.player.relaid();
      else this.player.lost(error);
    } finally {
      this.looking = false;
      this.soon(this.pause());
    }
  }

  async grow() {
    const { address, match, timeline } = this.player;
    const before = timeline.length;
    const buffer = await steps(address, match.version, Math.max(0, before - OVERLAP));
    if (this.closed) return;
    const from = timeline.take(buffer);
    if (timeline.length > before) this.newsAt = performance.now();
    this.player.grown(from);
  }

  // Looks at the description again: the media of a clip, who is recording, whether all of it has ended.
  async describe() {
    const { address, match } = this.player;
    const fresh = await describe(address);
    if (this.closed) return;
    this.describedAt = performance.now();
    if (fresh.version !== match.version) {
      await this.player.relaid();
      return;
    }
    if (match.live && !fresh.live) await this.grow(); // the last pictures
    if (!this.closed) this.player.redescribed(fresh);
  }
}
