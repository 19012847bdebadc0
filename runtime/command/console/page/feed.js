// The WebSocket to the server. It comes back when it is lost, and sends the token first, where there is one.

const key = 'node.websocket console token';

/** A Feed emits "state" (open, wait or shut, with a text) and "message". */
export class Feed extends EventTarget {
  #socket;
  #wait = 500;
  #query;

  constructor() {
    super();
    // The token comes in the fragment, which no server and no log of one gets to see.
    if (location.hash.length > 1) {
      sessionStorage.setItem(key, decodeURIComponent(location.hash.slice(1)));
      history.replaceState(null, '', location.pathname + location.search);
    }
  }

  connect() {
    const url = new URL('_console', location.href);
    url.protocol = url.protocol.replace('http', 'ws');
    url.hash = url.search = '';
    this.#tell('wait', 'connecting');
    const socket = this.#socket = new WebSocket(url);
    socket.onmessage = (event) => this.#receive(JSON.parse(event.data));
    socket.onclose = (event) => this.#closed(event);
  }

  /** Tells the server which rows of a table to send. The last query holds for later connections, too. */
  query(query) {
    this.#query = query;
    this.#send({ query });
  }

  /** Closes a client's connection. */
  close(id, code, reason) { this.#send({ close: { id, code, reason } }); }

  /** Sends a token that the user has entered. */
  enter(token) {
    sessionStorage.setItem(key, token);
    this.connect();
  }

  #send(command) {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(command));
  }

  #receive(message) {
    if (message.need === 'token') {
      const token = sessionStorage.getItem(key);
      if (token) this.#send({ token });
      else this.#ask();
      return;
    }
    if (message.hello) {
      this.#wait = 500;
      this.#tell('open', 'live');
      if (this.#query) this.query(this.#query);
    }
    this.dispatchEvent(new CustomEvent('message', { detail: message }));
  }

  #ask() {
    this.#socket.onclose = null;
    this.#socket.close();
    sessionStorage.removeItem(key);
    this.#tell('shut', 'needs its token');
    this.dispatchEvent(new Event('token'));
  }

  #closed(event) {
    if (event.code === 4403) {
      this.#ask();
      return;
    }
    this.#tell('wait', event.reason || 'connection lost; trying again');
    setTimeout(() => this.connect(), this.#wait * (0.5 + Math.random()));
    this.#wait = Math.min(this.#wait * 2, 10_000);
  }

  #tell(state, text) { this.dispatchEvent(new CustomEvent('state', { detail: { state, text } })); }
}
