// A line of text to any module, and whatever it answers.

'use strict';

(() => {
  const form = document.getElementById('line-form');
  const resource = document.getElementById('resource');
  const line = document.getElementById('line');
  const log = document.getElementById('log');
  let waiting = null; // the line that is sent as soon as the socket is open

  const link = new Link(resource.value, {
    open() {
      if (waiting !== null) send(waiting);
      waiting = null;
    },
    message(data) {
      note('in', typeof data === 'string' ? data : data.byteLength + ' bytes');
    },
  });

  resource.addEventListener('input', () => {
    link.resource = resource.value.trim().replace(/^\/+/, '');
  });

  form.addEventListener('submit', (event) => {
    event.preventDefault();
    if (link.isOpen() && link.url === link.server + '/' + link.resource) return send(line.value);
    waiting = line.value;
    link.connect();
  });

  function send(text) {
    if (link.send(text)) note('out', text);
    line.select();
  }

  function note(way, text) {
    const item = document.createElement('li');
    item.className = way;
    item.textContent = text;
    log.prepend(item);
    while (log.children.length > 50) log.lastChild.remove();
  }
})();
