// Tells who is here, on all nodes. A client sends JSON:
//
//   {"name": "ann", "status": "away"}    a status is 'here', 'busy' or 'away'
//
// and gets the list whenever it has changed, {"people": [{id, name, status, since}, …]}. A client is on it as soon
// as it has a name, and until it leaves.

const TOPIC = 'presence/people';
const STATUSES = ['here', 'busy', 'away'];
const MAX_NAME = 20; // characters
const PAUSE = 100;   // milliseconds for changes to come together, so that a thousand are not told one by one

let telling = null;

export class Module {
  static options = { maxMessage: 256, rateLimit: 10 };

  onConnect(connection) {
    connection.subscribe(TOPIC);
    tellSoon();
  }

  onData(data, connection) {
    const { name, status } = parse(data) ?? {};
    if (typeof name !== 'string' || clean(name) === '' || !STATUSES.includes(status)) return;

    // Whoever subscribes with a presence is on the list of server.presence, until the subscription ends.
    connection.since ??= Date.now();
    connection.subscribe(TOPIC, { presence: { name: clean(name), status, since: connection.since } });
    tellSoon();
  }

  onDisconnect() {
    tellSoon();
  }
}

function tellSoon() {
  telling ??= setTimeout(tell, PAUSE);
}

async function tell() {
  telling = null;
  try {
    const present = await module.server.presence(TOPIC);
    const people = present.filter(({ data }) => data).map(({ id, data }) => ({ id, ...data })).sort((a, b) => a.since - b.since);
    module.server.publish(TOPIC, JSON.stringify({ people }));
  } catch (error) {
    console.warn('the list of who is here:', error.message); // more than 1,000, or the other nodes are out of reach
  }
}

// Returns a name without control characters, and not too long for a list.
function clean(name) {
  return [...name.replace(/\p{C}+/gu, ' ').trim()].slice(0, MAX_NAME).join('');
}

function parse(data) {
  try {
    return JSON.parse(data);
  } catch { }
}
