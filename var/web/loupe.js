// A round magnifier beside the pointer while a point is being placed, with a cross at the very pixel.
import { make } from './elements.js';

const SIZE = 152;
const GAP = 22;
const LEAST_SCALE = 4; // CSS pixels a source pixel

export class Loupe {
  constructor() {
    this.canvas = make('canvas', { class: 'loupe', hidden: true, 'aria-hidden': 'true' });
  }

  hide() {
    this.canvas.hidden = true;
  }

  // Shows the surroundings of `pixel` of the picture painted on `tile`; (x, y) is the pointer inside `frame`.
  show(tile, pixel, event, frame) {
    if (!pixel || tile.painted.kind !== 'picture' || !tile.usable()) {
      this.hide();
      return;
    }
    const unit = window.devicePixelRatio || 1;
    const side = Math.round(SIZE * unit);
    if (this.canvas.width !== side) this.canvas.width = this.canvas.height = side;
    const { image, clip, view } = tile;
    const shown = (tile.picture.getBoundingClientRect().width / clip.w) * view.s;
    const scale = Math.max(LEAST_SCALE, shown * 2.5) * unit;
    const across = (image.displayWidth ?? image.width) / clip.w;
    const span = (side / scale) * across;
    const pen = this.canvas.getContext('2d', { alpha: false });
    pen.fillRect(0, 0, side, side);
    pen.imageSmoothingEnabled = scale < 8 * unit;
    pen.drawImage(image, (pixel.u + 0.5) * across - span / 2, (pixel.v + 0.5) * across - span / 2, span, span, 0, 0, side, side);
    this.cross(pen, side, unit);
    this.canvas.dataset.source = String(tile.painted.source);
    this.canvas.hidden = false;
    const box = frame.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left, event.clientY - box.top];
    const left = x + GAP + SIZE > box.width ? x - GAP - SIZE : x + GAP;
    const top = y - GAP - SIZE < 0 ? y + GAP : y - GAP - SIZE;
    this.canvas.style.transform = `translate(${Math.max(0, left)}px, ${Math.max(0, Math.min(top, box.height - SIZE))}px)`;
  }

  cross(pen, side, unit) {
    const middle = side / 2;
    for (const [colour, width] of [['rgb(0 0 0 / 70%)', 3], ['#ffd60a', 1]]) {
      pen.strokeStyle = colour;
      pen.lineWidth = width * unit;
      pen.beginPath();
      for (const [dx, dy] of [[1, 0], [-1, 0], [0, 1], [0, -1]]) {
        pen.moveTo(middle + 5 * unit * dx, middle + 5 * unit * dy);
        pen.lineTo(middle + middle * dx, middle + middle * dy);
      }
      pen.stroke();
    }
  }
}
