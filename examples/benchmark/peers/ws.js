// The benchmark's server with ws on Node: node ws.js --port N [--cert FILE --key FILE] [--compression]

'use strict';

const fs = require('fs');
const { parseArgs } = require('util');
const { WebSocketServer } = require('ws');

const { values: options } = parseArgs({
  options: { port: { type: 'string' }, cert: { type: 'string' }, key: { type: 'string' }, compression: { type: 'boolean' } },
});

const rooms = { '/broadcast': new Set(), '/room': new Set() };

const handlers = {
  '/echo': (socket, data, isBinary) => socket.send(data, { binary: isBinary }),
  '/broadcast': (socket, data, isBinary) => {
    for (const member of rooms['/broadcast']) member.send(data, { binary: isBinary });
  },
  '/json': (socket, data) => {
    const order = JSON.parse(data);
    order.count++;
    order.ok = true;
    order.tags.push('seen');
    socket.send(JSON.stringify(order));
  },
  '/room': (socket, data) => {
    const message = JSON.parse(data);
    if (message.type == 'join') {
      socket.name = message.name;
      rooms['/room'].add(socket);
      socket.send(JSON.stringify({ type: 'joined', name: message.name }));
    } else if (message.type == 'say') {
      const said = JSON.stringify({ type: 'said', name: socket.name, number: message.number, text: message.text });
      for (const member of rooms['/room']) member.send(said);
    }
  },
};

const server = options.cert
  ? require('https').createServer({ cert: fs.readFileSync(options.cert), key: fs.readFileSync(options.key) })
  : require('http').createServer();
const sockets = new WebSocketServer({ server, perMessageDeflate: options.compression ?? false });

sockets.on('connection', (socket, request) => {
  const handle = handlers[request.url];
  if (!handle) return socket.close(1008);
  if (request.url == '/broadcast') {
    rooms['/broadcast'].add(socket);
    socket.send('joined');
  }
  socket.on('message', (data, isBinary) => handle(socket, data, isBinary));
  socket.on('close', () => { rooms[request.url]?.delete(socket); });
  socket.on('error', () => {});
});
server.listen(Number(options.port), '127.0.0.1');
