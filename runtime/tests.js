// What a test file can use: test, connect, expect and clock. The runner is in tests.go; native is its side of a
// connection, util the built-in module, and install, tick and uninstall are in testclock.go.
(function(native, util, install, tick, uninstall){
  'use strict';
  const tests = [];

  function test(name, run){
    if (typeof run != 'function') throw new TypeError('test takes a name and a function');
    tests.push({ name: String(name), run });
  }

  class Client {
    #messages = [];  // received, and not asked for
    #receivers = []; // asked for, and not received
    #requests = new Map(); // by their numbers
    #number = 0;     // of the last request
    #over;           // why there are no more
    #side;           // native
    protocol = '';

    constructor(path, options, opened, refused){
      let closed;
      this.closed = new Promise((resolve) => { closed = resolve; });
      this.#side = native(path, options, {
        opened: (protocol) => { this.protocol = protocol; opened(this); },
        refused: (status, body) => refused(Object.assign(new Error('the handshake of ' + path + ' was refused with ' + status + ': ' + body.trim()), { status, body })),
        message: (data) => {
          const receiver = this.#receivers.shift();
          if (receiver) receiver.resolve(data); else this.#messages.push(data);
        },
        replied: (number, data) => this.#end(number).resolve(data),
        unanswered: (number, reason) => this.#end(number).reject(new Error(reason)),
        closed: (code, reason) => {
          this.#over = 'the connection was closed with ' + code + (reason && ' ' + reason);
          for (const receiver of this.#receivers.splice(0)) receiver.reject(new Error(this.#over + ', and no message came'));
          for (const request of this.#requests.values()) request.reject(new Error(this.#over + ', and no reply came'));
          this.#requests.clear();
          closed({ code, reason });
        },
      });
    }

    send(data){ this.#side.send(data); }

    receive(){
      if (this.#messages.length) return Promise.resolve(this.#messages.shift());
      if (this.#over) return Promise.reject(new Error(this.#over + ', and there are no more messages'));
      return new Promise((resolve, reject) => this.#receivers.push({ resolve, reject }));
    }

    request(data){
      if (this.#over) return Promise.reject(new Error(this.#over + ', and no reply can come'));
      return new Promise((resolve, reject) => {
        this.#requests.set(++this.#number, { resolve, reject });
        this.#side.request(this.#number, data);
      });
    }

    #end(number){
      const request = this.#requests.get(number);
      this.#requests.delete(number);
      return request;
    }

    close(code, reason){
      this.#side.close(code, reason);
      return this.closed;
    }
  }

  function connect(path, options){
    return new Promise((resolve, reject) => new Client(String(path), options || {}, resolve, reject));
  }

  const show = (value) => util.inspect(value);

  // Each returns whether it is so, and the words for what was expected.
  const matchers = {
    toBe: (got, want) => [Object.is(got, want), 'to be ' + show(want)],
    toEqual: (got, want) => [util.isDeepStrictEqual(got, want), 'to equal ' + show(want)],
    toMatch: (got, want) => [want instanceof RegExp ? want.test(got) : String(got).includes(want), 'to match ' + show(want)],
    toContain: (got, want) => [typeof got == 'string' ? got.includes(want) : Array.from(got).includes(want), 'to contain ' + show(want)],
    toBeTruthy: (got) => [!!got, 'to be true'],
    toThrow: (got, want) => {
      try { got(); } catch (error) {
        const text = String(error && error.message || error);
        return [want === undefined || (want instanceof RegExp ? want.test(text) : text.includes(want)), 'to throw ' + (want === undefined ? 'no error' : show(want)) + ', and it threw ' + show(text)];
      }
      return [false, 'to throw' + (want === undefined ? '' : ' ' + show(want))];
    },
  };

  function expect(got){
    const matchersOf = (not) => {
      const all = {};
      for (const [name, matches] of Object.entries(matchers)) {
        all[name] = (want) => {
          const [is, words] = matches(got, want);
          if (is == not) throw Object.assign(new Error('expected ' + show(got) + (not ? ' not ' : ' ') + words), { name: 'AssertionError' });
        };
      }
      return all;
    };
    return Object.assign(matchersOf(false), { not: matchersOf(true) });
  }

  const clock = {
    install(options){
      const now = options && options.now;
      if (now !== undefined && !Number.isFinite(+now)) throw new TypeError('clock.install takes { now }, a Date or milliseconds since 1970');
      if (!install(now === undefined ? undefined : +now)) throw new Error('clock.install: it is installed');
      return clock;
    },
    tick(ms){
      if (!(ms >= 0 && ms <= 1e11)) throw new RangeError('clock.tick takes milliseconds, from 0 to 1e11');
      return new Promise((done) => {
        if (!tick(+ms, done)) throw new Error('clock.tick: call clock.install() before');
      });
    },
    uninstall(){ uninstall(); },
  };

  return { tests, test, connect, expect, clock };
})
