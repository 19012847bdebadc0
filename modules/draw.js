// A drawing board for everyone. A client sends strokes as JSON, and gets those of the others:
//
//   {"colour": 0, "width": 6, "points": [x, y, x, y, …]}    on a board of 1600 by 1000
//   {"clear": true}                                         wipes the board
//
// A client that connects gets all of the board first, {"strokes": [stroke, …]}. The page sends a stroke piece by
// piece, as it is drawn.

const WIDTH = 1600, HEIGHT = 1000;
const COLOURS = 8;
const WIDEST = 60;
const LONGEST = 200;        // numbers in the points of a stroke
const MOST_NUMBERS = 40000; // of all strokes on the board; beyond, the oldest go

const TOPIC = 'draw/strokes';

// What is on the server stays when this file is saved.
const board = module.server.board ??= { strokes: [], numbers: 0 };

export class Module {
  static options = { maxMessage: 2048, rateLimit: 100 };

  onConnect(connection) {
    connection.subscribe(TOPIC);
    connection.send(JSON.stringify({ strokes: board.strokes }));
  }

  onData(data, connection) {
    const message = parse(data);
    if (message?.clear === true) {
      board.strokes = [];
      board.numbers = 0;
      connection.server.publish(TOPIC, '{"strokes":[]}');
      return;
    }
    const stroke = read(message);
    if (!stroke) return; // our page sends nothing else
    keep(stroke);
    connection.publish(TOPIC, JSON.stringify(stroke));
  }
}

function keep(stroke) {
  board.strokes.push(stroke);
  board.numbers += numbers(stroke);
  let old = 0;
  while (board.numbers > MOST_NUMBERS) board.numbers -= numbers(board.strokes[old++]);
  if (old > 0) board.strokes.splice(0, old);
}

// A stroke takes some room without any points, too: a million dots are not nothing.
function numbers(stroke) {
  return stroke.points.length + 5;
}

// Returns a stroke with what is known of strokes and nothing else, or undefined.
function read(message) {
  const { colour, width, points } = message ?? {};
  if (!isWithin(colour, COLOURS - 1) || !isWithin(width, WIDEST)) return;
  if (!Array.isArray(points) || points.length < 2 || points.length % 2 !== 0 || points.length > LONGEST) return;
  if (!points.every((number, i) => isWithin(number, i % 2 === 0 ? WIDTH : HEIGHT))) return;
  return { colour, width, points };
}

function isWithin(number, most) {
  return Number.isInteger(number) && number >= 0 && number <= most;
}

function parse(data) {
  try {
    return JSON.parse(data);
  } catch { }
}
