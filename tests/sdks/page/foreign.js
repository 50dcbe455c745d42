// A page whose origin nobody allowed: the SDK is refused, and the page can read why.
import { OpenPanel } from '@openpanel/web';
import { report, statuses, until } from '/report.js';

const op = new OpenPanel({ apiUrl: 'https://events.example.com', clientId: 'YOUR_CLIENT_ID' });
const answer = await op.track('theft', { from: 'elsewhere' });
await until(() => statuses().length === 1);
const seen = statuses();

const refusal = await fetch('https://events.example.com/track', {
  method: 'POST',
  headers: { 'Content-Type': 'application/json', 'openpanel-client-id': 'YOUR_CLIENT_ID' },
  body: JSON.stringify({ type: 'track', payload: { name: 'theft' } }),
});
await report({ answer, seen, refused: (await refusal.json()).error });
