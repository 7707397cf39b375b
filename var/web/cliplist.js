// The drawer with the bookmarks and clips of the match, and large buttons for what else one does with them.
import { nameOf, signOf } from './bookmarks.js';
import { COMMANDS, keysOf } from './commands.js';
import { button } from './dom.js';
import { make } from './elements.js';

const SHORT_PX = 480; // lower than this the tools make room for the list
const TOOLS = ['mark_in', 'mark_out', 'loop', 'clip', 'play_out', 'two', 'pip', 'pip_corner', 'previous_mark', 'next_mark'];

export class ClipList {
  constructor(player) {
    Object.assign(this, { player, open: false });
    this.root = make('aside', { class: 'drawer', hidden: true });
  }

  toggle() {
    this.open = !this.open;
    this.player.features.refresh();
  }

  close() {
    if (this.open) this.toggle();
  }

  draw() {
    this.root.hidden = !this.open;
    if (!this.open) return;
    const { words, features, grid } = this.player;
    this.root.classList.toggle('short', grid.clientHeight < SHORT_PX);
    const { stretch, pip, two, playOut, bookmarks } = features;
    const marks = bookmarks.all;
    const shape = JSON.stringify([words.lang, marks, bookmarks.removed?.id, stretch.starts?.s, stretch.ends?.s, stretch.looping, pip.shown, pip.corner, two.open, playOut.running]);
    if (shape === this.shape) return; // a row must not move under a finger
    this.shape = shape;
    const pressed = { loop: stretch.looping, two: two.open, pip: pip.shown >= 0, play_out: playOut.running, mark_in: stretch.starts, mark_out: stretch.ends };
    const shut = button({ icon: 'close', class: 'shut', title: `${words.t('clips.close')} (T)`, 'aria-label': words.t('clips.close') }, () => this.close());
    const { removed } = bookmarks;
    const top = this.list?.scrollTop ?? 0;
    this.list = make('ol', { class: 'clips' }, ...marks.map((mark) => this.row(mark)));
    this.root.setAttribute('aria-label', words.t('clips.title'));
    this.root.replaceChildren(
      make('header', {}, make('h3', { text: words.t('clips.title') }), shut),
      make('div', { class: 'tools' }, ...TOOLS.map((id) => this.tool(id, pressed[id]))),
      pip.shown >= 0 ? this.angles() : '',
      marks.length ? this.list : make('p', { class: 'empty', text: words.t(window.matchMedia('(pointer: coarse)').matches ? 'clips.empty_touch' : 'clips.empty') }),
      removed ? make('div', { class: 'removed', role: 'status' }, make('span', { text: words.t('clips.removed', { name: nameOf(removed, words) }) }), this.undo()) : '',
    );
    this.list.scrollTop = top;
  }

  tool(id, pressed) {
    const { words } = this.player;
    const command = COMMANDS.find((one) => one.id === id);
    const keys = keysOf(command, words);
    const said = words.t(`command.${id}`);
    const made = button({ icon: command.icon, text: words.t(`short.${id}`), title: `${said} (${keys.join(', ')})`, 'aria-label': said, 'data-tool': id }, () => this.player.run(id));
    if (pressed !== undefined) made.setAttribute('aria-pressed', String(Boolean(pressed)));
    made.append(make('kbd', { text: keys[0] }));
    return made;
  }

  // Which angle is small over the large one: digits for fingers.
  angles() {
    const { words, tiles, large, features } = this.player;
    const choices = tiles.map(({ clip }, c) => button({ class: 'chip', text: String(c + 1), title: `${clip.label || clip.camera} (\u21e7 ${c + 1})`, 'aria-label': clip.label || clip.camera, 'aria-pressed': String(features.pip.shown === c), disabled: c === large }, () => features.pip.choose(c)));
    return make('div', { class: 'angles', role: 'group', 'aria-label': words.t('command.pip_angle') }, make('span', { text: words.t('clips.small') }), ...choices);
  }

  row(mark) {
    const { words, head, lockstep, timeline, features } = this.player;
    const clock = (s) => words.clock(head.clockAt(s).seconds ?? s, 1);
    const long = mark.ends_s === null ? '' : `${words.number(mark.ends_s - mark.s, 1)} s`;
    const name = nameOf(mark, words);
    const go = button({ class: 'go', title: words.t('clips.go'), 'aria-label': `${name} ${clock(mark.s)}` }, () => lockstep.seek(timeline.stepAt(mark.s)));
    go.append(
      make('span', { class: 'sign', 'data-tag': mark.tag ?? 'none', text: signOf(mark.tag) }),
      make('b', { text: clock(mark.s) }),
      make('span', { class: 'what', text: name }),
      make('span', { class: 'long', text: long }),
    );
    const play = button({ icon: 'play', title: words.t('clips.play'), 'aria-label': `${words.t('clips.play')}: ${name}` }, () => features.play(mark));
    const remove = button({ icon: 'trash', title: words.t('clips.remove'), 'aria-label': `${words.t('clips.remove')}: ${name}` }, () => features.bookmarks.remove(mark));
    return make('li', { class: mark.fresh ? 'fresh' : '', 'data-id': mark.id }, go, play, remove);
  }

  undo() {
    const { words } = this.player;
    const made = button({ text: words.t('clips.undo'), title: `${words.t('clips.undo')} (Ctrl Z)` }, () => this.player.run('undo'));
    made.append(make('kbd', { text: 'Ctrl Z' }));
    return made;
  }
}
