// Made by `node.websocket types`, which writes it again. The types of what a module finds and exports.

/** What a connection gets: an instance of the module's class, or the object that all connections share. */
interface WebSocketModule {
  /** Before the handshake is answered; may be async. False or a status refuses it. */
  onHandshake?(request: HandshakeRequest): HandshakeAnswer | Promise<HandshakeAnswer>;
  onConnect?(connection: Connection): unknown;
  /** Text is a string, binary a Uint8Array. If it returns a promise, the connection's next message waits for that. */
  onData(data: string | Uint8Array, connection: Connection): unknown;
  /** The queue has emptied after send returned false. */
  onDrain?(connection: Connection): unknown;
  /** Another handler has thrown. */
  onError?(error: any, connection: Connection): unknown;
  /** The file was saved, and its new code serves. */
  onReload?(connection: Connection): unknown;
  /** Exactly once for each connection. */
  onDisconnect?(connection: Connection, code: number, reason: string): unknown;
}

/** What a file of modules/ exports as Module, if it is a class. */
interface WebSocketModuleClass {
  new (): WebSocketModule;
  options?: ModuleOptions;
  /** Answers plain HTTP of the module's path; may be async. */
  onRequest?(request: HttpRequest): HttpAnswer | Promise<HttpAnswer>;
}

/** Module.options, which override the server's options for this resource. */
interface ModuleOptions {
  // ModuleOptions
}

/** One client. Properties of your own stay on it. */
interface Connection {
  /** A string goes as text, an ArrayBuffer or a view as binary, anything else as String(data). Returns false if the queue is long or the connection is closed. */
  send(data: string | ArrayBuffer | ArrayBufferView | number | boolean | bigint): boolean;
  /**
   * While onData has a request of client.js: replies to it, as send sends; false also if it was answered before, or the client waits no more. It can be kept
   * for later; otherwise a request ends when onData has returned, and its promise is settled. Only with Module.options.requests.
   */
  reply?: (data: string | ArrayBuffer | ArrayBufferView | number | boolean | bigint) => boolean;
  /** With a closing handshake: 1000 to 1003, 1007 to 1014, or 3000 to 4999. */
  close(code?: number, reason?: string): void;
  /** Without a closing handshake. */
  terminate(): void;
  /** At most 125 bytes. */
  ping(data?: string | ArrayBuffer | ArrayBufferView): void;
  /** Read no further messages until resume. */
  pause(): void;
  resume(): void;
  log(message: any, type?: 'debug' | 'info' | 'warn' | 'error' | (string & {})): void;
  /** Returns false beyond 1,000 topics. 'room/*' stands for all that begin with 'room/'. */
  subscribe(topic: string, options?: { presence?: any }): boolean;
  unsubscribe(topic: string): boolean;
  isSubscribed(topic: string): boolean;
  /** To all subscribers but this connection. Returns false if there are none. */
  publish(topic: string, data: string | ArrayBuffer | ArrayBufferView): boolean;
  readonly subscriptions: string[];
  id: string;
  /** 0 connecting, 1 open, 2 closing, 3 closed. */
  readyState: 0 | 1 | 2 | 3;
  bufferedAmount: number;
  /** The subprotocol, or ''. */
  protocol: string;
  transport: 'websocket' | 'xhr-streaming' | 'xhr-polling' | 'eventsource' | 'htmlfile' | 'jsonp-polling';
  /** Of a WebSocket; null for other transports. */
  version: '13' | '8' | '7' | 'hixie-76' | 'hixie-75' | null;
  remoteAddress: string;
  secure: boolean;
  request: HandshakeRequest;
  server: Server;
  socket: ConnectionSocket;
  [yours: string]: any;
}

/** Of 2009: what was the socket below the connection. */
interface ConnectionSocket {
  remoteAddress: string;
  close(): void;
}

/** Shared by all connections of the resource, or of one of its workers. Properties of your own stay on it. */
interface Server {
  options: ServerOptions;
  /** The number of the resource's connections. */
  readonly clients: number;
  /** The connections of this worker. */
  readonly connections: Connection[];
  /** To all subscribers. Returns false if there are none. */
  publish(topic: string, data: string | ArrayBuffer | ArrayBufferView): boolean;
  /** To all connections of the resource, but except. */
  broadcast(data: string | ArrayBuffer | ArrayBufferView, except?: Connection): void;
  /** Of this node. */
  subscriberCount(topic: string): number;
  /** Of all nodes. */
  subscribers(topic: string): Promise<number>;
  /** Who has subscribed with a presence, on all nodes; rejected beyond 1,000. */
  presence(topic: string): Promise<{ id: string; data: any }[]>;
  [yours: string]: any;
}

/** Options that the server was started with. */
interface ServerOptions {
  // ServerOptions
}

/** The request of a handshake. */
interface HandshakeRequest {
  method: string;
  url: string;
  path: string;
  /** Of modules/rooms/[id].js: {id: '42'}. */
  params: Record<string, string>;
  /** A name that is there twice has an array. */
  query: Record<string, any>;
  /** By their names in lower case. */
  headers: Record<string, string>;
  cookies: Record<string, string>;
  /** Null without a page. */
  origin: string | null;
  host: string;
  remoteAddress: string;
  secure: boolean;
  httpVersion: string;
}

/** What onHandshake may return. */
type HandshakeAnswer = void | undefined | null | boolean | {
  /** Refuses the handshake. */
  status?: number;
  headers?: AnswerHeaders;
  body?: string;
  /** The subprotocol to agree to. */
  protocol?: string;
};

/** A plain request, given to onRequest. */
interface HttpRequest extends HandshakeRequest {
  body: HttpBody;
  text(): Promise<string>;
  json(): Promise<any>;
  bytes(): Promise<Uint8Array>;
  arrayBuffer(): Promise<ArrayBuffer>;
}

interface HttpBody {
  text(): Promise<string>;
  json(): Promise<any>;
  bytes(): Promise<Uint8Array>;
  arrayBuffer(): Promise<ArrayBuffer>;
}

/** What onRequest may return: a string or bytes are the body, nothing and false are a 404. */
type HttpAnswer = void | undefined | null | false | string | ArrayBuffer | ArrayBufferView | Response | {
  status?: number;
  headers?: AnswerHeaders;
  body?: string | ArrayBuffer | ArrayBufferView;
};

type AnswerHeaders = Record<string, string | string[]> | [string, string][] | Headers;

/** The file itself. */
interface ModuleFile {
  exports: any;
  id: string;
  filename: string;
  loaded: boolean;
  hot: ModuleHot;
  /** That of the resource's connections, while the file loads, too. */
  server: Server;
}

/** How a file hands data to its next version. */
interface ModuleHot {
  /** 1, 2, 3, … */
  version: number;
  /** What the old file put on the data of its dispose; undefined in the first version. */
  readonly data: any;
  /** Calls f before the next version serves. */
  dispose(f: (data: any) => void): void;
}

/** What require('storage') returns. */
interface ModuleStorage {
  /** Undefined if there is none. */
  get(key: string): Promise<any>;
  /** Any value that JSON has; ttl in seconds. */
  set(key: string, value: any, options?: { ttl?: number }): Promise<void>;
  /** True if there was one. */
  delete(key: string): Promise<boolean>;
  /** Adds by, 1 without it, and returns the sum. The ttl begins with the first. */
  increment(key: string, by?: number, options?: { ttl?: number }): Promise<number>;
  /** Sets and returns true if the value is the expected one; undefined stands for no value. */
  compareAndSet(key: string, expected: any, value: any, options?: { ttl?: number }): Promise<boolean>;
  /** By the order of keys, 1,000 at most: ask again, after the last key, until it is empty. */
  list(options?: { prefix?: string; limit?: number; after?: string }): Promise<{ key: string; value: any }[]>;
}

type RedisArgument = string | number | Uint8Array;

/** What require('redis') returns: also all other methods of npm's redis that send a command. */
interface RedisCommands {
  get(key: RedisArgument): Promise<any>;
  set(key: RedisArgument, value: RedisArgument, options?: Record<string, any>): Promise<any>;
  del(keys: RedisArgument | RedisArgument[]): Promise<number>;
  exists(keys: RedisArgument | RedisArgument[]): Promise<number>;
  /** Seconds. */
  expire(key: RedisArgument, seconds: number, mode?: 'NX' | 'XX' | 'GT' | 'LT'): Promise<number>;
  incr(key: RedisArgument): Promise<number>;
  hSet(key: RedisArgument, field: RedisArgument | Record<string, RedisArgument>, value?: RedisArgument): Promise<number>;
  hGet(key: RedisArgument, field: RedisArgument): Promise<any>;
  hGetAll(key: RedisArgument): Promise<Record<string, any>>;
  lPush(key: RedisArgument, values: RedisArgument | RedisArgument[]): Promise<number>;
  lRange(key: RedisArgument, start: number, stop: number): Promise<any[]>;
  sAdd(key: RedisArgument, members: RedisArgument | RedisArgument[]): Promise<number>;
  sMembers(key: RedisArgument): Promise<any[]>;
  zAdd(key: RedisArgument, members: { score: number; value: RedisArgument } | { score: number; value: RedisArgument }[], options?: Record<string, any>): Promise<any>;
  zRangeWithScores(key: RedisArgument, min: RedisArgument, max: RedisArgument, options?: Record<string, any>): Promise<{ value: any; score: number }[]>;
  publish(channel: string, message: RedisArgument): Promise<number>;
  subscribe(channels: string | string[], listener: (message: any, channel: any) => void, buffers?: boolean): Promise<void>;
  pSubscribe(patterns: string | string[], listener: (message: any, channel: any) => void, buffers?: boolean): Promise<void>;
  unsubscribe(channels?: string | string[], listener?: (message: any, channel: any) => void): Promise<void>;
  pUnsubscribe(patterns?: string | string[], listener?: (message: any, channel: any) => void): Promise<void>;
  /** Any command, with what Redis answers. */
  sendCommand(args: RedisArgument[]): Promise<any>;
  /** Has the methods of all commands, then exec. */
  multi(): any;
  /** {[RESP_TYPES.BLOB_STRING]: Buffer}: a client that gets Buffers. */
  withTypeMapping(types: Record<number, any>): RedisCommands;
  [command: string]: any;
}

/** A client of a test, which connect makes. */
interface TestClient {
  readonly protocol: string;
  send(data: string | ArrayBuffer | ArrayBufferView): void;
  /** The next message; rejected if the connection is closed before. */
  receive(): Promise<any>;
  /** Sends a request, and returns the module's reply. */
  request(data: string | ArrayBuffer | ArrayBufferView): Promise<any>;
  close(code?: number, reason?: string): Promise<{ code: number; reason: string }>;
  readonly closed: Promise<{ code: number; reason: string }>;
}

interface TestMatchers {
  toBe(want: any): void;
  toEqual(want: any): void;
  toMatch(want: string | RegExp): void;
  toContain(want: any): void;
  toBeTruthy(): void;
  toThrow(want?: string | RegExp): void;
}

declare module 'redis' {
  const redis: RedisCommands;
  export = redis;
}
declare module 'storage' {
  const storage: ModuleStorage;
  export = storage;
}

// Globals that lib.webworker does not have, or not so.

declare var module: ModuleFile;
declare var exports: any;
declare var global: typeof globalThis;
/** A file as './lib/x', a package of modules/node_modules, or a built-in module. */
declare function require(name: 'storage'): ModuleStorage;
declare function require(name: 'redis'): RedisCommands;
declare function require(name: string): any;
declare function setImmediate(f: (...args: any[]) => void, ...args: any[]): Timeout;
declare function clearImmediate(timer: Timeout | undefined | null): void;
declare function setTimeout(f: (...args: any[]) => void, ms?: number, ...args: any[]): Timeout;
declare function setInterval(f: (...args: any[]) => void, ms?: number, ...args: any[]): Timeout;
declare function clearTimeout(timer: Timeout | undefined | null): void;
declare function clearInterval(timer: Timeout | undefined | null): void;
declare var Buffer: any;
type Buffer = any;
/** Only with --allow-env. */
declare var process: {
  env: Record<string, string | undefined>;
  platform: string;
  arch: string;
  version: string;
  nextTick(f: (...args: any[]) => void, ...args: any[]): void;
  cwd(): string;
  uptime(): number;
  [more: string]: any;
};

/** What setTimeout and the like return. */
interface Timeout {
  ref(): this;
  unref(): this;
  hasRef(): boolean;
  refresh(): this;
  close(): this;
  [Symbol.toPrimitive](): number;
}

// Only in files with tests, such as chat.test.js, which the command test runs.

/** A promise that run returns is awaited. */
declare function test(name: string, run: () => unknown): void;
/** Connects to a module, without a network. Rejected with a status if the handshake is refused. */
declare function connect(path: string, options?: { origin?: string; protocols?: string | string[]; headers?: Record<string, string> }): Promise<TestClient>;
/** The time of all modules, for timers, Date and performance.now: it is real until install, and again after uninstall or the test. */
declare const clock: {
  /** Stops the time. Date begins at now, without it at the real time. */
  install(options?: { now?: number | Date }): typeof clock;
  /** Lets so many milliseconds pass, after the modules have got what was sent; each timer runs at its own time. */
  tick(ms: number): Promise<void>;
  uninstall(): void;
};
declare function expect(value: any): TestMatchers & { not: TestMatchers };

// Built-in modules, as Node's: child_process, fs and process only where they are granted.

declare module 'assert';
declare module 'assert/strict';
declare module 'async_hooks';
declare module 'buffer';
declare module 'child_process';
declare module 'console';
declare module 'crypto';
declare module 'diagnostics_channel';
declare module 'events';
declare module 'fs';
declare module 'fs/promises';
declare module 'path';
declare module 'path/posix';
declare module 'perf_hooks';
declare module 'process';
declare module 'punycode';
declare module 'querystring';
declare module 'stream/web';
declare module 'string_decoder';
declare module 'sys';
declare module 'timers';
declare module 'timers/promises';
declare module 'url';
declare module 'util';
declare module 'util/types';
declare module 'zlib';
declare module 'node:*';
