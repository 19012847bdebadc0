// Draws what is drawn here and elsewhere.

'use strict';

(() => {
  const COLOURS = ['#7d828c', '#d9534a', '#dd8a2f', '#c9a820', '#4ba35f', '#2f9fb0', '#5b7bea', '#b263c9'];
  const MOST = 200; // numbers in the points of a stroke
  const board = document.getElementById('board');
  const paper = board.getContext('2d');
  const width = document.getElementById('width');
  let colour = 6;
  let points = null; // of the piece that is drawn now, in the board's units

  const link = new Link('draw', {
    message(data) {
      const message = JSON.parse(data);
      if (!message.strokes) return draw(message);
      paper.clearRect(0, 0, board.width, board.height);
      message.strokes.forEach(draw);
    },
  });
  link.connect();

  function draw({ colour, width, points }) {
    paper.strokeStyle = COLOURS[colour];
    paper.lineWidth = width;
    paper.lineCap = paper.lineJoin = 'round';
    paper.beginPath();
    paper.moveTo(points[0], points[1]);
    for (let i = 0; i < points.length; i += 2) paper.lineTo(points[i], points[i + 1]);
    paper.stroke();
  }

  // Where a pointer is on the board, which may be shown in any size.
  function place(event) {
    const box = board.getBoundingClientRect();
    const part = (value, size, most) => Math.round(Math.min(Math.max(value / size, 0), 1) * most);
    return [part(event.clientX - box.left, box.width, board.width), part(event.clientY - box.top, box.height, board.height)];
  }

  board.addEventListener('pointerdown', (event) => {
    board.setPointerCapture(event.pointerId);
    points = place(event);
    send();
  });

  board.addEventListener('pointermove', (event) => {
    if (!points) return;
    if (points.length === 2) requestAnimationFrame(send); // the first of this frame
    if (points.length < MOST) points.push(...place(event));
  });

  for (const type of ['pointerup', 'pointercancel']) {
    board.addEventListener(type, () => {
      if (points) send();
      points = null;
    });
  }

  // Draws and sends the piece; the next one begins where it ends.
  function send() {
    if (!points) return;
    const piece = { colour, width: Number(width.value), points };
    draw(piece);
    link.send(JSON.stringify(piece));
    points = points.slice(-2);
  }

  document.getElementById('clear').addEventListener('click', () => link.send('{"clear":true}'));

  const swatches = COLOURS.map((value, index) => {
    const button = document.createElement('button');
    button.type = 'button';
    button.style.setProperty('--swatch', value);
    button.setAttribute('aria-label', 'Colour ' + (index + 1));
    button.addEventListener('click', () => choose(index));
    return button;
  });
  document.getElementById('colours').append(...swatches);

  function choose(index) {
    colour = index;
    swatches.forEach((button, i) => button.setAttribute('aria-pressed', i === index));
  }
  choose(colour);
})();
