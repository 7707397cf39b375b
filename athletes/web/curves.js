// Curves under the player: joint angles and the like over time, with their error, and a cursor on the painted instant. It
// follows the player without Python: while it is on the screen it looks at what is painted before each frame of the page.
import { sampleAt, nearest, unpacked } from './curve_data.js';
import { painted, playerOf, seekTo, shownNow } from './curve_follow.js';
import { CurveRows } from './curve_rows.js';
import { COLOURS, CSS } from './curve_style.js';
import { curveName, eventName, unitOf } from './curve_words.js';
import { button, make } from './elements.js';
import { Words, say } from './parts.js';

const views = (window.__touchlineCurves ??= new Map());
const FEW = 4; // rows that are drawn unless somebody chose
const AGAIN_MS = 3000;
const THEME_MS = 500;
const GONE_MS = 1500; // the page may run again and put it elsewhere
const ORDER = ['knee', 'hip', 'ankle', 'trunk', 'hip_height', 'elbow', 'shoulder', 'thigh', 'shank'];

export function render({ parentElement, data }) {
  let view = views.get(data.key);
  if (!view) views.set(data.key, (view = new Curves()));
  const owner = (view.owner = {});
  if (!parentElement.contains(view.root)) parentElement.replaceChildren(make('style', { text: CSS }), view.root);
  view.update(data);
  return () => {
    if (view.owner !== owner) return; // attached elsewhere meanwhile
    view.root.remove();
    setTimeout(() => {
      if (view.root.isConnected || views.get(data.key) !== view) return;
      view.leave();
      views.delete(data.key);
    }, GONE_MS);
  };
}

class Curves {
  constructor() {
    Object.assign(this, { data: null, lines: null, chosen: null, version: null, last: null, moving: null });
    this.choice = make('div', { class: 'choice', role: 'group', hidden: true });
    this.chooser = button({ class: 'chooser', 'aria-expanded': 'false' }, () => this.unfold());
    this.zooms = make('div', { class: 'steps', role: 'group' });
    this.legend = make('div', { class: 'legend' });
    this.time = make('span', {});
    this.near = make('span', { class: 'near' });
    this.rows = new CurveRows({ pick: (curve, s) => this.pick(curve, s), key: (event) => this.press(event) });
    this.told = make('div', { class: 'say', role: 'status' });
    this.root = make('section', { class: 'curves' }, make('div', { class: 'bar' }, this.chooser, make('div', { class: 'moment' }, this.time, this.near), this.zooms), this.choice, this.legend, this.rows.root, this.told);
    this.seen = new IntersectionObserver((found) => { this.visible = found.at(-1).isIntersecting; this.run(); });
    this.sized = new ResizeObserver(() => this.draw());
    this.onVisible = () => this.run();
    this.seen.observe(this.root);
    this.sized.observe(this.root);
    document.addEventListener('visibilitychange', this.onVisible);
  }

  leave() {
    this.gone = true;
    cancelAnimationFrame(this.moving);
    clearTimeout(this.again);
    this.seen.disconnect();
    this.sized.disconnect();
    document.removeEventListener('visibilitychange', this.onVisible);
    this.root.remove();
  }

  // ---- what Python says

  update(data) {
    const spoken = this.data?.lang !== data.lang;
    this.data = data;
    this.words = new Words(data.texts, data.lang);
    this.root.setAttribute('lang', data.lang);
    this.root.setAttribute('aria-label', this.words.t('title'));
    const version = `${data.url} ${data.version}`;
    if (version !== this.version) {
      this.version = version;
      this.lines = null;
      this.load();
    } else if (spoken || this.lines) this.build();
  }

  async load() {
    const { version } = this;
    if (!this.lines) this.show('loading');
    clearTimeout(this.again);
    try {
      const answer = await fetch(this.data.url + (this.chosen ?? this.data.chosen ?? []).map((id) => `&curve=${encodeURIComponent(id)}`).join(''));
      if (!answer.ok) throw Object.assign(new Error('refused'), { status: answer.status });
      const lines = unpacked(await answer.arrayBuffer());
      if (this.version !== version || this.gone) return;
      const fresh = !this.lines;
      this.lines = lines;
      if (fresh) this.rows.whole(this.span());
      this.build();
    } catch (error) {
      if (this.version !== version || this.gone) return;
      this.show(error.status === 403 ? 'forbidden' : error.status === 409 ? 'replaced' : 'failed', () => this.load());
      if (!error.status) this.again = setTimeout(() => this.load(), AGAIN_MS);
    }
  }

  // One sentence in place of the curves; '' shows the curves.
  show(key, again = null) {
    this.told.hidden = !key;
    this.rows.root.hidden = Boolean(key);
    this.told.replaceChildren(key ? this.words.t(`say.${key}`) : '', ...(again ? [button({ text: this.words.t('again') }, again)] : []));
  }

  // ---- what there is

  get own() {
    return this.lines.filter((line, k) => line && this.data.lines[k].kind === 'own');
  }

  span() {
    const ends = this.own.map(({ span }) => span).filter(([a, b]) => b > a);
    return ends.length ? [Math.min(...ends.map(([a]) => a)), Math.max(...ends.map(([, b]) => b))] : [0, 1];
  }

  // The curves of the first analysis that has any, those that tell most first.
  offered() {
    const rank = ({ key }) => (ORDER.includes(key) ? ORDER.indexOf(key) : ORDER.length);
    const all = [...new Map(this.own.flatMap(({ curves }) => curves).map((curve) => [curve.id, curve])).values()];
    return all.filter(({ of }) => of > 0).sort((a, b) => rank(a) - rank(b));
  }

  build() {
    const { words, data } = this;
    const offered = this.offered();
    if (!offered.length) return this.show('nothing');
    this.show('');
    const there = new Set(offered.map(({ id }) => id));
    const wanted = (this.chosen ?? data.chosen ?? []).filter((id) => there.has(id));
    const ids = wanted.length ? wanted : offered.slice(0, FEW).map(({ id }) => id);
    if (offered.some(({ id, t }) => ids.includes(id) && !t.length)) { // of a long trial only the chosen ones are sent
      this.chosen = ids;
      if (this.missing === ids.join()) return this.show('failed', () => this.load());
      this.missing = ids.join();
      return this.load();
    }
    this.missing = null;
    this.time.parentElement.title = words.t('tip');
    this.chooser.textContent = words.t('chosen', { n: ids.length, all: offered.length });
    this.choice.setAttribute('aria-label', words.t('choose'));
    this.choice.replaceChildren(...offered.map((curve) => {
      const pressed = ids.includes(curve.id);
      const one = button({ text: curveName(words, curve), 'aria-pressed': String(pressed), 'data-curve': curve.id }, () => this.choose(ids, curve.id));
      one.style.setProperty('--dot', `var(--${curve.side ?? 'middle'})`);
      return one;
    }));
    const zoom = (text, key, act) => button({ text, title: words.t(key), 'aria-label': words.t(key) }, act);
    this.zooms.setAttribute('aria-label', words.t('zoom.label'));
    this.zooms.replaceChildren(
      zoom('\u25c0\u25c6', 'event_before', () => this.toEvent(-1)),
      zoom('\u25c6\u25b6', 'event_after', () => this.toEvent(1)),
      zoom('+', 'zoom.in', () => this.zoom(0.5)),
      zoom('\u2212', 'zoom.out', () => this.zoom(2)),
    );
    const shown = data.lines.map((line, k) => ({ ...line, line: this.lines[k] })).filter(({ line }) => line);
    this.legend.hidden = shown.length < 2;
    this.legend.replaceChildren(...shown.map(({ kind, name }, k) => make('span', { class: kind === 'own' && k > 0 ? 'other' : kind, text: name })));
    this.rows.set({ words, ids, shown, curveName, eventName, unitOf });
    this.draw();
    this.run();
  }

  // The names of all curves, to choose among; there are many more than are looked at.
  unfold(open = this.choice.hidden) {
    this.choice.hidden = !open;
    this.chooser.setAttribute('aria-expanded', String(open));
  }

  choose(ids, id) {
    const next = ids.includes(id) ? ids.filter((one) => one !== id) : [...ids, id];
    if (!next.length) return;
    const order = this.offered().map((curve) => curve.id);
    this.chosen = next.sort((a, b) => order.indexOf(a) - order.indexOf(b));
    this.build();
  }

  // ---- drawing

  draw() {
    if (!this.lines || !this.rows.words || this.rows.root.hidden || !this.root.clientWidth) return; // until the first rows are set
    this.colour();
    this.rows.draw(this.root.clientWidth);
    this.last = null;
    this.follow();
  }

  // The page's colours, as the cascade gives them.
  colour() {
    const style = getComputedStyle(this.root.parentNode instanceof ShadowRoot ? this.root.parentNode.host : this.root.parentElement);
    const ground = style.getPropertyValue('--st-background-color').trim() || '#ffffff';
    if (ground === this.ground) return;
    this.ground = ground;
    const theme = isDark(ground) ? 'dark' : 'light';
    this.root.dataset.theme = theme;
    const own = { ...COLOURS[theme], ink: style.getPropertyValue('--st-text-color').trim() || COLOURS[theme].middle, ground };
    for (const [name, value] of Object.entries(own)) this.root.style.setProperty(`--${name}`, value);
    this.rows.colours = own;
  }

  // Runs while it can be seen.
  run() {
    cancelAnimationFrame(this.moving);
    if (this.gone || !this.visible || document.hidden || !this.lines || !this.rows.words) return;
    this.moving = requestAnimationFrame((now) => {
      if (now - (this.themedAt ?? 0) > THEME_MS) {
        this.themedAt = now;
        const before = this.ground;
        this.colour();
        if (before !== this.ground) this.draw();
      }
      this.follow();
      this.run();
    });
  }

  // The cursor and the values stand where the player stands.
  follow() {
    const player = playerOf(this.data.player);
    const now = player ? shownNow(player) : '';
    if (now === this.last || !this.lines) return;
    this.last = now;
    const at = player && this.rows.shown.map(({ line, kind }) => (kind === 'own' ? painted(player, line.camera) : { frame: null, s: player.timeline.t[player.lockstep.shown] }));
    const first = at?.find(Boolean);
    if (player && this.rows.keepInside(first?.s ?? null)) this.rows.draw(this.root.clientWidth);
    this.rows.point(first?.s ?? null, at, sampleAt);
    say(this.time, first ? `${this.words.number(first.s, 3)} s` : this.words.t('say.no_picture'));
    say(this.near, first ? this.nearEvent(first.s) : '');
    if (player && !player.lockstep.playing) this.rows.speak(this.time.textContent);
  }

  nearEvent(s) {
    const events = this.own[0].events;
    const near = events.reduce((best, one) => (!best || Math.abs(one.s - s) < Math.abs(best.s - s) ? one : best), null);
    if (!near) return '';
    const apart = Math.abs(s - near.s) < 5e-4 ? '' : ` \u00b7 ${this.words.number(s - near.s, 3, true)} s`;
    return `\u25c6 ${eventName(this.words, near)}${apart}`;
  }

  // ---- moving the player

  pick(curve, s) {
    const player = playerOf(this.data.player);
    const line = this.rows.shown.find(({ line: { curves } }) => curves.includes(curve))?.line;
    const k = nearest(curve, s);
    if (player && line && k >= 0) seekTo(player, line.camera, curve, k);
  }

  step(by) {
    const player = playerOf(this.data.player);
    const curve = this.rows.first;
    const line = this.own[0];
    const at = player && curve && painted(player, line.camera);
    if (!at) return;
    const k = nearest(curve, at.s) + by;
    seekTo(player, line.camera, curve, Math.max(0, Math.min(curve.t.length - 1, k)));
  }

  toEvent(way) {
    const player = playerOf(this.data.player);
    const curve = this.rows.first;
    const at = player && curve && painted(player, this.own[0].camera);
    if (!at) return;
    const here = nearest(curve, at.s);
    const beyond = this.own[0].events.map(({ s }) => nearest(curve, s)).filter((k) => (k - here) * way > 0).sort((a, b) => a - b);
    const k = way > 0 ? beyond[0] : beyond.at(-1);
    if (k !== undefined) seekTo(player, this.own[0].camera, curve, k);
  }

  zoom(factor) {
    const player = playerOf(this.data.player);
    this.rows.zoom(factor, player ? painted(player, this.own[0].camera)?.s : null, this.span());
    this.draw();
  }

  press(event) {
    const acts = {
      ArrowLeft: () => this.step(event.shiftKey ? -10 : -1),
      ArrowRight: () => this.step(event.shiftKey ? 10 : 1),
      PageUp: () => this.toEvent(-1),
      PageDown: () => this.toEvent(1),
      Home: () => this.step(-Infinity),
      End: () => this.step(Infinity),
    };
    if (event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey || !acts[event.key]) return;
    event.preventDefault();
    event.stopPropagation();
    acts[event.key]();
  }
}

function isDark(colour) {
  const pen = document.createElement('canvas').getContext('2d');
  pen.fillStyle = colour;
  pen.fillRect(0, 0, 1, 1);
  const [r, g, b] = pen.getImageData(0, 0, 1, 1).data;
  return 0.299 * r + 0.587 * g + 0.114 * b < 128;
}
