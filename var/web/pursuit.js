// Follows the operator's clockwork: shows the very step that is painted there, as soon as all its pictures are here.

const LATE_TICKS = 20;

const nextFrame = () => new Promise((resolve) => requestAnimationFrame(resolve));

export class Pursuit {
  constructor(player) {
    Object.assign(this, { player, state: null, running: null });
  }

  take(state) {
    this.state = state;
    this.reconcile();
  }

  stop() {
    this.halt();
    this.player.features?.two.lockstep?.pause();
  }

  // May be called at any time: makes the player what the state says, where it is not.
  reconcile() {
    const { player, state } = this;
    if (!state || !player.match || !player.live) return;
    this.look(state);
    const { lockstep, timeline } = player;
    if (state.playing) this.run();
    else {
      this.halt();
      const n = timeline.stepAt(state.s);
      if (lockstep.n !== n) lockstep.seek(n);
    }
    this.second(state.layout?.two);
  }

  // The operator's clock is the clock: every step goes up when all angles have it, a newer one replaces one that waits.
  async run() {
    const { lockstep } = this.player;
    if (this.running === lockstep) return;
    this.running = lockstep;
    lockstep.pause();
    await lockstep.working;
    lockstep.quiet();
    lockstep.playing = true;
    let late = 0;
    while (this.running === lockstep && !lockstep.closed) {
      await nextFrame();
      if (this.running !== lockstep) return;
      const { s, way, speed } = this.state;
      Object.assign(lockstep, { way, speed });
      const n = lockstep.stepAt(s);
      const views = n === lockstep.shown ? [] : lockstep.cameras.map((camera, c) => lockstep.viewNow(camera, lockstep.frameOf(c, n)));
      late = views.every(Boolean) ? 0 : late + 1;
      this.player.busy(late > LATE_TICKS); // a picture that stands while the operator's moves on is not passed off as the present one
      if (late || !views.length) continue;
      lockstep.n = n;
      lockstep.paint(views, n);
    }
  }

  halt() {
    const { running } = this;
    this.running = null;
    if (!running || running.closed) return;
    running.playing = false;
    this.player.busy(false);
    running.n = running.shown;
    running.rest();
  }

  // Which angles are seen, and which part of each.
  look(state) {
    const { player } = this;
    const { pip, two } = player.features;
    const given = state.layout?.two;
    const shape = JSON.stringify([state.large, state.active, state.layout?.pip, given && [given.angle, given.side]]);
    const views = JSON.stringify([state.views, given?.view]);
    if (shape !== this.shape || player.grid !== this.grid) {
      Object.assign(this, { shape, grid: player.grid });
      const count = player.tiles.length;
      const inside = (c) => (Number.isInteger(c) && c >= 0 && c < count ? c : -1);
      player.large = inside(state.large);
      player.active = Math.max(0, inside(state.active));
      const small = state.layout?.pip;
      Object.assign(pip, { on: Boolean(small), angle: small ? inside(small.angle) : -1, corner: small?.corner ?? 0 });
      this.openSecond(given, inside);
      player.arrange();
      if (!player.lockstep.playing && !player.lockstep.working) player.lockstep.rest();
    }
    if (views !== this.views) {
      this.views = views;
      player.tiles.forEach((tile, c) => see(player, tile, state.views?.[c]));
      if (two.tile) see(player, two.tile, given?.view);
    }
  }

  openSecond(given, inside) {
    const { player } = this;
    const { two } = player.features;
    const { large } = player;
    const angle = given ? inside(given.angle) : -1;
    if (angle < 0) two.close();
    else if (player.lockstep.shown < 0) this.shape = null; // not before the first picture: tried again
    else {
      const n = player.timeline.stepAt(given.s);
      if (!two.open) two.show(angle, n);
      else if (two.angle !== angle) two.seat(angle, n);
      Object.assign(two, { side: given.side === 'a' ? 'a' : 'b', locked: false });
      this.views = null;
    }
    player.large = large;
  }

  // The second moment's step; here it is never locked, because the operator tells every step.
  second(given) {
    const { two } = this.player.features;
    if (!given || !two.open) return;
    const n = this.player.timeline.stepAt(given.s);
    if (two.lockstep.shown >= 0 && two.lockstep.n !== n) two.lockstep.seek(n);
  }
}

function see(player, tile, view) {
  if (!Array.isArray(view) || !view.every(Number.isFinite)) return;
  const [s, x, y] = view;
  if (tile.view.s === s && tile.view.x === x && tile.view.y === y) return;
  Object.assign(tile.view, { s: Math.max(1, s), x, y });
  tile.view.hold();
  player.zoomed(tile);
}
