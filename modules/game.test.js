test('a player goes where it wants to, and leaves', async () => {
  const ann = await connect('/game');
  const { you } = JSON.parse(await ann.receive());
  const step = async () => JSON.parse(await ann.receive());
  const me = async () => (await step()).players.find(([id]) => id === you);

  const { coins } = await step();
  expect(coins.length).toBe(8);
  const [, , y] = await me();
  for (const wrong of ['{', 'null', '{"dx":1}', '{"dx":"1","dy":1}', '{"dx":1e999,"dy":0}']) ann.send(wrong);
  expect((await me())[2]).toBe(y);

  ann.send(JSON.stringify({ dx: 0, dy: y > 450 ? -100 : 100 })); // no faster than 1
  let before = y, moved = 0;
  while (moved === 0) {
    moved = Math.abs((await me())[2] - before);
  }
  expect(moved).toBe(16);

  const bob = await connect('/game');
  await bob.receive();
  while ((await step()).players.length < 2);
  await bob.close();
  while ((await step()).players.length > 1);
});
