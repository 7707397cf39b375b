// The row of buttons under the pictures.
import { COMMANDS, OF_LAYERS, SPEEDS, keysOf } from './commands.js';
import { button, drawIcon } from './dom.js';
import { make } from './elements.js';

export class Controls {
  constructor({ words, run, setSpeed, has, solo }) {
    Object.assign(this, { words, run, setSpeed, has, solo });
    this.root = make('div', { class: 'controls', role: 'toolbar' });
  }

  // Builds the row in the present language.
  retitle() {
    const words = this.words();
    this.buttons = new Map();
    const group = (name, ids) => make('div', { class: `group ${name}`, role: 'group' }, ...ids.filter(this.has).map((id) => this.command(id)));
    const speeds = make('div', { class: 'group speeds', role: 'group', 'aria-label': words.t('speed.label') });
    this.speeds = SPEEDS.map((speed) => {
      const text = `${words.number(speed, speed === 1 ? 0 : speed === 0.25 ? 2 : 1)}\u00d7`;
      const one = button({ text, title: words.t('speed.tip', { speed: text }) }, () => this.setSpeed(speed));
      one.dataset.speed = speed;
      speeds.append(one);
      return one;
    });
    this.root.setAttribute('aria-label', words.t('controls'));
    this.root.replaceChildren(
      group('move', ['start', 'back10', 'back1', 'play', 'forward1', 'forward10', 'end']),
      speeds,
      ...(this.solo()
        ? [group('layers', OF_LAYERS), group('clips', ['previous_mark', 'next_mark', 'mark_in', 'mark_out', 'loop']), group('look', ['two', 'zoom_reset', 'full', 'help'])]
        : [group('review', ['incident', 'kick', 'bookmark']), group('look', [...OF_LAYERS, 'loop', 'two', 'list', 'zoom_reset', 'full', 'help'])]),
    );
  }

  command(id) {
    const words = this.words();
    const command = COMMANDS.find((one) => one.id === id);
    const said = words.t(`command.${id}`);
    const tip = `${said} (${keysOf(command, words).join(', ')})`;
    const named = command.group === 'review' || command.text === 'short';
    const text = named ? words.t(`short.${id}`) : command.text;
    const made = button({ icon: command.icon, text, title: tip, 'aria-label': said, 'data-command': id }, () => this.run(id));
    if (id.startsWith('forward')) made.append(made.firstChild); // the number, then the arrow
    this.buttons.set(id, made);
    return made;
  }

  show({ playing, way, speed, zoomed }) {
    const words = this.words();
    const play = this.buttons.get('play');
    play.replaceChildren(drawIcon(playing ? (way > 0 ? 'pause' : 'reverse') : 'play'));
    play.setAttribute('aria-pressed', String(playing));
    play.title = `${words.t(playing ? 'command.pause' : 'command.play')} (${words.t('key.space')})`;
    play.setAttribute('aria-label', words.t(playing ? 'command.pause' : 'command.play'));
    for (const one of this.speeds) one.setAttribute('aria-pressed', String(Number(one.dataset.speed) === speed));
    this.buttons.get('zoom_reset').disabled = !zoomed;
  }

  // Which of the looks are on: { loop, two, list, ... }.
  mark(on) {
    for (const [id, pressed] of Object.entries(on)) this.buttons?.get(id)?.setAttribute('aria-pressed', String(pressed));
  }
}
