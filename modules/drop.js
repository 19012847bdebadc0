// Passes files on. A client announces a file as JSON and then sends it, a part at a time, each part as soon as the
// one before has arrived:
//
//   {"name": "cat.jpg", "size": 70000}    and then binary messages, of 64 KiB at most
//
// It gets {"received": bytes} after each, or {"error": "…"}. All clients get {"files": [{id, name, size}, …]} when
// they connect and when there is a new one. A file is downloaded by plain HTTP, from /drop?id=….

const MAX_SIZE = 4 << 20;       // of a file, in bytes
const MAX_UNDER_WAY = 32 << 20; // of all files that are being sent
const KEPT = 5;                 // files; the oldest goes
const MAX_NAME = 100;           // characters
const PATIENCE = 60000;         // milliseconds for all of a file

const TOPIC = 'drop/files';

// What is on the server stays when this file is saved.
const drop = module.server.drop ??= { files: [], underWay: 0 };

export class Module {
  static options = { maxMessage: 64 << 10 };

  static onRequest(request) {
    const file = drop.files.find((file) => file.id === request.query.id);
    if (!file) return; // a 404
    const name = encodeURIComponent(file.name).replace(/['()*]/g, (sign) => '%' + sign.charCodeAt(0).toString(16));
    return {
      // Nobody knows what is in it, so browsers are to save it and not to show it.
      headers: { 'content-type': 'application/octet-stream', 'content-disposition': "attachment; filename*=UTF-8''" + name },
      body: file.data,
    };
  }

  onConnect(connection) {
    connection.subscribe(TOPIC);
    connection.send(list());
  }

  onData(data, connection) {
    if (typeof data === 'string') this.begin(connection, data);
    else this.take(connection, data);
  }

  begin(connection, text) {
    const { name, size } = parse(text) ?? {};
    if (connection.upload) return fail(connection, 'One file after the other.');
    if (typeof name !== 'string' || !Number.isInteger(size) || size < 1) return fail(connection, 'Send {"name": "…", "size": bytes}.');
    if (size > MAX_SIZE) return fail(connection, 'A file may have ' + (MAX_SIZE >> 20) + ' MiB.');
    if (drop.underWay + size > MAX_UNDER_WAY) return fail(connection, 'Too much is under way. Try again later.');

    drop.underWay += size;
    const timer = setTimeout(() => fail(connection, 'The file took too long.'), PATIENCE);
    connection.upload = { name: clean(name), data: new Uint8Array(size), received: 0, timer };
    connection.send('{"received":0}');
  }

  take(connection, part) {
    const { upload } = connection;
    if (!upload || upload.received + part.length > upload.data.length) return fail(connection, 'That is more than was announced.');

    upload.data.set(part, upload.received);
    upload.received += part.length;
    connection.send(JSON.stringify({ received: upload.received }));
    if (upload.received < upload.data.length) return;

    drop.files = [...drop.files, { id: crypto.randomUUID(), name: upload.name, data: upload.data }].slice(-KEPT);
    end(connection);
    connection.server.publish(TOPIC, list());
  }

  onDisconnect(connection) {
    end(connection);
  }
}

function fail(connection, error) {
  end(connection);
  connection.send(JSON.stringify({ error }));
}

function end(connection) {
  if (!connection.upload) return;
  clearTimeout(connection.upload.timer);
  drop.underWay -= connection.upload.data.length;
  connection.upload = null;
}

function list() {
  return JSON.stringify({ files: drop.files.map(({ id, name, data }) => ({ id, name, size: data.length })) });
}

function clean(name) {
  return [...name.toWellFormed().replace(/[\p{C}/\\]+/gu, ' ').trim()].slice(0, MAX_NAME).join('') || 'file';
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch { }
}
