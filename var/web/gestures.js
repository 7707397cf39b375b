// Mouse, pen and touch on one picture, told apart: click, drag, pinch, wheel, and hold-to-aim with a finger.

const SLACK_PX = { mouse: 4, pen: 6, touch: 10 };
const HOLD_MS = 350;

export class Gestures {
  // `to` has press, click, pan, zoom, hover, leave, and tells with aims() whether a point tool is active here.
  constructor(element, to) {
    Object.assign(this, { element, to, pointers: new Map() });
    const on = (name, act, options) => element.addEventListener(name, act, options);
    on('pointerdown', (event) => this.down(event));
    on('pointermove', (event) => this.move(event));
    on('pointerup', (event) => this.up(event));
    on('pointercancel', (event) => this.cancel(event));
    on('pointerleave', (event) => event.pointerType === 'mouse' && to.leave());
    on('contextmenu', (event) => event.pointerType !== 'mouse' && event.preventDefault());
    on('wheel', (event) => this.wheel(event), { passive: false });
  }

  down(event) {
    if (event.button !== 0) return;
    this.element.setPointerCapture(event.pointerId);
    this.pointers.set(event.pointerId, event);
    clearTimeout(this.holdTimer);
    if (this.pointers.size > 1) {
      this.press = null;
      this.to.leave();
      return;
    }
    this.press = { event, moved: false, aiming: false, aim: this.to.press(event) };
    if (event.pointerType !== 'mouse' && this.to.aims()) {
      this.holdTimer = setTimeout(() => this.startAiming(), HOLD_MS);
    }
  }

  startAiming() {
    if (!this.press || this.press.moved) return;
    this.press.aiming = true;
    this.to.hover(this.press.event);
  }

  move(event) {
    const before = this.pointers.get(event.pointerId);
    if (!before) {
      if (event.pointerType === 'mouse') this.to.hover(event);
      return;
    }
    if (this.pointers.size === 2) this.pinch(event, before);
    else if (this.press) this.drag(event, before);
    this.pointers.set(event.pointerId, event);
  }

  drag(event, before) {
    const { press } = this;
    if (press.aiming) {
      this.to.hover(event);
      return;
    }
    const away = Math.hypot(event.clientX - press.event.clientX, event.clientY - press.event.clientY);
    if (!press.moved && away <= (SLACK_PX[event.pointerType] ?? SLACK_PX.mouse)) return;
    const from = press.moved ? before : press.event;
    press.moved = true;
    clearTimeout(this.holdTimer);
    this.to.pan(event.clientX - from.clientX, event.clientY - from.clientY);
    if (event.pointerType === 'mouse') this.to.hover(event);
  }

  pinch(event, before) {
    const other = [...this.pointers.values()].find((one) => one.pointerId !== event.pointerId);
    const spread = (one) => Math.max(1, Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY));
    const middle = { clientX: (event.clientX + other.clientX) / 2, clientY: (event.clientY + other.clientY) / 2 };
    this.to.zoom(spread(event) / spread(before), middle);
    this.to.pan((event.clientX - before.clientX) / 2, (event.clientY - before.clientY) / 2);
  }

  up(event) {
    const { press } = this;
    this.finish(event);
    if (!press || press.moved) return;
    // A plain click means the picture that was there when it began; aiming with a finger means where it ended.
    this.to.click(press.aiming ? event : press.event, press.aiming ? null : press.aim);
    if (event.pointerType !== 'mouse') this.to.leave();
  }

  cancel(event) {
    this.finish(event);
    this.to.leave();
  }

  finish(event) {
    clearTimeout(this.holdTimer);
    this.pointers.delete(event.pointerId);
    this.press = null;
  }

  wheel(event) {
    event.preventDefault();
    const lines = event.deltaMode === 1 ? event.deltaY * 16 : event.deltaY;
    this.to.zoom(Math.exp(-Math.max(-240, Math.min(240, lines)) * 0.0022), event);
  }
}
