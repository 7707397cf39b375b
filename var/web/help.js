// The card with all keys, shown over the pictures.
import { COMMANDS, keyName, keysOf } from './commands.js';
import { button } from './dom.js';
import { make } from './elements.js';

// Keys that the panel beside the player takes, not the player (`var/panels/case/keys.py`), or that mean more on a page.
const BESIDE = [
  { keys: ['G', 'H', 'Y', 'V', 'X', 'P', 'D'], text: 'help.steps' },
  { keys: ['F9'], text: 'help.failure' },
  { keys: ['Ctrl+Z', 'U'], text: 'help.undo' },
  { keys: ['K'], text: 'help.foul' },
];

export class Help {
  constructor({ words, close, has, solo }) {
    Object.assign(this, { words, close, has, solo });
    this.root = make('div', { class: 'help', role: 'dialog', hidden: true });
    this.root.addEventListener('click', (event) => event.target === this.root && close());
  }

  get open() {
    return !this.root.hidden;
  }

  toggle(open = this.root.hidden) {
    this.root.hidden = !open;
  }

  retitle() {
    const words = this.words();
    const lists = (this.solo() ? ['move', 'clips', 'look'] : ['move', 'review', 'clips', 'look']).map((group) => {
      const rows = COMMANDS.filter((command) => command.group === group && this.has(command.id)).flatMap((command) => [
        make('dt', {}, ...keysOf(command, words).map((key) => make('kbd', { text: key }))),
        make('dd', { text: words.t(`command.${command.id}`) }),
      ]);
      return make('section', {}, make('h3', { text: words.t(`group.${group}`) }), make('dl', {}, ...rows));
    });
    const beside = BESIDE.flatMap(({ keys, text }) => [
      make('dt', {}, ...keys.map((key) => make('kbd', { text: keyName(key, words) }))),
      make('dd', { text: words.t(text) }),
    ]);
    if (!this.solo()) lists.push(make('section', { class: 'beside' }, make('h3', { text: words.t('group.protocol') }), make('dl', {}, ...beside)));
    const mouse = make('p', { text: words.t('help.mouse') });
    const shut = button({ class: 'shut', text: words.t('help.close') }, () => this.close());
    this.root.setAttribute('aria-label', words.t('help.title'));
    this.root.replaceChildren(make('div', { class: 'sheet' }, make('h2', { text: words.t('help.title') }), ...lists, mouse, shut));
  }
}
