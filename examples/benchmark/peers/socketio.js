// The benchmark's server with socket.io on Node: node socketio.js --port N [--cert FILE --key FILE] [--compression]

'use strict';

const fs = require('fs');
const { parseArgs } = require('util');
const { Server } = require('socket.io');

const { values: options } = parseArgs({
  options: { port: { type: 'string' }, cert: { type: 'string' }, key: { type: 'string' }, compression: { type: 'boolean' } },
});

const server = options.cert
  ? require('https').createServer({ cert: fs.readFileSync(options.cert), key: fs.readFileSync(options.key) })
  : require('http').createServer();
const io = new Server(server, { perMessageDeflate: options.compression ?? false });

io.on('connection', (socket) => {
  socket.on('echo', (data) => { socket.emit('echo', data); });
  socket.on('broadcast', (data) => { io.emit('broadcast', data); });
  socket.on('json', (order) => {
    order.count++;
    order.ok = true;
    order.tags.push('seen');
    socket.emit('json', order);
  });
  socket.on('join', ({ name }) => {
    socket.data.name = name;
    socket.join('room');
    socket.emit('joined', { type: 'joined', name });
  });
  socket.on('say', ({ number, text }) => {
    io.to('room').emit('said', { type: 'said', name: socket.data.name, number, text });
  });
});
server.listen(Number(options.port), '127.0.0.1');
