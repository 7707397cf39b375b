// The wall of a live session: draws what Python tells, hands back what people do with the instant that stood on the page, and
// takes every rate away by itself where nothing new comes.
import { Dialogs } from './dialogs.js';
import { make } from './elements.js';
import { Acts, letterOf, place, typing } from './parts.js';
import { CSS } from './style.js';
import { SORTS, Tile } from './tiles.js';

const BLIND_MS = 3000;
const PHONE_PX = 640;
const LEAST_PX = 96;
// This instant on two clocks: that of the browser stands still while a computer sleeps, and wall time may be set back.
const moment = () => [performance.now(), Date.now()];
const since = (then) => Math.max(...moment().map((now, k) => now - then[k]));
const walls = (window.__touchlineWalls ??= new Map());

class Wall {
  constructor() {
    this.acts = new Acts();
    this.tiles = new Map();
    this.came = moment();
    this.sort = null;
    this.grouped = false;
    this.root = make('div', { class: 'wall', tabindex: '-1' });
    this.head = make('div', { class: 'head' });
    this.troubles = make('div', { role: 'alert' });
    this.blind = make('p', { class: 'trouble', hidden: true, role: 'alert' });
    this.alarms = make('div', { class: 'alarms', role: 'status', 'aria-live': 'polite' });
    this.bar = make('div', { class: 'bar' });
    this.grid = make('div', { class: 'grid' });
    this.root.append(this.head, this.blind, this.troubles, this.bar, this.alarms, this.grid); // alarms come and go: what is pressed keeps its place above them
    this.dialogs = new Dialogs(this.root, (message) => this.act(message));
    this.down = (event) => this.key(event);
    this.fits = () => this.fit();
    window.addEventListener('keydown', this.down, true);
    window.addEventListener('resize', this.fits);
    this.sizes = new ResizeObserver(this.fits);
    this.sizes.observe(this.root);
    this.sizes.observe(this.head);
    document.addEventListener('fullscreenchange', this.fits);
    this.timer = setInterval(() => this.watch(), 250);
    this.woke = () => this.watch(); // before anything is seen of a page that slept
    document.addEventListener('visibilitychange', this.woke);
    window.addEventListener('pageshow', this.woke);
  }

  close() {
    clearInterval(this.timer);
    this.sizes.disconnect();
    window.removeEventListener('keydown', this.down, true);
    window.removeEventListener('resize', this.fits);
    document.removeEventListener('fullscreenchange', this.fits);
    document.removeEventListener('visibilitychange', this.woke);
    window.removeEventListener('pageshow', this.woke);
    this.root.remove();
  }

  get phone() {
    return this.root.clientWidth < PHONE_PX;
  }

  get order() {
    return this.sort ?? (this.phone ? 'look' : 'name');
  }

  act(message) {
    this.acts.post({ at_ns: this.nowNs(), ...message });
  }

  get lateMs() {
    return since(this.came);
  }

  // The instant that stands on the page; where nothing came for a while none does, and time has gone on.
  nowNs() {
    const { now_ns, running, speed } = this.data;
    const late_ms = this.lateMs;
    return running && late_ms > BLIND_MS ? Math.round(now_ns + late_ms * 1e6 * speed) : now_ns;
  }

  update(data) {
    this.data = data;
    this.came = moment();
    this.acts.acknowledge(data.ack);
    this.draw();
  }

  // Where nothing came for a while no rate is a present one, whatever the last message said.
  watch() {
    if (!this.data || !this.root.isConnected) return;
    const late_ms = this.lateMs;
    const blind = this.data.running && late_ms > BLIND_MS;
    if (blind) this.sayBlind(late_ms / 1000);
    if (blind !== !this.blind.hidden) {
      this.blind.hidden = !blind;
      this.root.classList.toggle('blind', blind);
      if (blind) this.dialogs.forget();
      this.fit();
    }
    for (const tile of this.tiles.values()) {
      if (blind) tile.hide(this.data.texts);
      else if (tile.data.bpm !== null) tile.write(tile.data, this.data.texts, late_ms / 1000);
    }
  }

  // Who hears the page is told every ten seconds, not every second.
  sayBlind(late_s) {
    const seconds = late_s < 10 ? Math.ceil(BLIND_MS / 1000) : Math.floor(late_s / 10) * 10;
    const text = this.data.texts.blind.replace('{seconds}', seconds);
    if (this.blind.textContent !== text) this.blind.textContent = text;
  }

  draw() {
    const { data } = this;
    this.blind.hidden = true;
    this.root.classList.remove('blind');
    this.drawHead();
    this.drawTroubles();
    this.drawAlarms();
    this.drawBar();
    const seen = new Set();
    for (const one of data.tiles) {
      seen.add(one.key);
      let tile = this.tiles.get(one.key);
      if (!tile) this.tiles.set(one.key, (tile = new Tile((about) => this.dialogs.card(about, this.data))));
      tile.write(one, data.texts, 0);
    }
    for (const key of [...this.tiles.keys()]) if (!seen.has(key)) this.tiles.delete(key);
    this.dialogs.update(data.card);
    this.arrange();
    // Measured anew only where something above the tiles, or their number, has changed.
    const placed = [data.tiles.length, this.alarmsSaid, this.troublesSaid, this.barSaid, data.head.phase === '', this.order].join();
    if (placed === this.placed) return;
    this.placed = placed;
    this.fit();
  }

  drawTroubles() {
    const said = JSON.stringify(this.data.troubles);
    if (said === this.troublesSaid) return;
    this.troublesSaid = said;
    this.troubles.replaceChildren(...this.data.troubles.map(([level, text]) => make('p', { class: `trouble ${level}`, text })));
  }

  drawHead() {
    const { head, texts } = this.data;
    const said = JSON.stringify(head);
    if (said === this.headSaid) return;
    this.headSaid = said;
    this.head.replaceChildren(
      ...[
        make('span', { class: 'name', text: head.name }),
        head.mark ? make('span', { class: 'mark', text: head.mark }) : null,
        make('span', { class: 'clock', text: head.clock, title: texts.clock }),
        head.phase ? make('span', { class: 'phase', text: head.phase }) : null,
        make('span', { class: 'grow' }),
        make('span', { class: 'state', 'data-level': head.level, text: head.state }),
      ].filter(Boolean),
    );
  }

  drawAlarms() {
    const { alarms, texts, may, barred } = this.data;
    const said = JSON.stringify([alarms, may, texts.seen]);
    if (said === this.alarmsSaid) return;
    this.alarmsSaid = said;
    place(
      this.alarms,
      alarms.map((one) => make(
        'div',
        { class: `alarm${one.seen ? ' seen' : ''}${one.over ? ' over' : ''}` },
        make('span', { class: 'sign', text: one.sign, 'aria-hidden': 'true' }),
        make('span', { class: 'what', text: one.text }),
        one.seen ? null : make('button', { type: 'button', text: texts.seen, 'data-alarm': one.ids[0], disabled: !may, title: may ? '' : barred, onclick: () => this.seen(one) }),
      )),
    );
  }

  seen(one) {
    this.act({ name: 'acknowledge', alarms: one.ids });
  }

  drawBar() {
    const { data } = this;
    const { texts, may, barred } = data;
    const said = JSON.stringify([data.phases, may, data.undo, data.running, data.broken, data.stopping, this.order, this.grouped, texts.note]);
    if (said === this.barSaid) return;
    this.barSaid = said;
    const button = (text, key, act, more = {}) =>
      make('button', { type: 'button', title: more.title ?? `${text} (${key})`, 'aria-pressed': more.pressed, disabled: more.disabled, onclick: act, 'data-act': more.act },
        document.createTextNode(text), make('kbd', { text: key }));
    const mine = (text, key, act, more = {}) =>
      button(text, key, act, { ...more, disabled: !may || more.disabled, title: may ? undefined : barred });
    const parts = [];
    if (data.running) {
      for (const one of data.phases) parts.push(mine(one.label, one.key, () => this.phase(one), { pressed: one.now ? 'true' : 'false', act: one.kind }));
      parts.push(mine(texts.note, 'N', () => this.dialogs.note(this.data, this.nowNs()), { act: 'note' }));
      if (data.undo) parts.push(mine(data.undo.text, 'Z', () => this.undo(), { act: 'undo' }));
    }
    if (data.broken) parts.push(make('button', { type: 'button', class: 'main', text: texts.take_up, disabled: !may, title: may ? '' : barred, 'data-act': 'resume', onclick: () => this.act({ name: 'resume' }) }));
    parts.push(make('span', { class: 'grow' }));
    parts.push(button(texts[`sort_${this.order}`], 'S', () => this.nextSort(), { act: 'sort' }));
    if (data.groups) parts.push(button(texts.group, 'G', () => this.group(), { pressed: this.grouped ? 'true' : 'false', act: 'group' }));
    if (document.fullscreenEnabled) parts.push(button(texts.full, 'F', () => this.full(), { act: 'full' }));
    parts.push(button(texts.keys, '?', () => this.dialogs.help(this.data), { act: 'help' }));
    if (data.running) parts.push(make('button', { type: 'button', text: data.stopping ? texts.stopping : texts.stop, disabled: !may || data.stopping,
      title: may ? '' : barred, 'data-act': 'stop', onclick: () => this.dialogs.stop(this.data) }));
    place(this.bar, parts);
  }

  phase(one) {
    this.act({ name: 'phase', phase: one.kind });
  }

  undo() {
    if (this.data.undo) this.act({ name: 'undo', mark: this.data.undo.mark });
  }

  nextSort() {
    const names = Object.keys(SORTS);
    this.sort = names[(names.indexOf(this.order) + 1) % names.length];
    this.draw();
  }

  group() {
    this.grouped = !this.grouped;
    this.draw();
  }

  full() {
    if (document.fullscreenElement) document.exitFullscreen();
    else this.root.requestFullscreen().catch(() => {});
  }

  arrange() {
    const ordered = [...this.data.tiles].sort(SORTS[this.order]);
    const wanted = [];
    if (this.grouped && this.data.groups) {
      const names = [...new Set(ordered.map((one) => one.group))].sort((a, b) => !a - !b || a.localeCompare(b));
      for (const name of names) {
        wanted.push(this.heading(name || this.data.texts.no_group));
        wanted.push(...ordered.filter((one) => one.group === name).map((one) => this.tiles.get(one.key).root));
      }
    } else wanted.push(...ordered.map((one) => this.tiles.get(one.key).root));
    const now = [...this.grid.children];
    if (now.length === wanted.length && now.every((each, k) => each === wanted[k])) return;
    place(this.grid, wanted);
  }

  heading(text) {
    this.headings ??= new Map();
    if (!this.headings.has(text)) this.headings.set(text, make('div', { class: 'group', text }));
    return this.headings.get(text);
  }

  // As large as fits the window without scrolling; on a phone two columns, below one another.
  fit() {
    if (!this.data) return;
    const count = this.data.tiles.length || 1;
    const width = this.root.clientWidth;
    const { grid } = this;
    if (!width) return;
    if (this.phone || this.grouped) {
      const columns = this.phone ? 2 : Math.max(2, Math.floor(width / 210));
      grid.style.gridTemplateColumns = `repeat(${columns}, minmax(0, 1fr))`;
      grid.style.gridAutoRows = '';
      grid.style.height = '';
      for (const tile of this.tiles.values()) tile.root.style.height = this.phone ? '112px' : '118px';
      return;
    }
    for (const tile of this.tiles.values()) tile.root.style.height = '';
    const top = grid.getBoundingClientRect().top + (document.fullscreenElement ? this.root.scrollTop : pageTop(this.root));
    const room = Math.max(240, window.innerHeight - top - 12);
    let best = { columns: 1, size: 0 };
    for (let columns = 1; columns <= Math.min(count, 12); columns++) {
      const rows = Math.ceil(count / columns);
      const w = (width - 6 * (columns - 1)) / columns, h = (room - 6 * (rows - 1)) / rows;
      const size = Math.min(w / 1.75, h); // a tile is best when it is somewhat wider than high
      if (size > best.size) best = { columns, size, rows };
    }
    const rows = Math.ceil(count / best.columns);
    const height = Math.min(Math.max(LEAST_PX, (room - 6 * (rows - 1)) / rows), 220);
    grid.style.gridTemplateColumns = `repeat(${best.columns}, minmax(0, 1fr))`;
    grid.style.gridAutoRows = `${Math.floor(height)}px`;
  }

  key(event) {
    if (event.defaultPrevented || event.repeat || event.isComposing || !this.root.isConnected || typing(event)) return;
    if (this.dialogs.open) return;
    const letter = letterOf(event);
    if (!letter || !this.data || !this.run(letter)) return;
    event.preventDefault();
    event.stopPropagation();
  }

  run(letter) {
    const { data } = this;
    if (letter === 'S') this.nextSort();
    else if (letter === 'G' && data.groups) this.group();
    else if (letter === 'F') this.full();
    else if (letter === '?') this.dialogs.help(data);
    else if (!data.running || !data.may) return false;
    else if (letter === 'N') this.dialogs.note(data, this.nowNs());
    else if (letter === 'Z' && data.undo) this.undo();
    else if (letter === 'A') {
      const first = data.alarms.find((one) => !one.seen);
      if (first) this.seen(first);
    } else {
      const phase = data.phases.find((one) => one.key === letter);
      if (!phase) return false;
      this.phase(phase);
    }
    return true;
  }
}

// How far the page is scrolled, in whatever element scrolls it.
function pageTop(element) {
  for (let node = element; node; node = node.parentNode ?? node.host) {
    const host = node instanceof ShadowRoot ? node.host : node;
    if (host instanceof Element && host.scrollTop > 0) return host.scrollTop;
  }
  return window.scrollY;
}

export function render({ data, parentElement, setTriggerValue }) {
  let wall = walls.get(data.pid);
  if (!wall) {
    for (const [pid, other] of walls) {
      other.close();
      walls.delete(pid);
    }
    walls.set(data.pid, (wall = new Wall()));
  }
  wall.acts.send = setTriggerValue;
  if (!parentElement.contains(wall.root)) {
    parentElement.querySelector('style[data-touchline]')?.remove();
    const style = make('style', { 'data-touchline': true, text: CSS });
    parentElement.append(style, wall.root);
  }
  wall.update(data);
}

// A handle for tests and for finding faults.
window.__touchlineWall = {
  get wall() {
    return [...walls.values()].find((wall) => wall.root.isConnected) ?? null;
  },
};
