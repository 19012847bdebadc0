// A poll, in TypeScript: the types are those that `node.websocket types` writes. A client gets the poll when it
// connects and when this file is saved, and the counts whenever they change:
//
//   {"question": "…", "options": ["…", …], "counts": [0, …]}    {"counts": [1, …]}
//
// It votes once, with the number of an option, and gets {"voted": 0} or {"error": "…"}.
//
// Try this: ask something else, and save. Old answers are kept with their question.

import storage = require('storage');

const QUESTION = 'How should a line be indented?';
const OPTIONS = ['With tabs', 'With spaces', 'A program decides', 'Not at all'];

const TOPIC = 'poll/counts';
const PAUSE = 100; // milliseconds for votes to come together, so that a thousand are not told one by one

let telling: Timeout | undefined;

export class Module implements WebSocketModule {
  static options: ModuleOptions = { maxMessage: 256 };

  private voted: number | undefined;

  async onConnect(connection: Connection) {
    connection.subscribe(TOPIC);
    connection.send(JSON.stringify({ question: QUESTION, options: OPTIONS, counts: await counts() }));
  }

  async onReload(connection: Connection) {
    connection.send(JSON.stringify({ question: QUESTION, options: OPTIONS, counts: await counts() }));
  }

  async onData(data: string | Uint8Array, connection: Connection) {
    const choice = OPTIONS.findIndex((_, number) => data === String(number));
    if (choice < 0) return refuse(connection, 'There is no such option.');
    if (this.voted !== undefined) return refuse(connection, 'You have voted already.');

    this.voted = choice;
    try {
      await storage.increment(key(OPTIONS[choice]));
    } catch (error) {
      this.voted = undefined;
      connection.log(`the poll: ${error}`, 'error');
      return refuse(connection, 'The vote could not be counted. Try again later.');
    }
    connection.send(JSON.stringify({ voted: choice }));
    telling ??= setTimeout(tell, PAUSE);
  }
}

async function tell() {
  telling = undefined;
  module.server.publish(TOPIC, JSON.stringify({ counts: await counts() }));
}

function counts(): Promise<number[]> {
  return Promise.all(OPTIONS.map(async (option) => (await storage.get(key(option))) ?? 0));
}

function key(option: string) {
  return `poll/${QUESTION}/${option}`;
}

function refuse(connection: Connection, error: string) {
  connection.send(JSON.stringify({ error }));
}
