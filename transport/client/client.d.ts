// The types of client.js. Its Socket is a global, or what a module exports:
//
//   <script src="/client.js"></script>
//   import { Socket } from '/client.mjs';
//   import { Socket } from 'node.websocket';

/** One of the ways to the server. */
export type SocketTransport = 'websocket' | 'xhr-streaming' | 'eventsource' | 'xhr-polling' | 'htmlfile' | 'jsonp-polling';

export interface SocketOptions {
  /** The subprotocols that are offered, the favourite first; also the second argument. */
  protocols?: string | string[];
  /** What is tried, in this order; all by default. What has worked in this tab comes first. One alone is forced, and not remembered. */
  transports?: SocketTransport | SocketTransport[];
  /** Milliseconds that each transport has to open; 5000 by default. */
  timeout?: number;
  /**
   * Send the cookies to a server of another origin without a WebSocket, too, as for a load balancer. Its option `origins` has to list that of the page;
   * otherwise these transports fail. No by default. A server of the same origin always gets them.
   */
  credentials?: boolean;
  /**
   * Connect again when the connection is lost or the server goes away (1001, 1005, 1006, 1011 to 1015), each time after a longer, random
   * wait. What was missed of topics with a history follows; see `recovery`. `close` is told of every loss, with `reconnecting`, and `open` of every return. No by default.
   */
  reconnect?: boolean | {
    /** Milliseconds of the first wait at most; 500 by default. Each further one is twice as long. */
    min?: number;
    /** Milliseconds of any wait at most; 30000 by default. */
    max?: number;
    /** How often in a row; without end by default. */
    tries?: number;
  };
  /**
   * With `reconnect`: the bytes of messages that wait while there is no connection; 1 MiB by default, where each message counts as 1,000 bytes
   * more. They are sent in order at the next `open`, before anything newer, or dropped if there is none. False or 0 keeps none, as for positions, which would be stale by then.
   */
  buffer?: number | boolean;
}

export interface SocketEvent {
  readonly type: string;
  readonly target: Socket;
  readonly currentTarget: Socket;
}

export interface SocketMessageEvent extends SocketEvent {
  /** A string for a text; for a binary message what binaryType says. */
  readonly data: string | Blob | ArrayBuffer;
  readonly origin: string;
}

export interface SocketRecoveryEvent extends SocketEvent {
  /** A topic with a history that the connection is subscribed to again. */
  readonly topic: string;
  /** Whether everything that was published on it meanwhile follows, before anything new. If not, what is still there follows. */
  readonly recovered: boolean;
}

export interface SocketCloseEvent extends SocketEvent {
  /** As with WebSocket: 1005 for none, 1006 for a connection that was lost. */
  readonly code: number;
  readonly reason: string;
  readonly wasClean: boolean;
  /** Milliseconds until the next try; undefined if there is none. */
  readonly reconnecting: number | undefined;
}

export interface SocketEventMap {
  open: SocketEvent;
  message: SocketMessageEvent;
  recovery: SocketRecoveryEvent;
  error: SocketEvent;
  close: SocketCloseEvent;
}

export type SocketListener<K extends keyof SocketEventMap> =
  ((this: Socket, event: SocketEventMap[K]) => void) | { handleEvent(event: SocketEventMap[K]): void };

/** What WebSocket is, by whatever transport works. */
export declare class Socket {
  static readonly CONNECTING: 0;
  static readonly OPEN: 1;
  static readonly CLOSING: 2;
  static readonly CLOSED: 3;
  /** Every transport, in the order in which they are tried. */
  static readonly transports: SocketTransport[];

  /**
   * @param url ws://, wss://, http:// or https://, or relative to the page; without a fragment. Throws a SyntaxError for anything else, and for a
   * subprotocol that is no token or is there twice.
   */
  constructor(url: string | URL, protocols?: string | string[], options?: SocketOptions);
  constructor(url: string | URL, options?: SocketOptions);

  readonly CONNECTING: 0;
  readonly OPEN: 1;
  readonly CLOSING: 2;
  readonly CLOSED: 3;
  readonly url: string;
  readonly readyState: 0 | 1 | 2 | 3;
  /** Bytes of messages that were sent and have not left, also of those that wait for the next connection. */
  readonly bufferedAmount: number;
  /** The subprotocol that was agreed on, or ''. */
  readonly protocol: string;
  readonly extensions: '';
  /** What carries the connection while it is open. */
  readonly transport: SocketTransport | null;
  binaryType: 'blob' | 'arraybuffer';

  onopen: ((this: Socket, event: SocketEvent) => void) | null;
  onmessage: ((this: Socket, event: SocketMessageEvent) => void) | null;
  onrecovery: ((this: Socket, event: SocketRecoveryEvent) => void) | null;
  onerror: ((this: Socket, event: SocketEvent) => void) | null;
  onclose: ((this: Socket, event: SocketCloseEvent) => void) | null;

  /**
   * Returns false if the message was dropped: because the socket is closing or closed or, while it reconnects, the buffer is full. What had left
   * before the connection was lost is not sent again. Without a buffer, throws an InvalidStateError before the first open.
   */
  send(data: string | ArrayBuffer | ArrayBufferView | Blob): boolean;
  /**
   * Sends a message that the module replies to by connection.reply, and returns a promise of the reply; where Module.options.requests is on. It is rejected
   * with an Error whose name is RequestError if the module has failed or has not replied, TimeoutError after timeout, 10,000 ms by default, NetworkError if the
   * connection was lost meanwhile, QuotaExceededError if 1,000 requests have no reply, and InvalidStateError where send would return false or throw.
   */
  request(data: string | ArrayBuffer | ArrayBufferView | Blob, options?: { timeout?: number }): Promise<string | Blob | ArrayBuffer>;
  /** Ends the connection, and the reconnecting. The code is 1000, or from 3000 to 4999; the reason has at most 123 bytes. */
  close(code?: number, reason?: string): void;

  addEventListener<K extends keyof SocketEventMap>(type: K, listener: SocketListener<K>, options?: boolean | { once?: boolean }): void;
  removeEventListener<K extends keyof SocketEventMap>(type: K, listener: SocketListener<K>): void;
  dispatchEvent(event: { type: string }): boolean;
}
