/* Takes the images' server away from this worker until it is told that the server is back: every request for
   the images goes where nothing listens, and fails as the browser lets it fail. */

const NOBODY = 'http://localhost:1/';

let isBack = false;
const request = self.fetch.bind(self);
self.fetch = (input, init) => {
  const { href } = new URL(input instanceof Request ? input.url : input, self.location.href);
  return request(href.includes('/data/') && !isBack ? NOBODY : input, init);
};

self.addEventListener('message', ({ data }) => {
  if (data === 'server is back') isBack = true;
});
