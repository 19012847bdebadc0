const receive = async (client) => JSON.parse(await client.receive());

test('who comes sees the others, and is seen until it leaves', async () => {
  const first = await connect('/cursors'), ann = await connect('/cursors');
  await receive(first);
  ann.send('{"name":" an\\nn "}');
  ann.send('{"x":10,"y":1000}');
  await receive(first);
  await receive(first); // so the module has both
  await first.close();
  await receive(ann);
  await receive(ann);
  const bob = await connect('/cursors');
  const seen = await receive(bob), { id } = seen;
  expect(seen).toEqual({ id, name: 'an n', x: 10, y: 1000 });
  const came = await receive(ann);
  expect(came).toEqual({ id: came.id, name: 'guest', x: 500, y: 500 });

  ann.send('{"x":11,"y":12}');
  expect(await receive(bob)).toEqual({ id, x: 11, y: 12 });
  ann.send(JSON.stringify({ name: 'x'.repeat(30) }));
  expect(await receive(bob)).toEqual({ id, name: 'x'.repeat(20) });
  await ann.close();
  expect(await receive(bob)).toEqual({ id, gone: true });
  await bob.close();
});

test('what is no place changes nothing', async () => {
  const ann = await connect('/cursors'), bob = await connect('/cursors');
  const { id } = await receive(bob);
  for (const wrong of ['{', 'null', '[]', '{"x":1}', '{"x":-1,"y":0}', '{"x":0.5,"y":0}', '{"x":"1","y":1}']) ann.send(wrong);
  ann.send('{"name":""}');
  expect(await receive(bob)).toEqual({ id, name: 'guest' });
});
