// Carrying out commands: what the buttons and keys do. Methods of the player (review.js); a further command adds a
// line to ACTS.
import { NOT_ALONE, OF_LAYERS, SENT, SPEEDS } from './commands.js';

const TOLD_MS = 2500;
const MOVES = { start: -Infinity, back10: -10, back1: -1, forward1: 1, forward10: 10 };

const LEAP_S = 10;

const ACTS = {
  back10s: (player) => player.leap(-LEAP_S),
  forward10s: (player) => player.leap(LEAP_S),
  end: (player) => player.goToEnd(),
  play: ({ lockstep }) => (lockstep.playing ? lockstep.pause() : lockstep.play(1)),
  shuttle_back: (player) => player.shuttle(-1),
  shuttle_on: (player) => player.shuttle(1),
  slower: (player) => player.changeSpeed(-1),
  faster: (player) => player.changeSpeed(1),
  angle: (player, digit) => player.enlarge(digit),
  zoom_in: (player) => player.zoomBy(1.5),
  zoom_out: (player) => player.zoomBy(1 / 1.5),
  zoom_reset: (player) => player.tiles.forEach((tile) => player.unzoom(tile)),
  full: (player) => player.whole(),
  leave: (player) => player.leave(),
  help: (player) => player.help.toggle(),
  bookmark: ({ features }) => features.bookmark(),
  previous_mark: ({ features }) => features.goToMark(-1),
  next_mark: ({ features }) => features.goToMark(1),
  mark_in: ({ features }) => features.stretch.mark('starts'),
  mark_out: ({ features }) => features.stretch.mark('ends'),
  loop: ({ features }) => features.stretch.toggle(),
  clip: ({ features }) => features.clip(),
  play_out: ({ features }) => features.playOut.toggle(),
  list: ({ features }) => features.list.toggle(),
  two: ({ features }) => features.two.toggle(),
  side: ({ features }) => features.two.turn(),
  lock: ({ features }) => features.two.lock(),
  pip: ({ features }) => features.pip.toggle(),
  pip_corner: ({ features }) => features.pip.turn(),
  pip_angle: ({ features }, digit) => features.pip.choose(digit),
  skeleton: ({ layered }) => layered.toggle('skeleton'),
  angles: ({ layered }) => layered.toggle('angles'),
};

export const acting = {
  // Whether a command means something here.
  has(id) {
    return (!OF_LAYERS.includes(id) || this.layered.any) && (!this.solo || !NOT_ALONE.includes(id));
  },

  run(id, digit) {
    const { lockstep } = this;
    if (this.features.takes(id, digit)) return;
    if (id in MOVES) lockstep.seek(Math.max(0, Math.min(lockstep.length - 1, lockstep.n + MOVES[id])));
    else if (SENT.includes(id)) this.send(id);
    else ACTS[id](this, digit);
  },

  // Some seconds back or on, of the moment that the keys move. What plays goes on playing from there.
  leap(seconds) {
    const clock = this.features.clock;
    if (clock.shown < 0) return;
    const n = clock.stepAt(clock.times[clock.playing ? clock.shown : clock.n] + seconds);
    if (clock === this.lockstep && clock.playing) this.features.jump(n);
    else clock.seek(n);
  },

  // The last picture; of a match that is being recorded the newest, and from there on as it comes in.
  goToEnd() {
    const { lockstep } = this;
    if (!this.match.live) return lockstep.seek(lockstep.length - 1);
    this.setSpeed(1);
    return lockstep.seek(lockstep.length - 1).then(() => this.match.live && lockstep.shown >= 0 && lockstep.play(1));
  },

  // Tells Python of a command at the active angle as it is painted; `more` adds to the message. Returns its number.
  // `said` is the command that people gave.
  send(name, more = {}, said = name) {
    const tile = this.features.tile();
    const { n, kind, frame } = tile.painted;
    const { camera, sha256 } = tile.clip;
    if (n < 0) return 0;
    const at = kind === 'picture' ? frame : null;
    const seq = this.outbox.post('action', { name, s: this.timeline.t[n], n, camera, frame: at, sha256, ...more });
    const where = `${tile.clip.label || camera} ${at === null ? '\u2013' : `#${at}`}`;
    if (name !== 'leave_tool') this.tell(`\u2192 ${this.words.t(`command.${said}`)} \u00b7 ${where}`);
    return seq;
  },

  // Says something for a moment.
  tell(text) {
    clearTimeout(this.toldTimer);
    this.head.say('sent', text);
    this.toldTimer = setTimeout(() => this.head.say('sent', ''), TOLD_MS);
  },

  setSpeed(speed) {
    this.lockstep.speed = speed;
    if (this.features.two.lockstep) this.features.two.lockstep.speed = speed;
    this.state();
  },

  shuttle(way) {
    const { lockstep } = this;
    const next = SPEEDS[SPEEDS.indexOf(lockstep.speed) + 1];
    if (lockstep.playing && lockstep.way === way && next) lockstep.speed = next;
    lockstep.play(way);
    this.state();
  },

  changeSpeed(by) {
    this.setSpeed(SPEEDS[Math.max(0, Math.min(SPEEDS.length - 1, SPEEDS.indexOf(this.lockstep.speed) + by))]);
  },

  leave() {
    if (this.help.open) this.help.toggle(false);
    else if (this.tool) {
      this.setTool(null);
      this.send('leave_tool');
    } else if (this.large >= 0) this.enlarge(this.large);
    else if (this.data.tool) this.setTool(this.data.tool);
  },

  async whole() {
    try {
      if (document.fullscreenElement) await document.exitFullscreen();
      else await this.root.requestFullscreen();
    } catch (error) {
      this.note(error);
      this.head.say('sent', this.words.t('no_full_screen'));
    }
  },
};
