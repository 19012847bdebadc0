var Module = this.Module = function(){ };

Module.prototype.onData = function(data, connection){
  connection.send(data);
};
