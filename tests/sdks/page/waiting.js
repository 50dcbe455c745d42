// A page whose first event is not taken at once: the SDK sends it again until it is.
import { OpenPanel } from '@openpanel/web';
import { report, statuses, until } from '/report.js';

const op = new OpenPanel({ apiUrl: 'https://events.example.com', clientId: 'YOUR_CLIENT_ID' });
const taken = op.send({ type: 'track', payload: { name: 'signup', profileId: null, properties: { plan: 'pro' } } });

await until(() => statuses().length > 0);
await report({});
await report({ answer: await taken });
