// The line over the pictures: what kind of match this is, its clock, how far behind the recording, and one message.
import { COMMANDS, keysOf } from './commands.js';
import { button, drawIcon } from './dom.js';
import { make } from './elements.js';

const TOPICS = ['fault', 'busy', 'slow', 'sent', 'lost', 'ended', 'tool', 'fallback'];
const AT_EDGE_S = 2.5; // as the newest pictures come in by the second, this still is live

export class Head {
  constructor(match, words, { goLive, goBack }) {
    Object.assign(this, { match, words });
    this.badge = make('span', { class: 'badge', hidden: match.origin !== 'simulated' });
    this.clock = make('span', { class: 'clock' });
    this.period = make('span', { class: 'period' });
    this.live = button({ class: 'live', hidden: true }, () => goLive());
    this.back = button({ icon: 'back', class: 'leap', 'data-command': 'back10s' }, () => goBack());
    this.message = make('div', { class: 'message', role: 'status' });
    this.frame = make('span', { class: 'now' });
    this.time = make('span', { class: 'now' });
    this.root = make('div', { class: 'top' }, this.badge, this.clock, this.period, this.back, this.live, this.message, make('div', { class: 'nows' }, this.frame, this.time));
    this.lines = new Map();
  }

  retitle() {
    const words = this.words();
    this.badge.textContent = words.t('simulated');
    this.clock.title = words.t('clock.tip');
    this.time.title = words.t('time_line.tip');
    this.live.title = words.t('live.tip');
    const back = words.t('command.back10s');
    this.back.title = `${back} (${keysOf(COMMANDS.find(({ id }) => id === 'back10s'), words).join(', ')})`;
    this.back.setAttribute('aria-label', back);
    this.back.replaceChildren(drawIcon('back'), make('span', { text: words.t('short.back10s') }));
  }

  // What the match clock shows at a match time, with the period's name (the usual ones in the reader's language); nulls
  // where no period has begun.
  clockAt(seconds) {
    const period = this.match.clock.filter(([starts]) => starts <= seconds).at(-1);
    if (!period) return { seconds: null, name: '' };
    const [starts, clock, typed, key] = period;
    return { seconds: clock + seconds - starts, name: key ? this.words().t(`period.${key}`) : typed };
  }

  show(seconds, frame) {
    const words = this.words();
    const { seconds: clock, name } = this.clockAt(seconds);
    this.clock.textContent = words.clock(clock);
    this.clock.hidden = clock === null; // no period has begun: the time on the right is all there is
    this.period.textContent = name;
    this.frame.textContent = words.t('frame', { frame: frame < 0 ? '\u2013' : frame });
    this.time.textContent = words.t('time', { time: words.clock(seconds) });
  }

  // How far the screen is behind the newest picture, in seconds; null where nothing is being recorded. `following`:
  // new pictures come in and are shown as they do.
  showLive(behind, following) {
    this.live.hidden = behind === null;
    if (behind === null) return;
    const words = this.words();
    const now = following && behind < AT_EDGE_S;
    const text = now ? `\u25cf ${words.t('live.now')}` : `\u25b6\u2758 ${words.t('live.behind', { time: spell(behind, words) })}`;
    if (this.live.textContent !== text) this.live.replaceChildren(make('span', { text }));
    this.live.dataset.now = String(now);
  }

  // One line, the most urgent of what is going on: `topic` holds its text until it is set to ''.
  say(topic, text) {
    if (text) this.lines.set(topic, text);
    else this.lines.delete(topic);
    const first = TOPICS.find((one) => this.lines.has(one));
    const line = first ? this.lines.get(first) : '';
    if (this.message.textContent === line) return;
    this.message.textContent = line;
    this.message.title = line;
    this.message.dataset.topic = first ?? '';
  }
}

// 12 s, or 3:05 from a minute on.
function spell(seconds, words) {
  return seconds < 60 ? words.t('live.seconds', { n: words.number(Math.round(seconds)) }) : words.clock(seconds, 0);
}
