/** Clients of the API in a process of their own: `node client.mjs URL AUTHORIZATION COUNT AT-ONCE`; prints each request's milliseconds as JSON. */
const [url, authorization, count, atOnce] = process.argv.slice(2);
const paths = ["/api/studies?limit=50", "/v1/models", "/api/session", "/api/jobs"];
const headers = { authorization };

async function time(path) {
  const began = performance.now();
  const response = await fetch(url + path, { headers });
  await response.arrayBuffer();
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  return performance.now() - began;
}

// A server that has just started compiles its code at the first requests, and a client opens its connections: reported separately.
const first = await Promise.all(Array.from({ length: Number(atOnce) }, (_, i) => time(paths[i & 3])));
const times = [];
let left = Number(count);
const client = async () => {
  while (left-- > 0) times.push(await time(paths[left & 3]));
};
await Promise.all(Array.from({ length: Number(atOnce) }, client));
console.log(JSON.stringify({ first, times }));
