test('prices come one after the other, and those who come later get the newest', async () => {
  const ann = await connect('/ticker');
  const next = async (client) => JSON.parse(await client.receive());
  const first = await next(ann), { stocks } = first;
  expect(stocks.length).toBe(8);
  for (const { price, bids, asks } of stocks) {
    expect(bids[0][0] <= price && price <= asks[0][0]).toBe(true);
  }
  const bob = await connect('/ticker');
  const { number } = await next(bob);
  expect(number >= first.number).toBe(true);
  expect((await next(bob)).number).toBe(number + 1);
});
