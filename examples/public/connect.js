// The pages share this: a socket, its state on the page, the button that opens it
// again, and the field for the server.
//
//   const link = new Link('time', {
//     open() { link.send('start'); },
//     message(data) { ... },          // a string or an ArrayBuffer
//     close(event) { ... },           // event.code, event.reason
//   });
//   link.connect();
//
// A page talks to the server it came from, or to ws://localhost:8080 if it was opened
// from disk, unless ?server=ws://host:port or the field names another.
//
// The socket is that of client.js, which every server serves, so that the pages also work
// without WebSocket. The menu, or ?transport=xhr-polling, forces a transport. For a server
// without client.js the browser's WebSocket is used.

'use strict';

(() => {
  const CODES = {
    1000: 'closed in good order',
    1001: 'the server is stopping',
    1002: 'protocol error',
    1003: 'that kind of data is not accepted',
    1005: 'closed without a code',
    1006: 'the connection was lost',
    1007: 'text that is not UTF-8',
    1008: 'refused by the server’s rules',
    1009: 'message too big',
    1011: 'the server ran into an error',
    1012: 'the server restarts',
    1013: 'the server is busy, try later',
  };

  const calm = window.matchMedia('(prefers-reduced-motion: reduce)');

  // A server may be written "localhost:9000", "http://host/" or "ws://host".
  function address(text) {
    let url = text.trim().replace(/\/+$/, '');
    if (!/^[a-z]+:\/\//i.test(url)) url = 'ws://' + url;
    return url.replace(/^http/i, 'ws');
  }

  const home = /^https?:$/.test(location.protocol) ? address(location.origin) : null; // null if opened from disk

  function addressOfPage() {
    const asked = new URLSearchParams(location.search).get('server');
    return asked ? address(asked) : home || 'ws://localhost:8080';
  }

  // The first entry forces no transport.
  const TRANSPORTS = ['any transport', 'websocket', 'xhr-streaming', 'eventsource', 'xhr-polling', 'htmlfile', 'jsonp-polling'];

  const scriptOf = (server) => server.replace(/^ws/, 'http') + '/client.js';
  const clients = {}; // a promise of the Socket class for each server

  function load(server) {
    clients[server] = clients[server] || new Promise((resolve) => {
      const script = document.createElement('script');
      script.src = scriptOf(server);
      script.onload = () => resolve(window.Socket || WebSocket);
      script.onerror = () => {
        delete clients[server]; // try again next time
        resolve(WebSocket);
      };
      document.head.append(script);
    });
    return clients[server];
  }

  // A link can name any server, and a script from there could do whatever this page can.
  // So that server is only asked whether it has client.js; the page uses its own copy.
  async function clientOf(server) {
    if (home === null || server === home) return load(server);
    try {
      if ((await fetch(scriptOf(server), { method: 'HEAD' })).ok) return load(home);
    } catch {
      // It does not answer, or does not allow this origin.
    }
    return WebSocket;
  }

  class Link {
    constructor(resource, handlers) {
      this.resource = resource;
      this.handlers = handlers;
      this.server = addressOfPage();
      this.socket = null;
      this.url = null; // the URL of the socket
      this.lastPulse = { in: 0, out: 0 };

      this.panel = document.getElementById('link');
      this.word = document.getElementById('state');
      this.detail = document.getElementById('detail');
      this.field = document.getElementById('server');
      this.button = document.getElementById('toggle');
      this.line = this.panel.querySelector('.line');

      this.field.value = this.server;
      this.button.addEventListener('click', () => this.toggle());
      this.field.form.addEventListener('submit', (event) => {
        event.preventDefault();
        this.connect();
      });
      this.addMenu();
      this.carryServer();
    }

    addMenu() {
      const label = document.createElement('label');
      label.htmlFor = 'transport';
      label.className = 'unseen';
      label.textContent = 'Transport';
      this.menu = document.createElement('select');
      this.menu.id = 'transport';
      this.menu.append(...TRANSPORTS.map((name) => new Option(name)));
      const asked = TRANSPORTS.indexOf(new URLSearchParams(location.search).get('transport'));
      this.menu.selectedIndex = Math.max(asked, 0);
      this.menu.addEventListener('change', () => {
        this.rememberServer();
        this.connect();
      });
      this.field.after(label, this.menu);
    }

    // With another server in the field, the button connects to that one.
    toggle() {
      const active = this.socket && this.socket.readyState <= WebSocket.OPEN;
      if (active && address(this.field.value) === this.server) this.socket.close(1000);
      else this.connect();
    }

    connect() {
      this.abandon();
      if (address(this.field.value) !== this.server) {
        this.server = address(this.field.value);
        this.rememberServer();
      }
      const url = this.url = this.server + '/' + this.resource;

      this.show('connecting', url);
      const waiting = this.socket = { readyState: WebSocket.CONNECTING, close: () => this.leave(waiting) };
      clientOf(this.server).then((Client) => {
        if (this.socket === waiting && waiting.readyState === WebSocket.CONNECTING) this.open(Client, url);
      });
    }

    // Gives up if there is no socket yet.
    leave(waiting) {
      waiting.readyState = WebSocket.CLOSED;
      this.show('closed', 'given up');
    }

    open(Client, url) {
      const forced = this.menu.selectedIndex > 0 ? { transports: this.menu.value } : {};
      let socket;
      try {
        socket = Client === WebSocket ? new WebSocket(url) : new Client(url, forced);
      } catch {
        this.socket = null;
        this.show('closed', url + ' is not the address of a WebSocket server');
        return;
      }
      let opened = false;
      socket.binaryType = 'arraybuffer';
      this.socket = socket;

      socket.onopen = () => {
        opened = true;
        this.show('open', url + (socket.transport ? ' by ' + socket.transport : ''));
        if (this.handlers.open) this.handlers.open();
      };
      socket.onmessage = (event) => {
        this.pulse('in');
        this.handlers.message(event.data);
      };
      socket.onclose = (event) => {
        const why = event.reason || (opened ? CODES[event.code] : 'nobody answered at ' + url) || '';
        this.show('closed', event.code + (why && ', ' + why));
        if (this.handlers.close) this.handlers.close(event);
      };
    }

    // Returns false if no socket is open.
    send(data) {
      if (!this.isOpen()) return false;
      this.socket.send(data);
      this.pulse('out');
      return true;
    }

    isOpen() {
      return this.socket !== null && this.socket.readyState === WebSocket.OPEN;
    }

    isConnecting() {
      return this.socket !== null && this.socket.readyState === WebSocket.CONNECTING;
    }

    // Drops a socket and ignores its later events.
    abandon() {
      const socket = this.socket;
      if (!socket || socket.readyState > WebSocket.OPEN) return;
      socket.onopen = socket.onmessage = socket.onclose = null;
      socket.close(1000);
      if (this.handlers.close) this.handlers.close({ code: 1000, reason: '' });
    }

    show(state, detail) {
      this.panel.dataset.state = state;
      this.word.textContent = state;
      this.detail.textContent = detail;
      this.detail.title = detail;
      this.button.textContent = { connecting: 'Cancel', open: 'Disconnect', closed: 'Reconnect' }[state];
    }

    // Shows a spark on the wire for a message, at most one in 80 ms in each direction.
    pulse(way) {
      const now = performance.now();
      if (calm.matches || document.hidden || now - this.lastPulse[way] < 80) return;
      this.lastPulse[way] = now;

      const spark = document.createElement('i');
      spark.className = 'spark ' + way;
      this.line.append(spark);
      const path = [{ left: '0%', opacity: 0 }, { opacity: 1, offset: 0.2 }, { opacity: 1, offset: 0.8 }, { left: '100%', opacity: 0 }];
      const direction = way === 'out' ? 'normal' : 'reverse';
      spark.animate(path, { duration: 420, direction, easing: 'ease-in-out' }).onfinish = () => spark.remove();
    }

    rememberServer() {
      const query = new URLSearchParams(location.search);
      if (this.server !== addressOfPage()) query.set('server', this.server);
      if (this.menu.selectedIndex > 0) query.set('transport', this.menu.value);
      else query.delete('transport');
      try {
        history.replaceState(null, '', '?' + query);
      } catch {
        // Some browsers refuse this on a page from disk; the field still shows the server.
      }
      this.carryServer();
    }

    // The links to the other pages keep the server and the transport.
    carryServer() {
      const query = new URLSearchParams();
      if (this.server !== addressOfPage() || new URLSearchParams(location.search).has('server')) query.set('server', this.server);
      if (this.menu.selectedIndex > 0) query.set('transport', this.menu.value);
      for (const a of document.querySelectorAll('a[href$=".html"], a[href*=".html?"]')) a.search = query.toString();
    }
  }

  window.Link = Link;
})();
