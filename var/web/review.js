// The player of one match: cameras, clockwork and screen put together. It outlives the component that shows it.
// Its methods lie by topic in acts.js (commands), growing.js (live and changed matches), looking.js (which angle is
// large, zoom) and pointing.js (clicks). With `solo` nobody follows it, nothing is logged, and nothing is decided.
import { acting } from './acts.js';
import { Controls } from './controls.js';
import { make } from './elements.js';
import { Features } from './features.js';
import { Gestures } from './gestures.js';
import { growing } from './growing.js';
import { Head } from './head.js';
import { Help } from './help.js';
import { Keyboard } from './keyboard.js';
import { Layered } from './layered.js';
import { SHAPE } from './layout.js';
import { Live } from './live.js';
import { Lockstep } from './lockstep.js';
import { PHONE_PX, looking } from './looking.js';
import { Loupe } from './loupe.js';
import { addressOf, openMatch } from './opening.js';
import { Outbox } from './outbox.js';
import { pointing } from './pointing.js';
import { Rail } from './rail.js';
import { Tile } from './tile.js';
import { Words } from './words.js';

const BUSY_AFTER_MS = 350;
const STARTING_MS = 2000;

export class Review {
  constructor(data, isCurrent) {
    this.data = data;
    this.words = new Words(data.texts, data.lang);
    this.root = make('section', { class: data.solo ? 'player solo' : 'player', tabindex: -1 });
    this.body = make('div', { class: 'body' });
    this.root.append(this.body);
    this.errors = [];
    this.active = 0;
    this.chosen = data.camera ?? ''; // whose numbers the page shows
    this.large = -1;
    this.hovered = null;
    this.outbox = new Outbox((name, message) => this.emit?.(name, message), (key) => this.head?.say('fault', key && this.words.t(key)));
    this.layered = new Layered(this);
    this.keyboard = new Keyboard(this.root, (id, digit) => this.run(id, digit), () => this.match && !this.data.clean && this.root.isConnected && isCurrent(this), (id) => this.has(id));
    this.resizing = new ResizeObserver(() => this.arrange());
    this.onWindow = () => this.arrange();
    window.addEventListener('resize', this.onWindow);
    document.addEventListener('fullscreenchange', this.onWindow);
    this.ready = this.load();
  }

  // ---- beginning and end

  get address() {
    return addressOf(this.data.base, this.data.match);
  }

  // Whether this is training, which is shown to nobody else and decides nothing.
  get solo() {
    return Boolean(this.data.solo);
  }

  // Width by height of the boxes for pictures. Phones are often held upright.
  get shape() {
    return this.solo && this.match ? Math.max(...this.match.clips.map(({ w, h }) => w / h)) : SHAPE;
  }

  async load(quietly = false) {
    if (this.closed) return;
    if (!quietly) this.body.replaceChildren(make('p', { class: 'plain', role: 'status', text: this.words.t('loading') }));
    try {
      const opened = await openMatch(this.address);
      if (this.closed) opened.cameras.forEach((camera) => camera.close());
      else this.build(opened);
    } catch (error) {
      if (this.closed) return;
      this.note(error);
      this.unopened(error);
    }
  }

  unopened(error) {
    clearTimeout(this.again);
    if (error.soon || error.code === 'empty' || this.data.clean) this.again = setTimeout(() => this.load(true), STARTING_MS); // a recording may begin
    if (error.soon) {
      this.body.replaceChildren(make('p', { class: 'plain', role: 'status', text: this.words.t('live.starting') }));
      return;
    }
    if (this.body.querySelector('[role=alert]')?.dataset.code === String(error.code)) return; // it is said already
    const again = make('button', { type: 'button', text: this.words.t('tile.retry'), onclick: () => { this.ready = this.load(); } });
    const why = this.words.t(`fault.${error.code ?? 'server'}`);
    this.body.replaceChildren(make('div', { class: 'plain', role: 'alert', 'data-code': String(error.code) }, make('p', { text: this.words.t('not_loaded') }), make('p', { text: why }), again));
  }

  // Puts the screen together; `kept` is what it showed before the layout of the time line changed.
  build({ match, timeline, cameras }, kept = null) {
    const words = () => this.words;
    match.timeline = timeline;
    Object.assign(this, { match, timeline, cameras });
    this.head = new Head(match, words, { goLive: () => this.goToEnd(), goBack: () => this.run('back10s') });
    this.lockstep = new Lockstep(timeline, cameras, this);
    this.lockstep.live = match.live;
    this.tiles = match.clips.map((clip, c) => this.tile(clip, c, words));
    this.loupe = new Loupe();
    this.help = new Help({ words, close: () => this.help.toggle(false), has: (id) => this.has(id), solo: () => this.solo });
    this.grid = make('div', { class: 'grid' }, ...this.tiles.map((tile) => tile.root), this.loupe.canvas, this.help.root);
    this.rail = new Rail(timeline, match.clips.map((clip) => clip.label || clip.camera), { words, seek: (s) => this.features.clock.seek(timeline.stepAt(s)) });
    this.controls = new Controls({ words, run: (id) => this.run(id), setSpeed: (speed) => this.setSpeed(speed), has: (id) => this.has(id), solo: () => this.solo });
    this.features ??= new Features(this);
    this.features.attach();
    this.body.replaceChildren(this.head.root, this.grid, this.controls.root, this.rail.root);
    for (const camera of cameras) camera.gops.onMedium = (medium) => { if (!camera.decoder.media(medium)) this.live.soon(0); };
    if (kept) this.restore(kept);
    else if (this.root.clientWidth && this.root.clientWidth < PHONE_PX && this.tiles.length > 1 && !this.data.aligned) this.large = 0;
    this.resizing.observe(this.root);
    this.retitle();
    this.arrange();
    this.toolGiven = undefined;
    this.update(this.data);
    this.live = new Live(this);
    this.start(kept);
  }

  start(kept) {
    const { lockstep } = this;
    if (kept) lockstep.go(this.timeline.stepAt(kept.seconds)).then(() => this.closed || this.lockstep !== lockstep || this.goOn(kept));
    else if (lockstep.shown >= 0 || lockstep.working) return;
    else if (this.match.live) this.goToEnd();
    else lockstep.retry();
  }

  goOn(kept) {
    this.features.goOn(kept.features);
    if (kept.playing) this.lockstep.play(kept.way);
  }

  tile(clip, c, words) {
    const tile = new Tile(c, clip, {
      ...this.shownOn(),
      enlarge: (index) => this.enlarge(index),
      unzoom: (one) => this.unzoom(one),
      retry: () => this.lockstep.retry(),
      lost: () => queueMicrotask(() => this.lockstep.retry()),
    });
    tile.gestures = new Gestures(tile.stage, {
      aims: () => this.aims(tile),
      press: (event) => this.press(tile, event),
      click: (event, aim) => this.click(tile, event, aim),
      pan: (dx, dy) => this.pan(tile, dx, dy),
      zoom: (factor, event) => this.zoom(tile, factor, event),
      hover: (event) => this.hover(tile, event),
      leave: () => this.hover(null),
    });
    return tile;
  }

  // What a tile needs of the player beside its pictures.
  shownOn() {
    return {
      words: () => this.words,
      overlays: () => this.data.overlays,
      layers: (tile, pen, at, frame) => this.layered.paint(tile, pen, at, frame),
      alone: () => this.solo,
      aligned: () => Boolean(this.data.aligned),
    };
  }

  // Ends what belongs to one layout of the time line.
  takeApart() {
    this.features?.detach();
    this.live?.close();
    this.lockstep?.close();
    this.rail?.close();
    clearTimeout(this.busyTimer);
    this.busyTimer = null;
    for (const tile of this.tiles ?? []) tile.releaseStill();
    this.hovered = null;
  }

  close() {
    this.closed = true;
    this.features?.close();
    this.layered.close();
    this.takeApart();
    this.keyboard.close();
    this.resizing.disconnect();
    window.removeEventListener('resize', this.onWindow);
    document.removeEventListener('fullscreenchange', this.onWindow);
    this.root.remove();
  }

  // ---- what Python says

  update(data) {
    const spoken = this.data.lang !== data.lang;
    const relaid = this.data.clocks !== data.clocks; // an angle was synchronised or nudged: the time line changes
    this.data = data;
    this.words = new Words(data.texts, data.lang);
    this.outbox.acknowledge(data.ack ?? 0);
    if (!this.match) return;
    if (spoken) this.retitle();
    if (relaid) this.live?.soon(0);
    if (JSON.stringify(data.tool ?? null) !== this.toolGiven) {
      this.toolGiven = JSON.stringify(data.tool ?? null);
      this.setTool(data.tool ?? null);
    }
    this.features.update(data);
    const layered = this.layered.any;
    this.layered.update(data.layers);
    if (layered !== this.layered.any) this.recommand();
    for (const tile of this.features.everyTile()) {
      tile.marks = tile.marks.filter((mark) => mark.seq > (data.ack ?? 0));
      tile.redrawInk();
    }
    if ((data.camera ?? '') !== this.chosen) this.choose(data.camera ?? '');
    this.arrange();
    if (data.seek && data.seek.seq !== this.sought) {
      // The first seek of a session opens the match. Where the server was started anew, this page is open already: what
      // somebody looks at stays.
      const opens = data.seek.seq === 1 && this.sought !== undefined;
      this.sought = data.seek.seq;
      if (!opens) this.lockstep.seek(this.timeline.stepAt(data.seek.s));
    }
  }

  // The page shows what one camera says: that one is the active one, and large where one is.
  choose(camera) {
    this.chosen = camera;
    const index = this.match.clips.findIndex((clip) => clip.camera === camera);
    if (index < 0) return;
    if (this.large >= 0) this.large = index;
    this.active = index;
  }

  // Other commands than before have a meaning: their buttons and their lines of the help.
  recommand() {
    this.controls.retitle();
    this.help.retitle();
    this.features.refresh();
    this.layered.tell();
    this.state();
  }

  retitle() {
    this.root.setAttribute('lang', this.words.lang);
    this.root.setAttribute('aria-label', this.words.t('player'));
    for (const part of [this.head, this.rail, this.controls, this.help, ...this.tiles]) part.retitle();
    this.features.retitle();
    this.layered.tell();
    this.state();
    this.tellFallback();
    this.tellTool();
    if (this.lockstep.shown >= 0) this.head.show(...this.now());
  }

  tellFallback() {
    const camera = this.cameras.find((one) => one.fallback);
    const name = camera && (camera.clip.label || camera.clip.camera);
    this.head.say('fallback', camera ? this.words.t(`fallback.${camera.fallback}`, { camera: name }) : '');
  }

  // ---- the screen of the clockwork

  now() {
    const n = this.lockstep.shown;
    return [this.timeline.t[n], this.timeline.frameOf(this.match.master, n)];
  }

  paint(views, n) {
    const t = this.timeline.t[n];
    views.forEach((view, c) => {
      const dtMs = this.timeline.dtMs(c, n);
      const seconds = t + (dtMs ?? 0) / 1000;
      const { seconds: clock } = this.head.clockAt(seconds);
      const why = view.frame < 0 ? this.why(c, n) : null;
      this.tiles[c].paint({ ...view, why }, n, dtMs, clock, seconds);
      if (view.error) this.note(view.error);
    });
    this.head.show(...this.now());
    this.showLive();
    this.rail.move(n, this.words.clock(this.head.clockAt(t).seconds ?? t));
    this.tellFallback();
    if (this.hovered && this.tool) this.hover(this.hovered.tile, this.hovered.event);
    this.features.painted(n);
  }

  // The angles in the order in which their pictures matter: the large one first.
  order() {
    const all = this.tiles.map((_, c) => c);
    return this.large < 0 ? all : [this.large, ...all.filter((c) => c !== this.large)];
  }

  note(error) {
    this.errors.push(String(error));
    if (this.errors.length > 50) this.errors.shift();
  }

  // How much of the speed asked for playing reaches: a slow computer shows everything, but later, and that is said.
  pace(share) {
    this.reached = share;
    this.tellPace();
  }

  // Of two moments that play, the one that is further behind is told.
  tellPace() {
    const { two } = this.features;
    const clocks = [{ share: this.reached ?? 1, speed: this.lockstep.speed }];
    if (two.open && two.lockstep) clocks.push({ share: two.reached, speed: two.lockstep.speed });
    const [{ share, speed }] = clocks.sort((one, other) => one.share - other.share);
    this.head.say('slow', share < 1 ? this.words.t('slow', { speed: this.words.number(share * speed, speed < 1 ? 2 : 1) }) : '');
  }

  busy(working) {
    if (working) {
      this.busyTimer ??= setTimeout(() => this.head.say('busy', this.words.t('waiting')), BUSY_AFTER_MS);
      return;
    }
    clearTimeout(this.busyTimer);
    this.busyTimer = null;
    this.head.say('busy', '');
  }

  state() {
    const { playing, way, speed } = this.features.clock;
    this.controls.show({ playing, way, speed, zoomed: this.tiles.some((tile) => tile.view.s > 1) });
    this.showLive();
    this.features.changed();
  }

  source(c, frame, still, height) {
    this.tiles[c].takeSource(frame, still, height);
    if (still.error && still.error.code !== 'cancelled') this.note(still.error);
    if (this.hovered?.tile === this.tiles[c] && this.tool) this.hover(this.hovered.tile, this.hovered.event);
  }

  // ---- for tests and for finding faults

  report() {
    const tiles = this.tiles ?? [];
    return {
      n: this.lockstep?.shown ?? -1,
      sought: this.lockstep?.n ?? -1,
      frames: Object.fromEntries(tiles.map(({ clip, painted }) => [clip.camera, painted.frame])),
      kinds: Object.fromEntries(tiles.map(({ clip, painted }) => [clip.camera, painted.kind])),
      source: Object.fromEntries(tiles.map(({ clip, painted }) => [clip.camera, painted.source])),
      playing: this.lockstep?.playing ?? false,
      busy: Boolean(this.lockstep?.working),
      live: this.match?.live ?? false,
      errors: [...this.errors],
      fallback: Object.fromEntries((this.cameras ?? []).map(({ clip, fallback }) => [clip.camera, fallback])),
    };
  }
}

Object.assign(Review.prototype, acting, growing, looking, pointing);
