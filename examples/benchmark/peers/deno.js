// The benchmark's server in Deno: deno run --allow-net --allow-read deno.js --port N [--cert FILE --key FILE]

import { parseArgs } from 'node:util';

const { values: options } = parseArgs({
  options: { port: { type: 'string' }, cert: { type: 'string' }, key: { type: 'string' } },
});

const rooms = { '/broadcast': new Set(), '/room': new Set() };

const handlers = {
  '/echo': (socket, data) => socket.send(data),
  '/broadcast': (socket, data) => {
    for (const member of rooms['/broadcast']) member.send(data);
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

Deno.serve({
  hostname: '127.0.0.1',
  port: Number(options.port),
  ...options.cert && { cert: Deno.readTextFileSync(options.cert), key: Deno.readTextFileSync(options.key) },
}, (request) => {
  const { pathname } = new URL(request.url);
  const handle = handlers[pathname];
  if (!handle) return new Response('Not found', { status: 404 });
  const { socket, response } = Deno.upgradeWebSocket(request);
  socket.binaryType = 'arraybuffer';
  socket.onopen = () => {
    if (pathname != '/broadcast') return;
    rooms['/broadcast'].add(socket);
    socket.send('joined');
  };
  socket.onmessage = (event) => handle(socket, event.data);
  socket.onclose = () => { rooms[pathname]?.delete(socket); };
  socket.onerror = () => {};
  return response;
});
