// The tags that appear for a moment after a bookmark was set: one more key or tap says what it is about.
import { TAGS } from './commands.js';
import { button } from './dom.js';
import { make } from './elements.js';

const SHOWN_MS = 3000;

export class Chips {
  constructor(player) {
    Object.assign(this, { player, mark: null });
    this.root = make('div', { class: 'chips', role: 'group', hidden: true });
  }

  show(mark) {
    const { words, keyboard } = this.player;
    this.mark = mark;
    this.root.setAttribute('aria-label', words.t('tag.ask'));
    this.root.replaceChildren(
      make('span', { class: 'ask', text: words.t('tag.ask') }),
      ...TAGS.map(({ id, key, sign }) => {
        const said = words.t(`tag.${id}`);
        const chip = button({ class: 'chip', title: `${said} (${key})`, 'aria-label': said, 'data-tag': id }, () => this.choose(id));
        chip.append(make('span', { class: 'sign', 'data-tag': id, text: sign }), make('span', { text: said }), make('kbd', { text: key }));
        return chip;
      }),
      make('i', { class: 'left' }),
    );
    this.root.hidden = false;
    keyboard.mode = (this.mode = (chord) => this.key(chord));
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.hide(), SHOWN_MS);
  }

  key(chord) {
    if (chord === 'Escape') {
      this.hide();
      return true;
    }
    const tag = TAGS.find((one) => one.key === chord);
    if (tag) this.choose(tag.id);
    return Boolean(tag);
  }

  choose(tag) {
    this.player.features.bookmarks.tag(this.mark, tag);
    this.hide();
  }

  hide() {
    clearTimeout(this.timer);
    if (this.player.keyboard.mode === this.mode) this.player.keyboard.mode = null;
    this.root.hidden = true;
    this.mark = null;
  }
}
