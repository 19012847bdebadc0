// Serves ws://localhost:8080/, the resource without a name.
// It accepts every message and does nothing: the smallest possible module.

var Module = this.Module = function(){ };

Module.prototype.onData = function(data, connection){
  // data is a string for a text message, a Uint8Array for a binary one.
  // connection.send('...') would answer.
};
