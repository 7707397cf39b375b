// Which part of the picture a tile shows: a magnification s and the left upper corner (x, y), as parts of the picture.

export const LARGEST = 12;

export class View {
  constructor() {
    this.reset();
  }

  reset() {
    Object.assign(this, { x: 0, y: 0, s: 1 });
  }

  toPicture(fx, fy) {
    return [this.x + fx / this.s, this.y + fy / this.s];
  }

  toScreen(px, py) {
    return [(px - this.x) * this.s, (py - this.y) * this.s];
  }

  // Magnifies by a factor; the point of the picture at (fx, fy) of the tile stays where it is.
  zoom(factor, fx, fy) {
    const [px, py] = this.toPicture(fx, fy);
    this.s = Math.min(LARGEST, Math.max(1, this.s * factor));
    this.x = px - fx / this.s;
    this.y = py - fy / this.s;
    this.hold();
  }

  pan(dfx, dfy) {
    this.x -= dfx / this.s;
    this.y -= dfy / this.s;
    this.hold();
  }

  hold() {
    const most = 1 - 1 / this.s;
    this.x = Math.min(most, Math.max(0, this.x));
    this.y = Math.min(most, Math.max(0, this.y));
  }
}
