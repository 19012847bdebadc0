const receive = async (client) => JSON.parse(await client.receive());

async function visitor() {
  const client = await connect('/drop');
  return { client, files: (await receive(client)).files };
}

test('a file arrives a part at a time, and everybody hears of it', async () => {
  const ann = (await visitor()).client, bob = (await visitor()).client;
  ann.send('{"name":"../a\\nb.txt","size":5}');
  expect(await receive(ann)).toEqual({ received: 0 });
  ann.send(new Uint8Array([1, 2, 3]));
  expect(await receive(ann)).toEqual({ received: 3 });
  ann.send(new Uint8Array([4, 5]));
  expect(await receive(ann)).toEqual({ received: 5 });

  const { files } = await receive(bob), [{ id }] = files;
  expect(files).toEqual([{ id, name: '.. a b.txt', size: 5 }]);
  expect((await visitor()).files).toEqual(files);
});

test('what was not announced is refused', async () => {
  const { client } = await visitor();
  for (const wrong of ['{', 'null', '{"name":"x","size":0}', '{"name":"x","size":1.5}', '{"size":1}', '{"name":"x","size":5000000}']) {
    client.send(wrong);
    expect((await receive(client)).error).toBeTruthy();
  }
  client.send(new Uint8Array(1));
  expect((await receive(client)).error).toMatch('announced');

  client.send('{"name":"x","size":2}');
  await receive(client);
  client.send(new Uint8Array(3));
  expect((await receive(client)).error).toMatch('announced');
  client.send(new Uint8Array(2)); // the file has been given up
  expect((await receive(client)).error).toMatch('announced');
});

test('files under way are bounded, until they are given up', async () => {
  const clients = [];
  for (let i = 0; i < 8; i++) {
    const { client } = await visitor();
    client.send('{"name":"x","size":4194304}');
    expect(await receive(client)).toEqual({ received: 0 });
    clients.push(client);
  }
  const last = (await visitor()).client;
  last.send('{"name":"x","size":1}');
  expect((await receive(last)).error).toMatch('under way');

  await clients[0].close();
  for (;;) { // until the module knows
    last.send('{"name":"x","size":1}');
    if ((await receive(last)).received === 0) break;
  }
});
