var Module = this.Module = function(){ };

Module.prototype.onData = function(data, connection){
  var order = JSON.parse(data);
  order.count++;
  order.ok = true;
  order.tags.push('seen');
  connection.send(JSON.stringify(order));
};
