// How the angles are looked at: which one is large, what part of each is seen. Methods of the player (review.js).
import { enlarged, grid } from './layout.js';

const ELSEWHERE_PX = 68; // what the page keeps above and below the player
export const PHONE_PX = 520; // narrower than this one angle is large from the start

export const looking = {
  arrange() {
    if (!this.match || !this.root.isConnected) return;
    const whole = document.fullscreenElement && this.root.matches(':fullscreen');
    const width = Math.floor(this.root.getBoundingClientRect().width);
    if (!width) return;
    const given = this.data.height_px || Math.max(420, Math.min(1200, window.innerHeight - ELSEWHERE_PX));
    const total = whole ? window.innerHeight : given;
    const rest = [this.head, this.controls, this.rail].reduce((sum, part) => sum + part.root.offsetHeight, 0);
    const count = this.tiles.length;
    const room = Math.max(this.leastRoom(width), total - rest - 8);
    const special = this.features.boxes(width, room, count);
    const plan = special ?? (this.large < 0 ? grid(width, room, count, this.shape) : enlarged(width, room, count - 1, this.shape));
    this.grid.dataset.plan = special?.plan ?? (this.large < 0 ? 'grid' : plan.side);
    this.grid.style.setProperty('--columns', this.large < 0 || special ? plan.columns : 1);
    this.tiles.forEach((tile, c) => {
      const box = special ? special.box(c) : this.large < 0 ? plan : c === this.large ? plan.main : plan.strip;
      tile.root.classList.toggle('away', !box);
      if (!box) return;
      tile.root.classList.toggle('large', c === this.large);
      tile.root.classList.toggle('small', box.w < 300);
      tile.root.classList.toggle('tiny', box.w < 200);
      tile.root.classList.toggle('slim', box.w < 100);
      tile.root.classList.toggle('active', c === this.active);
      tile.resize(box.w, box.h);
    });
    this.features.placed(special);
    this.rail.resize();
  },

  // How high the pictures are at least. On a phone a trial's picture is as wide as the screen, or half as high.
  leastRoom(width) {
    if (!this.solo || width >= PHONE_PX) return 160;
    return Math.max(160, Math.min(window.innerHeight / 2, width / this.shape));
  },

  enlarge(index) {
    if (index >= this.tiles.length || this.features.enlarging(index)) return;
    this.large = this.large === index ? -1 : index;
    this.active = index;
    this.loupe.hide();
    this.arrange();
    if (!this.lockstep.playing && !this.lockstep.working) this.lockstep.rest();
  },

  zoom(tile, factor, event) {
    const box = tile.picture.getBoundingClientRect();
    const inside = (value) => Math.min(1, Math.max(0, value));
    tile.view.zoom(factor, inside((event.clientX - box.left) / box.width), inside((event.clientY - box.top) / box.height));
    this.zoomed(tile);
    if (this.tool && this.hovered) this.hover(this.hovered.tile, this.hovered.event);
  },

  zoomBy(factor) {
    const tile = this.hovered?.tile ?? this.tiles[this.active];
    const box = tile.picture.getBoundingClientRect();
    const middle = { clientX: box.left + box.width / 2, clientY: box.top + box.height / 2 };
    this.zoom(tile, factor, this.hovered?.event ?? middle);
  },

  unzoom(tile) {
    tile.view.reset();
    this.zoomed(tile);
  },

  pan(tile, dx, dy) {
    if (tile.view.s === 1) return;
    const box = tile.picture.getBoundingClientRect();
    tile.view.pan(dx / box.width, dy / box.height);
    this.zoomed(tile);
  },

  zoomed(tile) {
    tile.root.classList.toggle('zoomed', tile.view.s > 1);
    tile.redraw();
    tile.relabel();
    this.state();
    if (!this.lockstep.playing && !this.lockstep.working) this.lockstep.rest();
  },

  // Which angles still want their picture from the source, and how large; the enlarged one first.
  wanted() {
    return this.tiles.flatMap((tile, c) => {
      const full = c === this.large || tile.view.s > 1 || this.aims(tile);
      const camera = this.cameras[c];
      const height = full || camera.height >= camera.clip.h ? 0 : camera.height;
      const has = tile.still ? tile.stillHeight : tile.painted.source ? camera.height : -1;
      const enough = has === 0 || has >= (height || camera.clip.h);
      return tile.painted.kind !== 'picture' || enough ? [] : [{ c, height, first: c === this.large }];
    });
  },
};
