// The pages share this: a socket, its state on the page, the button that opens it
// again, and the field for the server. A connection that is lost is opened again by
// itself, with growing pauses.
//
//   const link = new Link('time', {
//     open() { link.send('start'); },
//     message(data) { ... },          // a string or an ArrayBuffer
//     close(event) { ... },           // event.code, event.reason
//   });
//   link.connect();
//
// A page talks to the server it came from, or to ws://localhost:8080 if it was opened
// from disk, unless ?server=ws://host:port or the field names another. The server is the
// folder that the page is in, so that a proxy may serve all of it below a path.
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

  // The codes of a connection that was lost, after which it is worth while to try again.
  const LOST = [1001, 1006, 1011, 1012, 1013, 1014];
  const PAUSE = 500;        // milliseconds before the first try
  const LONGEST = 10000;    // before any
  const STEADY = 5000;      // a connection that lasted longer than this begins again with PAUSE

  // Why a handshake fails, by the HTTP status that its resource answers.
  const REFUSALS = {
    401: 'the server wants to know who you are',
    403: 'the server does not accept pages from ' + location.origin + ', see its option --origins',
    404: 'there is no such module on the server',
    500: 'the module cannot be loaded: the server’s terminal shows its line',
    502: 'the proxy does not reach the server',
    503: 'the server is too busy, or does not serve this module for a minute',
    504: 'the proxy does not reach the server',
  };
  const TEMPORARY = [502, 503, 504];

  const calm = window.matchMedia('(prefers-reduced-motion: reduce)');

  // A server may be written "localhost:9000", "http://host/" or "ws://host".
  function address(text) {
    let url = text.trim().replace(/\/+$/, '');
    if (!/^[a-z]+:\/\//i.test(url)) url = 'ws://' + url;
    return url.replace(/^http/i, 'ws');
  }

  const home = /^https?:$/.test(location.protocol) ? address(new URL('.', location.href).href) : null; // null if opened from disk

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

  // A browser does not tell a page why a handshake has failed, so this asks the resource by HTTP. It returns
  // the reason, and whether it may pass. status is 0 if nobody has answered, and -1 if the browser keeps the
  // answer to itself, because it comes from another origin.
  async function ask(url) {
    const info = url.replace(/^ws/, 'http').replace(/\/$/, '') + '/info';
    let status;
    try {
      status = (await fetch(info, { cache: 'no-store' })).status;
    } catch {
      status = await fetch(info, { mode: 'no-cors' }).then(() => -1, () => 0);
    }
    if (status === 0) return { why: 'nobody answers at ' + url, passes: true };
    if (status === -1) return { why: 'refused; the log of the server tells why', passes: false };
    if (status === 200) return { why: 'the module refused the connection, or a proxy does not let it through', passes: false, there: true };
    return { why: 'HTTP status ' + status + ': ' + (REFUSALS[status] || 'the server refused'), passes: TEMPORARY.includes(status) };
  }

  class Link {
    constructor(resource, handlers) {
      this.resource = resource;
      this.handlers = handlers;
      this.server = addressOfPage();
      this.socket = null;
      this.url = null; // the URL of the socket
      this.tries = 0; // since the connection was lost
      this.timer = 0; // of the next try
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
      clearTimeout(this.timer);
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
      let opened = 0; // when; 0: it is not yet
      socket.binaryType = 'arraybuffer';
      this.socket = socket;

      socket.onopen = () => {
        opened = performance.now();
        this.show('open', url + (socket.transport ? ' by ' + socket.transport : ''));
        if (this.handlers.open) this.handlers.open();
      };
      socket.onmessage = (event) => {
        this.pulse('in');
        this.handlers.message(event.data);
      };
      socket.onclose = (event) => {
        const why = event.reason || (opened && CODES[event.code]) || '';
        this.show('closed', event.code + (why && ', ' + why));
        if (this.handlers.close) this.handlers.close(event);
        if (!opened) this.explain(socket);
        else if (LOST.includes(event.code)) {
          if (performance.now() - opened > STEADY) this.tries = 0;
          this.retry();
        }
      };
    }

    // Shows why a socket was not opened, and tries again if the reason may pass.
    async explain(socket) {
      const { why, passes } = await ask(this.url);
      if (this.socket !== socket) return;
      this.show('closed', why);
      if (passes) this.retry();
    }

    // Connects again after a pause.
    retry() {
      const pause = Math.min(LONGEST, PAUSE * 2 ** this.tries++) * (0.5 + Math.random() / 2);
      const socket = this.socket;
      this.show('closed', this.detail.textContent + '; trying again');
      this.timer = setTimeout(async () => {
        // The question is cheaper than a try by each transport.
        const { why, passes, there } = await ask(this.url);
        if (this.socket !== socket) return;
        if (there || !passes) return this.connect();
        this.show('closed', why);
        this.retry();
      }, pause);
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
      for (const a of document.querySelectorAll('a[href*=".html"]')) a.search = query.toString();
    }
  }

  window.Link = Link;
})();
