// Sends `start` and shows the answers. The page reads no clock of its own: the hands
// show the last message.

'use strict';

(() => {
  const at = (id) => document.getElementById(id);
  const hands = { hour: at('hour'), minute: at('minute'), second: at('second') };
  const raw = at('raw');
  let count = 0;
  let before = null; // when the last message came
  let turns = null;  // seconds that the second hand has moved; it only moves forward

  const link = new Link('time', {
    open() {
      before = null;
      link.send('start');
      note('out', 'start');
    },
    message(data) {
      note('in', data);
      const now = performance.now();
      at('count').textContent = ++count;
      at('gap').textContent = before === null ? '–' : ((now - before) / 1000).toFixed(3) + ' s';
      before = now;
      show(timeIn(data));
    },
  });
  link.connect();

  // The module sends {"time": ...} as it is shipped. Anything else is shown as it is, so
  // that the effect of changing the module can be seen here.
  function timeIn(data) {
    try {
      const message = JSON.parse(data);
      return String(message.time === undefined ? data : message.time);
    } catch {
      return String(data);
    }
  }

  function show(time) {
    at('time').textContent = time;
    const clock = /\b(\d{1,2}):(\d\d):(\d\d)\b/.exec(time);
    at('digits').textContent = clock ? clock[0] : time;
    at('digits').classList.toggle('words', !clock);
    if (!clock) return;

    const [h, m, s] = clock.slice(1).map(Number);
    const second = h * 3600 + m * 60 + s;
    // The shortest way forward, also past midnight and past 12 o'clock.
    turns = turns === null ? second : turns + ((second - turns) % 86400 + 86400) % 86400;
    turn(hands.second, turns * 6);
    turn(hands.minute, turns / 10);
    turn(hands.hour, turns / 120);
  }

  function turn(hand, degrees) {
    hand.style.transform = 'rotate(' + degrees + 'deg)';
  }

  function note(way, text) {
    const item = document.createElement('li');
    item.className = way;
    item.textContent = text;
    raw.prepend(item);
    while (raw.children.length > 6) raw.lastChild.remove();
  }
})();
