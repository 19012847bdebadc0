// The page of modules/chat.js, which describes the protocol in its first lines.
// What people write is put on the page as text, never as HTML.

'use strict';

(() => {
  const at = (id) => document.getElementById(id);
  const room = at('room');
  const log = at('log');
  const LINES = 500; // the most that stay on the page

  let wanted = null;    // the name the user asked for, also after a reconnect
  let nick = null;      // our name in the room
  let welcomed = false; // false while messages are from the past
  let users = [];
  let topic = '';
  let seen = [];        // the last messages, so that past ones are not shown twice
  let earlier = false;  // whether past messages have their heading
  let group = null;     // who wrote the last line

  const link = new Link('chat', {
    open() {
      link.send(wanted === null ? 'USERS' : 'NICK ' + wanted); // USERS needs no name
    },
    message: receive,
    close(event) {
      const wasIn = nick !== null;
      leave();
      if (wasIn) line('note', 'You are not connected any more.');
      if (event.code === 1000) wanted = null;
    },
  });
  link.connect();

  function receive(data) {
    let message;
    try {
      message = JSON.parse(data);
    } catch {
      return line('fault', 'Not understood: ' + data);
    }

    switch (message.type) {
      case 'MSG':
      case 'ACTION':
        return say(message);
      case 'JOIN':
        if (message.isSelf) nick = message.nick;
        users = users.filter((user) => user !== message.nick).concat(message.nick);
        showUsers();
        return line('note', [who(message.nick), ' joined'], message.timestamp);
      case 'PART':
        users = users.filter((user) => user !== message.nick);
        showUsers();
        return line('note', [who(message.nick), ' left'], message.timestamp);
      case 'TOPIC':
        return setTopic(message);
      case 'RPL_WELCOME':
        return enter();
      case 'RPL_USERS':
        users = message.nicks;
        return showUsers();
      case 'ERR':
        return fail(message.text);
    }
  }

  // Joining and leaving.

  function enter() {
    if (nick === null) nick = wanted; // a server of 2009 does not say which JOIN is ours
    wanted = nick;
    link.send('USERS');
    showUsers();
    if (welcomed) return;

    welcomed = true;
    show('yes');
    at('nick-error').textContent = '';
    at('entry').placeholder = 'Message, as ' + nick;
    at('entry').focus();
  }

  function leave() {
    nick = null;
    welcomed = earlier = false;
    users = [];
    show('no');
    showUsers();
  }

  // The two forms below the log differ in height; keep the end of the log in view.
  function show(joined) {
    room.dataset.joined = joined;
    for (const id of ['topic', 'entry', 'send']) at(id).disabled = joined === 'no';
    log.scrollTop = log.scrollHeight;
  }

  // Before the welcome an error is about the name, afterwards about a line.
  function fail(text) {
    if (welcomed) return line('fault', text);
    wanted = null;
    at('nick-error').textContent = text;
    at('nick').select();
  }

  at('nick-form').addEventListener('submit', (event) => {
    event.preventDefault();
    wanted = at('nick').value.trim();
    at('nick-error').textContent = '';
    if (!link.send('NICK ' + wanted)) link.connect();
  });

  at('entry-form').addEventListener('submit', (event) => {
    event.preventDefault();
    const text = at('entry').value;
    if (text.trim() === '') return;
    if (link.send(command(text))) at('entry').value = '';
  });

  function command(text) {
    const [, name, rest] = /^\/(\w+)\s*(.*)$/.exec(text) || [];
    switch (name && name.toLowerCase()) {
      case undefined: return 'MSG ' + text;
      case 'me':      return 'ACTION ' + rest;
      case 'topic':   return 'TOPIC ' + rest;
      case 'nick':    return 'NICK ' + rest;
      case 'who':     return 'USERS';
      case 'quit':    return 'PART';
    }
    return name.toUpperCase() + ' ' + rest; // the server checks the command
  }

  // The topic is an input that looks like a heading.

  function setTopic(message) {
    topic = message.text === undefined ? message.topic : message.text;
    if (document.activeElement !== at('topic')) at('topic').value = topic; // not while the user types
    at('topic-by').textContent = 'set by ' + message.nick;
    if (welcomed) line('note', [who(message.nick), ' set the topic: ' + topic], message.timestamp);
  }

  at('topic-form').addEventListener('submit', (event) => {
    event.preventDefault();
    if (at('topic').value !== topic) link.send('TOPIC ' + at('topic').value);
    at('entry').focus();
  });

  at('topic').addEventListener('keydown', (event) => {
    if (event.key === 'Escape') at('topic').value = topic;
  });

  at('topic').addEventListener('blur', () => {
    at('topic').value = topic;
  });

  // Lines.

  function say(message) {
    const key = [message.type, message.nick, message.timestamp, message.text].join('\n');
    if (!welcomed && seen.includes(key)) return;
    seen = seen.concat(key).slice(-50);

    const past = welcomed ? '' : ' past';
    if (past && !earlier) {
      earlier = true;
      line('note', 'Earlier');
    }
    if (message.type === 'ACTION') {
      return line('action' + past, [who(message.nick), ' ', ...linked(message.text)], message.timestamp);
    }

    const own = message.isSelf ? ' own' : '';
    const block = element('article', 'message ' + hue(message.nick) + own + past);
    const follows = group === block.className + message.nick;
    if (!follows) {
      const face = element('span', 'face', [...message.nick][0]);
      face.setAttribute('aria-hidden', 'true');
      block.append(face, element('p', 'head', who(message.nick), ' ', clock(message.timestamp)));
    } else {
      block.classList.add('follows');
      block.append(element('p', 'unseen', message.nick));
    }
    block.append(element('p', 'text', ...linked(message.text)));
    append(block);
    group = block.className.replace(' follows', '') + message.nick;
  }

  function line(kind, content, timestamp) {
    const parts = Array.isArray(content) ? content : [content];
    append(element('p', 'event ' + kind, ...parts, ' ', timestamp ? clock(timestamp) : ''));
    group = null;
  }

  // Scroll along with new lines only if the end was in view.
  function append(block) {
    const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 60;
    log.append(block);
    while (log.children.length > LINES) log.firstChild.remove();
    if (atEnd) log.scrollTop = log.scrollHeight;
  }

  function clock(timestamp) {
    const date = new Date(timestamp);
    const time = element('time', '', isNaN(date) ? '' : date.toTimeString().slice(0, 5));
    if (!isNaN(date)) time.dateTime = date.toISOString();
    return time;
  }

  function who(name) {
    return element('b', 'nick ' + hue(name), name);
  }

  // One of twelve colours; a name has the same one everywhere.
  function hue(name) {
    let sum = 7;
    for (const letter of name) sum = (sum * 31 + letter.codePointAt(0)) % 9973;
    return 'hue' + sum % 12;
  }

  function linked(text) {
    return text.split(/(https?:\/\/[^\s<>"]+)/).map((part, i) => {
      if (i % 2 === 0) return part;
      const a = element('a', '', part);
      a.href = part;
      a.target = '_blank';
      a.rel = 'noopener noreferrer';
      return a;
    });
  }

  function showUsers() {
    at('user-count').textContent = users.length;
    at('users').replaceChildren(...users.map((name) => {
      const item = element('li', hue(name), element('span', 'face', [...name][0]), name);
      item.firstChild.setAttribute('aria-hidden', 'true');
      if (name === nick) item.append(element('small', 'hush', 'you'));
      return item;
    }));
    if (nick !== null) at('entry').placeholder = 'Message, as ' + nick;
  }

  function element(tag, className, ...content) {
    const made = document.createElement(tag);
    if (className) made.className = className;
    made.append(...content);
    return made;
  }
})();
