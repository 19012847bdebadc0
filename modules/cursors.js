// Shows everyone where the pointers of all others are. A client sends JSON:
//
//   {"x": 0, "y": 1000}    its pointer, in thousandths of the field
//   {"name": "ann"}        its name
//
// and gets, of each other client, {id, name, x, y} when either of them comes and whenever one of these changes, and
// {id, gone: true} when it leaves.

const TOPIC = 'cursors/moves';
const MAX_NAME = 20; // characters

export class Module {
  static options = { maxMessage: 256, rateLimit: 60 };

  onConnect(connection) {
    for (const other of connection.server.connections) {
      if (other.cursor) connection.send(JSON.stringify(other.cursor));
    }
    // What is on the connection stays when this file is saved.
    connection.cursor = { id: crypto.randomUUID(), name: 'guest', x: 500, y: 500 };
    connection.subscribe(TOPIC);
    connection.publish(TOPIC, JSON.stringify(connection.cursor));
  }

  onData(data, connection) {
    const { x, y, name } = parse(data) ?? {};
    const changed = {};
    if (isThousandth(x) && isThousandth(y)) Object.assign(changed, { x, y });
    else if (typeof name === 'string') changed.name = clean(name) || 'guest';
    else return; // our page sends nothing else

    Object.assign(connection.cursor, changed);
    connection.publish(TOPIC, JSON.stringify({ id: connection.cursor.id, ...changed }));
  }

  onDisconnect(connection) {
    connection.publish(TOPIC, JSON.stringify({ id: connection.cursor.id, gone: true }));
  }
}

function isThousandth(number) {
  return Number.isInteger(number) && number >= 0 && number <= 1000;
}

// Returns a name without control characters, and not too long for a label.
function clean(name) {
  return [...name.replace(/\p{C}+/gu, ' ').trim()].slice(0, MAX_NAME).join('');
}

function parse(data) {
  try {
    return JSON.parse(data);
  } catch { }
}
