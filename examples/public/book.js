// Shows the guest book, and writes into it.

'use strict';

(() => {
  const at = (id) => document.getElementById(id);
  const log = at('log');
  let shown = new Set(); // the numbers of the entries: one may come in the book, and again by itself

  const link = new Link('book', {
    message(data) {
      const message = JSON.parse(data);
      switch (message.type) {
        case 'BOOK':
          log.replaceChildren();
          shown = new Set();
          at('visits').textContent = message.visits;
          message.entries.forEach(show);
          break;
        case 'ENTRY':
          at('error').textContent = '';
          show(message);
          break;
        case 'ERR':
          at('error').textContent = message.text;
      }
    },
  });
  link.connect();

  at('entry-form').addEventListener('submit', (event) => {
    event.preventDefault();
    if (link.isOpen() && link.send(JSON.stringify({ name: at('name').value, text: at('text').value }))) at('text').value = '';
    else at('error').textContent = 'There is no connection.';
  });

  function show(entry) {
    if (shown.has(entry.number)) return;
    shown.add(entry.number);
    const item = document.createElement('li');
    const what = document.createElement('span');
    const when = document.createElement('small');
    item.className = 'in';
    what.textContent = entry.name + ': ' + entry.text;
    when.textContent = new Date(entry.timestamp).toLocaleString();
    item.append(what, when);
    log.prepend(item);
    at('count').textContent = shown.size;
  }
})();
