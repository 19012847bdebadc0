// Serves ws://localhost:8080/ itself, the resource without a name.
// It takes every message and does nothing: the smallest module there can be.

var Module = this.Module = function(){ };

Module.prototype.onData = function(data, connection){
  // data: a string for a text message, a Uint8Array for a binary one.
  // connection.send('...') would answer.
};
