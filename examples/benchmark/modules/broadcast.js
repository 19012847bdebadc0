var Module = this.Module = function(){ };

Module.prototype.onConnect = function(connection){
  connection.send('joined');
};

Module.prototype.onData = function(data, connection){
  connection.server.broadcast(data);
};
