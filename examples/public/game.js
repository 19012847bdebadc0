// Draws what the server tells, and tells it where this player wants to go. There are no rules here.

'use strict';

(() => {
  const KEYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1], a: [-1, 0], d: [1, 0], w: [0, -1], s: [0, 1] };
  const at = (id) => document.getElementById(id);
  const arena = at('arena');
  const canvas = arena.getContext('2d');
  const held = new Set(); // the keys
  let me = null;          // this player's id
  let steps = [];         // the last two, {players, coins, when}
  let count = 0;          // of steps in this second
  let aim = null;         // where the pointer is, while it is down
  let sent = '';

  const link = new Link('game', {
    message(data) {
      const message = JSON.parse(data);
      if (message.you) me = message.you;
      else step(message);
    },
    close() {
      steps = [];
      sent = '';
    },
  });
  link.connect();

  function step({ players, coins }) {
    steps = [...steps.slice(-1), { players: new Map(players.map(([id, x, y, score]) => [id, { x, y, score }])), coins, when: performance.now() }];
    count++;
    if (aim && mine()) follow(mine());
    at('players').textContent = players.length;
    at('score').textContent = mine() ? mine().score : 0;
    at('best').textContent = Math.max(...players.map(([, , , score]) => score));
  }

  function mine() {
    return steps.at(-1)?.players.get(me);
  }

  // Between two steps, a player is drawn on the way from the one to the other.
  function draw(now) {
    requestAnimationFrame(draw);
    const style = getComputedStyle(arena);
    canvas.clearRect(0, 0, arena.width, arena.height);
    if (steps.length < 2) return;
    const [before, last] = steps;
    const part = Math.min((now - last.when) / (last.when - before.when || 1), 1);

    for (const [x, y] of last.coins) disc(x, y, 16, '#d9a21b');
    for (const [id, to] of last.players) {
      const from = before.players.get(id) || to;
      const x = from.x + (to.x - from.x) * part, y = from.y + (to.y - from.y) * part;
      disc(x, y, 30, 'hsl(' + id * 67 % 360 + ' 60% 45%)');
      if (id === me) ring(x, y, 38, style.color);
      canvas.fillStyle = '#fff';
      canvas.font = '600 26px ' + style.fontFamily;
      canvas.textAlign = 'center';
      canvas.textBaseline = 'middle';
      canvas.fillText(to.score, x, y + 2);
    }
  }
  requestAnimationFrame(draw);

  function disc(x, y, radius, colour) {
    canvas.beginPath();
    canvas.arc(x, y, radius, 0, 2 * Math.PI);
    canvas.fillStyle = colour;
    canvas.fill();
  }

  function ring(x, y, radius, colour) {
    canvas.beginPath();
    canvas.arc(x, y, radius, 0, 2 * Math.PI);
    canvas.lineWidth = 4;
    canvas.strokeStyle = colour;
    canvas.stroke();
  }

  function steer(dx, dy) {
    const message = JSON.stringify({ dx, dy });
    if (message !== sent && link.send(message)) sent = message;
  }

  // Keys.

  for (const type of ['keydown', 'keyup']) {
    arena.addEventListener(type, (event) => {
      const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
      if (!KEYS[key] || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      if (type === 'keydown') held.add(key);
      else held.delete(key);
      const [dx, dy] = [...held].reduce(([x, y], key) => [x + KEYS[key][0], y + KEYS[key][1]], [0, 0]);
      steer(dx, dy);
    });
  }
  arena.addEventListener('blur', () => {
    held.clear();
    steer(0, 0);
  });
  arena.focus({ preventScroll: true });

  // The pointer: to where it is, as long as it is down.

  for (const type of ['pointerdown', 'pointermove']) {
    arena.addEventListener(type, (event) => {
      if (type === 'pointerdown') arena.setPointerCapture(event.pointerId);
      if (!arena.hasPointerCapture(event.pointerId)) return;
      const box = arena.getBoundingClientRect();
      aim = { x: (event.clientX - box.left) / box.width * arena.width, y: (event.clientY - box.top) / box.height * arena.height };
    });
  }
  for (const type of ['pointerup', 'pointercancel']) {
    arena.addEventListener(type, () => {
      aim = null;
      steer(0, 0);
    });
  }

  function follow({ x, y }) {
    const distance = Math.hypot(aim.x - x, aim.y - y);
    if (distance < 20) return steer(0, 0);
    const angle = Math.round(Math.atan2(aim.y - y, aim.x - x) * 16 / Math.PI) * Math.PI / 16; // few directions, few messages
    steer(Number(Math.cos(angle).toFixed(3)), Number(Math.sin(angle).toFixed(3)));
  }

  setInterval(() => {
    at('rate').textContent = count;
    count = 0;
  }, 1000);
})();
