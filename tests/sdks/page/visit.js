// A visit: pages, clicks, who it is, which company, what was paid; everything through the SDK's own methods.
import { OpenPanel } from '@openpanel/web';
import { report, statuses, until } from '/report.js';

const sent = [];
const op = new OpenPanel({
  apiUrl: 'https://events.example.com',
  clientId: 'YOUR_CLIENT_ID',
  trackScreenViews: true,
  trackOutgoingLinks: true,
  trackAttributes: true,
  filter: (item) => sent.push(item.type === 'track' ? item.payload.name : item.type) > 0,
});
const all = () => until(() => statuses().length >= sent.length);

await until(() => sent.includes('screen_view'));
await all();
const signup = await op.track('signup', { plan: 'pro', seats: 3, cart: { total: 9.5 } });

history.pushState({}, '', '/pricing');
await until(() => sent.filter((name) => name === 'screen_view').length === 2);

document.addEventListener('click', (event) => event.preventDefault());
document.querySelector('#buy').click();
document.querySelector('#partner').click();
await all();

await op.identify({ profileId: 42, firstName: 'Ada', email: 'ada@example.com', properties: { plan: 'pro' } });
await op.increment({ profileId: 42, property: 'visits', value: 3 });
await op.decrement({ profileId: 42, property: 'visits' });
await op.upsertGroup({ id: 'acme', type: 'company', name: 'Acme', properties: { seats: 10 } });
await op.setGroup('acme');
await op.revenue(5.01, { currency: 'EUR' });
op.pendingRevenue(19.99, { order: 'A-1' });
await op.flushRevenue();

await all();
const present = await op.api.fetch('/track/device-id', undefined, { method: 'GET', keepalive: false });

// A recording goes on sending; so it comes last, by an instance of its own.
const before = statuses().length;
const recorder = new OpenPanel({
  apiUrl: 'https://events.example.com',
  clientId: 'YOUR_CLIENT_ID',
  sessionReplay: { enabled: true, flushIntervalMs: 200 },
});
await recorder.track('recorded');
await until(() => statuses().length >= before + 2);

await report({ sent, signup, present, deviceId: op.getDeviceId(), sessionId: op.getSessionId() });
