// Names of curves, events and units, out of the catalogue that the page gives.

const UNITS = {
  deg: { sign: '°', decimals: 1 },
  'deg/s': { sign: ' °/s', decimals: 0 },
  m: { sign: ' m', decimals: 3 },
  'm/s': { sign: ' m/s', decimals: 2 },
  'm/s2': { sign: ' m/s²', decimals: 1 },
  'body/s': { word: 'unit.body_per_s', decimals: 2 }, // where no scale is known
  'px/s': { sign: ' px/s', decimals: 0 },
  px: { sign: ' px', decimals: 0 },
};

// What stands behind a number of that unit, and its decimals.
export function unitOf(words, unit) {
  const { word, sign, decimals } = UNITS[unit] ?? { sign: unit ? ` ${unit}` : '', decimals: 2 };
  return { sign: word ? ` ${words.t(word)}` : sign, decimals };
}

// What a key is called, with its side: Gối trái, left knee.
function named(words, part, key, side) {
  const name = words.find(`${part}.${key}`) ?? key.replaceAll('_', ' ');
  const whole = side ? words.t(`${part}_sided`, { name, side: words.t(`side.${side}`) }) : name;
  return whole.charAt(0).toLocaleUpperCase(words.lang) + whole.slice(1);
}

export function curveName(words, { key, side }) {
  return named(words, 'curve', key, side);
}

export function eventName(words, { key, side, number }) {
  const name = named(words, 'event', key, side);
  return number === null || number === undefined ? name : `${name} ${number}`;
}
