// Sends text and bytes and measures the time until they come back.
//
// A WebSocket keeps its messages in order, so the next message to come back is the
// oldest one that is still out. A queue is enough.

'use strict';

(() => {
  const MANY = 1000;
  const at = (id) => document.getElementById(id);
  const log = at('log');
  const count = { sent: 0, back: 0 };
  let out = [];    // {data, sent, quiet} of each message that is out
  let trips = [];  // milliseconds, the last 60
  let burst = null; // {started, back, wrong} while 1,000 are out

  const link = new Link('echo', {
    message: receive,
    close() {
      if (out.length) note('lost', out.length + ' under way when the socket closed');
      out = [];
      if (burst) endBurst('The socket closed after ' + burst.back + ' of ' + MANY + '.');
      show();
    },
  });
  link.connect();

  function send(data, quiet) {
    if (!link.isOpen()) return note('lost', 'not sent: there is no connection'), false;
    out.push({ data, sent: performance.now(), quiet });
    count.sent++;
    return link.send(data);
  }

  function receive(data) {
    const took = performance.now();
    const message = out.shift();
    if (!message) return note('lost', 'came without being sent: ' + brief(data));
    const same = equal(message.data, data);
    count.back++;
    if (message.quiet && burst) return countBurst(same);

    trips.push(took - message.sent);
    trips = trips.slice(-60);
    note(same ? 'in' : 'lost', (same ? '' : 'not the same: ') + brief(data), ms(took - message.sent));
    show();
  }

  // 1,000 messages.

  function countBurst(same) {
    burst.back++;
    if (!same) burst.wrong++;
    if (burst.back % 50 === 0) {
      at('burst').value = burst.back;
      show();
    }
    if (burst.back < MANY) return;

    const took = performance.now() - burst.started;
    const rate = Math.round(MANY / took * 1000).toLocaleString('en');
    endBurst(burst.wrong ? burst.wrong + ' of ' + MANY + ' came back wrong or out of order.'
      : 'All 1,000 came back, in order, in ' + ms(took) + ': ' + rate + ' a second.');
  }

  function endBurst(text) {
    burst = null;
    at('burst-button').disabled = false;
    at('burst-result').textContent = text;
  }

  at('burst-form').addEventListener('submit', (event) => {
    event.preventDefault();
    if (burst) return;
    if (!link.isOpen()) return note('lost', 'not sent: there is no connection');
    burst = { started: performance.now(), back: 0, wrong: 0 };
    at('burst').value = 0;
    at('burst-button').disabled = true;
    at('burst-result').textContent = 'Under way …';
    for (let i = 0; i < MANY; i++) send('message ' + i, true);
    show();
  });

  at('text-form').addEventListener('submit', (event) => {
    event.preventDefault();
    if (send(at('text').value)) at('text').select();
    show();
  });

  at('binary-form').addEventListener('submit', (event) => {
    event.preventDefault();
    send(randomBytes(Number(at('size').value)));
    show();
  });

  function randomBytes(size) {
    const bytes = new Uint8Array(size);
    for (let i = 0; i < size; i += 65536) crypto.getRandomValues(bytes.subarray(i, Math.min(i + 65536, size)));
    return bytes;
  }

  function equal(sent, back) {
    if (typeof sent === 'string') return sent === back;
    if (typeof back === 'string') return false;
    const bytes = new Uint8Array(back);
    return bytes.length === sent.length && bytes.every((byte, i) => byte === sent[i]);
  }

  // The display.

  function ms(time) {
    return time.toFixed(time < 10 ? 2 : time < 100 ? 1 : 0) + ' ms';
  }

  function brief(data) {
    if (typeof data === 'string') return data.length > 200 ? data.slice(0, 200) + ' …' : data;
    const hex = Array.from(new Uint8Array(data.slice(0, 8)), (byte) => byte.toString(16).padStart(2, '0'));
    return data.byteLength.toLocaleString('en') + ' bytes: ' + hex.join(' ') + (data.byteLength > 8 ? ' …' : '');
  }

  function note(way, text, time) {
    const item = document.createElement('li');
    item.className = way;
    const what = document.createElement('span');
    what.textContent = text;
    item.append(what);
    if (time) {
      const took = document.createElement('small');
      took.textContent = time;
      item.append(took);
    }
    log.prepend(item);
    while (log.children.length > 100) log.lastChild.remove();
  }

  function show() {
    at('sent').textContent = count.sent.toLocaleString('en');
    at('back').textContent = count.back.toLocaleString('en');
    if (!trips.length) return;

    const sorted = [...trips].sort((a, b) => a - b);
    at('last').textContent = ms(trips[trips.length - 1]);
    at('median').textContent = ms(sorted[sorted.length >> 1]);
    const highest = sorted[sorted.length - 1];
    at('bars').setAttribute('d', trips.map((trip, i) => {
      const x = 300 - (trips.length - i) * 5 + 2.5;
      return 'M' + x + ' 60V' + (60 - Math.max(2, trip / highest * 54)).toFixed(1);
    }).join(''));
  }
})();
