// Tells the prices of made-up stocks, ten times a second, to clients that may be too slow for that:
//
//   {"number": 17, "time": 1780000000000, "stocks": [{name, price, bids: [[price, shares], …], asks: [[price, shares], …]}, …]}
//
// send returns false when the client has more to take than it does. Then this module skips what it would not get in
// time anyway, until onDrain says that the client has taken everything, and goes on with the newest prices:
//
//   {"skipped": 12}    how many it has not got

const STOCKS = ['Acme', 'Cyberdyne', 'Globex', 'Hooli', 'Initech', 'Soylent', 'Tyrell', 'Wonka'];
const LEVELS = 200; // of prices in bids, and in asks
const RATE = 10;    // a second

// The market outlives this version of the file, and its timer calls the tick of the newest.
const market = module.server.market ??= { prices: STOCKS.map(() => 100), number: 0, newest: null, timer: null };

export class Module {
  static options = { maxMessage: 256, highWaterMark: 32 << 10 };

  onConnect(connection) {
    connection.skipped = 0;
    connection.isBehind = false;
    if (!market.timer) {
      market.tick();
      market.timer = setInterval(() => market.tick(), 1000 / RATE);
    } else tell(connection);
  }

  onData() { } // clients have nothing to say

  onDrain(connection) {
    connection.isBehind = false;
    if (connection.skipped === 0) return;
    connection.send(JSON.stringify({ skipped: connection.skipped }));
    connection.skipped = 0;
    tell(connection);
  }

  onDisconnect(connection) {
    if (connection.server.clients > 0) return;
    clearInterval(market.timer); // nobody listens
    market.timer = null;
  }
}

function tell(connection) {
  if (connection.isBehind) connection.skipped++;
  else connection.isBehind = !connection.send(market.newest);
}

market.tick = () => {
  market.prices = STOCKS.map((_, i) => Math.min(Math.max((market.prices[i] ?? 100) * (1 + (Math.random() - 0.5) / 100), 1), 9999));
  const stocks = STOCKS.map((name, i) => ({ name, price: round(market.prices[i]), bids: book(market.prices[i], -1), asks: book(market.prices[i], 1) }));
  market.newest = JSON.stringify({ number: ++market.number, time: Date.now(), stocks });
  for (const connection of module.server.connections) tell(connection);
};

function book(price, side) {
  return Array.from({ length: LEVELS }, (_, i) => [round(price * (1 + side * (i + 1) / 2000)), Math.ceil(Math.random() * 900)]);
}

function round(price) {
  return Math.round(price * 100) / 100;
}
