// new Socket('/chat') is as new WebSocket('ws://host/chat'), with or without a WebSocket. See client.d.ts. It is ES5: a script, or
// a module of CommonJS.
(function (window, exports) {
  'use strict';

  var ORDER = ['websocket', 'xhr-streaming', 'eventsource', 'xhr-polling', 'htmlfile', 'jsonp-polling'];
  var ACTIONS = { 'xhr-streaming': 'xhr_streaming', 'xhr-polling': 'xhr', 'jsonp-polling': 'jsonp' };
  var BODY = 1 << 18; // characters of messages that go into one request
  var BUFFER = 1 << 20; // bytes of messages that wait for the next connection, of which each counts as OVERHEAD more
  var OVERHEAD = 1000;
  var OPEN = 1000; // requests without a reply
  var STORE = 'node.websocket';
  var doc = window.document; // none in a worker or in Node
  var place = window.location || {};
  var calls = window._nws = window._nws || { count: 0 }; // what scripts and frames call

  function random(n) {
    var s = '', bytes = [], crypto = window.crypto;
    if (crypto && crypto.getRandomValues) crypto.getRandomValues(bytes = new Uint8Array(n));
    while (s.length < n) s += ((s.length < bytes.length ? bytes[s.length] : Math.random() * 256) & 31).toString(32);
    return s;
  }

  // What worked for a server is tried first, unless it was forced, for as long as the tab is there.
  var worked = {};
  try { worked = JSON.parse(sessionStorage.getItem(STORE)) || worked; } catch (e) { }
  function remember(host, name) {
    worked[host] = name;
    try { sessionStorage.setItem(STORE, JSON.stringify(worked)); } catch (e) { }
  }

  function quote(text) { // some of these are changed on their way by some browsers
    return JSON.stringify(text).replace(/[\x7f-\x9f\xad\u0600-\u0604\u200b-\u200f\u2028-\u202f\u2060-\u206f\ud800-\udfff\ufeff\ufff0-\uffff]/g, function (c) {
      return '\\u' + ('000' + c.charCodeAt(0).toString(16)).slice(-4);
    });
  }

  function utf8Length(text) {
    return text.replace(/[\ud800-\udbff][\udc00-\udfff]/g, '1234').replace(/[\u0800-\uffff]/g, '123').replace(/[\x80-\u07ff]/g, '12').length;
  }

  function bytesOf(data) {
    return data.buffer ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength) : new Uint8Array(data);
  }

  function frame(name) {
    var f = doc.createElement('iframe');
    f.name = name;
    f.style.display = 'none';
    return f;
  }

  function remove(node) { if (node.parentNode) node.parentNode.removeChild(node); }

  // Each takes one response, calls onframe and then ondone(another may follow), and returns a function that ends it.
  var receivers = {
    xhr: function (url, onframe, ondone, credentials) {
      var xhr = new XMLHttpRequest(), at = 0;
      function read() {
        var text = xhr.responseText, end;
        while ((end = text.indexOf('\n', at)) >= 0) {
          var line = text.slice(at, end);
          at = end + 1;
          if (line) onframe(line);
        }
      }
      xhr.open('POST', url, true);
      xhr.withCredentials = credentials;
      xhr.onreadystatechange = function () {
        if (xhr.readyState < 3) return;
        if (xhr.status === 200) read();
        if (xhr.readyState === 4) ondone(xhr.status === 200 && at > 0);
      };
      xhr.send(null);
      return function () { xhr.onreadystatechange = null; xhr.abort(); };
    },
    eventsource: function (url, onframe, ondone, credentials) {
      var source = new EventSource(url, { withCredentials: credentials }), some = false;
      function end() { source.onmessage = source.onerror = null; source.close(); }
      source.onmessage = function (event) { some = true; onframe(decodeURIComponent(event.data)); };
      source.onerror = function () { end(); ondone(some); };
      return end;
    },
    htmlfile: function (url, onframe, ondone) {
      var id = 'f' + ++calls.count, node = frame(id), some = false;
      function end() {
        calls[id] = { start: end, message: end, stop: end }; // it may say something yet
        node.onload = null;
        setTimeout(function () { remove(node); }, 0);
      }
      function done() { if (node.onload) { end(); ondone(some); } }
      calls[id] = { start: function () { }, message: function (data) { some = true; onframe(data); }, stop: done };
      node.onload = done;
      node.src = url + '&c=_nws.' + id;
      doc.body.appendChild(node);
      return end;
    },
    jsonp: function (url, onframe, ondone) {
      var id = 'f' + ++calls.count, node = doc.createElement('script'), some = false;
      function end() { calls[id] = function () { }; node.onload = node.onerror = null; remove(node); }
      calls[id] = function (data) { some = true; onframe(data); };
      node.onload = node.onerror = function () { end(); ondone(some); };
      node.async = true;
      node.src = url + '&c=_nws.' + id;
      doc.getElementsByTagName('head')[0].appendChild(node);
      return end;
    }
  };

  function supported(name, sameOrigin) {
    switch (name) {
      case 'websocket': return !!window.WebSocket;
      case 'htmlfile': return sameOrigin && !!doc;
      case 'jsonp-polling': return !!doc;
      default: return (name !== 'eventsource' || !!window.EventSource) && !!window.XMLHttpRequest && (sameOrigin || 'withCredentials' in new XMLHttpRequest());
    }
  }

  // receive takes one response after the other. url returns the address of an action.
  function receive(name, url, onframe, ondown) {
    var over = false, abort;
    var action = ACTIONS[name] || name, receiver = receivers[name.indexOf('xhr') ? action : 'xhr'];
    function next() {
      var done = false;
      abort = null;
      var end = receiver(url(action), function (data) { if (!over) onframe(data); }, function (more) {
        done = true;
        if (over) return;
        if (more) next(); else ondown();
      }, url.credentials);
      if (over && !done) end(); else if (!done) abort = end;
    }
    next();
    return function () { over = true; if (abort) abort(); };
  }

  // post brings a body, and calls back with an HTTP status; 0 for none. A form does not tell.
  function post(name, url, body, callback) {
    if (name !== 'jsonp-polling') {
      var xhr = new XMLHttpRequest();
      xhr.open('POST', url('xhr_send'), true);
      xhr.withCredentials = url.credentials;
      xhr.setRequestHeader('Content-Type', 'text/plain');
      xhr.onreadystatechange = function () {
        if (xhr.readyState === 4) callback(xhr.status);
      };
      xhr.send(body);
      return;
    }
    var id = 'f' + ++calls.count, form = doc.createElement('form'), area = doc.createElement('textarea'), node = frame(id);
    form.method = 'POST';
    form.acceptCharset = 'utf-8';
    form.style.display = 'none';
    form.action = url('jsonp_send');
    form.target = id;
    area.name = 'd';
    area.value = body;
    form.appendChild(area);
    form.appendChild(node);
    doc.body.appendChild(form);
    form.submit();
    node.onload = function () {
      node.onload = null;
      setTimeout(function () { remove(form); }, 0);
      callback(204);
    };
  }

  // A way is one attempt by one transport. It calls on.open, on.message and on.down.

  function webSocketWay(socket, on) {
    var ws, early = [], probe = 'o:' + random(20), open = false;
    function opened(gone) {
      open = true;
      on.open(ws.protocol, gone);
      for (var i = 0; i < early.length; i++) on.message(early[i]);
    }
    ws = new WebSocket(socket._address('ws') + (socket._query ? socket._query + '&' : '?') + 'nws=1' + socket._frames, socket._protocols);
    ws.binaryType = 'arraybuffer';
    // Some proxies let the handshake through and nothing else: open is what has answered.
    ws.onopen = function () { ws.send(probe); };
    ws.onmessage = function (event) {
      if (open) on.message(event.data); else if (event.data === probe) opened(); else early.push(event.data);
    };
    ws.onclose = function (event) {
      if (!open && event.wasClean && event.code !== 1005) opened(true); // the module has closed at once
      on.down(event.code, event.reason, event.wasClean);
    };
    return {
      send: function (data) { ws.send(data); },
      close: function (code, reason) { if (code === undefined) ws.close(); else ws.close(code, reason); },
      abort: function () { ws.onopen = ws.onmessage = ws.onclose = null; ws.close(); },
      buffered: function () { return ws.bufferedAmount; }
    };
  }

  function requestWay(name, socket, on) {
    var key = '1&protocols=' + encodeURIComponent(socket._protocols.join(',')) + socket._frames, path = socket._address('http') + '/' +
      ('00' + Math.floor(Math.random() * 1000)).slice(-3) + '/' + random(20) + '/';
    var queue = [], waiting = 0, busy = false, number = 0, over = false, abort;

    function url(action) {
      return path + action + (socket._query ? socket._query + '&' : '?') + 'nws=' + key + '&n=' + number + '&t=' + random(8);
    }
    url.credentials = socket._options.credentials;
    function end() { over = true; if (abort) abort(); }
    function down(code, reason, clean) { if (!over) { end(); on.down(code, reason, clean); } }

    function flush() {
      if (busy || over || !queue.length || queue[0].text === null) return;
      var items = [], size = 0, closes = false;
      while (queue.length && queue[0].text !== null && (!items.length || size + queue[0].text.length < BODY)) {
        size += queue[0].text.length;
        closes = closes || queue[0].closes;
        items.push(queue.shift());
      }
      var body = '', bytes = 0, tries = 0;
      for (var i = 0; i < items.length; i++) {
        body += (i ? ',' : '[') + items[i].text;
        bytes += items[i].size;
      }
      busy = true;
      number++;
      (function attempt() {
        post(name, url, body + ']', function (status) {
          if (over) return;
          if ((status === 0 || status === 502 || status === 504 || status === 429) && tries++ < 3) { // it has a number
            setTimeout(attempt, 200 * tries);
            return;
          }
          busy = false;
          waiting -= bytes;
          if (status !== 200 && status !== 204) setTimeout(function () { down(1006, '', false); }, 500); // a better reason may come yet
          else if (closes) setTimeout(function () { down(closes, '', true); }, 2000); // it is answered before
          else flush();
        });
      })();
    }

    function take(data) {
      var rest = data.slice(1);
      switch (data.charAt(0)) {
        case 'o':
          rest = JSON.parse(rest);
          key = rest[1];
          on.open(rest[0]);
          break;
        case 'a':
          rest = JSON.parse(rest);
          for (var i = 0; i < rest.length && !over; i++) {
            if (typeof rest[i] === 'string') on.message(rest[i]); else on.message(rest[i][0], true);
          }
          break;
        case 'c':
          rest = JSON.parse(rest);
          if (rest[1] === 'Connection interrupted') rest = [1006, '']; // as over a WebSocket; SockJS says 1002
          down(rest[0], rest[1], rest[0] !== 1006 && rest[0] !== 1002);
      }
    }

    abort = receive(name, url, take, function () { down(1006, '', false); });
    return {
      send: function (data) {
        var item = { text: null, size: 0 };
        queue.push(item);
        if (typeof data === 'string') {
          item.text = quote(data);
          item.size = utf8Length(data);
        } else if (window.Blob && data instanceof Blob) {
          var reader = new FileReader();
          item.size = data.size;
          reader.onload = function () { item.text = '["' + reader.result.slice(reader.result.indexOf(',') + 1) + '"]'; flush(); };
          if (data.size) reader.readAsDataURL(data); else item.text = '[""]';
        } else {
          var bytes = bytesOf(data), s = '';
          for (var i = 0; i < bytes.length; i++) s += String.fromCharCode(bytes[i]);
          item.text = '["' + btoa(s) + '"]';
          item.size = bytes.length;
        }
        waiting += item.size;
        setTimeout(flush, 0); // what is sent in one go goes in one request
      },
      close: function (code, reason) {
        code = code || 1005;
        queue.push({ text: '[' + code + ',' + quote(reason || '') + ']', size: 0, closes: code });
        setTimeout(flush, 0);
        setTimeout(function () {
          var n = number;
          if (!busy || !queue.length) return;
          number = 0; // a close waits
          post(name, url, '[]', flush);
          number = n;
        }, 100);
      },
      abort: end,
      buffered: function () { return waiting; }
    };
  }

  function named(name, message) {
    var error = new Error(message);
    error.name = name;
    return error;
  }

  function fail(name, message) { throw named(name, message); }

  function absolute(url) {
    if (doc) {
      var a = doc.createElement('a');
      a.href = url;
      return a.href;
    }
    try { return new URL(url, place.href).href; } catch (e) { return ''; }
  }

  function Socket(url, protocols, options) {
    if (!(this instanceof Socket)) fail('TypeError', 'use new Socket');
    if (protocols && typeof protocols === 'object' && !(protocols instanceof Array)) {
      options = protocols;
      protocols = options.protocols;
    }
    options = options || {};
    var parts = /^http(s?):\/\/([^\/?#]+)([^?#]*)(\?[^#]*)?(#.*)?$/i.exec(absolute(String(url).replace(/^ws(s?:)/i, 'http$1')));
    if (!parts || parts[5]) fail('SyntaxError', url + ' is no address such as ' + (place.host ? '/chat' : 'ws://localhost:8080/chat'));
    this._host = parts[2];
    this._path = parts[3].replace(/\/+$/, '');
    this._secure = parts[1];
    this._query = parts[4] && parts[4].length > 1 ? parts[4] : '';
    this._protocols = protocols ? [].concat(protocols) : [];
    this._protocols.forEach(function (name, i, all) {
      if (!/^[!#-'*+\-.^-`|~\w]+$/.test(name) || all.indexOf(name) < i) fail('SyntaxError', 'protocols: ' + name);
    });
    this._options = options;
    this._frames = '&frames=1' + (options.reconnect ? '&recover=' + random(20) : '');
    this._requests = {}; // by their numbers
    this._number = this._open = 0; // the number of the last, and how many there are
    this._patterns = {}; // what it is subscribed to, or was when the connection was lost
    this._topics = {}; // those with a history of which it has heard; see _start
    this._listeners = {};
    this._room = !options.reconnect || options.buffer === false ? 0 : options.buffer === undefined || options.buffer === true ? BUFFER : options.buffer;
    this._waiting = []; // messages for the next connection
    this._buffered = this._tries = 0;
    this._again = !!options.reconnect; // whether there is to be one
    this.url = this._address('ws', this._path || '/') + this._query;
    this.binaryType = window.Blob ? 'blob' : 'arraybuffer';
    this.protocol = this.extensions = '';
    this.transport = null;
    this.onopen = this.onmessage = this.onrecovery = this.onerror = this.onclose = null;
    this._connect();
  }

  var proto = Socket.prototype;
  ['CONNECTING', 'OPEN', 'CLOSING', 'CLOSED'].forEach(function (name, i) { Socket[name] = proto[name] = i; });
  Socket.transports = ORDER;

  proto._address = function (scheme, path) { return scheme + this._secure + '://' + this._host + (path || this._path); };

  proto._connect = function () {
    var self = this, list = [].concat(self._options.transports || ORDER), at = list.indexOf(worked[self._host]);
    var same = 'http' + self._secure + '://' + self._host === place.protocol + '//' + place.host;
    self._free = list.length > 1;
    self.readyState = 0;
    if (at > 0) list.unshift(list.splice(at, 1)[0]);
    list = list.filter(function (name) { return supported(name, same); });
    self._timer = setTimeout(function () { self._try(list); }, 0);
  };

  proto._try = function (list) {
    var self = this, name = list.shift(), done = false;
    if (!name) return self._down(1006, '', false);
    function next() {
      if (done) return;
      done = true;
      clearTimeout(self._timer);
      if (self._way) self._way.abort();
      self._way = null;
      self._try(list);
    }
    var on = {
      open: function (protocol, gone) {
        if (done) return;
        done = true;
        clearTimeout(self._timer);
        if (self._free) remember(self._host, name);
        self._tries = 0;
        self.transport = name;
        self.protocol = protocol || '';
        self.readyState = 1;
        self._start();
        var waiting = gone ? [] : self._drop();
        for (var i = 0; i < waiting.length; i++) self._pass(waiting[i]);
        self._tell('open', {});
      },
      message: function (data, isBase64) {
        if (self.readyState !== 1) return;
        if (isBase64) {
          var s = atob(data), bytes = new Uint8Array(s.length);
          for (var i = 0; i < s.length; i++) bytes[i] = s.charCodeAt(i);
          data = bytes.buffer;
        }
        if (startsFrame(data)) self._frame(data); else self._message(data);
      },
      down: function (code, reason, clean) {
        if (!self.transport || !done) return next();
        self._down(code, reason, clean);
      }
    };
    self._timer = setTimeout(next, self._options.timeout || 5000);
    self.transport = null;
    try {
      self._way = name === 'websocket' ? webSocketWay(self, on) : requestWay(name, self, on);
    } catch (e) { // a page of https may not open ws, say
      next();
    }
  };

  proto._data = function (data) { return typeof data !== 'string' && this.binaryType === 'blob' ? new Blob([data]) : data; };

  proto._message = function (data) {
    this._tell('message', { data: this._data(data), origin: 'ws' + this._secure + '://' + this._host });
  };

  // Recovery, of sockets that reconnect; runtime/recovery.go has the frames, and inquiry.go those of requests. A topic has e, the epoch of its history; a, the number
  // of the last message of each publisher; and base, the same of what was there before. After a reconnect it also has held, the
  // messages that have come before it is known what was missed. Places have no epoch if nodes share the history.

  function startsFrame(data) { return (typeof data === 'string' ? data.charCodeAt(0) : bytesOf(data)[0]) === 0; }

  // framed returns the data behind the head of a frame, or, without one, such that it is not taken for a frame.
  function framed(data, head) {
    var isText = typeof data === 'string';
    if (!isText && window.Blob && data instanceof Blob) return new Blob([head || '\0d', data]);
    if (!head && !startsFrame(isText ? data : data = bytesOf(data))) return data;
    head = head || '\0d';
    if (isText) return head + data;
    var bytes = bytesOf(data), all = new Uint8Array(head.length + bytes.length);
    for (var i = 0; i < head.length; i++) all[i] = head.charCodeAt(i);
    all.set(bytes, i);
    return all;
  }

  function covers(pattern, name) {
    return pattern === name || pattern.slice(-1) === '*' && !name.indexOf(pattern.slice(0, -1));
  }

  proto._start = function () {
    this._asks = []; // the topics that are asked for, one after the other
    this._unsure = this._lost ? Object.keys(this._patterns) : []; // patterns of which it is not known what was missed
    this._before = this._epoch || '';
    for (var name in this._topics) {
      var t = this._topics[name];
      for (var p in t.base) t.a[p] = Math.max(t.a[p] || 0, t.base[p]);
      this._topics[name] = { name: name, e: t.e, a: t.a, held: [] };
    }
  };

  proto._frame = function (data) {
    var text = typeof data === 'string', bytes = text || new Uint8Array(data), at = 2, head = '';
    var kind = text ? data.charAt(1) : String.fromCharCode(bytes[1]);
    if ('mhpae'.indexOf(kind) >= 0) {
      if (text) head = data.slice(2, at = data.indexOf('\n')); else while (bytes[at] !== 10) head += String.fromCharCode(bytes[at++]);
      at++;
    }
    var rest = data.slice(at);
    switch (kind) {
      case 'd': return this._message(rest);
      case 'a': return this._settle(head, null, this._data(rest));
      case 'e': return this._settle(head, 'RequestError', rest);
      case 's': return this._subscribed(JSON.parse(rest));
      case 'u': return this._unsubscribed(rest);
      case 'i': return this._interrupted();
      case 'r': return this._answered(JSON.parse(rest));
    }
    head = head.split(' ');
    this._placed(kind, decodeURIComponent(head[0]), head[1], head[2], +head[3], rest);
  };

  proto._placed = function (kind, name, epoch, publisher, number, data) {
    var t = this._topics[name];
    if (kind === 'h') {
      if (!t || t !== this._asks[0]) return;
      t.a[publisher] = number;
      this._message(data);
      if (!--t.left) this._caughtUp(t);
      return;
    }
    if (!t && this._unsure.some(function (p) { return covers(p, name); })) t = this._begun(name, 0); // see _subscribed
    if (t && t.held) return t.held.push([kind, name, epoch, publisher, number, data]);
    if (!t || epoch && t.e !== epoch) t = this._topics[name] = { name: name, e: epoch || this._epoch || '', a: {} };
    if (t.a[publisher] >= number) return;
    t.a[publisher] = number;
    if (kind === 'm') this._message(data);
  };

  // _begun adds a topic of which nothing was heard before the connection was lost.
  proto._begun = function (name, late) {
    return this._topics[name] = { name: name, e: this._before, a: {}, held: [], late: late };
  };

  proto._subscribed = function (s) {
    var self = this, topics = self._topics, was = self._patterns[s.p], states = {}, late = self._lost && Date.now() - self._lost > s.w;
    self._patterns[s.p] = true;
    if (s.g) self._epoch = s.g;
    self._unsure = self._unsure.filter(function (p) { return p !== s.p; });
    s.t.forEach(function (state) {
      states[state.t] = state;
      var t = topics[state.t];
      if (t && t.held) return t.late = t.late === 0 ? late : t.late;
      if (t) { // a message has come before
        t.e = t.e || state.e;
        t.base = t.base || state.a;
        return;
      }
      t = topics[state.t] = { name: state.t, e: state.e, a: {}, base: state.a || {} };
      // It has begun meanwhile, if it is not over already.
      if (was && self._lost) self._begun(state.t, late);
    });
    if (s.more && was || s.away && was && !s.t.length) self._tell('recovery', { topic: s.p, recovered: false });
    for (var name in topics) {
      var t = topics[name], state = states[name], same = !!state && !!state.e && t.e === state.e;
      if (!t.held || t.asked || !covers(s.p, name)) continue;
      if (same) for (var p in state.a) same = same && t.a[p] >= state.a[p];
      t.asked = true;
      if (same || s.away) {
        self._tell('recovery', { topic: name, recovered: same && !s.away });
        self._release(t);
      } else if (self._asks.push(t) === 1) self._ask();
    }
  };

  proto._unsubscribed = function (pattern) {
    delete this._patterns[pattern];
    for (var name in this._topics) {
      if (!Object.keys(this._patterns).some(function (p) { return covers(p, name); })) delete this._topics[name];
    }
  };

  // _interrupted asks for what the node has missed.
  proto._interrupted = function () {
    for (var name in this._topics) {
      var t = this._topics[name];
      if (t.held) {
        t.again = t.asked;
        continue;
      }
      for (var p in t.base) t.a[p] = Math.max(t.a[p] || 0, t.base[p]);
      t = this._topics[name] = { name: name, e: t.e, a: t.a, held: [], asked: true };
      if (this._asks.push(t) === 1) this._ask();
    }
  };

  proto._ask = function () {
    var t = this._asks[0];
    if (t && this._way) this._way.send('\0r' + JSON.stringify({ t: t.name, e: t.e, a: t.a }));
  };

  proto._answered = function (r) {
    var t = this._asks[0], recovered = r.ok && !t.late;
    if (this._topics[r.t] !== t) { // unsubscribed meanwhile
      this._asks.shift();
      return this._ask();
    }
    if (t.recovered !== recovered && t.recovered !== false) this._tell('recovery', { topic: r.t, recovered: t.recovered = recovered });
    t.e = r.e;
    t.left = r.n;
    t.more = r.more;
    t.last = r.a || {};
    if (!r.n) this._caughtUp(t);
  };

  proto._caughtUp = function (t) {
    if (t.more || t.again) {
      t.again = false;
      return this._ask();
    }
    for (var p in t.last) t.a[p] = Math.max(t.a[p] || 0, t.last[p]);
    this._asks.shift();
    this._release(t);
    this._ask();
  };

  proto._release = function (t) {
    var held = t.held;
    t.held = null;
    if (!t.e && this._topics[t.name] === t) delete this._topics[t.name];
    for (var i = 0; i < held.length; i++) this._placed.apply(this, held[i]);
  };

  proto._down = function (code, reason, clean) {
    var self = this, reconnect = self._options.reconnect, wait;
    clearTimeout(self._timer);
    self._way = null;
    if (reconnect && self.readyState < 2 && (code === 1001 || code === 1005 || code === 1006 || code > 1010 && code < 1016)) {
      var least = reconnect.min || 500, most = reconnect.max || 30000;
      if (self._tries < (reconnect.tries || Infinity)) {
        wait = Math.min(most, least * Math.pow(2, self._tries++)) * (0.5 + Math.random() / 2);
      }
    }
    if (self.transport) self._lost = Date.now();
    self.readyState = 3;
    self.transport = null;
    self._again = wait !== undefined;
    self._giveUp();
    if (self._again) self._timer = setTimeout(function () { self._connect(); }, wait); else self._drop();
    if (!clean) self._tell('error', {});
    self._tell('close', { code: code, reason: reason || '', wasClean: !!clean, reconnecting: wait });
  };

  // _drop empties the buffer, and returns what was in it.
  proto._drop = function () {
    var waiting = this._waiting;
    this._waiting = [];
    this._buffered = 0;
    return waiting;
  };

  // _keep buffers a message until there is a connection, and reports whether there was room.
  proto._keep = function (data, id) {
    var size = typeof data === 'string' ? utf8Length(data) : data.size === undefined ? data.byteLength : data.size;
    if (this._buffered + size + OVERHEAD * (this._waiting.length + 1) > this._room) return false;
    if (data.byteLength !== undefined) data = new Uint8Array(bytesOf(data)); // the page may change it
    this._waiting.push({ data: data, size: size, id: id });
    this._buffered += size;
    return true;
  };

  proto.send = function (data) {
    if (this.readyState === 0 && !this._room && !this._lost) fail('InvalidStateError', 'not open yet: send from onopen on');
    return this._send(data);
  };

  // _send is send for a message, or for a request with a number.
  proto._send = function (data, id) {
    var binary = data && (data.byteLength !== undefined || window.Blob && data instanceof Blob);
    data = framed(binary ? data : String(data), id && '\0q' + id + '\n');
    if (this.readyState !== 1) return this._again && this._keep(data, id);
    this._pass({ data: data, id: id });
    return true;
  };

  proto._pass = function (message) {
    if (message.id) this._requests[message.id].left = true;
    this._way.send(message.data);
  };

  // _settle ends a request, with an error if that has a name.
  proto._settle = function (id, name, value) {
    var request = this._requests[id];
    if (!request) return; // its time was over
    delete this._requests[id];
    this._open--;
    clearTimeout(request.timer);
    if (name) request.reject(named(name, value)); else request.resolve(value);
  };

  // _giveUp ends the requests that get no reply: those that have left, or all if there is no further connection.
  proto._giveUp = function () {
    for (var id in this._requests) {
      if (this._requests[id].left || !this._again) this._settle(id, 'NetworkError', 'the connection was lost');
    }
  };

  proto.request = function (data, options) {
    var self = this, time = options && options.timeout || 10000;
    return new Promise(function (resolve, reject) {
      if (self._open >= OPEN) fail('QuotaExceededError', OPEN + ' requests are open');
      var id = ++self._number;
      self._requests[id] = { resolve: resolve, reject: reject, timer: setTimeout(function () {
        var left = self._requests[id].left;
        self._settle(id, 'TimeoutError', 'no reply came within ' + time + ' ms');
        if (left) return self.readyState === 1 && self._way.send('\0x' + id);
        self._waiting = self._waiting.filter(function (m) { return m.id !== id || (self._buffered -= m.size, false); });
      }, time) };
      self._open++;
      if (!self._send(data, id)) self._settle(id, 'InvalidStateError', self._again ? 'the buffer is full' : 'there is no connection');
    });
  };

  proto.close = function (code, reason) {
    if (code !== undefined && (code |= 0) !== 1000 && !(code >= 3000 && code <= 4999)) fail('InvalidAccessError', 'code: 1000, or 3000 to 4999');
    if (reason !== undefined && utf8Length(String(reason)) > 123) fail('SyntaxError', 'reason: at most 123 bytes');
    clearTimeout(this._timer);
    this._again = false;
    this._drop();
    this._giveUp();
    if (this.readyState === 0) {
      var self = this;
      if (self._way) self._way.abort();
      self.readyState = 2;
      setTimeout(function () { self._down(1006, '', false); }, 0);
    } else if (this.readyState === 1) {
      this.readyState = 2;
      this._way.close(code, reason === undefined ? '' : String(reason));
    }
  };

  proto.addEventListener = function (type, listener, options) {
    var list = this._listeners[type] = this._listeners[type] || [];
    if (listener && !list.some(function (l) { return l.call === listener; })) list.push({ call: listener, once: options && options.once });
  };

  proto.removeEventListener = function (type, listener) {
    this._listeners[type] = (this._listeners[type] || []).filter(function (l) { return l.call !== listener || !(l.gone = true); });
  };

  proto.dispatchEvent = function (event) {
    var self = this, type = event.type, list = (self._listeners[type] || []).slice();
    if (typeof self['on' + type] === 'function') list.unshift({ call: self['on' + type] });
    list.forEach(function (l) {
      var listener = l.call;
      if (l.gone) return;
      if (l.once) self.removeEventListener(type, listener);
      try {
        if (listener.handleEvent) listener.handleEvent(event); else listener.call(self, event);
      } catch (e) {
        setTimeout(function () { throw e; }, 0); // the next is called all the same
      }
    });
    return !event.defaultPrevented;
  };

  proto._tell = function (type, event) {
    event.type = type;
    event.target = event.currentTarget = this;
    this.dispatchEvent(event);
  };

  Object.defineProperty(proto, 'bufferedAmount', { get: function () { return this._buffered + (this._way ? this._way.buffered() : 0); } });

  Socket._receive = receive; // for frame.js
  Socket._post = post;
  if (exports) exports.Socket = Socket; else window.Socket = Socket;
})(typeof window === 'object' ? window : globalThis, typeof module === 'object' && typeof exports === 'object' && exports);
