// The clockwork: one integer n, a step of the time line. Every camera shows the frame that belongs to n, and nobody
// moves until everybody can. `screen` gets all pictures of a step in one call, so they reach the eye together.

const SOURCE_AFTER_MS = 120;
const AHEAD_AFTER_MS = 40;
const NEAR_STEPS = 12;
const LONGEST_TICK_MS = 100;
const AWAY_MS = 3000; // a tick that lasts longer is of a page that was in the background
const LATE_TICKS = 20;
const PACE_S = 1; // over which the pace of playing is taken
const SETTLED_MS = 1500; // the first pictures may take a moment
const SLOW = 0.9; // of the speed asked for: below that the screen says how fast it really is
const STORE_S = 0.5; // after the newest picture was reached, playing goes on once this much has come in

const nextFrame = () => new Promise((resolve) => requestAnimationFrame(resolve));

export class Lockstep {
  constructor(timeline, cameras, screen) {
    Object.assign(this, { timeline, cameras, screen });
    this.live = false; // the end grows: playing waits there
    this.n = 0; // what is asked for
    this.shown = -1; // what is painted
    this.frames = []; // of each camera, as painted
    this.playing = false;
    this.way = 1;
    this.speed = 1;
    this.working = null;
    this.fence = null; // keeps a playing clock from running past the end of a stretch on a slow machine
  }

  get length() {
    return this.timeline.length;
  }

  get times() {
    return this.timeline.t;
  }

  frameOf(camera, n) {
    return this.timeline.frameOf(camera, n);
  }

  stepAt(seconds) {
    return this.timeline.stepAt(seconds);
  }

  seek(n) {
    this.pause();
    return this.go(n);
  }

  step(by) {
    return this.seek(this.n + by);
  }

  // Paints step n; while it is busy the latest wish wins and the ones between are skipped.
  go(n) {
    this.n = Math.max(0, Math.min(this.length - 1, Math.round(n)));
    if (this.working) return this.working;
    if (this.shown === this.n) return Promise.resolve();
    return this.repaint();
  }

  // Asks again for the present step, for instance after the server came back.
  retry() {
    if (this.working) return this.working;
    this.shown = -1;
    return this.repaint();
  }

  // Steps from `from` on are new or have changed: what stands on the screen follows.
  grown(from) {
    const { shown, frames } = this;
    if (shown < from || this.playing || this.working) return;
    if (frames.some((frame, c) => frame !== this.frameOf(c, shown))) this.retry();
  }

  repaint() {
    this.quiet();
    this.working = this.chase().finally(() => {
      this.working = null;
      this.screen.busy(false);
      if (!this.playing) this.rest();
    });
    this.screen.busy(true);
    return this.working;
  }

  async chase() {
    while (this.shown !== this.n) {
      const n = this.n;
      const views = await Promise.all(this.cameras.map((camera, c) => this.view(camera, this.frameOf(c, n))));
      if (this.closed) return;
      if (n !== this.n && views.some((view) => view.error?.code === 'cancelled')) continue;
      const way = n >= this.shown ? 1 : -1;
      const near = this.shown < 0 || Math.abs(n - this.shown) <= NEAR_STEPS;
      this.paint(views, n);
      this.lookAhead(n, way, near ? 0 : AHEAD_AFTER_MS);
    }
  }

  paint(views, n) {
    this.shown = n;
    this.frames = views.map((view) => view.frame);
    this.cameras.forEach((camera, c) => camera.hold(views[c].frame));
    this.screen.paint(views, n);
  }

  async view(camera, frame) {
    if (frame < 0) return { frame };
    try {
      return { frame, ...(await camera.frame(frame)) };
    } catch (error) {
      return { frame, error };
    }
  }

  lookAhead(n, way, delay) {
    clearTimeout(this.aheadTimer);
    this.aheadTimer = setTimeout(() => {
      for (const c of this.screen.order()) {
        const frame = this.frameOf(c, n);
        if (frame >= 0 && !this.cameras[c].fallback) this.cameras[c].prefetch(frame, way);
      }
    }, delay);
  }

  play(way = 1) {
    this.way = way;
    if (this.playing) return;
    this.playing = true;
    this.quiet();
    this.screen.state();
    this.run();
  }

  pause() {
    if (!this.playing) return;
    this.playing = false;
    if (!this.working) {
      this.n = this.shown;
      this.rest();
    }
    this.screen.state();
  }

  async run() {
    const turn = (this.turn = {}); // a stopped loop must not wake up in a later one
    await this.working;
    let media = this.times[this.shown];
    let before = performance.now();
    const began = before;
    let late = 0;
    let starved = false;
    let pace = 1; // how much of the speed asked for is reached
    for (;;) {
      await nextFrame();
      if (this.turn !== turn || this.closed) return;
      if (!this.playing) break;
      const now = performance.now();
      const tick = now - before;
      const passed = (Math.min(tick, LONGEST_TICK_MS) / 1000) * this.speed * this.way;
      before = now;
      const edge = this.atEdge();
      if (edge && !this.live) {
        this.pause();
        break;
      }
      starved = this.live && this.way > 0 && (edge || (starved && this.times.at(-1) - media < STORE_S * this.speed));
      if (starved) {
        this.screen.busy(false);
        pace = 1;
        this.screen.pace(1);
        continue;
      }
      const was = media;
      const n = this.stepTowards(media + passed);
      const views = this.cameras.map((camera, c) => this.viewNow(camera, this.frameOf(c, n)));
      if (views.every(Boolean)) {
        media = this.way > 0 ? Math.min(media + passed, this.times.at(-1)) : media + passed;
        late = 0;
        if (n !== this.shown) {
          this.n = n;
          this.paint(views, n);
        }
      } else {
        late += 1;
      }
      // By the clock, also where a tick lasted so long that not all of it was played; longer still, the page was away.
      const due = (tick / 1000) * this.speed * this.way;
      if (due && tick < AWAY_MS) pace += Math.min(1, tick / 1000 / PACE_S) * (Math.max(0, Math.min(1.2, (media - was) / due)) - pace);
      this.screen.pace(pace < SLOW && now - began > SETTLED_MS ? pace : 1);
      this.screen.busy(late > LATE_TICKS);
    }
    this.screen.busy(false);
    this.screen.pace(1);
  }

  // Whether playing has come to the end of the time line (or to its beginning, playing backwards).
  atEdge() {
    return this.shown === (this.way > 0 ? this.length - 1 : 0);
  }

  // The step that a running clock shows at `media`: the last one that has begun.
  stepTowards(media) {
    let n = this.shown;
    while (n + 1 < this.length && this.times[n + 1] <= media + 1e-9) n += 1;
    while (n > 0 && this.times[n] > media + 1e-9) n -= 1;
    return this.fence ? this.fence(n) : n;
  }

  // What a camera can show at once: a picture, no coverage, or its error; null while it may still come.
  viewNow(camera, frame) {
    if (frame < 0) return { frame };
    camera.prefetch(frame, this.way, true);
    const picture = camera.peek(frame);
    if (picture) return { frame, ...picture };
    const error = camera.failure(frame);
    return error ? { frame, error } : null;
  }

  quiet() {
    clearTimeout(this.restTimer);
    clearTimeout(this.aheadTimer);
    this.restAbort?.abort();
  }

  // At rest the pictures are exchanged for those decoded from the source: what the referee sees is what is analysed.
  rest() {
    if (this.closed) return;
    clearTimeout(this.restTimer);
    this.restAbort?.abort();
    this.restTimer = setTimeout(() => this.fetchSources(), SOURCE_AFTER_MS);
  }

  async fetchSources() {
    const n = this.shown;
    if (n < 0) return;
    const abort = (this.restAbort = new AbortController());
    const order = this.screen.wanted(); // [{ c, height, first }]
    const load = async ({ c, height }) => {
      const frame = this.frameOf(c, n);
      if (frame < 0) return;
      const still = await settled(this.cameras[c].source(frame, height, abort.signal));
      const here = !abort.signal.aborted && this.shown === n && !this.playing && !this.working;
      if (here) this.screen.source(c, frame, still, height);
      else still.image?.close();
    };
    await Promise.all(order.filter((one) => one.first).map(load));
    await Promise.all(order.filter((one) => !one.first).map(load));
  }

  close() {
    this.closed = true;
    this.playing = false;
    this.quiet();
    for (const camera of this.cameras) camera.close();
  }
}

async function settled(promise) {
  try {
    return { image: await promise };
  } catch (error) {
    return { error };
  }
}
