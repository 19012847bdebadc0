// Chess for the first two who come; the others watch, until a seat is free. The rules are those of a package of npm,
// chess.js, which has to be installed beside the modules:
//
//     npm install --prefix modules
//
// The running server finds it by itself. A client moves with {"from": "e2", "to": "e4"}, or starts again, when a game
// is over, with {"again": true}. It gets {"side": "w"}, or "b" or null, and, when it connects and after each move,
//
//   {"fen": "…", "last": ["e2", "e4"], "over": false}
//
// or {"error": "…"}.

let Chess;
try {
  ({ Chess } = require('chess.js'));
} catch (error) {
  if (error.code !== 'MODULE_NOT_FOUND') throw error;
}

const TOPIC = 'chess/game';

// The game goes on when this file is saved, or the package is installed.
const game = module.hot.data?.game ?? (Chess && { board: new Chess(), last: [] });
module.hot.dispose((data) => { data.game = game; });

const seats = module.server.seats ??= { w: null, b: null }; // connections

export class Module {
  static options = { maxMessage: 256, rateLimit: 10 };

  onConnect(connection) {
    if (!game) return refuse(connection, 'The package chess.js is not there yet: npm install --prefix modules');
    connection.subscribe(TOPIC);
    sit(connection);
    connection.send(JSON.stringify({ side: sideOf(connection) }));
    connection.send(state());
  }

  onReload(connection) {
    this.onConnect(connection);
  }

  onData(data, connection) {
    const { from, to, again } = parse(data) ?? {};
    const side = sideOf(connection);
    if (!game || side === null) return;

    if (again === true && game.board.isGameOver()) {
      game.board.reset();
      game.last = [];
    } else if (game.board.turn() !== side || !move(from, to)) {
      return refuse(connection, 'That is no move that you can make now.');
    }
    connection.server.publish(TOPIC, state());
  }

  onDisconnect(connection) {
    const side = sideOf(connection);
    if (side === null) return;
    seats[side] = null;
    for (const other of connection.server.connections) {
      if (other === connection || sideOf(other) !== null || !sit(other)) continue;
      other.send(JSON.stringify({ side }));
    }
  }
}

// Reports whether there was a move from one square to the other. A pawn becomes a queen.
function move(from, to) {
  try {
    game.board.move({ from: String(from), to: String(to), promotion: 'q' });
  } catch {
    return false; // the package throws for what is no move
  }
  game.last = [from, to];
  return true;
}

function state() {
  return JSON.stringify({ fen: game.board.fen(), last: game.last, over: game.board.isGameOver() });
}

// Gives a connection that has none a seat, if one is free, and reports whether it has one.
function sit(connection) {
  for (const side of ['w', 'b']) {
    if (sideOf(connection) === null) seats[side] ??= connection;
  }
  return sideOf(connection) !== null;
}

function sideOf(connection) {
  return connection === seats.w ? 'w' : connection === seats.b ? 'b' : null;
}

function refuse(connection, error) {
  connection.send(JSON.stringify({ error }));
}

function parse(data) {
  try {
    return JSON.parse(data);
  } catch { }
}
