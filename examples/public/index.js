// Sends lines of text to any module and shows its answers.

'use strict';

(() => {
  const form = document.getElementById('line-form');
  const resource = document.getElementById('resource');
  const line = document.getElementById('line');
  const log = document.getElementById('log');
  let waiting = []; // lines to send once the socket is open

  const link = new Link(resource.value, {
    open() {
      waiting.forEach(send);
      waiting = [];
    },
    message(data) {
      note('in', typeof data === 'string' ? data : data.byteLength + ' bytes');
    },
    close() {
      waiting = [];
    },
  });

  document.getElementById('address').textContent = "new WebSocket('" + link.server + "/hello')";

  resource.addEventListener('input', () => {
    link.resource = resource.value.trim().replace(/^\/+/, '');
  });

  form.addEventListener('submit', (event) => {
    event.preventDefault();
    line.select(); // now, because the next line may be half written when this one is sent
    const here = link.url === link.server + '/' + link.resource;
    if (here && link.isOpen()) return send(line.value);
    if (!here || !link.isConnecting()) {
      link.connect();
      waiting = [];
    }
    waiting.push(line.value);
  });

  function send(text) {
    if (link.send(text)) note('out', text);
  }

  function note(way, text) {
    const item = document.createElement('li');
    item.className = way;
    item.textContent = text;
    log.prepend(item);
    while (log.children.length > 50) log.lastChild.remove();
  }
})();
