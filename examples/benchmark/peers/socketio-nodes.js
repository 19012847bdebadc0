// One of several nodes with socket.io and its Redis adapter, which BenchmarkNodes in examples/clients starts:
// node socketio-nodes.js PORT REDIS-URL

'use strict';

const { Server } = require('socket.io');
const { createAdapter } = require('@socket.io/redis-adapter');
const { createClient } = require('redis');

(async () => {
  const [port, url] = process.argv.slice(2);
  const publisher = createClient({ url }), subscriber = publisher.duplicate();
  await Promise.all([publisher.connect(), subscriber.connect()]);
  const server = require('http').createServer();
  const io = new Server(server, { perMessageDeflate: false, adapter: createAdapter(publisher, subscriber) });
  io.on('connection', (socket) => {
    socket.join('room');
    socket.on('m', (data) => { io.to('room').emit('m', data); });
  });
  server.listen(Number(port), '127.0.0.1', () => console.log('listening'));
})();
