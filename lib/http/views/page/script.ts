export const REFRESH_SECONDS = 5;

/**
 * Fetches the page again and replaces the parts that have changed, so that it does not flicker and survives
 * a restart of the app: a reload while the app is down would end at the browser's error page. Without
 * scripts the page reloads. A constant, since the page's policy allows exactly these bytes.
 */
export const SCRIPT: string = `
const lost = document.getElementById('lost');
const parts = (page) => [...page.querySelectorAll('[data-part]')];
async function refresh() {
  const signal = AbortSignal.timeout(60000);
  const answer = await fetch(location.href, { headers: { Accept: 'text/html' }, cache: 'no-store', signal });
  const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
  const fresh = new Map(parts(page).map((part) => [part.dataset.part, part]));
  for (const part of parts(document)) {
    const next = fresh.get(part.dataset.part);
    if (!next) throw new Error('not this page');
    if (next.innerHTML !== part.innerHTML) part.replaceChildren(...next.childNodes);
  }
  document.title = page.title;
  document.querySelector('link[rel=icon]').href = page.querySelector('link[rel=icon]').href;
}
async function keepFresh() {
  if (!document.hidden) {
    try {
      await refresh();
      lost.hidden = true;
    } catch {
      lost.hidden = false;
    }
  }
  setTimeout(keepFresh, ${REFRESH_SECONDS * 1000});
}
setTimeout(keepFresh, ${REFRESH_SECONDS * 1000});
`;
