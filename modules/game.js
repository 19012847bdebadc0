// A game for all who come: catch the coins. The server has the rules and the clock; a client only says where it
// wants to go, and draws what it is told. It sends JSON, a direction with the parts dx and dy from -1 to 1:
//
//   {"dx": 0.6, "dy": -0.8}    {"dx": 0, "dy": 0} to stand still
//
// and gets {"you": id} once, and then thirty times a second where everything is:
//
//   {"players": [[id, x, y, score], …], "coins": [[x, y], …]}
//
// Try this: play, change SPEED, and save. The game goes on, faster.

const WIDTH = 1600, HEIGHT = 900;
const RATE = 30;         // steps a second
const SPEED = 480 / RATE; // of a player in a step
const REACH = 44;        // how near a player has to come to a coin
const RADIUS = 30;       // of a player, who stays in the field
const COINS = 8;
const MOST_PLAYERS = 50;

const TOPIC = 'game/steps';

// The game outlives this version of the file, and its timer calls the step of the newest.
const game = module.hot.data?.game ?? { players: new Map(), coins: [], timer: null, last: 0 };
module.hot.dispose((data) => { data.game = game; });

export class Module {
  static options = { maxMessage: 256, rateLimit: 60 };

  onConnect(connection) {
    if (game.players.size >= MOST_PLAYERS) return connection.close(1013, 'all places are taken');
    const id = connection.playerId = ++game.last;
    game.players.set(id, { ...somewhere(), dx: 0, dy: 0, score: 0 });
    connection.subscribe(TOPIC);
    connection.send(JSON.stringify({ you: id }));
    game.timer ??= setInterval(() => game.step(), 1000 / RATE);
  }

  onData(data, connection) {
    const player = game.players.get(connection.playerId);
    const { dx, dy } = parse(data) ?? {};
    if (!player || !Number.isFinite(dx) || !Number.isFinite(dy)) return;
    const length = Math.max(1, Math.hypot(dx, dy)); // nobody is faster than the others
    player.dx = dx / length;
    player.dy = dy / length;
  }

  onDisconnect(connection) {
    game.players.delete(connection.playerId);
    if (game.players.size > 0) return;
    clearInterval(game.timer); // nobody plays
    game.timer = null;
  }
}

function step() {
  for (const player of game.players.values()) {
    player.x = clamp(player.x + player.dx * SPEED, RADIUS, WIDTH - RADIUS);
    player.y = clamp(player.y + player.dy * SPEED, RADIUS, HEIGHT - RADIUS);
    const caught = game.coins.findIndex((coin) => Math.hypot(coin.x - player.x, coin.y - player.y) < REACH);
    if (caught < 0) continue;
    game.coins.splice(caught, 1);
    player.score++;
  }
  while (game.coins.length < COINS) game.coins.push(somewhere());

  module.server.publish(TOPIC, JSON.stringify({
    players: Array.from(game.players, ([id, { x, y, score }]) => [id, Math.round(x), Math.round(y), score]),
    coins: game.coins.map(({ x, y }) => [x, y]),
  }));
}

function somewhere() {
  return { x: Math.round(40 + Math.random() * (WIDTH - 80)), y: Math.round(40 + Math.random() * (HEIGHT - 80)) };
}

function clamp(value, least, most) {
  return Math.min(Math.max(value, least), most);
}

function parse(data) {
  try {
    return JSON.parse(data);
  } catch { }
}

game.step = step; // the last line, so that a version that fails to load leaves the one that serves alone
