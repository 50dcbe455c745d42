// A back end's day: people by number, by text and by null, groups, counts and revenue.
import { OpenPanel } from '@openpanel/sdk';

const op = new OpenPanel({
  apiUrl: 'https://events.example.com',
  clientId: 'YOUR_CLIENT_ID',
  clientSecret: 'YOUR_CLIENT_SECRET',
});
op.setGlobalProperties({ release: 7 });

const anonymous = await op.track('job_started', { queue: { name: 'mail', length: 12 } });
const nobody = await op.send({ type: 'track', payload: { name: 'job_done', profileId: null, properties: {} } });
const byNumber = await op.track('invoice_paid', { profileId: 42, __deviceId: 'server-1' });
await op.track('invoice_paid', { profileId: 'ada', __deviceId: 'server-2', groups: ['acme'] });

await op.identify({ profileId: 42, firstName: 'Ada', properties: { plan: 'pro', address: { city: 'Bern' } } });
await op.increment({ profileId: 42, property: 'invoices', value: 2.5 });
await op.decrement({ profileId: 42, property: 'invoices', value: 1 });
await op.upsertGroup({ id: 'acme', type: 'company', name: 'Acme', properties: { seats: 10 } });
await op.setGroups(['acme', 'beta']);
await op.revenue(19.99, { deviceId: 'server-1', __currency: 'EUR' });
const present = await op.api.fetch('/track/device-id', undefined, { method: 'GET', keepalive: false });

console.log(JSON.stringify({ anonymous, nobody, byNumber, present, deviceId: op.getDeviceId() }));
