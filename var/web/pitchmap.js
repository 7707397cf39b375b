// A drawing of the pitch on which a person picks the point or line to click next in the picture.
import { near } from './pitchpick.js';

const NS = 'http://www.w3.org/2000/svg';
// From sure to unsure: lighter to darker, so that it reads without colours; the numbers say the same.
const SURE = ['#1a7f6e', '#1f7088', '#3f5688', '#583f74', '#40264a'];
const STYLE = `
svg{width:100%;max-height:285px;display:block;background:#1f5c3a;border-radius:8px;touch-action:manipulation;cursor:pointer}
svg.judged{background:#222b27}
.ink{fill:none;stroke:#fff;stroke-width:.28;pointer-events:none}
.hit{fill:transparent;stroke:none}g.line .hit{fill:none;stroke:transparent;stroke-width:2.4;pointer-events:stroke}
g.line.done .ink{stroke:#ffd60a;stroke-width:.7}g.line.part .ink{stroke:#ffd60a;stroke-width:.7;stroke-dasharray:1 1.2}
g.line.bad .ink{stroke:#ff6a61;stroke-width:.8;stroke-dasharray:2 1}g.line.hinted .ink{stroke:#ffd60a;stroke-width:.5;stroke-dasharray:.5 1.2}
g.line.near .ink,g.line:focus .ink{stroke:#fff;stroke-width:.9}
.halo{fill:none;stroke:#fff;stroke-width:2;display:none;pointer-events:none}g.chosen .halo{display:block}g.line.chosen .ink{stroke:#0a84ff;stroke-width:1.2;stroke-dasharray:none}
.dot{fill:#fff;stroke:#10301f;stroke-width:.3;pointer-events:none}
g.done .dot,g.part .dot{fill:#ffd60a}g.bad .dot{fill:#ff3b30}g.point.chosen .dot{fill:#0a84ff;stroke:#fff;stroke-width:.7}
.ring{fill:none;stroke:#ffd60a;stroke-width:.5;stroke-dasharray:1 .8;display:none;pointer-events:none}g.hinted .ring{display:block}
text{font:700 2.6px sans-serif;fill:#10301f;text-anchor:middle;dominant-baseline:central;pointer-events:none}
g.bad text{fill:#fff}g:focus{outline:none}g:focus .dot,g.near .dot{stroke:#ffd60a;stroke-width:.9}
.cell{pointer-events:none}text.cm{font:600 2.9px sans-serif;fill:#fff;fill-opacity:.92}
p{margin:.3em 0 0;font:15px/1.35 sans-serif;min-height:2.7em;color:inherit}
.chips{display:flex;flex-wrap:wrap;gap:6px;align-items:center;margin-top:4px;font:14px/1.2 sans-serif}.chips:empty{display:none}
.chips button{min-height:44px;padding:4px 10px;border-radius:10px;border:1px solid #3a4752;background:#1b232b;color:#e9eef2;font:inherit;text-align:left;cursor:pointer}
.chips button[aria-pressed=true]{background:#e9eef2;color:#0e1216;font-weight:700}
.legend{font:13px/1.3 sans-serif;margin-top:4px}.legend:empty{display:none}.legend ul{display:flex;gap:2px;list-style:none;margin:0 0 3px;padding:0}
.legend li{flex:1;text-align:center;color:#fff;padding:3px 0;border-radius:3px;white-space:nowrap;font-variant-numeric:tabular-nums}
@media (max-width:640px){svg{max-height:440px}}`;

function node(name, attributes, parent) {
  const made = document.createElementNS(NS, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  parent.append(made);
  return made;
}

const path = (places) => places.map(([x, y]) => `${x},${-y}`).join(' ');
const same = (a, b) => Boolean(a && b) && a.kind === b.kind && a.name === b.name;

function drawSure(svg, sure) {
  for (const [x, y, width, height, level, words] of sure?.cells ?? []) {
    node('rect', { class: 'cell', x, y: -y - height, width: width + 0.05, height: height + 0.05, fill: SURE[level] }, svg);
    if (words) node('text', { class: 'cm', x: x + width / 2, y: -y - height / 2 }, svg).textContent = words;
  }
}

// What stands in a badge: how often a line was clicked, that a point was, or that something is wrong or suggested.
function sign({ kind, state, hinted, count }) {
  if (state === 'bad') return '!';
  if (state) return kind === 'line' ? String(count) : '\u2713';
  return hinted && kind === 'line' ? '?' : '';
}

function drawFeature(svg, feature, chosen) {
  const { kind, name, state, hinted, px } = feature;
  const names = [kind, state, hinted && 'hinted', chosen && 'chosen'].filter(Boolean).join(' ');
  const where = kind === 'line' ? { 'data-line': name } : { 'data-name': name, transform: `translate(${px[0][0]},${-px[0][1]})` };
  const group = node('g', { class: names, tabindex: 0, role: 'button', 'aria-label': feature.said, 'aria-pressed': chosen, ...where }, svg);
  if (kind === 'line') {
    node('polyline', { class: 'hit', points: path(px) }, group);
    node('polyline', { class: 'halo', points: path(px) }, group);
    node('polyline', { class: 'ink', points: path(px) }, group);
  }
  const shown = sign(feature);
  const badge = kind === 'line' && shown ? node('g', { transform: `translate(${feature.badge[0]},${-feature.badge[1]})` }, group) : group;
  if (kind === 'point') node('circle', { class: 'ring', r: 2.6 }, group);
  if (kind === 'point' || shown) node('circle', { class: 'dot', r: kind === 'line' ? 1.7 : chosen ? 1.9 : 1.35 }, badge);
  if (shown) node('text', {}, badge).textContent = shown;
  if (kind === 'point') node('circle', { class: 'hit', r: 1.2 }, group);
  return group;
}

function tell(legend, sure) {
  legend.replaceChildren();
  if (!sure) return;
  const list = legend.appendChild(document.createElement('ul'));
  sure.legend.forEach((words, level) => {
    list.append(Object.assign(document.createElement('li'), { textContent: words, style: `background:${SURE[level]}` }));
  });
  legend.append(sure.words);
}

export function render({ parentElement, data, setTriggerValue }) {
  const root = parentElement.querySelector('.map') || parentElement.appendChild(Object.assign(document.createElement('div'), { className: 'map' }));
  const [left, right] = data.side === 'left' ? [-data.length / 2, 0] : data.side === 'right' ? [0, data.length / 2] : [-data.length / 2, data.length / 2];
  const half = data.width / 2, margin = 4;
  const { line: heldLine, name: heldPoint } = root.getRootNode().activeElement?.closest('.map g')?.dataset ?? {};
  root.innerHTML = `<style>${STYLE}</style><svg viewBox="${left - margin} ${-half - margin} ${right - left + 2 * margin} ${2 * half + 2 * margin}" role="group"></svg>
    <div class="legend"></div><p aria-live="polite"></p><div class="chips" role="group"></div>`;
  const svg = root.querySelector('svg'), words = root.querySelector('p'), chips = root.querySelector('.chips');
  svg.setAttribute('aria-label', data.texts.map);
  chips.setAttribute('aria-label', data.texts.near);
  svg.classList.toggle('judged', Boolean(data.sure));
  drawSure(svg, data.sure);
  tell(root.querySelector('.legend'), data.sure);

  const pick = ({ kind, name }) => setTriggerValue('pick', { kind, name });
  const say = (feature) => { words.textContent = feature?.said ?? data.texts.pick; };
  const chosen = data.features.find((feature) => same(feature, data.chosen));
  const groups = new Map();
  for (const feature of [...data.features].sort((a, b) => (a.kind === b.kind ? 0 : a.kind === 'line' ? -1 : 1))) {
    const group = drawFeature(svg, feature, feature === chosen);
    groups.set(feature, group);
    group.onkeydown = (event) => {
      if (event.key !== 'Enter' && event.key !== ' ') return;
      event.preventDefault();
      event.stopPropagation();
      pick(feature);
    };
    group.onfocus = () => say(feature);
    group.onblur = () => say(chosen);
    // Who works by keys stays where they were when the map is drawn anew.
    if (feature.name === (feature.kind === 'line' ? heldLine : heldPoint)) group.focus({ preventScroll: true });
  }

  // What else a finger may have meant stays at hand until something else is chosen; a mouse is told before it clicks.
  const offer = (meant) => {
    chips.replaceChildren();
    if (meant.length < 2 || !meant.some((one) => same(one, data.chosen))) return;
    chips.append(data.texts.near);
    for (const one of meant) {
      const chip = Object.assign(document.createElement('button'), { type: 'button', textContent: one.label, onclick: () => pick(one) });
      chip.setAttribute('aria-pressed', same(one, data.chosen));
      chips.append(chip);
    }
  };
  offer(root.meant ?? []);

  const under = (event) => {
    const matrix = svg.getScreenCTM();
    const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(matrix.inverse());
    return near(data.features, [at.x, -at.y], matrix.a);
  };
  const light = (feature) => groups.forEach((group, one) => group.classList.toggle('near', one === feature));
  let touched = false;
  svg.onpointerdown = (event) => { touched = event.pointerType !== 'mouse'; };
  svg.onclick = (event) => {
    const meant = under(event);
    root.meant = touched ? meant : [];
    if (meant.length) pick(meant[0]);
  };
  svg.onpointermove = (event) => {
    if (event.pointerType !== 'mouse') return;
    const [first] = under(event);
    light(first);
    say(first ?? chosen);
  };
  svg.onpointerleave = () => { light(null); say(chosen); };
  say(chosen);
}
