// Sends files, a part at a time, and shows those that can be downloaded.

'use strict';

(() => {
  const PART = 64 * 1024; // bytes
  const at = (id) => document.getElementById(id);
  let file = null; // the one that is being sent
  let queue = [];

  const link = new Link('drop', {
    message(data) {
      const message = JSON.parse(data);
      if (message.files) show(message.files);
      if (message.error) stop(message.error);
      if (message.received !== undefined && file) go(message.received);
    },
    close() {
      if (file) stop('The connection was lost.');
    },
  });
  link.connect();

  function add(files) {
    at('error').textContent = '';
    queue.push(...files);
    if (!file) next();
  }

  function next() {
    file = queue.shift() || null;
    at('what').textContent = file ? file.name : 'Nothing under way';
    at('progress').value = 0;
    if (file && !link.send(JSON.stringify({ name: file.name, size: file.size }))) stop('There is no connection.');
  }

  // Sends the part that begins where the server has got to.
  async function go(received) {
    const sending = file;
    at('progress').value = received / file.size;
    if (received === file.size) return next();
    const part = await file.slice(received, received + PART).arrayBuffer();
    if (file === sending) link.send(part);
  }

  function stop(error) {
    at('error').textContent = error;
    next();
  }

  function show(files) {
    at('files').replaceChildren(...files.reverse().map(({ id, name, size }) => {
      const item = document.createElement('li'), a = document.createElement('a'), small = document.createElement('small');
      a.href = link.server.replace(/^ws/, 'http') + '/drop?id=' + id;
      a.textContent = name;
      a.download = name;
      small.textContent = size < 1024 ? size + ' B' : size < 1048576 ? (size / 1024).toFixed(1) + ' KiB' : (size / 1048576).toFixed(1) + ' MiB';
      item.append(a, small);
      return item;
    }));
  }

  at('file').addEventListener('change', (event) => {
    add(event.target.files);
    event.target.value = '';
  });
  at('target').addEventListener('dragover', (event) => event.preventDefault());
  at('target').addEventListener('drop', (event) => {
    event.preventDefault();
    add(event.dataTransfer.files);
  });
})();
