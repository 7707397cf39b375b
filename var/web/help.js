// The card with all keys, shown over the pictures.
import { COMMANDS, keysOf } from './commands.js';
import { button, make } from './dom.js';

export class Help {
  constructor({ words, close }) {
    Object.assign(this, { words, close });
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
    const lists = ['move', 'review', 'clips', 'look'].map((group) => {
      const rows = COMMANDS.filter((command) => command.group === group).flatMap((command) => [
        make('dt', {}, ...keysOf(command, words).map((key) => make('kbd', { text: key }))),
        make('dd', { text: words.t(`command.${command.id}`) }),
      ]);
      return make('section', {}, make('h3', { text: words.t(`group.${group}`) }), make('dl', {}, ...rows));
    });
    const mouse = make('p', { text: words.t('help.mouse') });
    const shut = button({ class: 'shut', text: words.t('help.close') }, () => this.close());
    this.root.setAttribute('aria-label', words.t('help.title'));
    this.root.replaceChildren(make('div', { class: 'sheet' }, make('h2', { text: words.t('help.title') }), ...lists, mouse, shut));
  }
}
