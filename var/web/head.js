// The line over the pictures: what kind of match this is, its clock, and one line for messages.
import { make } from './dom.js';

export class Head {
  constructor(match, words) {
    Object.assign(this, { match, words });
    this.badge = make('span', { class: 'badge', hidden: match.origin !== 'simulated' });
    this.clock = make('span', { class: 'clock' });
    this.period = make('span', { class: 'period' });
    this.message = make('div', { class: 'message', role: 'status' });
    this.frame = make('span', { class: 'now' });
    this.time = make('span', { class: 'now' });
    this.root = make('div', { class: 'top' }, this.badge, this.clock, this.period, this.message, make('div', { class: 'nows' }, this.frame, this.time));
    this.lines = new Map();
  }

  retitle() {
    const words = this.words();
    this.badge.textContent = words.t('simulated');
    this.clock.title = words.t('clock.tip');
    this.time.title = words.t('time_line.tip');
  }

  // What the match clock shows at a match time, with the period's name; nulls where no period has begun.
  clockAt(seconds) {
    const period = this.match.clock.filter(([starts]) => starts <= seconds).at(-1);
    return period ? { seconds: period[1] + seconds - period[0], name: period[2] } : { seconds: null, name: '' };
  }

  show(seconds, frame) {
    const words = this.words();
    const { seconds: clock, name } = this.clockAt(seconds);
    this.clock.textContent = words.clock(clock);
    this.period.textContent = name;
    this.frame.textContent = words.t('frame', { frame: frame < 0 ? '\u2013' : frame });
    this.time.textContent = words.t('time', { time: words.clock(seconds) });
  }

  // One line, the most urgent of what is going on: `topic` holds its text until it is set to ''.
  say(topic, text) {
    if (text) this.lines.set(topic, text);
    else this.lines.delete(topic);
    const topics = ['fault', 'busy', 'sent', 'tool', 'fallback'];
    const first = topics.find((one) => this.lines.has(one));
    const line = first ? this.lines.get(first) : '';
    if (this.message.textContent === line) return;
    this.message.textContent = line;
    this.message.title = line;
    this.message.dataset.topic = first ?? '';
  }
}
