// Picture in picture: a second angle, small, in a corner of the enlarged one. It is the same tile, put elsewhere, so it
// stays in lockstep with all the others.

const CORNERS = ['tr', 'br', 'bl', 'tl'];
const PART = 0.3; // of the large picture's width
const SMALLEST_PX = 120;

export class Pip {
  constructor(player) {
    Object.assign(this, { player, on: false, angle: -1, corner: 0 });
  }

  // The angle that is small over the large one now, or -1.
  get shown() {
    const { large, tiles } = this.player;
    if (!this.on || large < 0 || tiles.length < 2) return -1;
    return this.angle >= 0 && this.angle < tiles.length && this.angle !== large ? this.angle : (large + 1) % tiles.length;
  }

  toggle() {
    const { player } = this;
    if (player.tiles.length < 2) return;
    const open = this.shown < 0;
    if (open && player.large < 0) player.enlarge(player.active);
    this.on = open;
    player.features.refresh(true);
  }

  turn() {
    if (this.shown < 0) this.toggle();
    else this.corner = (this.corner + 1) % CORNERS.length;
    this.player.features.refresh(true);
  }

  choose(angle) {
    const { player } = this;
    if (angle >= player.tiles.length) return;
    if (this.shown < 0) this.toggle();
    if (angle === player.large) return;
    this.angle = angle;
    player.features.refresh(true);
  }

  // The next angle that is neither the large one nor the small one.
  next() {
    const count = this.player.tiles.length;
    for (let k = 1; k <= count; k++) {
      const angle = (Math.max(0, this.shown) + k) % count;
      if (angle !== this.player.large && angle !== this.shown) return this.choose(angle);
    }
    return undefined;
  }

  box(main) {
    const w = Math.round(Math.max(Math.min(SMALLEST_PX, main.w / 2), main.w * PART));
    return { w, h: Math.round((w * 9) / 16) };
  }

  get place() {
    return CORNERS[this.corner];
  }
}
