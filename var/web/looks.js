// The log of looks: which angle was really looked at, from which frame to which, and how fast; sent in batches.

const STANDING_MS = 200; // shorter looks at a picture that stands are passing by
const MOVING_MS = 40;
const REACH = 12; // frames that may lie between two paints of one stretch while playing; of fast cameras, those of
const REACH_S = 0.5; // so much match time
const SEND_EACH_MS = 3000; // a check takes half a minute, and its decision keeps what was seen
export const WANTED = 'touchline-looks-wanted'; // an event of the window: somebody is about to rest on what was looked at
const LONGEST_MS = 30000; // a longer look at one thing becomes several rows, so that it is heard of while it lasts
const BATCH = 100;
const MOST_BATCHES = 20;
const TRIES = 8;
const LONGEST_WAIT_MS = 60000;

export class Looks {
  // `seen()` gives what is looked at now: { angles: [{ key, camera, frame, s, speed }] }. `note` hears of faults.
  constructor(url, seen, note) {
    Object.assign(this, { url, seen, note, open: new Map(), done: [], batches: [], number: 0, tries: 0, lost: 0, told: 0 });
    this.screen = Array.from(crypto.getRandomValues(new Uint8Array(8)), (byte) => byte.toString(16).padStart(2, '0')).join('');
    this.timer = setInterval(() => this.flush(), SEND_EACH_MS);
    this.onHidden = () => document.hidden && this.leave();
    this.onLeave = () => this.leave();
    this.onWanted = (event) => event.detail?.push(this.tell());
    document.addEventListener('visibilitychange', this.onHidden);
    window.addEventListener('pagehide', this.onLeave);
    window.addEventListener(WANTED, this.onWanted);
  }

  // Called whenever something on the screen has changed.
  observe() {
    const now = performance.now();
    const { angles } = document.hidden ? { angles: [] } : this.seen();
    const here = new Map(angles.map((angle) => [angle.key, angle]));
    for (const [key, look] of this.open) {
      const angle = here.get(key);
      if (!angle || !goesOn(look, angle)) this.finish(key, look, now);
    }
    for (const [key, { camera, frame, s, speed }] of here) {
      const look = this.open.get(key);
      if (!look) this.open.set(key, { camera, first: frame, last: frame, s, speed, since: now, moved: now });
      else if (frame !== look.last) Object.assign(look, { last: frame, s, moved: now });
    }
    if (this.done.length >= BATCH) this.flush();
  }

  finish(key, look, now) {
    this.open.delete(key);
    const ms = Math.round(now - look.since);
    if (ms < (look.speed ? MOVING_MS : STANDING_MS)) return;
    const { camera, first, last, speed } = look;
    const moved_ms = Math.round(look.moved - look.since); // up to its last picture
    this.done.push({ ended: now, look: { camera, first, last, speed, ms, moved_ms } });
  }

  // What is looked at this moment is told as well; the look goes on as a new one. Ends when the server has it all.
  async tell() {
    const now = performance.now();
    for (const [key, look] of [...this.open]) this.finish(key, look, now);
    this.flush();
    while (this.batches.length && !this.closed) await new Promise((done) => setTimeout(done, 20));
  }

  flush() {
    const now = performance.now();
    for (const [key, look] of [...this.open]) if (now - look.since > LONGEST_MS) this.finish(key, look, now);
    this.observe();
    this.pack();
    this.deliver();
  }

  pack() {
    while (this.done.length) {
      this.number += 1;
      this.batches.push({ screen: this.screen, batch: this.number, looks: this.done.splice(0, BATCH) });
    }
    if (this.lost > this.told && !this.batches.length) {
      this.number += 1;
      this.batches.push({ screen: this.screen, batch: this.number, looks: [] }); // so that the loss itself is heard of
    }
    while (this.batches.length > MOST_BATCHES) this.drop('full');
  }

  drop(why) {
    this.lost += this.batches.shift().looks.length;
    this.note(`looks: ${why} (${this.lost})`);
  }

  // A look says how long ago it ended, because nobody here knows the clock of the computer that keeps the log.
  message({ screen, batch, looks }, lost) {
    const now = performance.now();
    return JSON.stringify({ screen, batch, lost, looks: looks.map(({ ended, look }) => ({ ...look, ago_ms: Math.round(now - ended) })) });
  }

  async deliver() {
    if (this.sending || !this.batches.length) return;
    this.sending = true;
    clearTimeout(this.again);
    const batch = this.batches[0];
    const { lost } = this;
    let wait = 0;
    try {
      const answer = await fetch(this.url, { method: 'POST', body: this.message(batch, lost), headers: { 'Content-Type': 'application/json' } });
      if (!answer.ok && answer.status < 500) this.refused = answer.status;
      else if (!answer.ok) throw new Error(String(answer.status));
      if (this.batches[0] === batch) {
        if (this.refused && !batch.looks.length) this.told = this.lost; // nor is the news of it wanted
        if (this.refused) this.drop(this.refused);
        else this.batches.shift();
      }
      if (!this.refused) this.told = Math.max(this.told, lost);
      this.refused = null;
      this.tries = 0;
    } catch (error) {
      this.tries += 1;
      wait = Math.min(LONGEST_WAIT_MS, 1000 * 2 ** this.tries);
      if (this.tries >= TRIES && this.batches[0] === batch) {
        this.drop(error.message);
        this.tries = 0;
      }
    }
    this.sending = false;
    if (this.batches.length && !this.closed) this.again = setTimeout(() => this.deliver(), wait);
  }

  // The page may be gone in a moment. The server keeps a batch once, so what is on its way may go twice.
  leave() {
    const now = performance.now();
    for (const [key, look] of [...this.open]) this.finish(key, look, now);
    this.pack();
    for (const batch of [...this.batches]) {
      const sent = navigator.sendBeacon(this.url, new Blob([this.message(batch, this.lost)], { type: 'application/json' }));
      if (!sent) break;
      if (!this.sending || batch !== this.batches[0]) this.batches = this.batches.filter((one) => one !== batch);
    }
  }

  close() {
    this.closed = true;
    this.leave();
    clearInterval(this.timer);
    clearTimeout(this.again);
    document.removeEventListener('visibilitychange', this.onHidden);
    window.removeEventListener('pagehide', this.onLeave);
    window.removeEventListener(WANTED, this.onWanted);
  }
}

// Whether a look goes on with the next picture of its angle: at the same speed, and nothing jumped over.
function goesOn(look, { camera, frame, s, speed }) {
  if (look.camera !== camera || look.speed !== speed) return false;
  const by = frame - look.last;
  if (!speed) return Math.abs(by) <= 1;
  return by * Math.sign(speed) >= 0 && (Math.abs(by) <= REACH || Math.abs(s - look.s) <= REACH_S);
}
