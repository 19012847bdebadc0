const stroke = { colour: 1, width: 8, points: [0, 0, 1600, 1000] };

async function board() {
  const client = await connect('/draw');
  return { client, strokes: JSON.parse(await client.receive()).strokes };
}

test('a stroke reaches the others, and those who come later', async () => {
  const ann = await board(), bob = await board();
  expect(ann.strokes).toEqual([]);
  ann.client.send(JSON.stringify({ ...stroke, more: '<b>' }));
  expect(JSON.parse(await bob.client.receive())).toEqual(stroke);
  expect((await board()).strokes).toEqual([stroke]);

  bob.client.send('{"clear":true}');
  expect(await ann.client.receive()).toBe('{"strokes":[]}');
  expect((await board()).strokes).toEqual([]);
});

test('what is no stroke is ignored', async () => {
  const ann = await board(), bob = await board();
  for (const wrong of [
    null, [], 7, { ...stroke, colour: 8 }, { ...stroke, width: '8' }, { ...stroke, points: [1] }, { ...stroke, points: [1, 2, 3] }, { ...stroke, points: [1601, 0] },
    { ...stroke, points: [0, 0.5] }, { ...stroke, points: Array(202).fill(0) }, { ...stroke, points: 'ab' }, { clear: 1 },
  ]) ann.client.send(JSON.stringify(wrong));
  ann.client.send('{');
  ann.client.send(new Uint8Array(3));
  ann.client.send(JSON.stringify(stroke));
  expect(JSON.parse(await bob.client.receive())).toEqual(stroke);
});

test('the oldest strokes go', async () => {
  const ann = await board(), bob = await board();
  const long = { ...stroke, points: Array(200).fill(5) };
  for (let i = 0; i < 205; i++) ann.client.send(JSON.stringify(long));
  ann.client.send(JSON.stringify(stroke));
  for (let i = 0; i < 206; i++) await bob.client.receive();
  const { strokes } = await board();
  expect(strokes.length).toBe(196); // 195 of 205 numbers, and one of nine
  expect(strokes.at(-1)).toEqual(stroke);
});
