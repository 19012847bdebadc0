// Sends back whatever it gets: text as text, binary as binary.

var Module = this.Module = function(){ };

Module.prototype.onData = function(data, connection){
  connection.send(data);
};
