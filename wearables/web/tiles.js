// The tiles: made once, written in place at each drawing, so that nothing blinks and a press finds its tile.
import { make } from './elements.js';

const ARROWS = { rising: '↗', steady: '→', falling: '↘' };
export const OLD_S = 5;

export const SORTS = {
  look: (a, b) => a.rank - b.rank || a.place - b.place,
  name: (a, b) => a.place - b.place,
  rate: (a, b) => (b.share ?? -1) - (a.share ?? -1) || a.place - b.place,
  strap: (a, b) => (a.strap ?? 1e9) - (b.strap ?? 1e9),
};

export class Tile {
  constructor(open) {
    this.gauge = make('div', { class: 'gauge' });
    this.fill = make('div', { class: 'fill live' });
    this.who = make('div', { class: 'who' });
    this.rate = make('div', { class: 'rate' });
    this.side = make('div', { class: 'side' });
    this.foot = make('div', { class: 'foot' });
    this.sign = make('div', { class: 'sign', text: '!', hidden: true, 'aria-hidden': 'true' });
    this.root = make(
      'div',
      { class: 'tile', role: 'button', tabindex: '0', onclick: () => open(this.data), onkeydown: (event) => this.key(event, open) },
      this.gauge,
      this.fill,
      make('div', { class: 'in' }, this.who, this.rate, this.side, this.foot),
      this.sign,
    );
  }

  // No number stays where nobody knows whether it is still one, nor how old one is.
  hide(texts) {
    if (this.said === null) return;
    this.said = null;
    delete this.root.dataset.zone;
    this.root.setAttribute('aria-label', `${this.data.full}: ${texts.late}`);
    this.rate.textContent = '';
    this.side.replaceChildren();
  }

  key(event, open) {
    if (event.key !== 'Enter' && event.key !== ' ') return;
    event.preventDefault();
    open(this.data);
  }

  // `late_s` is how long ago the data came: a rate that grew too old meanwhile is shown no more. What stands there
  // already is not written again.
  write(data, texts, late_s) {
    this.data = data;
    const present = data.bpm !== null && (data.age_s ?? 0) + late_s <= OLD_S;
    const said = JSON.stringify([present, { ...data, age_s: null, ago: present ? null : data.ago }, texts.late]);
    if (said === this.said) return;
    this.said = said;
    const { root } = this;
    root.className = `tile${present ? '' : ' gone'}${data.look ? ' look' : ''}${data.athlete ? '' : ' spare'}`;
    root.dataset.key = data.key;
    root.dataset.strap = data.strap ?? '';
    root.dataset.state = data.state ?? '';
    if (present && data.zone !== null) root.dataset.zone = data.zone;
    else delete root.dataset.zone;
    this.who.textContent = data.name;
    this.who.style.setProperty('--letters', Math.max(1, [...data.name.normalize('NFC')].length)); // a long name is set smaller
    root.title = data.full;
    const late = data.bpm !== null && !present;
    root.setAttribute('aria-label', late ? `${data.full}: ${texts.late}` : data.said);
    this.sign.hidden = !data.look;
    this.fill.style.height = present && data.share !== null ? `${Math.min(100, data.share)}%` : '0';
    if (present) {
      this.rate.className = 'rate live';
      this.rate.textContent = data.bpm;
      this.side.className = 'side live';
      this.side.replaceChildren(
        ...[
          make(
            'span',
            { class: 'top' },
            data.trend ? make('span', { class: 'trend', text: ARROWS[data.trend], title: data.slope ?? '' }) : null,
            data.zone === null ? null : make('span', { class: 'zone', text: data.zone ? `${texts.zone_letter}${data.zone}` : `<${texts.zone_letter}1` }),
          ),
          make('span', { text: data.percent ?? '' }),
        ].filter(Boolean),
      );
    } else {
      this.rate.className = 'rate';
      this.rate.textContent = late ? texts.late : data.word;
      this.side.className = 'side';
      this.side.replaceChildren(...(data.last && !late ? [make('s', { text: data.last }), make('span', { text: data.ago })] : []));
    }
    this.foot.replaceChildren(make('span', { text: data.foot }), make('span', { class: data.low ? 'low' : '', text: data.battery }));
  }
}
