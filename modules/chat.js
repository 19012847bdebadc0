// A chat room, in the manner of IRC. A client sends lines of text:
//
//   NICK name     join the room under that name; in the room: change the name
//   MSG text      say something
//   ACTION text   do something ("* ann waves")
//   TOPIC text    change the topic; without a text: ask for it
//   USERS         ask who is here
//   PART          leave, which closes the connection
//
// and gets JSON, objects with a `type`:
//
//   JOIN, PART    nick, timestamp, isSelf               a user has joined, or left
//   MSG, ACTION   nick, text, timestamp, isSelf         isSelf: you sent this one
//   TOPIC         nick, text, topic, timestamp, isSelf  nick set it; topic is text once more
//   RPL_WELCOME                                         you have your name now
//   RPL_USERS     nicks                                 an array of strings, on all nodes
//   ERR           text                                  why your line was refused
//
// A user who joins gets the last ten messages (MSG and ACTION, oldest first), then
// JOIN, TOPIC and RPL_WELCOME: a MSG before RPL_WELCOME is from the past. Timestamps
// have the form of Date's toString.
//
// The rules:
//   - A name has 1 to 50 characters and no blanks. A name that is taken, or differs
//     from one only in case, is refused; the user keeps the old name, if any. Two users who
//     ask for a name on two nodes at the same moment may both get it.
//   - When a user in the room changes the name, the others get PART of the old name and
//     JOIN of the new one, which every client understands. The past is not sent again.
//   - MSG, ACTION and TOPIC need a name first.
//   - A line that is too long or empty is refused, never cut.
//   - Line breaks and other control characters in a text become blanks.
//   - A binary message is refused. No mistake closes the connection.
//
// With several nodes, users hear each other, because the room is a topic. The last messages and the topic
// of the chat are those of each node.
//
// All state is on connection.server (the room) and on the connections (their names and
// subscriptions), so that it survives when this file is saved and the new code takes over.

var HISTORY = 10;    // messages that are kept for users who join
var MAX_LINE = 2000; // characters of a line, including its command
var MAX_TOPIC = 200; // characters of a topic

var ROOM = 'chat/room'; // the topic that everyone in the room subscribes to
var SERVER = 'server'; // set the first topic; no user can have this name

// No blanks, no control characters, no invisible characters.
var NICK = /^[^\s\u0000-\u0020\u007f-\u00a0\u00ad\u061c\u115f\u1160\u180e\u200b-\u200f\u2028-\u202f\u2060-\u206f\u3164\ufeff\uffa0]{1,50}$/;

var Module = this.Module = function(){ };

Module.prototype.onData = function(data, connection){
  if (typeof data != 'string') return this.refuse(connection, 'This room understands text only.');
  if (data.length > MAX_LINE) return this.refuse(connection, tooLong('line', data, MAX_LINE));

  var blank = data.search(/\s|$/),
      command = data.substr(0, blank).toUpperCase(),
      text = data.substr(blank + 1).replace(/[\u0000-\u001f\u007f]+/g, ' ');

  switch (command) {
    case 'NICK':   return this.onNick(connection, text.trim());
    case 'MSG':    return this.onText(connection, 'MSG', text);
    case 'ACTION': return this.onText(connection, 'ACTION', text);
    case 'TOPIC':  return this.onTopic(connection, text.trim());
    case 'USERS':  return this.onUsers(connection);
    case 'PART':   return this.onPart(connection);
  }
  this.refuse(connection, 'Unknown command. There are NICK, MSG, ACTION, TOPIC, USERS and PART.');
};

Module.prototype.onDisconnect = function(connection){
  this.leave(connection);
};

// The commands.

Module.prototype.onNick = function(connection, nick){
  if (!NICK.test(nick)) return this.refuse(connection, 'A name has 1 to 50 characters and no blanks.');

  var self = this;
  return this.users(connection).then(function(nicks){
    if (connection.readyState !== 1) return; // it has closed meanwhile
    if (self.isTaken(connection, nick, nicks)) return self.refuse(connection, 'The name ' + nick + ' is taken.');

    if (connection.nick === undefined) {
      self.join(connection, nick);
    } else if (connection.nick !== nick) {
      self.tell(connection, { type: 'PART' });
      self.name(connection, nick);
      self.tell(connection, { type: 'JOIN' });
    }
    connection.send(JSON.stringify({ type: 'RPL_WELCOME' }));
  });
};

Module.prototype.onText = function(connection, type, text){
  if (!this.mayWrite(connection, text)) return;

  var history = this.room(connection).history;
  history.push(this.tell(connection, { type: type, text: text }));
  if (history.length > HISTORY) history.shift();
};

Module.prototype.onTopic = function(connection, text){
  var room = this.room(connection);
  if (text === '') return connection.send(JSON.stringify(room.topic));
  if (!this.mayWrite(connection, text)) return;
  if (text.length > MAX_TOPIC) return this.refuse(connection, tooLong('topic', text, MAX_TOPIC));

  room.topic = this.tell(connection, { type: 'TOPIC', text: text, topic: text });
};

Module.prototype.onUsers = function(connection){
  return this.users(connection).then(function(nicks){
    connection.send(JSON.stringify({ type: 'RPL_USERS', nicks: nicks }));
  });
};

Module.prototype.onPart = function(connection){
  this.leave(connection);
  connection.close();
};

// The room. The first connection creates it.

Module.prototype.room = function(connection){
  var server = connection.server;
  if (!server.chat) {
    server.chat = {
      members: [], // the connections that have a name, in the order they joined
      history: [], // the last messages, as users who join get them
      topic: this.stamp(SERVER, { type: 'TOPIC', text: 'Chat room', topic: 'Chat room' })
    };
  }
  return server.chat;
};

Module.prototype.join = function(connection, nick){
  var room = this.room(connection);
  room.history.forEach(function(message){ connection.send(JSON.stringify(message)); });

  room.members.push(connection);
  this.name(connection, nick);
  this.tell(connection, { type: 'JOIN' });
  connection.send(JSON.stringify(room.topic));
};

Module.prototype.name = function(connection, nick){
  connection.nick = nick;
  connection.subscribe(ROOM, { presence: nick });
};

// Returns a promise of the names of all users, on all nodes if there are several, or of those on this
// one if the others are not reached.
Module.prototype.users = function(connection){
  var members = this.room(connection).members;
  return connection.server.presence(ROOM).then(
    function(users){
      return users.map(function(user){ return user.data; })
        .filter(function(nick){ return typeof nick == 'string'; }) // others may subscribe to all topics
        .sort();
    },
    function(){ return members.map(function(member){ return member.nick; }); });
};

// May be called twice: after PART the connection closes, and onDisconnect calls it again.
Module.prototype.leave = function(connection){
  var members = this.room(connection).members,
      index = members.indexOf(connection);
  if (index < 0) return;

  members.splice(index, 1);
  connection.unsubscribe(ROOM);
  this.tell(connection, { type: 'PART' });
  connection.nick = undefined;
};

// Sends a message from a connection to everyone in the room, and returns it as the
// others see it.
Module.prototype.tell = function(connection, message){
  var forOthers = this.stamp(connection.nick, message);
  connection.publish(ROOM, JSON.stringify(forOthers));
  if (connection.isSubscribed(ROOM)) connection.send(JSON.stringify(Object.assign({}, forOthers, { isSelf: true })));
  return forOthers;
};

Module.prototype.stamp = function(nick, message){
  return Object.assign({}, message, { nick: nick, timestamp: new Date().toString(), isSelf: false });
};

// The rules.

// nicks are the names on all nodes, as they were before; the members are those of this one now.
Module.prototype.isTaken = function(connection, nick, nicks){
  var wanted = nick.toLowerCase(), own = (connection.nick || '').toLowerCase();
  return wanted === SERVER || wanted !== own && nicks.some(function(other){
    return other.toLowerCase() === wanted;
  }) || this.room(connection).members.some(function(member){
    return member !== connection && member.nick.toLowerCase() === wanted;
  });
};

Module.prototype.mayWrite = function(connection, text){
  if (connection.nick === undefined) this.refuse(connection, 'Choose a name first: NICK name');
  else if (text.trim() === '') this.refuse(connection, 'There is no text.');
  else return true;
};

Module.prototype.refuse = function(connection, why){
  connection.send(JSON.stringify({ type: 'ERR', text: why }));
};

function tooLong(what, text, limit){
  return 'A ' + what + ' of ' + text.length + ' characters is too long; ' + limit + ' are allowed.';
}
