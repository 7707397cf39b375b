// Small helpers of the browser parts of training: words, numbers.

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
