// The benchmark's server in Bun: bun bun.js --port N [--cert FILE --key FILE] [--compression]

import { parseArgs } from 'node:util';

const { values: options } = parseArgs({
  options: { port: { type: 'string' }, cert: { type: 'string' }, key: { type: 'string' }, compression: { type: 'boolean' } },
});

const handlers = {
  '/echo': (socket, data) => socket.send(data, options.compression),
  '/broadcast': (socket, data) => server.publish('broadcast', data),
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
      socket.data.name = message.name;
      socket.subscribe('room');
      socket.send(JSON.stringify({ type: 'joined', name: message.name }));
    } else if (message.type == 'say') {
      server.publish('room', JSON.stringify({ type: 'said', name: socket.data.name, number: message.number, text: message.text }));
    }
  },
};

const server = Bun.serve({
  hostname: '127.0.0.1',
  port: options.port,
  tls: options.cert && { cert: Bun.file(options.cert), key: Bun.file(options.key) },
  fetch(request, server) {
    const { pathname } = new URL(request.url);
    if (handlers[pathname] && server.upgrade(request, { data: { pathname } })) return;
    return new Response('Not found', { status: 404 });
  },
  websocket: {
    perMessageDeflate: options.compression ?? false,
    open(socket) {
      if (socket.data.pathname != '/broadcast') return;
      socket.subscribe('broadcast');
      socket.send('joined');
    },
    message(socket, data) { handlers[socket.data.pathname](socket, data); },
  },
});
