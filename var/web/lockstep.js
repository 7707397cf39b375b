// The clockwork: one integer n, a step of the time line. Every camera shows the frame that belongs to n, and nobody
// moves until everybody can. `screen` gets all pictures of a step in one call, so they reach the eye together.

const SOURCE_AFTER_MS = 120;
const AHEAD_AFTER_MS = 60;
const NEAR_STEPS = 12;
const LONGEST_TICK_MS = 100;

const nextFrame = () => new Promise((resolve) => requestAnimationFrame(resolve));

export class Lockstep {
  constructor(timeline, cameras, screen) {
    Object.assign(this, { cameras, screen, times: timeline.t, rows: timeline.frames });
    this.length = this.times.length;
    this.n = 0; // what is asked for
    this.shown = -1; // what is painted
    this.playing = false;
    this.way = 1;
    this.speed = 1;
    this.working = null;
  }

  frameOf(camera, n) {
    return this.rows[camera][n] ?? -1;
  }

  // The step nearest to a time, of two equally near ones the earlier.
  stepAt(seconds) {
    let low = 0;
    let high = this.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.times[middle] < seconds) low = middle + 1;
      else high = middle;
    }
    const earlier = low - 1;
    return earlier >= 0 && seconds - this.times[earlier] <= Math.abs(this.times[low] - seconds) ? earlier : low;
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
      if (n !== this.n && views.some((view) => view.error?.code === 'cancelled')) continue;
      const way = n >= this.shown ? 1 : -1;
      const near = this.shown < 0 || Math.abs(n - this.shown) <= NEAR_STEPS;
      this.shown = n;
      this.screen.paint(views, n);
      this.lookAhead(n, way, near ? 0 : AHEAD_AFTER_MS);
    }
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
      this.cameras.forEach((camera, c) => {
        const frame = this.frameOf(c, n);
        if (frame >= 0 && !camera.fallback) camera.prefetch(frame, way);
      });
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
    let late = 0;
    for (;;) {
      await nextFrame();
      if (this.turn !== turn) return;
      if (!this.playing) break;
      const now = performance.now();
      const passed = (Math.min(now - before, LONGEST_TICK_MS) / 1000) * this.speed * this.way;
      before = now;
      const n = this.stepTowards(media + passed);
      const views = this.cameras.map((camera, c) => this.viewNow(camera, this.frameOf(c, n)));
      if (views.every(Boolean)) {
        media += passed;
        late = 0;
        if (n !== this.shown) {
          this.n = this.shown = n;
          this.screen.paint(views, n);
        }
      } else {
        late += 1;
      }
      this.screen.busy(late > 20);
      if (this.shown === (this.way > 0 ? this.length - 1 : 0)) this.pause();
    }
    this.screen.busy(false);
  }

  // The step that a running clock shows at `media`: the last one that has begun.
  stepTowards(media) {
    let n = this.shown;
    while (n + 1 < this.length && this.times[n + 1] <= media + 1e-9) n += 1;
    while (n > 0 && this.times[n] > media + 1e-9) n -= 1;
    return n;
  }

  // What a camera can show at once: a picture, no coverage, or its error; null while it may still come.
  viewNow(camera, frame) {
    if (frame < 0) return { frame };
    camera.prefetch(frame, this.way, 2);
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
