// Placing points on the pictures: the tool, the loupe, and what a click means. Methods of the player (review.js).

export const pointing = {
  setTool(tool) {
    this.tool = tool;
    this.root.classList.toggle('tooled', Boolean(tool));
    for (const tile of this.tiles) {
      const here = this.aims(tile);
      tile.root.classList.toggle('aims', here);
      tile.root.classList.toggle('dim', Boolean(tool) && !here);
    }
    this.tellTool();
    if (tool && this.hovered) this.hover(this.hovered.tile, this.hovered.event);
    else this.loupe.hide();
    if (!this.lockstep.playing && !this.lockstep.working) this.lockstep.rest();
  },

  tellTool() {
    const hint = this.tool ? `${this.tool.hint ?? ''} \u00b7 ${this.words.t('tool.leave')}` : this.words.t('tool.resume');
    this.head.say('tool', this.data.tool ? `\u25ce ${hint}` : '');
  },

  aims(tile) {
    return Boolean(this.tool) && (!this.tool.cameras || this.tool.cameras.includes(tile.clip.camera));
  },

  hover(tile, event) {
    this.hovered = tile ? { tile, event } : null;
    if (tile) tile.root.classList.toggle('person', !this.tool && this.layered.personAt(tile, event) !== null);
    if (tile && this.aims(tile)) this.loupe.show(tile, tile.pixelAt(event), event, this.grid);
    else this.loupe.hide();
  },

  // What is under the pointer at the moment it goes down: this is what a click means, even while seeking.
  press(tile, event) {
    const aim = { ...tile.painted, pixel: tile.pixelAt(event) }; // as it was seen, before anything moves
    this.active = tile.index;
    this.arrange();
    if (this.aims(tile)) this.lockstep.pause();
    return aim;
  },

  click(tile, event, aim) {
    if (!this.tool) this.clickNumber(tile, event, aim ?? tile.painted);
    if (!this.aims(tile)) return;
    const { kind, frame, n, source, pixel } = aim ?? { ...tile.painted, pixel: tile.pixelAt(event) };
    if (kind !== 'picture' || !pixel) return;
    const { camera, sha256 } = tile.clip;
    const [u, v] = [round(pixel.u), round(pixel.v)];
    const seq = this.outbox.post('point', { camera, frame, s: this.timeline.t[n], u, v, sha256, source });
    tile.marks.push({ seq, frame, u, v });
    tile.redrawInk();
  },

  // A click on the number of somebody who is painted faintly: it is they who are meant.
  clickNumber(tile, event, { kind, frame, n, source }) {
    const person = this.layered.personAt(tile, event);
    const pixel = tile.pixelAt(event);
    if (person === null || kind !== 'picture' || !pixel) return;
    const { camera, sha256 } = tile.clip;
    this.outbox.post('point', { camera, frame, s: this.timeline.t[n], u: round(pixel.u), v: round(pixel.v), sha256, source, person });
    this.tell(`\u2192 ${this.words.t('layers.person', { n: person })}`);
  },
};

function round(value) {
  return Math.round(value * 1000) / 1000;
}
