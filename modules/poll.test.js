const receive = async (client) => JSON.parse(await client.receive());

test('a vote counts once, and everybody sees it', async () => {
  const ann = await connect('/poll'), bob = await connect('/poll');
  const poll = await receive(ann);
  expect(poll.counts).toEqual(poll.options.map(() => 0));
  await receive(bob);

  ann.send('1');
  expect(await receive(ann)).toEqual({ voted: 1 });
  const { counts } = await receive(bob);
  expect(counts).toEqual(poll.options.map((_, i) => i === 1 ? 1 : 0));
  expect(await receive(ann)).toEqual({ counts });

  for (const wrong of ['0', '1']) {
    ann.send(wrong);
    expect((await receive(ann)).error).toMatch('already');
  }
  for (const wrong of ['', '-1', '4', '1.0', ' 1', '__proto__', new Uint8Array([49])]) {
    bob.send(wrong);
    expect((await receive(bob)).error).toMatch('no such option');
  }
  expect((await receive(await connect('/poll'))).counts).toEqual(counts);
});
