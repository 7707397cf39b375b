// Bookmarks of the match: what Python keeps, and on top of that what was done here and is not acknowledged yet.
import { TAGS, UNTAGGED } from './commands.js';

export class Bookmarks {
  constructor(player) {
    Object.assign(this, { player, given: null, acts: [], removed: null });
  }

  // Python's list; null where the page keeps none, then what was done here stands by itself.
  take(given, ack) {
    this.given = given ?? null;
    if (this.given) this.acts = this.acts.filter((act) => act.seq > ack);
  }

  get all() {
    const marks = new Map((this.given ?? []).map((mark) => [mark.id, mark]));
    for (const { name, mark, tag } of this.acts) {
      if (name === 'bookmark' || name === 'restore_bookmark') marks.set(mark.id, { ...mark, fresh: true });
      else if (name === 'remove_bookmark') marks.delete(mark.id);
      else if (marks.has(mark.id)) marks.set(mark.id, { ...marks.get(mark.id), tag });
    }
    return [...marks.values()].sort((a, b) => a.s - b.s);
  }

  // Marks the painted instant of the active angle, or the stretch between the in and out marks.
  add(stretch) {
    const spot = this.player.features.spot();
    if (!spot) return null;
    const id = crypto.randomUUID ? crypto.randomUUID().replaceAll('-', '').slice(0, 16) : random();
    const [starts, ends] = stretch ? [stretch.starts, stretch.ends] : [spot, null];
    const camera = starts.camera ?? spot.camera;
    const mark = { id, s: starts.s, ends_s: ends ? ends.s : null, tag: null, note: '', camera };
    this.act('bookmark', mark, stretch ? { tag: null, starts, ends } : { tag: null, ends: null }, stretch ? 'clip' : 'bookmark');
    return mark;
  }

  tag(mark, tag) {
    this.act('tag_bookmark', mark, { tag });
  }

  remove(mark) {
    this.act('remove_bookmark', mark);
    this.removed = mark;
    this.player.features.refresh();
  }

  // Takes the last removal back. Returns whether there was one.
  restore() {
    const mark = this.removed;
    if (!mark) return false;
    this.act('restore_bookmark', mark);
    return true;
  }

  act(name, mark, more = {}, said = name) {
    const seq = this.player.send(name, { id: mark.id, ...more }, said);
    this.removed = null;
    this.acts.push({ name, seq, mark, tag: more.tag ?? null });
    this.player.features.refresh();
  }

  // The next bookmark after step n (way 1), or the last before it (way -1). Compared by steps: an angle's frame lies a
  // little beside the instant of the step that shows it.
  near(n, way) {
    const { timeline } = this.player;
    const beyond = this.all.filter((mark) => (timeline.stepAt(mark.s) - n) * way > 0);
    return way > 0 ? beyond[0] : beyond.at(-1);
  }

  flags() {
    const { words } = this.player;
    return this.all.map((mark) => ({ s: mark.s, kind: 'bookmark', tag: mark.tag ?? 'none', sign: signOf(mark.tag), label: nameOf(mark, words) }));
  }
}

export function signOf(tag) {
  return TAGS.find((one) => one.id === tag)?.sign ?? UNTAGGED;
}

export function nameOf(mark, words) {
  return [words.t(`tag.${mark.tag ?? 'none'}`), mark.note].filter(Boolean).join(' \u00b7 ');
}

// randomUUID is missing where a page came over plain HTTP from another machine.
function random() {
  return Array.from(crypto.getRandomValues(new Uint8Array(8)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
