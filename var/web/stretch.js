// The in and out marks on the time line, and the loop between them.

const AROUND_S = 1; // a loop without marks goes this far to either side

export class Stretch {
  constructor(player) {
    Object.assign(this, { player, starts: null, ends: null, looping: false, until: null });
  }

  // The step behind which nothing is played, where a stretch is played once.
  get last() {
    return this.until === null ? Infinity : this.player.timeline.stepAt(this.until);
  }

  get whole() {
    return Boolean(this.starts && this.ends);
  }

  // A mark is a place of the active angle, as painted. A mark on the wrong side of the other one replaces both.
  mark(which) {
    const spot = this.player.features.spot();
    if (!spot) return;
    this[which] = spot;
    if (this.whole && this.ends.s <= this.starts.s) this[which === 'starts' ? 'ends' : 'starts'] = null;
    if (!this.whole) this.looping = false;
    this.tell();
  }

  set(starts, ends) {
    Object.assign(this, { starts, ends });
    this.tell();
  }

  clear() {
    Object.assign(this, { starts: null, ends: null, looping: false });
    this.tell();
  }

  // The marks, made around the present instant where there are none.
  need() {
    const { lockstep } = this.player;
    if (!this.whole && lockstep.shown >= 0) {
      const now = lockstep.times[lockstep.shown];
      const at = (s) => {
        const n = lockstep.stepAt(s);
        return { n, s: lockstep.times[n], camera: null, frame: null };
      };
      this.set(at(now - AROUND_S), at(now + AROUND_S));
    }
    return this.whole;
  }

  steps() {
    const { lockstep } = this.player;
    return [lockstep.stepAt(this.starts.s), lockstep.stepAt(this.ends.s)];
  }

  toggle() {
    const { lockstep } = this.player;
    if (this.looping) {
      this.looping = false;
      this.tell();
      return;
    }
    if (!this.need()) return;
    this.looping = true;
    const [first, last] = this.steps();
    this.player.features.playAt(lockstep.shown < first || lockstep.shown >= last ? first : lockstep.shown);
    this.tell();
  }

  // Plays from one step to another, once.
  play(first, last) {
    this.looping = false;
    this.until = this.player.timeline.t[last]; // in match time: another layout has other steps
    this.player.features.playAt(first);
    this.tell();
  }

  painted(n) {
    const { lockstep, features } = this.player;
    if (!lockstep.playing || lockstep.way < 0) this.until = null;
    else if (this.until !== null && n >= this.last) {
      this.until = null;
      lockstep.pause();
    }
    if (!this.looping || !this.whole || !lockstep.playing) return;
    const [first, last] = this.steps();
    if (lockstep.way > 0 && n >= last) features.jump(first);
    else if (lockstep.way < 0 && n <= first) features.jump(last);
  }

  tell() {
    this.player.features.refresh();
  }
}
