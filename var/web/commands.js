// Every command of the player with its keys: one list for the buttons, the keyboard and the help.

export const COMMANDS = [
  { id: 'start', keys: ['Home'], icon: 'start', group: 'move' },
  { id: 'back10', keys: ['Shift+ArrowLeft'], icon: 'back', text: '10', group: 'move' },
  { id: 'back1', keys: ['ArrowLeft'], icon: 'back', text: '1', group: 'move' },
  { id: 'back10s', keys: ['PageUp'], icon: 'back', group: 'move' },
  { id: 'play', keys: ['Space'], icon: 'play', group: 'move' },
  { id: 'forward1', keys: ['ArrowRight'], icon: 'forward', text: '1', group: 'move' },
  { id: 'forward10', keys: ['Shift+ArrowRight'], icon: 'forward', text: '10', group: 'move' },
  { id: 'forward10s', keys: ['PageDown'], icon: 'forward', group: 'move' },
  { id: 'end', keys: ['End'], icon: 'end', group: 'move' },
  { id: 'shuttle_back', keys: ['J'], group: 'move' },
  { id: 'shuttle_on', keys: ['L'], group: 'move' },
  { id: 'slower', keys: ['-'], group: 'move' },
  { id: 'faster', keys: ['+'], group: 'move' },
  { id: 'incident', keys: ['M', 'I'], icon: 'flag', group: 'review' },
  { id: 'kick', keys: ['K'], icon: 'kick', group: 'review' },
  { id: 'offside', keys: ['O'], group: 'review' },
  { id: 'decide', keys: ['Enter'], group: 'review' },
  { id: 'undo', keys: ['Ctrl+Z', 'U'], group: 'review' },
  { id: 'bookmark', keys: ['B'], icon: 'bookmark', group: 'clips' },
  { id: 'previous_mark', keys: [','], icon: 'previous', group: 'clips' },
  { id: 'next_mark', keys: ['.'], icon: 'next', group: 'clips' },
  { id: 'mark_in', keys: ['['], icon: 'mark_in', group: 'clips' },
  { id: 'mark_out', keys: [']'], icon: 'mark_out', group: 'clips' },
  { id: 'loop', keys: ['R'], icon: 'loop', group: 'clips' },
  { id: 'clip', keys: ['E'], icon: 'clip', group: 'clips' },
  { id: 'play_out', keys: ['Q'], icon: 'play_out', group: 'clips' },
  { id: 'list', keys: ['T'], icon: 'list', group: 'clips' },
  { id: 'two', keys: ['A'], icon: 'two', group: 'look' },
  { id: 'side', keys: ['W'], icon: 'side', group: 'look' },
  { id: 'lock', keys: ['S'], icon: 'lock', group: 'look' },
  { id: 'pip', keys: ['N'], icon: 'pip', group: 'look' },
  { id: 'pip_corner', keys: ['Shift+N'], icon: 'corner', group: 'look' },
  { id: 'pip_angle', keys: ['Shift+1', 'Shift+2', 'Shift+3', 'Shift+4', 'Shift+5', 'Shift+6', 'Shift+7', 'Shift+8'], shown: ['Shift+1\u20138'], group: 'look' },
  { id: 'angle', keys: ['1', '2', '3', '4', '5', '6', '7', '8'], shown: ['1\u20138'], group: 'look' },
  { id: 'zoom_in', keys: ['Z'], group: 'look' },
  { id: 'zoom_out', keys: ['Shift+Z'], group: 'look' },
  { id: 'zoom_reset', keys: ['0'], icon: 'reset', group: 'look' },
  { id: 'skeleton', keys: ['X'], icon: 'skeleton', text: 'short', group: 'look' },
  { id: 'angles', keys: ['G'], icon: 'angles', text: 'short', group: 'look' },
  { id: 'full', keys: ['F'], icon: 'whole', group: 'look' },
  { id: 'leave', keys: ['Escape'], group: 'look' },
  { id: 'help', keys: ['?'], icon: 'help', group: 'look' },
];

// Only where the page gives points of people.
export const OF_LAYERS = ['skeleton', 'angles'];
// What a player means nothing by that shows training: nothing is decided there, nobody follows, and no bookmarks are kept.
export const NOT_ALONE = ['incident', 'kick', 'offside', 'decide', 'undo', 'bookmark', 'clip', 'play_out', 'list'];

export const SPEEDS = [0.1, 0.25, 0.5, 1];
export const SENT = ['incident', 'kick', 'offside', 'decide', 'undo'];
// What a bookmark can be about, with the key that says so while the tags are shown. These keys mean nothing else.
export const TAGS = [
  { id: 'goal', key: 'G', sign: '\u25cf' },
  { id: 'offside', key: 'V', sign: '\u25b2' },
  { id: 'foul', key: 'D', sign: '\u25a0' },
  { id: 'penalty', key: 'P', sign: '\u25c6' },
  { id: 'card', key: 'C', sign: '\u25ae' },
  { id: 'other', key: 'X', sign: '\u2716' },
];
export const UNTAGGED = '\u25bc';
// Holding the key repeats these; the others act once a press.
export const REPEATING = ['back1', 'back10', 'forward1', 'forward10', 'back10s', 'forward10s', 'zoom_in', 'zoom_out'];

const SIGNS = { ArrowLeft: '\u2190', ArrowRight: '\u2192', PageUp: 'PgUp', PageDown: 'PgDn', Escape: 'Esc', Shift: '\u21e7', '-': '\u2212' };

// A key as it is printed: `Shift+ArrowLeft` as ⇧ ←.
export function keyName(chord, words) {
  return chord
    .split(/\+(?=.)/)
    .map((part) => (part === 'Space' ? words.t('key.space') : SIGNS[part] ?? part))
    .join(' ');
}

export function keysOf(command, words) {
  return (command.shown ?? command.keys).map((chord) => keyName(chord, words));
}
