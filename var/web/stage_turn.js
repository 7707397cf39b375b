// Turning a scene by hand: one finger or the left button turns, two fingers or the wheel zoom, two fingers or the right
// button move it. Angles in radians and metres of the pitch frame; the eye looks at `target` from `distance`.

const LOWEST = 0.03, HIGHEST = Math.PI / 2 - 0.001;
const NEAREST_M = 2, FARTHEST_M = 160;
const MOVE_MS = 350;

export const clamp = (value, low, high) => Math.min(high, Math.max(low, value));

// A view of Python (eye, target, fov) as the angles that a hand turns.
export function anglesOf({ eye_m: eye, target_m: target, fov_deg: fov }) {
  const [x, y, z] = eye.map((value, axis) => value - target[axis]);
  const distance = Math.hypot(x, y, z), flat = Math.hypot(x, y);
  const azimuth = flat > 1e-6 * distance ? Math.atan2(y, x) : -Math.PI / 2;
  return { target: [...target], distance, azimuth, rise: clamp(Math.asin(z / distance), LOWEST, HIGHEST), fov };
}

export function eyeOf({ target, distance, azimuth, rise }) {
  const flat = distance * Math.cos(rise);
  return [target[0] + flat * Math.cos(azimuth), target[1] + flat * Math.sin(azimuth), target[2] + distance * Math.sin(rise)];
}

export class Turn {
  constructor(canvas, changed) {
    this.canvas = canvas;
    this.changed = changed;
    this.at = null;
    this.fingers = new Map();
    canvas.addEventListener('pointerdown', (event) => this.down(event));
    canvas.addEventListener('pointermove', (event) => this.move(event));
    for (const name of ['pointerup', 'pointercancel']) canvas.addEventListener(name, (event) => this.fingers.delete(event.pointerId));
    canvas.addEventListener('wheel', (event) => { event.preventDefault(); this.zoom(Math.exp(clamp(event.deltaY, -120, 120) * 0.0016)); }, { passive: false });
    canvas.addEventListener('contextmenu', (event) => event.preventDefault());
    canvas.addEventListener('keydown', (event) => this.key(event));
  }

  // Goes to a view: at once the first time, else in a moment that the eye can follow.
  go(view) {
    const to = anglesOf(view), from = this.at;
    cancelAnimationFrame(this.moving);
    if (!from || matchMedia('(prefers-reduced-motion: reduce)').matches) { this.at = to; this.changed(); return; }
    const around = Math.atan2(Math.sin(to.azimuth - from.azimuth), Math.cos(to.azimuth - from.azimuth));
    const began = performance.now();
    const step = (now) => {
      const share = clamp((now - began) / MOVE_MS, 0, 1), s = share * share * (3 - 2 * share);
      const mix = (a, b) => a + (b - a) * s;
      this.at = {
        target: from.target.map((value, axis) => mix(value, to.target[axis])),
        distance: mix(from.distance, to.distance),
        azimuth: from.azimuth + around * s,
        rise: mix(from.rise, to.rise),
        fov: mix(from.fov, to.fov),
      };
      this.changed();
      if (share < 1) this.moving = requestAnimationFrame(step);
    };
    this.moving = requestAnimationFrame(step);
  }

  zoom(factor) {
    if (!this.at) return;
    cancelAnimationFrame(this.moving);
    this.at.distance = clamp(this.at.distance * factor, NEAREST_M, FARTHEST_M);
    this.changed();
  }

  turn(right, up) {
    if (!this.at) return;
    cancelAnimationFrame(this.moving);
    this.at.azimuth -= right;
    this.at.rise = clamp(this.at.rise + up, LOWEST, HIGHEST);
    this.changed();
  }

  // Moves what is looked at along the ground, by pixels.
  slide(dx, dy) {
    const { azimuth, distance, fov, target } = this.at;
    const metres = (2 * distance * Math.tan((fov * Math.PI) / 360)) / this.canvas.clientHeight;
    target[0] += metres * (dx * Math.sin(azimuth) - dy * Math.cos(azimuth));
    target[1] += metres * (-dx * Math.cos(azimuth) - dy * Math.sin(azimuth));
    target[0] = clamp(target[0], -65, 65);
    target[1] = clamp(target[1], -50, 50);
    this.changed();
  }

  down(event) {
    this.canvas.setPointerCapture(event.pointerId);
    this.canvas.focus({ preventScroll: true });
    this.fingers.set(event.pointerId, [event.clientX, event.clientY]);
    cancelAnimationFrame(this.moving);
  }

  move(event) {
    const before = this.fingers.get(event.pointerId);
    if (!before || !this.at) return;
    const now = [event.clientX, event.clientY], dx = now[0] - before[0], dy = now[1] - before[1];
    if (this.fingers.size === 1) {
      if (event.buttons & 2 || event.shiftKey) this.slide(dx, dy);
      else this.turn(dx * 0.006, dy * 0.005);
    } else if (this.fingers.size === 2) {
      const other = [...this.fingers].find(([id]) => id !== event.pointerId)[1];
      const apart = (a) => Math.hypot(a[0] - other[0], a[1] - other[1]);
      this.zoom(apart(before) / Math.max(1, apart(now)));
      this.slide(dx / 2, dy / 2);
    }
    this.fingers.set(event.pointerId, now);
  }

  key(event) {
    const step = 0.12;
    const acts = {
      ArrowLeft: () => this.turn(step, 0), ArrowRight: () => this.turn(-step, 0), ArrowUp: () => this.turn(0, step), ArrowDown: () => this.turn(0, -step),
      '+': () => this.zoom(0.85), '=': () => this.zoom(0.85), '-': () => this.zoom(1 / 0.85),
    };
    if (!acts[event.key] || event.ctrlKey || event.metaKey || event.altKey) return; // those are the browser's: its zoom, its way back
    event.preventDefault();
    event.stopPropagation();
    acts[event.key]();
  }
}
