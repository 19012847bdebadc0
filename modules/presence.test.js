// Returns the list as soon as it is that of these people; changes may be told together or one by one.
async function people(client, ...want) {
  for (;;) {
    const { people } = JSON.parse(await client.receive());
    if (people.map(({ name, status }) => name + ' ' + status).join() === want.join()) return people;
  }
}

test('the list has who is here and has a name', async () => {
  const ann = await connect('/presence'), bob = await connect('/presence');
  for (const wrong of ['{', 'null', '{"name":"x"}', '{"name":" ","status":"here"}', '{"name":1,"status":"here"}', '{"name":"x","status":"dead"}']) ann.send(wrong);
  ann.send('{"name":" an\\nn","status":"here"}');
  const [{ since }] = await people(bob, 'an n here');
  ann.send('{"name":"ann","status":"away"}');
  expect((await people(bob, 'ann away'))[0].since).toBe(since);

  bob.send('{"name":"bob","status":"busy"}');
  await people(ann, 'ann away', 'bob busy');
  await ann.close();
  await people(bob, 'bob busy');
});
