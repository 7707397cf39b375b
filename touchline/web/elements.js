// Elements of a page, for the browser parts of all packages.

export function make(tag, { text, ...attributes } = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === 'class') element.className = value;
    else if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? '' : value);
  }
  if (text !== undefined) element.textContent = text;
  element.append(...children.filter(Boolean));
  return element;
}

// A button for the mouse leaves the focus where it was, so that the next key still means the player.
export function button(attributes, act) {
  const element = make('button', { type: 'button', ...attributes, onclick: (event) => act(event) });
  element.addEventListener('mousedown', (event) => event.preventDefault());
  return element;
}
