// Shows the processes of this machine, as the module of that name did in 2009. A client sends `start`,
// and then gets the output of `ps awux` at once and every five seconds.
//
// A module may run a program only if the server was started with a flag that says so:
//
//     go run . --allow-run=ps
//
// Without it, the answer is the error, which names the flag.

var Module = this.Module = function(){ };

Module.prototype.onData = function(data, connection){
  if (data !== 'start' || this.interval) return;

  var self = this;
  this.interval = setInterval(function(){ self.show(connection); }, 5000);
  this.show(connection);
};

Module.prototype.show = function(connection){
  try {
    require('child_process').exec('ps awux', function(error, stdout){
      // The next one follows in five seconds, whether or not this one came to anything.
      connection.send(error ? error.message : stdout);
    });
  } catch (error) {
    this.onDisconnect();
    connection.send(error.message);
  }
};

Module.prototype.onDisconnect = function(){
  clearInterval(this.interval);
  this.interval = null;
};
