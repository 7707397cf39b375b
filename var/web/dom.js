// Buttons with icons.

import { button as plainButton, make } from './elements.js';

export function button({ icon, text, ...attributes }, act) {
  const element = plainButton(attributes, act);
  if (icon) element.append(drawIcon(icon));
  if (text) element.append(make('span', { text }));
  return element;
}

const PATHS = {
  start: 'M6 5v14M19 5 9 12l10 7z',
  end: 'M18 5v14M5 5l10 7-10 7z',
  back: 'M16 5 6 12l10 7z',
  forward: 'M8 5l10 7-10 7z',
  play: 'M7 4l13 8-13 8z',
  pause: 'M7 5h4v14H7zM14 5h4v14h-4z',
  reverse: 'M12 5 4 12l8 7zM20 5l-8 7 8 7z',
  flag: 'M6 21V4M6 4h12l-3 4 3 4H6',
  kick: 'M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16zM12 9l3 2-1 4h-4l-1-4z',
  whole: 'M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5',
  reset: 'M5 5h14v14H5zM9 9h6v6H9z',
  help: 'M9 9a3 3 0 1 1 4 3c-1 .5-1 1-1 2M12 17.5v.5',
  bookmark: 'M7 4h10v16l-5-4-5 4z',
  previous: 'M14 5 7 12l7 7M19 5v14',
  next: 'M10 5l7 7-7 7M5 5v14',
  mark_in: 'M13 4H7v16h6M11 12h8M16 9l3 3-3 3',
  mark_out: 'M11 4h6v16h-6M13 12H5M8 9l-3 3 3 3',
  loop: 'M7 7h9a4 4 0 0 1 0 10H8a4 4 0 0 1-3-6M10 4 7 7l3 3',
  clip: 'M4 6h16v12H4zM8 6v12M16 6v12',
  play_out: 'M4 5h7v6H4zM13 13h7v6h-7zM7 14v4h3M17 10V6h-3',
  list: 'M4 6h2M9 6h11M4 12h2M9 12h11M4 18h2M9 18h11',
  two: 'M4 5h7v14H4zM13 5h7v14h-7z',
  side: 'M4 8h13l-3-3M20 16H7l3 3',
  lock: 'M6 11h12v9H6zM9 11V8a3 3 0 0 1 6 0v3',
  pip: 'M3 5h18v14H3zM12 11h7v6h-7z',
  corner: 'M4 4h16v16H4zM4 12h8V4',
  trash: 'M5 7h14M9 7V4h6v3M7 7l1 13h8l1-13',
  close: 'M6 6l12 12M18 6 6 18',
  skeleton: 'M12 3a2 2 0 1 0 0 4 2 2 0 0 0 0-4zM12 7v7M7 10h10M12 14l-4 7M12 14l4 7',
  angles: 'M5 19 17 5M5 19h15M12 11a9 9 0 0 1 3 8',
  retry: 'M19 12a7 7 0 1 1-2-5M19 3v5h-5',
};

export function drawIcon(name) {
  const space = 'http://www.w3.org/2000/svg';
  const svg = document.createElementNS(space, 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('aria-hidden', 'true');
  const path = document.createElementNS(space, 'path');
  path.setAttribute('d', PATHS[name]);
  svg.append(path);
  return svg;
}
