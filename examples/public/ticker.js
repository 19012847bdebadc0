// Shows the prices. Slow, the page is busy for 400 ms with each message, and takes no other meanwhile.

'use strict';

(() => {
  const BUSY = 400; // milliseconds
  const at = (id) => document.getElementById(id);
  const rows = new Map(); // by the stock's name
  let received = 0, skipped = 0;
  let slow = false;

  const link = new Link('ticker', {
    message(data) {
      const message = JSON.parse(data);
      if (message.skipped) skipped += message.skipped;
      else show(message);
      at('skipped').textContent = skipped;
      if (slow) stall();
    },
  });
  link.connect();

  function show({ time, stocks }) {
    at('received').textContent = ++received;
    at('age').textContent = Math.max(0, (Date.now() - time) / 1000).toFixed(1) + ' s';
    for (const { name, price, bids, asks } of stocks) {
      const row = rows.get(name) || add(name);
      const before = Number(row.price.textContent);
      row.price.textContent = price.toFixed(2);
      row.price.className = price > before ? 'up' : price < before ? 'down' : '';
      row.depth.value = shares(bids) / (shares(bids) + shares(asks));
    }
  }

  function shares(side) {
    return side.reduce((sum, [, shares]) => sum + shares, 0);
  }

  function add(name) {
    const row = at('stocks').insertRow();
    const head = document.createElement('th'), depth = document.createElement('progress');
    head.scope = 'row';
    head.textContent = name;
    depth.setAttribute('aria-label', 'The part that is wanted');
    row.append(head);
    const price = row.insertCell();
    row.insertCell().append(depth);
    rows.set(name, { price, depth });
    return rows.get(name);
  }

  function stall() {
    const end = performance.now() + BUSY;
    while (performance.now() < end);
  }

  at('slow').addEventListener('click', () => {
    slow = !slow;
    at('slow').setAttribute('aria-pressed', slow);
  });
})();
