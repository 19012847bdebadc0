// A guest book, which stays when the server is restarted: it is in the storage. A client sends JSON,
// {"name": "ann", "text": "was here"}, to write into it, and gets JSON, objects with a `type`:
//
//   BOOK    visits, entries                 when it connects: how many have come, and the last entries
//   ENTRY   number, name, text, timestamp   somebody has written this
//   ERR     text                            why an entry is refused
//
// BOOK has an ENTRY that is written at that moment, or the ENTRY follows, or both: its number tells. The oldest
// entry comes first.
//
// The storage is a folder with --data, Redis with --redis, and memory without either. In Redis, all
// nodes have one book, and increment gives no number twice.

var storage = require('storage');

var KEPT = 50;       // entries; older ones are deleted
var MAX_NAME = 40;   // characters
var MAX_TEXT = 200;

var VISITS = 'book/visits';
var ENTRIES = 'book/entries'; // how many were ever written, and the topic on which new ones are published
var ENTRY = 'book/entry/';    // and the number: the key of an entry

var Module = this.Module = function(){ };

Module.prototype.onConnect = async function(connection){
  connection.subscribe(ENTRIES); // before the list is read, so that no entry falls between the two
  try {
    var visits = await storage.increment(VISITS), found = await storage.list({ prefix: ENTRY, limit: 2 * KEPT });
    var entries = found.map(function(entry){ return entry.value; }).slice(-KEPT);
    connection.send(JSON.stringify({ type: 'BOOK', visits: visits, entries: entries }));
  } catch (error) {
    this.fail(connection, error);
  }
};

// The connection's next message waits until the promise has settled, so nobody can flood the storage.
Module.prototype.onData = async function(data, connection){
  var entry = this.read(data);
  if (typeof entry == 'string') return this.refuse(connection, entry);

  try {
    entry.number = await storage.increment(ENTRIES);
    await Promise.all([storage.set(key(entry.number), entry), storage.delete(key(entry.number - KEPT))]);
    connection.server.publish(ENTRIES, JSON.stringify(Object.assign({ type: 'ENTRY' }, entry)));
  } catch (error) {
    this.fail(connection, error);
  }
};

// Returns the entry that a message asks for, or why there can be none.
Module.prototype.read = function(data){
  var asked = null;
  try {
    asked = JSON.parse(data);
  } catch (error) { }
  var name = line(asked && asked.name), text = line(asked && asked.text);
  if (name === '' || text === '') return 'Send {"name": "…", "text": "…"}, neither empty.';
  if (name.length > MAX_NAME) return 'A name of ' + name.length + ' characters is too long; ' + MAX_NAME + ' are allowed.';
  if (text.length > MAX_TEXT) return 'A text of ' + text.length + ' characters is too long; ' + MAX_TEXT + ' are allowed.';
  return { name: name, text: text, timestamp: new Date().toString() };
};

Module.prototype.refuse = function(connection, why){
  connection.send(JSON.stringify({ type: 'ERR', text: why }));
};

Module.prototype.fail = function(connection, error){
  connection.log('the guest book: ' + error.message, 'error');
  this.refuse(connection, 'The book cannot be reached. Try again later.');
};

// Keys are listed in the order of their characters, so the numbers have the same length.
function key(number){
  return ENTRY + String(number).padStart(12, '0');
}

// Returns a string as one line without blanks around it, and '' for anything else.
function line(value){
  return typeof value == 'string' ? value.replace(/[\u0000-\u001f\u007f]+/g, ' ').trim() : '';
}
