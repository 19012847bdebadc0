// Chess for the first two who come; the others watch, until a seat is free. The rules are those of a package of npm,
// chess.js, which has to be installed beside the modules:
//
//     npm install --prefix modules
//
// The running server finds it by itself. A client moves with {"from": "e2", "to": "e4"}, or starts again, when a game
// is over, with {"again": true}. It gets
//
//   {"side": "w", "fen": "…", "moves": [["e2", "e4"], …], "last": ["d7", "d5"], "over": false}
//
// when it connects and after each move, where side is 'w', 'b' or null, and the moves are those that it may make;
// or {"error": "…"}.

let Chess;
try {
  ({ Chess } = require('chess.js'));
} catch (error) {
  if (error.code !== 'MODULE_NOT_FOUND') throw error;
}

// The game goes on when this file is saved, or the package is installed.
const game = module.hot.data?.game ?? (Chess && new Chess());
module.hot.dispose((data) => { data.game = game; });

const seats = module.server.seats ??= { w: null, b: null }; // connections

export class Module {
  static options = { maxMessage: 256, rateLimit: 10 };

  onConnect(connection) {
    sit(connection);
    tell(connection);
  }

  onReload(connection) {
    sit(connection);
    tell(connection);
  }

  onData(data, connection) {
    const { from, to, again } = parse(data) ?? {};
    const side = sideOf(connection);
    if (!game || side === null) return;

    if (again === true && game.isGameOver()) game.reset();
    else if (game.turn() !== side || !move(from, to)) return connection.send('{"error":"That is no move that you can make now."}');
    tellAll();
  }

  onDisconnect(connection) {
    const side = sideOf(connection);
    if (side === null) return;
    seats[side] = null;
    for (const other of connection.server.connections) if (other !== connection) sit(other);
    tellAll();
  }
}

// A pawn becomes a queen. The package throws for what is no move.
function move(from, to) {
  try {
    return game.move({ from: String(from), to: String(to), promotion: 'q' });
  } catch {
    return null;
  }
}

function sit(connection) {
  if (sideOf(connection) !== null) return;
  if (!seats.w) seats.w = connection;
  else if (!seats.b) seats.b = connection;
}

function sideOf(connection) {
  return connection === seats.w ? 'w' : connection === seats.b ? 'b' : null;
}

function tellAll() {
  for (const connection of module.server.connections) tell(connection);
}

function tell(connection) {
  if (!game) return connection.send('{"error":"The package chess.js is not there yet: npm install --prefix modules"}');
  const side = sideOf(connection), last = game.history({ verbose: true }).at(-1);
  connection.send(JSON.stringify({
    side,
    fen: game.fen(),
    moves: game.turn() === side ? game.moves({ verbose: true }).map(({ from, to }) => [from, to]) : [],
    last: last ? [last.from, last.to] : [],
    over: game.isGameOver(),
  }));
}

function parse(data) {
  try {
    return JSON.parse(data);
  } catch { }
}
