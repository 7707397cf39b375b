// A match that is being recorded, or whose layout was changed elsewhere. Methods of the player (review.js), called by
// the one that follows the server (live.js).
import { openMatch } from './opening.js';

const TOLD_MS = 8000;

export const growing = {
  // Steps from `from` on are new or have changed.
  grown(from) {
    this.match.clips.forEach((clip, c) => { clip.n = Math.max(clip.n, this.timeline.framesOf(c)); });
    this.lockstep.grown(from);
    this.rail.grown();
    const n = this.lockstep.shown;
    this.tiles.forEach((tile, c) => tile.painted.kind === 'none' && n >= 0 && tile.explain(this.why(c, n)));
  },

  // The same layout described anew: media that were made meanwhile, recordings that have ended.
  redescribed(fresh) {
    const { match } = this;
    const ended = match.live && !fresh.live;
    fresh.clips.forEach((clip, c) => Object.assign(match.clips[c], clip, { n: Math.max(clip.n, this.timeline.framesOf(c)) }));
    Object.assign(match, { live: fresh.live, name: fresh.name, steps: fresh.steps });
    this.lockstep.live = fresh.live;
    if (ended) this.tellEnd();
    for (const tile of this.tiles) tile.retitle();
    this.showLive();
  },

  tellEnd() {
    const { head } = this;
    head.say('ended', this.words.t('live.ended'));
    setTimeout(() => head.say('ended', ''), TOLD_MS);
  },

  // Another layout: everything is opened anew at the same match time.
  async relaid() {
    if (this.relaying) return;
    this.relaying = true;
    try {
      const opened = await openMatch(this.address);
      if (this.closed) {
        opened.cameras.forEach((camera) => camera.close());
        return;
      }
      const kept = this.keep();
      const ended = this.match.live && !opened.match.live;
      this.takeApart();
      this.build(opened, kept);
      if (ended) this.tellEnd();
    } catch (error) {
      this.lost(error);
    } finally {
      this.relaying = false;
    }
  },

  keep() {
    const { lockstep, tiles, timeline } = this;
    const camera = (index) => this.match.clips[index]?.camera;
    const n = lockstep.playing ? lockstep.shown : lockstep.n;
    return {
      seconds: timeline.t[Math.max(0, n)],
      ...{ playing: lockstep.playing, way: lockstep.way, speed: lockstep.speed },
      ...{ large: camera(this.large), active: camera(this.active) },
      views: new Map(tiles.map((tile) => [tile.clip.camera, tile.view])),
      features: this.features.keep(camera),
    };
  },

  restore({ large, active, speed, views, features }) {
    const index = (camera) => this.match.clips.findIndex((clip) => clip.camera === camera);
    this.large = index(large);
    this.active = Math.max(0, index(active));
    this.lockstep.speed = speed;
    for (const tile of this.tiles) {
      tile.view = views.get(tile.clip.camera) ?? tile.view;
      tile.root.classList.toggle('zoomed', tile.view.s > 1);
    }
    this.features.restore(features, index);
  },

  // The server gives no news (null: it does again).
  lost(error) {
    if (error) this.note(error);
    this.head?.say('lost', error && this.match.live ? this.words.t('live.lost') : '');
    this.showLive();
  },

  showLive() {
    const { match, timeline, lockstep, head } = this;
    if (!match.live) return head.showLive(null);
    const behind = timeline.t.at(-1) - timeline.t[Math.max(0, lockstep.shown)];
    return head.showLive(behind, Boolean(this.live?.fresh) && lockstep.playing && lockstep.way > 0);
  },

  // Why a camera has no picture at a step.
  why(c, n) {
    const { before, after } = this.timeline.around(c, n);
    const at = (step) => (words) => words.clock(this.head.clockAt(this.timeline.t[step]).seconds ?? this.timeline.t[step], 0);
    const silent = this.match.live && this.match.clips[c].recording;
    const said = (key, params) => ({ key: `tile.${key}`, params: (words) => Object.fromEntries(Object.entries(params).map(([name, of]) => [name, of(words)])) });
    if (before < 0 && after < 0) return said(silent ? 'none_yet' : 'none_at_all', {});
    if (before < 0) return said('not_begun', { time: at(after) });
    if (after >= 0) return said('gap', { from: at(before), to: at(after) });
    return said(silent ? 'silent' : 'over', { time: at(before) });
  },
};
