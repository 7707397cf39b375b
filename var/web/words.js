// Texts and numbers as the page's language writes them. The texts come from Python's catalogue, with {placeholders}.

const MINUS = '\u2212';
export const UNKNOWN = '\u2013';

export class Words {
  constructor(texts, lang) {
    this.texts = texts ?? {};
    this.lang = lang;
    this.point = lang === 'vi' ? ',' : '.';
  }

  t(key, params = {}) {
    const text = key.split('.').reduce((node, part) => node?.[part], this.texts);
    if (typeof text !== 'string') return key;
    return text.replace(/\{(\w+)\}/g, (whole, name) => params[name] ?? whole);
  }

  number(value, decimals = 0, signed = false) {
    if (value === null || value === undefined || !Number.isFinite(value)) return UNKNOWN;
    const digits = Math.abs(value).toFixed(decimals).replace('.', this.point);
    const below = value < 0 && Number(Math.abs(value).toFixed(decimals)) !== 0;
    return (below ? MINUS : signed ? '+' : '') + digits;
  }

  // Seconds as 67:12.480; the same rounding as Python's touchline.i18n.clock.
  clock(seconds, decimals = 3) {
    if (seconds === null || seconds === undefined || !Number.isFinite(seconds)) return UNKNOWN;
    const unit = 10 ** decimals;
    const scaled = Math.round(Math.abs(seconds) * unit);
    const whole = Math.floor(scaled / unit);
    const two = (n) => String(n).padStart(2, '0');
    const tail = decimals ? this.point + String(scaled % unit).padStart(decimals, '0') : '';
    return `${seconds < 0 && scaled ? MINUS : ''}${two(Math.floor(whole / 60))}:${two(whole % 60)}${tail}`;
  }
}
