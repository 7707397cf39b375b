// Small helpers of the browser parts of training.

export function make(tag, { text, ...attributes } = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === 'class') element.className = value;
    else if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? '' : value);
  }
  if (text !== undefined) element.textContent = text;
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

// A button for the mouse leaves the focus where it was, so that the next key still means the player.
export function button(attributes, act) {
  const { text, ...others } = attributes;
  const element = make('button', { type: 'button', ...others, text, onclick: act });
  element.addEventListener('mousedown', (event) => event.preventDefault());
  return element;
}

// Touches the page only where a text changed.
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
  element.hidden = text === '';
}

// Texts with {placeholders}, and numbers as the page's language writes them.
export class Words {
  constructor(texts, lang) {
    Object.assign(this, { texts: texts ?? {}, lang });
  }

  find(key) {
    const text = key.split('.').reduce((node, part) => node?.[part], this.texts);
    return typeof text === 'string' ? text : null;
  }

  t(key, params = {}) {
    return (this.find(key) ?? key).replace(/\{(\w+)\}/g, (whole, name) => params[name] ?? whole);
  }

  number(value, decimals = 0, signed = false) {
    if (value === null || value === undefined || !Number.isFinite(value)) return '\u2013';
    const digits = Math.abs(value).toFixed(decimals).replace('.', this.lang === 'vi' ? ',' : '.');
    const below = value < 0 && Number(Math.abs(value).toFixed(decimals)) !== 0;
    return (below ? '\u2212' : signed ? '+' : '') + digits;
  }
}
