// One angle on the screen: the picture, the drawings on it, its label, and a card where there is no picture.
import { button } from './dom.js';
import { make } from './elements.js';
import { draw } from './drawings.js';
import { View } from './view.js';

const ROUGH_MS = 10; // half a frame of 50 a second: beyond that a neighbour may be the right frame
const WIDE = 1.96; // standard deviations on either side that hold the truth 95 times in 100, as everywhere on the screen

export class Tile {
  constructor(index, clip, { words, overlays, layers, alone, aligned, enlarge, unzoom, retry, lost }) {
    Object.assign(this, { index, clip, words, overlays, layers, alone, aligned, retry, lost });
    this.numbers = []; // of people painted faintly: { id, x, y, r } in pixels of the ink
    this.view = new View();
    this.image = null; // what is painted: a VideoFrame or ImageBitmap of somebody else, or our own still
    this.still = null; // ImageBitmap from the source, owned by this tile
    this.stillHeight = -1;
    this.painted = { kind: 'empty', frame: -1, n: -1, source: false, error: null };
    this.picture = make('canvas', { class: 'picture' });
    this.ink = make('canvas', { class: 'ink' });
    this.card = make('div', { class: 'card', role: 'status' });
    this.parts = { key: make('kbd', { text: String(index + 1) }), camera: make('b') };
    for (const part of ['frame', 'residual', 'source', 'note']) this.parts[part] = make('span', { class: part });
    this.name = button({ class: 'name' }, () => enlarge(index));
    this.name.append(...Object.values(this.parts));
    this.time = make('div', { class: 'time' });
    this.scale = button({ class: 'scale', hidden: true }, () => unzoom(this));
    this.stage = make('div', { class: 'stage' }, this.picture, this.ink);
    this.root = make('figure', { class: 'tile', 'data-camera': clip.camera }, this.stage, this.card, this.name, this.time, this.scale);
    this.pen = this.picture.getContext('2d', { alpha: false });
    this.inkPen = this.ink.getContext('2d');
    this.marks = []; // provisional marks: { frame, u, v, seq }
  }

  // Fits the stage into a box of CSS pixels with the picture's own shape.
  resize(width, height) {
    const { w, h } = this.clip;
    const scale = Math.min(width / w, height / h);
    const [cssW, cssH] = [Math.max(1, Math.round(w * scale)), Math.max(1, Math.round(h * scale))];
    this.root.style.width = `${width}px`;
    this.root.style.height = `${height}px`;
    this.stage.style.width = `${cssW}px`;
    this.stage.style.height = `${cssH}px`;
    this.unit = window.devicePixelRatio || 1;
    const [pxW, pxH] = [Math.round(cssW * this.unit), Math.round(cssH * this.unit)];
    if (this.picture.width === pxW && this.picture.height === pxH) return;
    for (const canvas of [this.picture, this.ink]) Object.assign(canvas, { width: pxW, height: pxH });
    this.redraw();
  }

  // Shows what belongs to step n: { frame, image, source } | { frame, error } | { frame: -1, why: { key, params } }.
  paint({ frame, image = null, source = false, error = null, why = null }, n, dtMs, clock, seconds) {
    const kind = frame < 0 ? 'none' : image ? 'picture' : 'error';
    const same = kind === 'picture' && this.still && this.painted.frame === frame;
    if (!same) this.releaseStill();
    const next = same ? this.still : image;
    const stands = kind === 'picture' && this.painted.kind === kind && this.painted.frame === frame && this.image === next;
    this.image = next;
    this.painted = { kind, frame, n, source: same || source, error, why, note: '' };
    this.times = { dtMs, clock, seconds };
    if (!stands) this.redraw(); // a slower camera keeps its picture over several steps
    this.relabel();
  }

  // Exchanges the picture of the very frame that is painted for the one decoded from the source.
  takeSource(frame, { image, error }, height) {
    if (this.painted.kind !== 'picture' || this.painted.frame !== frame) {
      image?.close();
      return;
    }
    if (image) {
      this.releaseStill();
      this.still = this.image = image;
      this.stillHeight = height;
      this.painted.source = true;
      this.painted.note = '';
      this.redraw();
    } else if (error.code !== 'cancelled') {
      this.painted.note = this.painted.source ? '' : 'tile.source_failed';
    }
    this.relabel();
  }

  // Tells anew why there is no picture.
  explain(why) {
    this.painted.why = why;
    this.relabel();
  }

  releaseStill() {
    this.still?.close();
    this.still = null;
    this.stillHeight = -1;
  }

  redraw() {
    const { width, height } = this.picture;
    if (this.painted.kind === 'picture' && this.usable()) {
      const { x, y, s } = this.view;
      const w = this.image.displayWidth ?? this.image.width;
      const h = this.image.displayHeight ?? this.image.height;
      this.pen.imageSmoothingQuality = this.painted.source ? 'high' : 'low';
      this.pen.drawImage(this.image, x * w, y * h, w / s, h / s, 0, 0, width, height);
    } else {
      this.pen.fillRect(0, 0, width, height);
      if (this.painted.kind === 'picture') this.lost();
    }
    this.redrawInk();
  }

  // A decoded frame may have been closed by its owner; then it is asked for again.
  usable() {
    return Boolean(this.image) && (this.image.width ?? this.image.displayWidth) > 0;
  }

  redrawInk() {
    const { width, height } = this.ink;
    const pen = this.inkPen;
    pen.clearRect(0, 0, width, height);
    this.numbers = [];
    const { kind, frame } = this.painted;
    if (kind !== 'picture') return;
    const at = ([u, v]) => {
      const [fx, fy] = this.view.toScreen((u + 0.5) / this.clip.w, (v + 0.5) / this.clip.h);
      return [fx * width, fy * height];
    };
    this.layers?.(this, pen, at, frame);
    const mine = this.overlays()?.[this.clip.camera] ?? {};
    draw(pen, mine['*'] ?? [], at, this.unit);
    draw(pen, mine[String(frame)] ?? [], at, this.unit);
    const fresh = this.marks.filter((mark) => mark.frame === frame);
    draw(pen, fresh.map(({ u, v }) => ({ shape: 'cross', px: [[u, v]], style: 'provisional' })), at, this.unit);
  }

  // The source pixel under a pointer event, sub-pixel; null beside the picture.
  pixelAt(event) {
    const box = this.picture.getBoundingClientRect();
    const fx = (event.clientX - box.left) / box.width;
    const fy = (event.clientY - box.top) / box.height;
    if (fx < 0 || fy < 0 || fx > 1 || fy > 1) return null;
    const [px, py] = this.view.toPicture(fx, fy);
    return { u: px * this.clip.w - 0.5, v: py * this.clip.h - 0.5, fx, fy };
  }

  relabel() {
    const { words, clip, painted, parts } = this;
    const { kind, frame, source, error, why, note } = painted;
    const shown = kind === 'picture';
    say(parts.camera, clip.label || clip.camera);
    say(parts.frame, shown ? `#${frame}` : '');
    say(parts.residual, shown ? this.residualText() : '');
    say(parts.source, shown && source ? `\u25cf ${words().t('tile.source')}` : '');
    say(parts.note, shown && note ? `\u26a0 ${words().t(note)}` : '');
    say(this.time, shown ? this.timeText() : '');
    say(this.scale, this.view.s === 1 ? '' : `${words().number(this.view.s, 1)}\u00d7`);
    this.root.dataset.state = kind;
    this.card.hidden = shown || kind === 'empty';
    if (kind === 'none') this.card.replaceChildren(make('p', { class: 'what', text: words().t('tile.no_picture') }), make('p', { text: why ? words().t(why.key, why.params(words())) : '' }));
    if (kind === 'error') {
      this.card.replaceChildren(
        make('p', { class: 'what', text: `\u26a0 ${words().t('tile.failed', { frame })}` }),
        make('p', { text: words().t(`fault.${error.code}`) }),
        button({ icon: 'retry', text: words().t('tile.retry') }, () => this.retry()),
      );
    }
  }

  // How far this frame is from the common instant; where nobody set this angle's clock that is not known, and is said;
  // where it is set only roughly, as by the arrival of packets, that says more than the distance of the frames.
  residualText() {
    const words = this.words();
    const { sigma_ms: sigma, reference } = this.clip;
    if (this.alone?.() && reference) return '';
    if (this.aligned?.()) return `${words.number(this.times.dtMs, 1, true)} ms`; // by an event that somebody chose
    if (!reference && WIDE * sigma > ROUGH_MS) return words.t('tile.rough', { doubt: words.number(WIDE * sigma, 0) });
    return this.clip.synchronised ? `${words.number(this.times.dtMs, 1, true)} ms` : words.t('tile.unsynchronised');
  }

  // The match clock; before the first whistle, or where nobody told the periods, the match time with its name.
  timeText() {
    const { clock, seconds } = this.times;
    const words = this.words();
    return clock === null ? words.t('time', { time: words.clock(seconds) }) : words.clock(clock);
  }

  // What changes with the language only.
  retitle() {
    const { words, clip } = this;
    const params = { camera: clip.label || clip.camera, key: this.index + 1, doubt: words().number(WIDE * clip.sigma_ms, 1) };
    this.name.title = words().t('tile.enlarge_tip', params);
    this.scale.title = words().t('tile.unzoom_tip');
    this.scale.setAttribute('aria-label', words().t('tile.unzoom'));
    this.name.setAttribute('aria-label', words().t('tile.enlarge', params));
    this.relabel();
  }
}

// Touches the page only where a text changed: this runs for every tile at every step.
function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
  element.hidden = text === '';
}
