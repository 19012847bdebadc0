
// What the hidden frame of SockJS does: it makes requests on the server's own origin for a page of another, with which it exchanges
// messages. It goes behind client.js, and works for sockjs-client 1.0 to 1.6.
window.SockJS = {
  bootstrap_iframe: function () {
    'use strict';
    var id = location.hash.slice(1), page, abort, transport, base, queue = [], busy = false;

    function tell(type, data) {
      parent.postMessage(JSON.stringify({ windowId: id, type: type, data: data || '' }), page || '*');
    }

    function isOurs(url) {
      var a = document.createElement('a');
      a.href = url;
      return a.protocol === location.protocol && a.host === location.host;
    }

    function url(action) {
      var parts = base.split('?');
      return parts[0] + '/' + action + '?' + (parts[1] ? parts[1] + '&' : '') + 't=' + new Date().getTime();
    }

    function down(reason) {
      if (abort) abort();
      abort = null;
      tell('c', JSON.stringify([1006, reason]));
    }

    function flush() {
      if (busy || !queue.length || !abort) return;
      var body = '[' + queue.join(',') + ']';
      queue = [];
      busy = true;
      Socket._post(transport, url, body, function (status) {
        busy = false;
        if (status !== 200 && status !== 204) return down('Sending error: http status ' + status);
        setTimeout(flush, 0);
      });
    }

    function info() {
      var xhr = new XMLHttpRequest(), began = new Date().getTime();
      xhr.open('GET', base, true);
      xhr.onreadystatechange = function () {
        if (xhr.readyState !== 4) return;
        var answer;
        try { answer = JSON.parse(xhr.responseText); } catch (e) { /* it is none */ }
        tell('t', JSON.stringify([answer, new Date().getTime() - began]));
      };
      xhr.send(null);
    }

    window.addEventListener('message', function (event) {
      var message, start;
      if (event.source !== parent || page && event.origin !== page) return;
      try { message = JSON.parse(event.data); } catch (e) { return; }
      if (!message || message.windowId !== id) return;
      switch (message.type) {
        case 's':
          start = JSON.parse(message.data); // version, transport, address of the session, address of the resource
          if (abort || !isOurs(start[2])) return;
          page = event.origin === 'null' ? undefined : event.origin;
          transport = start[1];
          base = start[2];
          if (transport === 'iframe-info-receiver') return info();
          abort = Socket._receive(transport, url, function (frame) { tell('t', frame); }, function () { down('network'); });
          break;
        case 'm':
          queue.push(message.data);
          setTimeout(flush, 0);
          break;
        case 'c':
          if (abort) abort();
          abort = null;
      }
    }, false);
    tell('s');
  }
};
