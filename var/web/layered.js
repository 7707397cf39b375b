// The layers of a player: which camera has which points, what of it is switched on, and which person a click means.
import { paintNote, paintPeople, paintSaid } from './layer_ink.js';
import { Points } from './layers.js';

const SLIM_PX = 100; // of a picture: narrower ones have no room for values
const REACH_PX = 22; // CSS pixels from the middle of a number: a finger's width across

export class Layered {
  constructor(player) {
    Object.assign(this, { player, given: {}, sources: new Map(), on: { skeleton: true, angles: true } });
  }

  get any() {
    return Object.keys(this.given).length > 0;
  }

  // What the page gives now. Another version of what was measured drops all that came of the one before.
  update(given) {
    this.given = given ?? {};
    for (const [camera, { points, key }] of this.sources) {
      const fresh = this.given[camera];
      if (fresh && keyOf(fresh) === key) continue;
      points.close();
      this.sources.delete(camera);
    }
    this.tell();
  }

  toggle(what) {
    this.on[what] = !this.on[what];
    this.tell();
    for (const tile of this.player.features.everyTile()) tile.redrawInk();
  }

  tell() {
    if (this.any) this.player.controls?.mark(this.on);
  }

  pointsOf(clip) {
    const given = this.given[clip.camera];
    if (!given) return null;
    let source = this.sources.get(clip.camera);
    if (!source) {
      const told = (error) => this.came(clip.camera, error);
      source = { key: keyOf(given), points: new Points(given, () => clip.n, told) };
      this.sources.set(clip.camera, source);
    }
    return source.points;
  }

  // Something of a camera came, or did not: what is painted of it is painted anew.
  came(camera, error) {
    if (error) this.player.note(error);
    for (const tile of this.player.features.everyTile()) if (tile.clip.camera === camera) tile.redrawInk();
  }

  // Called by a tile that shows the picture of `frame`.
  paint(tile, pen, at, frame) {
    tile.numbers = [];
    const source = (this.on.skeleton || this.on.angles) && this.pointsOf(tile.clip);
    if (!source) return;
    const { words, lockstep } = this.player;
    const found = source.at(frame, lockstep.way);
    if (found.state === 'here' && found.looked) {
      const number = (value, decimals) => words.number(value, decimals);
      const angles = this.on.angles && pen.canvas.width >= SLIM_PX * tile.unit;
      const given = this.given[tile.clip.camera];
      tile.numbers = paintPeople(pen, found, given, { at, unit: tile.unit, number, skeleton: this.on.skeleton, angles });
      if (angles && given.said) paintSaid(pen, given.said, tile.unit);
    } else paintNote(pen, found.state === 'waiting' ? '\u2026' : `\u2013 ${words.t(found.state === 'here' ? 'layers.not_looked' : 'layers.failed')}`, tile.unit);
  }

  // The person whose number lies under a pointer event, or null.
  personAt(tile, event) {
    const box = tile.ink.getBoundingClientRect();
    const scale = tile.ink.width / box.width;
    const [x, y] = [(event.clientX - box.left) * scale, (event.clientY - box.top) * scale];
    const near = (tile.numbers ?? []).map((one) => ({ ...one, away: Math.hypot(one.x - x, one.y - y) })).sort((a, b) => a.away - b.away)[0];
    return near && near.away <= REACH_PX * scale ? near.id : null;
  }

  close() {
    for (const { points } of this.sources.values()) points.close();
    this.sources.clear();
  }
}

function keyOf({ url, version }) {
  return `${url} ${version}`;
}
