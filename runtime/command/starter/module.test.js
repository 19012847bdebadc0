// Run by: node.websocket test

test('greets, and sends to all', async () => {
  const client = await connect('PATH');
  expect(await client.receive()).toMatch(/^Welcome/);
  const other = await connect('PATH');
  other.send('hello');
  expect(await client.receive()).toBe('hello');
});
