// What a page tells the test about the requests that the SDK made.

const API = 'https://events.example.com';

export function statuses() {
  return performance
    .getEntriesByType('resource')
    .filter((entry) => entry.name.startsWith(API))
    .map((entry) => entry.responseStatus);
}

export async function until(condition) {
  while (!condition()) await new Promise((resume) => setTimeout(resume, 10));
}

export function report(seen) {
  return fetch('/report', { method: 'POST', body: JSON.stringify({ ...seen, statuses: statuses() }) });
}

// A page that fails says why at once, instead of leaving the test to wait.
addEventListener('error', (event) => report({ error: String(event.message) }));
addEventListener('unhandledrejection', (event) => report({ error: String(event.reason) }));
