// What opens over the wall: an athlete's or a strap's card with the change of wearer, a note, the end of the session, the keys.
import { make } from './elements.js';
import { filled } from './parts.js';

export class Dialogs {
  constructor(root, act) {
    Object.assign(this, { act, box: make('dialog') });
    root.append(this.box);
    this.box.addEventListener('click', (event) => event.target === this.box && this.box.close());
    this.box.addEventListener('close', () => {
      if (this.shown) this.act({ name: 'open', key: null });
      this.shown = null;
    });
  }

  get open() {
    return this.box.open;
  }

  show(title, ...children) {
    if (this.box.open) this.box.close();
    this.box.replaceChildren(make('h2', { text: title }), ...children.filter(Boolean));
    this.box.showModal();
  }

  shut(data) {
    return make('button', { type: 'button', text: data.texts.close, onclick: () => this.box.close() });
  }

  why(data) {
    return data.may ? null : make('p', { class: 'why', text: data.barred });
  }

  card(tile, data) {
    this.shown = tile.key;
    this.rows = make('dl');
    this.act({ name: 'open', key: tile.key });
    const parts = [this.rows];
    if (data.running && tile.strap !== null) parts.push(this.worn(tile, data), this.why(data));
    if (data.running && tile.athlete && tile.strap === null) parts.push(this.given(tile, data), this.why(data));
    parts.push(make('div', { class: 'row' }, this.shut(data)));
    this.show(tile.full, ...parts);
  }

  // The card says nothing where nobody knows whether it is still so.
  forget() {
    if (this.shown) this.update({ key: this.shown, rows: [] });
  }

  // The card's numbers come with the next drawings.
  update(card) {
    if (!this.shown || card?.key !== this.shown) return;
    const said = JSON.stringify(card.rows);
    if (said === this.rows.dataset.said) return;
    this.rows.dataset.said = said;
    this.rows.replaceChildren(...card.rows.flatMap(([label, value]) => [make('dt', { text: label }), make('dd', { text: value })]));
  }

  // "This strap is now worn by ..."
  worn(tile, data) {
    const { texts } = data;
    const people = make('select', { 'aria-label': texts.worn_by });
    people.append(make('option', { value: '', text: texts.nobody }));
    for (const one of data.people) {
      const text = one.strap === null ? one.name : filled(texts.wears, { name: one.name, strap: one.strap_name });
      people.append(make('option', { value: one.id, text, selected: one.id === tile.athlete }));
    }
    const button = make('button', { type: 'submit', class: 'main', text: texts.change, disabled: !data.may });
    const form = make('form', {}, make('label', { text: filled(texts.strap_worn_by, { strap: tile.strap_name }) }), people, button);
    const hint = make('p', { class: 'why', text: '' });
    people.addEventListener('change', () => {
      const one = data.people.find((each) => each.id === people.value);
      hint.textContent = one && one.strap !== null && tile.athlete && one.id !== tile.athlete
        ? filled(texts.exchange, { strap: one.strap_name, name: tile.full }) : '';
    });
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.act({ name: 'assign', strap: tile.strap, athlete: people.value || null });
      this.box.close();
    });
    form.append(hint);
    return form;
  }

  // An athlete without a strap takes one that nobody wears.
  given(tile, data) {
    const { texts } = data;
    if (!data.spare.length) return make('p', { class: 'why', text: texts.no_spare });
    const straps = make('select', { 'aria-label': texts.strap });
    for (const one of data.spare) straps.append(make('option', { value: one.strap, text: one.name }));
    const form = make('form', {}, make('label', { text: texts.give }), straps,
      make('button', { type: 'submit', class: 'main', text: texts.change, disabled: !data.may }));
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.act({ name: 'assign', strap: Number(straps.value), athlete: tile.athlete });
      this.box.close();
    });
    return form;
  }

  note(data, at_ns) {
    const { texts } = data;
    const field = make('input', { type: 'text', maxlength: '300', placeholder: texts.note_hint, 'aria-label': texts.note });
    const form = make('form', {}, field, make('button', { type: 'submit', class: 'main', text: texts.save, disabled: !data.may }), this.shut(data));
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      if (field.value.trim()) this.act({ name: 'note', text: field.value.trim(), at_ns });
      this.box.close();
    });
    this.show(filled(texts.note_at, { clock: data.head.clock }), form, this.why(data));
    field.focus();
  }

  stop(data) {
    const { texts } = data;
    const yes = make('button', { type: 'button', class: 'main', text: texts.stop_yes, disabled: !data.may, onclick: () => {
      this.act({ name: 'stop' });
      this.box.close();
    } });
    const no = make('button', { type: 'button', text: texts.stop_no, onclick: () => this.box.close() });
    this.show(texts.stop_title, make('p', { text: texts.stop_sure }), make('div', { class: 'row' }, yes, no), this.why(data));
    no.focus();
  }

  help(data) {
    const rows = data.keys.flatMap(([key, text]) => [make('dt', {}, make('kbd', { text: key })), make('dd', { text })]);
    this.show(data.texts.keys, make('dl', {}, ...rows), make('p', { class: 'why', text: data.texts.reading }), make('div', { class: 'row' }, this.shut(data)));
  }
}
