// What goes to Python: one message at a time, in order, again until it is acknowledged. A page that is busy merges
// triggers of the same name, the newest winning; sending them singly loses none.

const AGAIN_MS = [3000, 6000, 12000];

export class Outbox {
  constructor(send, told) {
    Object.assign(this, { send, told, queue: [], seq: 0, tries: 0 });
  }

  post(name, message) {
    this.seq += 1;
    this.queue.push({ name, message: { seq: this.seq, ...message } });
    if (this.queue.length === 1) this.deliver();
    return this.seq;
  }

  // Python has handled everything up to `seq`.
  acknowledge(seq) {
    this.seq = Math.max(this.seq, seq); // a page that was loaded anew goes on counting
    const before = this.queue[0];
    this.queue = this.queue.filter((item) => item.message.seq > seq);
    if (this.queue[0] === before) return;
    this.tries = 0;
    clearTimeout(this.timer);
    if (this.queue.length) this.deliver();
    else this.told('');
  }

  deliver() {
    clearTimeout(this.timer);
    const { name, message } = this.queue[0];
    this.send(name, message);
    const wait = AGAIN_MS[Math.min(this.tries, AGAIN_MS.length - 1)];
    this.timer = setTimeout(() => {
      this.tries += 1;
      this.told('outbox.waiting');
      this.deliver();
    }, wait);
  }
}
