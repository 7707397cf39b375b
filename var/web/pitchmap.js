// A drawing of the pitch on which a person picks the point to click next in the picture.
const NS = 'http://www.w3.org/2000/svg';
const STYLE = `
svg{width:100%;max-height:285px;display:block;background:#1f5c3a;border-radius:8px;touch-action:manipulation}
.line{fill:none;stroke:#fff;stroke-width:.28}
.hit{fill:transparent;cursor:pointer}
.dot{fill:#fff;stroke:#10301f;stroke-width:.3;pointer-events:none}
g.done .dot{fill:#ffd60a}g.bad .dot{fill:#ff3b30}g.chosen .dot{fill:#0a84ff;stroke:#fff;stroke-width:.7}
g.done text{display:block}text{display:none;font:700 2.6px sans-serif;fill:#10301f;text-anchor:middle;dominant-baseline:central;pointer-events:none}
g.bad text{display:block;fill:#fff}g:focus{outline:none}g:focus .dot{stroke:#ffd60a;stroke-width:.9}
p{margin:.3em 0 0;font:15px/1.35 sans-serif;min-height:2.7em;color:inherit}`;

function node(name, attributes, parent) {
  const made = document.createElementNS(NS, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  parent.append(made);
  return made;
}

export function render({ parentElement, data, setTriggerValue }) {
  const root = parentElement.querySelector('.map') || parentElement.appendChild(Object.assign(document.createElement('div'), { className: 'map' }));
  const [left, right] = data.side === 'left' ? [-data.length / 2, 0] : data.side === 'right' ? [0, data.length / 2] : [-data.length / 2, data.length / 2];
  const half = data.width / 2, margin = 4;
  root.innerHTML = `<style>${STYLE}</style><svg viewBox="${left - margin} ${-half - margin} ${right - left + 2 * margin} ${2 * half + 2 * margin}" role="group"></svg><p aria-live="polite"></p>`;
  const svg = root.querySelector('svg'), words = root.querySelector('p');
  svg.setAttribute('aria-label', data.texts.map);
  for (const line of data.lines) node('polyline', { class: 'line', points: line.map(([x, y]) => `${x},${-y}`).join(' ') }, svg);
  const say = name => { words.textContent = name ? data.names[name] : data.texts.pick; };
  for (const point of data.points) {
    if (point.x < left - 0.01 || point.x > right + 0.01) continue;
    const state = [point.name === data.chosen ? 'chosen' : '', data.bad.includes(point.name) ? 'bad' : data.done.includes(point.name) ? 'done' : ''].join(' ');
    const group = node('g', { class: state, tabindex: 0, role: 'button', 'aria-label': data.names[point.name], 'data-name': point.name, transform: `translate(${point.x},${-point.y})` }, svg);
    node('circle', { class: 'dot', r: point.name === data.chosen ? 1.9 : 1.35 }, group);
    node('text', {}, group).textContent = data.bad.includes(point.name) ? '!' : '\u2713';
    node('circle', { class: 'hit', r: 2.6 }, group);
    node('title', {}, group).textContent = data.names[point.name];
    const pick = () => setTriggerValue('pick', point.name);
    group.onclick = pick;
    group.onkeydown = event => { if (event.key === 'Enter' || event.key === ' ') { event.preventDefault(); event.stopPropagation(); pick(); } };
    group.onmouseenter = group.onfocus = () => say(point.name);
    group.onmouseleave = group.onblur = () => say(data.chosen);
  }
  say(data.chosen);
}
