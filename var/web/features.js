// What a review needs beyond playing: marks and clips, loop and play-out, second angle and second moment, the clean
// screen's lead and the log of looks. One place through which the player speaks to them.
import { Bookmarks } from './bookmarks.js';
import { Chips } from './chips.js';
import { ClipList } from './cliplist.js';
import { make } from './elements.js';
import { Lead } from './follow.js';
import { enlarged } from './layout.js';
import { Looks } from './looks.js';
import { Moments } from './moments.js';
import { Pip } from './pip.js';
import { PlayOut } from './playout.js';
import { Stretch } from './stretch.js';

const GAP = 4;
const BAR_PX = 56; // of the bar under two moments
const SHORT_S = 2; // a bookmark of one instant is played from so long before to so long after

export class Features {
  constructor(player) {
    this.player = player;
    this.stretch = new Stretch(player);
    this.bookmarks = new Bookmarks(player);
    this.chips = new Chips(player);
    this.pip = new Pip(player);
    this.two = new Moments(player);
    this.playOut = new PlayOut(player);
    this.list = new ClipList(player);
    this.bands = make('div', { class: 'bands' });
    if (player.data.clean || player.data.solo) return; // a screen that only follows leads nobody, and its looks are the operator's
    this.lead = new Lead(player);
    this.looks = new Looks(`${player.address}/looks`, () => this.seen(), (fault) => player.note(fault));
  }

  // ---- called by the player

  // The screen was put together (anew).
  attach() {
    const { player } = this;
    player.grid.append(this.chips.root, this.playOut.root, this.two.bar, this.list.root);
    player.rail.track.append(this.bands);
    player.lockstep.fence = (n) => this.fenced(n);
    if (this.lead) player.head.root.querySelector('.message').after(this.lead.chip);
  }

  // The screen is taken apart.
  detach() {
    this.chips.hide();
    this.playOut.stop();
    if (this.two.open) this.two.close();
  }

  // What is open, told by cameras and match time, because another layout counts its angles and steps anew.
  keep(camera) {
    const { pip, playOut, stretch, two } = this;
    return {
      small: camera(pip.angle),
      order: playOut.running ? playOut.order.map(camera) : [],
      at: playOut.at,
      until: stretch.until,
      two: two.open && two.lockstep ? two.keep(camera) : null,
    };
  }

  restore({ small, order, at }, index) {
    this.pip.angle = index(small);
    const again = order.map(index);
    if (!again.length || again.includes(-1)) return;
    Object.assign(this.playOut, { order: again, at });
    this.playOut.draw();
  }

  // The player is at its moment again.
  goOn({ two, until }) {
    this.stretch.until = until;
    if (two) this.two.restore(two);
  }

  update(data) {
    this.bookmarks.take(data.bookmarks, data.ack ?? 0);
    this.lead?.overlays();
    this.refresh();
  }

  retitle() {
    this.lead?.draw();
    this.list.draw();
    this.two.shape = null;
    this.two.draw();
    this.two.tile?.retitle();
  }

  painted(n) {
    this.playOut.painted(n);
    this.stretch.painted(n);
    this.two.painted(n);
    if (this.railEnd !== this.player.rail.last) this.drawBands();
    this.changed();
  }

  // What is on the screen, or how, has changed.
  changed() {
    this.lead?.changed();
    this.looks?.observe();
  }

  // Commands that mean something else at the moment. Returns whether it was one.
  takes(id, digit) {
    const { two, list, playOut, bookmarks } = this;
    if (id === 'undo') return bookmarks.restore();
    if (id === 'angle' && two.open) {
      two.choose(digit);
      return true;
    }
    if (id === 'leave' && !this.player.help.open && !this.player.tool) {
      const open = [playOut.running && playOut, list.open && list, two.open && two].find(Boolean);
      if (open === playOut) playOut.stop();
      else open?.close();
      return Boolean(open);
    }
    return two.run(id);
  }

  flags(given) {
    return [...(given ?? []), ...this.bookmarks.flags()];
  }

  // An angle is about to be made large (or small again). Returns whether that is dealt with here.
  enlarging(angle) {
    const { two, pip, player } = this;
    if (two.open) two.turn('a');
    else if (pip.shown === angle) pip.angle = player.large; // they change places
    return two.open;
  }

  // Boxes of the tiles where these features change them: { plan, box(c), moment }, else null.
  boxes(width, room, count) {
    const { large, shape } = this.player;
    if (this.two.open) {
      const high = room - (this.player.data.clean ? 0 : BAR_PX);
      const beside = Math.min((width - GAP) / 2, high * shape);
      const above = Math.min(width, ((high - GAP) / 2) * shape);
      const w = Math.floor(Math.max(beside, above));
      const box = { w, h: Math.floor(w / shape) };
      return { plan: 'two', columns: above > beside ? 1 : 2, box: (c) => (c === large ? box : null), moment: box, room };
    }
    if (this.pip.shown < 0) return null;
    const plan = enlarged(width, room, count - 2, shape);
    const small = this.pip.box(plan.main);
    return { plan: plan.side, columns: 1, box: (c) => (c === large ? plan.main : c === this.pip.shown ? small : plan.strip) };
  }

  // The tiles have their boxes; what lies over them is put in its place.
  placed(boxes) {
    const { tiles, large } = this.player;
    this.player.grid.style.minHeight = boxes?.room ? `${boxes.room}px` : ''; // the buttons stay under the hand
    this.two.tile?.resize(boxes?.moment?.w ?? 1, boxes?.moment?.h ?? 1);
    this.two.draw();
    tiles.forEach((tile, c) => {
      const small = c === this.pip.shown && !this.two.open;
      tile.root.classList.toggle('pip', small);
      tile.root.style.left = tile.root.style.top = '';
      if (!small) return;
      const main = tiles[large].root;
      const [right, below] = [main.offsetWidth - tile.root.offsetWidth, main.offsetHeight - tile.root.offsetHeight];
      const { place } = this.pip;
      tile.root.style.left = `${main.offsetLeft + (place.includes('r') ? right - GAP : GAP)}px`;
      tile.root.style.top = `${main.offsetTop + (place.includes('b') ? below - 28 : 34)}px`;
    });
    this.drawBands();
    this.changed();
  }

  close() {
    this.detach();
    this.lead?.close();
    this.looks?.close();
  }

  // ---- shared by the features

  // The clockwork that the keys move.
  get clock() {
    return this.two.drives ? this.two.lockstep : this.player.lockstep;
  }

  // The tiles of the grid, and B's where there are two moments.
  everyTile() {
    return [...this.player.tiles, ...(this.two.open && this.two.tile ? [this.two.tile] : [])];
  }

  // The tile that commands mean: B where its moment is the one that moves.
  tile() {
    return this.two.drives ? this.two.tile : this.player.tiles[this.player.active];
  }

  // What is painted there, as it goes to Python; null before the first picture.
  spot() {
    const { painted, clip } = this.tile();
    if (painted.n < 0) return null;
    const frame = painted.kind === 'picture' ? painted.frame : null;
    return { n: painted.n, s: this.player.timeline.t[painted.n], camera: clip.camera, frame, sha256: clip.sha256 };
  }

  // Goes on playing from step n.
  jump(n) {
    const { lockstep } = this.player;
    queueMicrotask(() => {
      if (!lockstep.playing) return;
      lockstep.go(n);
      lockstep.run();
    });
  }

  // Plays the player's own clockwork, which is A's where there are two moments.
  playAt(n) {
    const { lockstep } = this.player;
    if (this.two.drives) this.two.turn('a');
    if (lockstep.playing) {
      lockstep.way = 1;
      this.jump(n);
      this.player.state();
    } else {
      lockstep.go(n);
      lockstep.play(1);
    }
  }

  // The step that may be shown in place of n while a stretch is played: none beyond its marks.
  fenced(n) {
    const { stretch, playOut, player } = this;
    const { lockstep } = player;
    const bound = stretch.whole && (stretch.looping || playOut.running) ? stretch.steps() : [0, stretch.last];
    if (lockstep.way > 0) return lockstep.shown <= bound[1] ? Math.min(n, bound[1]) : n;
    return lockstep.shown >= bound[0] ? Math.max(n, bound[0]) : n;
  }

  enlargeTo(angle) {
    const { player } = this;
    player.active = angle;
    if (player.large !== angle) player.enlarge(angle);
  }

  refresh(arrange = false) {
    const { player } = this;
    if (!player.rail) return;
    player.rail.setFlags(this.flags(player.data.flags));
    player.controls.mark?.({ loop: this.stretch.looping, two: this.two.open, pip: this.pip.shown >= 0, list: this.list.open, play_out: this.playOut.running || this.playOut.choosing });
    this.list.draw();
    if (arrange) player.arrange();
    else this.drawBands();
    this.changed();
  }

  // The in and out marks, the clips, and B's place, on the time line.
  drawBands() {
    const { rail, timeline } = this.player;
    this.railEnd = rail.last;
    const { starts, ends, looping } = this.stretch;
    const at = (element, s, until) => {
      element.style.left = `${rail.part(s) * 100}%`;
      if (until !== undefined) element.style.width = `${Math.max(0, rail.part(until) - rail.part(s)) * 100}%`;
      return element;
    };
    const parts = this.bookmarks.all.filter((mark) => mark.ends_s !== null).map((mark) => at(make('i', { class: 'band clip', 'data-tag': mark.tag ?? 'none' }), mark.s, mark.ends_s));
    if (starts && ends) parts.push(at(make('i', { class: `band marked${looping ? ' looping' : ''}` }), starts.s, ends.s));
    if (starts) parts.push(at(make('i', { class: 'edge in', text: '[' }), starts.s));
    if (ends) parts.push(at(make('i', { class: 'edge out', text: ']' }), ends.s));
    if (this.two.open && this.two.lockstep?.shown >= 0) parts.push(at(make('i', { class: 'edge moment', text: 'B' }), timeline.t[this.two.lockstep.shown]));
    this.bands.replaceChildren(...parts);
  }

  // What somebody sees: the large angle with the small one, the two moments, or all angles of the grid.
  seen() {
    const { player, two } = this;
    const { lockstep, large, tiles } = player;
    const shown = player.root.isConnected && player.match && lockstep.shown >= 0 ? tiles : [];
    const looked = shown.filter((_, c) => large < 0 || c === large || (c === this.pip.shown && !two.open));
    const angles = [...looked, ...(two.open && two.tile ? [two.tile] : [])]
      .filter((tile) => tile.painted.kind === 'picture')
      .map((tile) => ({ key: tile === two.tile ? 'b' : tile.index, camera: tile.clip.camera, frame: tile.painted.frame, s: player.timeline.t[tile.painted.n], speed: speedOf(tile === two.tile && !two.locked ? two.lockstep : lockstep) }));
    return { angles };
  }

  // ---- commands

  bookmark() {
    const mark = this.bookmarks.add(null);
    if (mark) this.chips.show(mark);
  }

  clip() {
    if (!this.stretch.whole) {
      this.say('clips.need_marks');
      return;
    }
    const mark = this.bookmarks.add(this.stretch);
    if (mark) this.chips.show(mark);
  }

  goToMark(way) {
    const mark = this.player.solo ? this.flagNear(this.clock.n, way) : this.bookmarks.near(this.clock.n, way);
    if (mark) this.clock.seek(this.player.timeline.stepAt(mark.s));
    else this.say(way > 0 ? 'clips.no_next' : 'clips.no_previous');
  }

  // The next flag of the page after step n (way 1), or the last before it (way -1).
  flagNear(n, way) {
    const { timeline, data } = this.player;
    const beyond = [...(data.flags ?? [])].sort((a, b) => a.s - b.s).filter(({ s }) => (timeline.stepAt(s) - n) * way > 0);
    return way > 0 ? beyond[0] : beyond.at(-1);
  }

  play(mark) {
    const { timeline } = this.player;
    const [from, to] = mark.ends_s === null ? [mark.s - SHORT_S, mark.s + SHORT_S] : [mark.s, mark.ends_s];
    this.stretch.play(timeline.stepAt(from), timeline.stepAt(to));
  }

  say(key) {
    this.player.tell(this.player.words.t(key));
  }
}

// How fast a clockwork runs now; 0 where it stands, below zero backwards.
function speedOf(clock) {
  return clock?.playing ? clock.speed * clock.way : 0;
}
